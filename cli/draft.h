// SPDX-License-Identifier: MIT
// The bodies that create, replace and patch send: files and options put together.
#pragma once

#include <string>
#include <vector>

#include "cli/backend.h"

namespace scim::cli {

struct Draft {
  std::string argument;  ///< the ID argument that it is for, "" for create
  Json body;
  std::string place;  ///< "users.json:3", "" without a file
};

/// One draft for each object of the file, one without a file; the options go into each. Asks `backend` only for the
/// ids of members.
Try<std::vector<Draft>> make_drafts(const EditCommand& command, Backend& backend, Console& console);

/// The PATCH that deactivate and activate send.
Json active_patch(TargetsCommand::Verb verb);

}  // namespace scim::cli
