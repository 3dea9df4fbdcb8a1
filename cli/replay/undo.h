// SPDX-License-Identifier: MIT
// scimctl replay --undo: what a trace changed is made as it was.
#pragma once

#include <vector>

#include "cli/line/options.h"
#include "cli/replay/trace.h"

namespace scim::cli {

/// One change for each resource, the one that was changed last first. Done again, there is nothing to do. badRequest, before anything is sent: the trace does not
/// say what was before, as of what a bulk request changed. A resource that others have changed since is left alone.
Try<ExitCode> undo(const std::vector<TraceRecord>& records, const Globals& globals, Console& console);

}  // namespace scim::cli
