// SPDX-License-Identifier: MIT
// scimctl log and scimctl history: what has been written, by whom, and whether anybody has touched the record of it.
#pragma once

#include "cli/line/options.h"

namespace scim::cli {

Try<ExitCode> run(const LogListCommand& command, const Globals& globals, Console& console);
/// ExitCode::not_found if one of them is not there.
Try<ExitCode> run(const LogShowCommand& command, const Globals& globals, Console& console);
/// ExitCode::different if the log is not as it was written.
Try<ExitCode> run(const LogVerifyCommand& command, const Globals& globals, Console& console);
Try<ExitCode> run(const LogExportCommand& command, const Globals& globals, Console& console);
Try<ExitCode> run(const LogPruneCommand& command, const Globals& globals, Console& console);
/// ExitCode::not_found if nobody of that name is known, nor has been.
Try<ExitCode> run(const HistoryCommand& command, const Globals& globals, Console& console);

}  // namespace scim::cli
