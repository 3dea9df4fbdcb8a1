// SPDX-License-Identifier: MIT
// What scimctl says to the shell. man/scimctl.1 has the same table.
#pragma once

namespace scim::cli {

enum class ExitCode {
  ok = 0,
  error = 1,                ///< anything that has no code of its own
  usage = 2,                ///< arguments, input or configuration that cannot be understood; nothing was done
  not_found = 3,
  access_denied = 4,
  conflict = 5,             ///< a value is taken, or an ID argument fits several resources
  precondition_failed = 6,  ///< --if-match, --max-delete
  some_failed = 7,          ///< of many resources, some
  different = 9,            ///< differences found; filter-test: no resource matches
};

}  // namespace scim::cli
