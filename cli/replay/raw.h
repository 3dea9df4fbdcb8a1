// SPDX-License-Identifier: MIT
// scimctl raw: one request as it is typed, and the answer as it comes.
#pragma once

#include "cli/line/options.h"

namespace scim::cli {

Try<ExitCode> run(const RawCommand& command, const Globals& globals, Console& console);

}  // namespace scim::cli
