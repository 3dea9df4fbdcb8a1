// SPDX-License-Identifier: MIT
// The verbs on users and groups. Each builds the Request that a client would send.
#pragma once

#include "cli/backend.h"
#include "cli/line/options.h"

namespace scim::cli {

/// What a verb came to; a Failure has been reported already where it concerned one of many resources.
Try<ExitCode> run(const ListCommand& command, const Globals& globals, Console& console);
Try<ExitCode> run(const GetCommand& command, const Globals& globals, Console& console);
Try<ExitCode> run(const EditCommand& command, const Globals& globals, Console& console);
Try<ExitCode> run(const TargetsCommand& command, const Globals& globals, Console& console);

}  // namespace scim::cli
