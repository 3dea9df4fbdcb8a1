// SPDX-License-Identifier: MIT
// scimctl hold: requests that the guard keeps for an administrator (core/guard.h).
#pragma once

#include "cli/line/options.h"

namespace scim::cli {

Try<ExitCode> run(const HoldListCommand& command, const Globals& globals, Console& console);
Try<ExitCode> run(const HoldShowCommand& command, const Globals& globals, Console& console);
/// Carries them out, in the order in which they came; ExitCode::some_failed if some are refused now, which still wait.
Try<ExitCode> run(const HoldReleaseCommand& command, const Globals& globals, Console& console);
Try<ExitCode> run(const HoldRejectCommand& command, const Globals& globals, Console& console);

}  // namespace scim::cli
