// SPDX-License-Identifier: MIT
// Files -> the users and groups that they say there should be.
#pragma once

#include <string>
#include <unordered_map>
#include <vector>

#include "cli/backend.h"

namespace scim::cli {

/// One user or group of a file.
struct DesiredResource {
  std::string place;  ///< "people.json:12"
  Kind kind = Kind::users;
  const ResourceType* type = nullptr;
  Json said;  ///< as written, names in the case of the schema: also what null and [] remove
  Json body;  ///< as a POST makes it of that

  std::string id() const;           ///< "" if the file does not say it
  std::string external_id() const;  ///< the same
  std::string name() const;
  const Attribute& name_attribute() const;
};

/// userName of users, displayName of groups.
const Attribute& name_attribute(const ResourceType& type);

/// Users before groups, each in the order of the files. Directories are read with all below them, in the order of names.
/// Fails, with the place, if something cannot be read, is no user or group, is not valid, or is there twice.
Try<std::vector<DesiredResource>> read_desired_state(const std::vector<std::string>& files, Backend& backend, Console& console);

}  // namespace scim::cli
