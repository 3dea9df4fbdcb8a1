// SPDX-License-Identifier: MIT
// scimctl patch-test: what a PATCH makes of a resource, found out with the functions that the server uses, and nothing else:
// no database, no network.
#pragma once

#include "cli/failure.h"
#include "cli/line/options.h"

namespace scim::cli {

Try<ExitCode> run(const PatchTestCommand& command, const Globals& globals, Console& console);

}  // namespace scim::cli
