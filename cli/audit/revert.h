// SPDX-License-Identifier: MIT
// scimctl revert: takes back what one request has written, by what the audit log says was there before.
#pragma once

#include "cli/line/options.h"

namespace scim::cli {

/// All or nothing. ExitCode::not_found: the log has no such request or entry; ExitCode::conflict, with nothing done:
/// somebody has changed the same since then, which --force overrides.
Try<ExitCode> run(const RevertCommand& command, const Globals& globals, Console& console);

}  // namespace scim::cli
