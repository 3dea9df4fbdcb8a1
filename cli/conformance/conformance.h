// SPDX-License-Identifier: MIT
// scimctl conformance: a SCIM server against the requirements of RFC 7643, 7644 and 9865.
#pragma once

#include "cli/line/options.h"

namespace scim::cli {

Try<ExitCode> run(const ConformanceCommand& command, const Globals& globals, Console& console);

}  // namespace scim::cli
