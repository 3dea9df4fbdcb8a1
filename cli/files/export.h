// SPDX-License-Identifier: MIT
// scimctl export: users or groups as a file that import reads into the same state, here or elsewhere.
#pragma once

#include "cli/line/options.h"

namespace scim::cli {

Try<ExitCode> run(const ExportCommand& command, const Globals& globals, Console& console);

}  // namespace scim::cli
