// SPDX-License-Identifier: MIT
// Attributes that no schema has. A server passes over them; in a file they may be slips of the pen.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "cli/output/output.h"
#include "core/schema.h"

namespace scim::cli {

/// Mentions each name once.
class UnknownNames {
 public:
  explicit UnknownNames(Console& console) : console_(console) {}
  /// `place`: of the object, "users.json:3".
  void mention(const std::string& place, const Json& object, const ResourceType& type);
  /// Those of Leniency::noted().
  void mention(const std::string& place, const std::vector<std::string>& names, const ResourceType& type);

 private:
  Console& console_;
  std::set<std::string> mentioned_;
};

}  // namespace scim::cli
