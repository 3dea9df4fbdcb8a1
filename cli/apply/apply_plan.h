// SPDX-License-Identifier: MIT
// What the files say, held against what the server has: the changes that make them equal.
#pragma once

#include <string>
#include <vector>

#include "cli/apply/desired_references.h"

namespace scim::cli {

struct Action {
  enum class Kind { create, patch, remove };
  Kind kind = Kind::create;
  const ResourceType* type = nullptr;
  std::size_t desired = 0;  ///< which resource of the files; not of remove
  std::string id;           ///< not of create
  std::string name;         ///< userName or displayName, as it will be
  std::string version;      ///< that was read; "" if the server gives none
  Json before = Json::object();
  /// References are ids where those are known, else names.
  Json after = Json::object();

  /// "create User ada".
  std::string title() const;
};

std::string_view to_string(Action::Kind kind);

struct Plan {
  std::vector<Action> actions;  ///< in the order in which they are done
  Ids ids;
  std::size_t unchanged = 0;
  std::vector<std::string> removals;  ///< users, groups and members, by name: "User bob", "member ada of Group Staff"

  std::size_t count(Action::Kind kind) const;
};

/// Reads what the files name, and everything where the rest is to be removed. Fails where match_desired() does.
Try<Plan> make_plan(const ApplyCommand& command, const std::vector<DesiredResource>& desired, const DesiredReferences& references,
                    Backend& backend);

}  // namespace scim::cli
