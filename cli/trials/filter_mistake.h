// SPDX-License-Identifier: MIT
// Filters on the command line: what is wrong with one, where, and what it should be.
#pragma once

#include <string_view>

#include "cli/failure.h"
#include "core/filter.h"
#include "core/predicate.h"
#include "core/registry.h"

namespace scim::cli {

struct BoundFilter {
  Filter filter;
  Predicate predicate;
};

/// ExitCode::usage: the message has the filter, a caret under the place, and what to try; the document has these apart.
/// `registry`: of `type`, for names that other types have.
Try<BoundFilter> bind_filter(std::string_view text, const ResourceType& type, const Registry& registry);

/// The same for a filter that is bound elsewhere. "" is right.
Try<void> check_filter(std::string_view filter, const ResourceType& type);

}  // namespace scim::cli
