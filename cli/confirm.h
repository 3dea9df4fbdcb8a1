// SPDX-License-Identifier: MIT
// What cannot be undone is asked about on a terminal, and wants --yes where there is none.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cli/line/options.h"

namespace scim::cli {

/// What a verb is about to take away.
struct Removal {
  std::string_view verb;  ///< "delete"
  std::string_view noun;  ///< "user": one of them
  const std::vector<std::string>& names;  ///< as the command line says them
};

/// Whether it may: --yes says so, or somebody on the terminal does; --dry-run takes nothing away. Fails where nobody can be
/// asked (ExitCode::usage), and when the answer is no.
Try<void> confirm(const Removal& removal, const Globals& globals, Console& console);

}  // namespace scim::cli
