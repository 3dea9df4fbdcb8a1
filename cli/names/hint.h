// SPDX-License-Identifier: MIT
// What somebody may have meant who mistyped a word.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace scim::cli {

/// ", did you mean list?" with the nearest of `known`; "" if none is near.
std::string hint(std::string_view word, const std::vector<std::string>& known);

}  // namespace scim::cli
