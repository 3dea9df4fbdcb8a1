// SPDX-License-Identifier: MIT
// scimctl apply and diff: files are how users and groups should be.
#pragma once

#include "cli/line/options.h"

namespace scim::cli {

Try<ExitCode> run(const ApplyCommand& command, const Globals& globals, Console& console);

}  // namespace scim::cli
