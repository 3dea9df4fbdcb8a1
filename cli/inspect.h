// SPDX-License-Identifier: MIT
// scimctl filter-test: what a filter means, as tree, normalised filter and SQL, and which resources it finds.
#pragma once

#include <string>
#include <string_view>

#include "cli/backend.h"
#include "core/filter.h"

namespace scim::cli {

/// What is wrong with `filter`, with the filter and a caret under the place: ExitCode::usage. "" is right.
Try<void> check_filter(std::string_view filter, const ResourceType& type);

/// `error` about `filter` with its line and the caret.
Failure filter_failure(Error error, std::string_view filter);

/// The filter as a tree of lines, each with its indentation.
std::string tree_text(const Filter& filter, int depth = 0);
Json tree_json(const Filter& filter);

Try<ExitCode> run(const FilterTestCommand& command, const Globals& globals, Console& console);

}  // namespace scim::cli
