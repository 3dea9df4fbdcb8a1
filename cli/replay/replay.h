// SPDX-License-Identifier: MIT
// scimctl replay: sends the requests of a trace again, or undoes what they did.
#pragma once

#include "cli/line/options.h"

namespace scim::cli {

Try<ExitCode> run(const ReplayCommand& command, const Globals& globals, Console& console);

}  // namespace scim::cli
