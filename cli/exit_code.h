// SPDX-License-Identifier: MIT
// What scimctl says to the shell.
#pragma once

#include <span>
#include <string_view>

namespace scim::cli {

enum class ExitCode {
  ok = 0,
  error = 1,                ///< anything that has no code of its own
  usage = 2,                ///< arguments, input or configuration that cannot be understood; nothing was done
  not_found = 3,
  access_denied = 4,
  conflict = 5,             ///< a value is taken, or an ID argument fits several resources
  precondition_failed = 6,  ///< --if-match, --max-delete
  some_failed = 7,          ///< of many resources, some; or all, each for its reason
  different = 9,            ///< differences found; filter-test: no resource matches
};

struct ExitCodeInfo {
  ExitCode code;
  std::string_view name;     ///< in two or three words
  std::string_view meaning;  ///< in sentences, as scimctl(1) has them
};

/// All of them: what --help, `scimctl help exit-codes` and the manual page say.
std::span<const ExitCodeInfo> exit_codes();

}  // namespace scim::cli
