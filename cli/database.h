// SPDX-License-Identifier: MIT
// scimctl db: the state of our own tables, bringing them up to date, and moving them from one database to another.
#pragma once

#include "cli/line/options.h"

namespace scim::cli {

/// ExitCode::different if there is something for `db migrate` to do.
Try<ExitCode> run(const DbStatusCommand& command, const Globals& globals, Console& console);
Try<ExitCode> run(const DbMigrateCommand& command, const Globals& globals, Console& console);
/// ExitCode::different, with nothing copied, if the copy turns out not to be the same.
Try<ExitCode> run(const DbCopyCommand& command, const Globals& globals, Console& console);
/// ExitCode::different if the databases have not the same.
Try<ExitCode> run(const DbVerifyCommand& command, const Globals& globals, Console& console);

}  // namespace scim::cli
