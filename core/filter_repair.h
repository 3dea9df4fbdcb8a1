// SPDX-License-Identifier: MIT
// What somebody meant by a filter that is wrong, as the filter that they should have written.
#pragma once

#include <string>
#include <string_view>

#include "core/schema.h"

namespace scim {

/// A filter that parses, binds to `type`, and says what `text` most likely should: other signs and words for operators, quotes,
/// names and values. "": that would be a guess, or nothing is wrong with `text`.
std::string repaired_filter(std::string_view text, const ResourceType& type);

}  // namespace scim
