// SPDX-License-Identifier: MIT
// scimctl completion: a script for a shell, which asks `scimctl __complete` what may be typed next.
#pragma once

#include "cli/line/options.h"

namespace scim::cli {

Try<ExitCode> run(const CompletionCommand& command, const Globals& globals, Console& console);
/// A candidate on each line, for zsh and fish with a tab and its description; the line `:files` alone if the shell should
/// complete files. Says nothing else, and always ends well: somebody is typing.
Try<ExitCode> run(const CompleteCommand& command, const Globals& globals, Console& console);

}  // namespace scim::cli
