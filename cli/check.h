// SPDX-License-Identifier: MIT
// scimctl check: whether scim-fcgi would run well with this configuration.
#pragma once

#include "cli/line/options.h"

namespace scim::cli {

Try<ExitCode> run(const CheckCommand& command, const Globals& globals, Console& console);

}  // namespace scim::cli
