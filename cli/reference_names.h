// SPDX-License-Identifier: MIT
// Ids of members and managers -> the names that import understands: "userName=ada", "displayName=Staff".
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "cli/backend.h"

namespace scim::cli {

class ReferenceNames {
 public:
  explicit ReferenceNames(Backend& backend) : backend_(backend) {}

  /// In all of them, bodies as writable_resource() makes them. An id of nobody stays as it is.
  Try<void> put_into(std::vector<Json>& bodies, const ResourceType& type);

 private:
  Try<void> look_up(const std::set<std::string>& ids);

  Backend& backend_;
  std::map<std::string, std::string> names_;  ///< by id
};

}  // namespace scim::cli
