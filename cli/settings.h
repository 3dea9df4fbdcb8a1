// SPDX-License-Identifier: MIT
// scimctl config: every key of the configuration file.
#pragma once

#include "cli/line/options.h"

namespace scim::cli {

/// A file that says nothing new: each key with its help, commented out at its default.
std::string config_template();

Try<ExitCode> run(const ConfigCommand& command, const Globals& globals, Console& console);

}  // namespace scim::cli
