// SPDX-License-Identifier: MIT
// scimctl link: which rows of the application the records of an export are, and noting it.
#pragma once

#include "cli/backend.h"

namespace scim::cli {

Try<ExitCode> run(const LinkCommand& command, const Globals& globals, Console& console);

}  // namespace scim::cli
