// SPDX-License-Identifier: MIT
// The examples of every --help. Each works as typed where README's installation has been made; tests/e2e/help_test.py types
// them.
#pragma once

#include <string_view>
#include <vector>

namespace scim::cli {

/// The lines for a command: "list", "token create"; "" is the program. Of one that only has sub-commands the first of each.
std::vector<std::string_view> examples_of(std::string_view command);

}  // namespace scim::cli
