// SPDX-License-Identifier: MIT
// scimctl edit: a user or group in a text editor.
#pragma once

#include "cli/line/options.h"

namespace scim::cli {

Try<ExitCode> run(const EditorCommand& command, const Globals& globals, Console& console);

}  // namespace scim::cli
