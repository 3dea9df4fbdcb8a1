// SPDX-License-Identifier: MIT
// scimctl import: very many resources out of a file, in transactions of many.
#pragma once

#include "cli/backend.h"
#include "cli/line/options.h"

namespace scim::cli {

Try<ExitCode> run(const ImportCommand& command, const Globals& globals, Console& console);

}  // namespace scim::cli
