// SPDX-License-Identifier: MIT
// What a resource becomes by what a file says of it.
#pragma once

#include <string>
#include <vector>

#include "cli/apply/desired_state.h"

namespace scim::cli {

struct Merged {
  Json after;
  std::vector<std::string> removed_members;  ///< by name, else id
};

/// The state before with what the file says put into it. `body`: that in canonical form, with ids where they are known.
Merged merge(const ApplyCommand& command, const DesiredResource& resource, const Json& body, Json before);

}  // namespace scim::cli
