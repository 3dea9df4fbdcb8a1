// SPDX-License-Identifier: MIT
// scimctl help: a command, a topic, or all that there is.
#pragma once

#include "cli/line/options.h"

namespace scim::cli {

/// ExitCode::usage, with a hint, for what is neither a command nor a topic.
Try<ExitCode> run(const HelpCommand& command, const Globals& globals, Console& console);

}  // namespace scim::cli
