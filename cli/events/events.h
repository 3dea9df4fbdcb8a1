// SPDX-License-Identifier: MIT
// scimctl events: an application is told of each write as it happens.
#pragma once

#include "cli/line/options.h"

namespace scim::cli {

/// Until there is no more, or with --follow until SIGINT or SIGTERM. ExitCode::some_failed: some could not be told.
Try<ExitCode> run(const EventsCommand& command, const Globals& globals, Console& console);

}  // namespace scim::cli
