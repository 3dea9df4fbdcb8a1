// SPDX-License-Identifier: MIT
// Which resource of a server each of the files is.
#pragma once

#include <vector>

#include "cli/apply/desired_state.h"

namespace scim::cli {

/// Each as the server has it, with all that the file mentions; null: it is not there. A resource is found by its id, else by
/// externalId, else by its name. Fails if it is several, several are the same, or the id is that of one and the name that of another.
Try<std::vector<Json>> match_desired(const std::vector<DesiredResource>& desired, Backend& backend);

}  // namespace scim::cli
