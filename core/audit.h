// SPDX-License-Identifier: MIT
// The audit log: who has changed what, from what to what. What stands here is written with the change or not at all.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/json.h"
#include "core/resource.h"
#include "core/text.h"

namespace scim {

class Registry;

/// Who writes, by which request.
struct Actor {
  std::string name;     ///< token:NAME, user:NAME, plugin:NAME, scimctl:LOGIN
  std::string token;    ///< id of the token, "" without one
  std::string request;  ///< id of the request, never ""
  std::string address;  ///< of the client, as the web server says; "" on this machine
};

/// What a write takes away from people.
struct Losses {
  std::int64_t deactivations = 0;  ///< users
  std::int64_t deletions = 0;      ///< resources of any type
  std::int64_t removals = 0;       ///< of members
  bool any() const { return deactivations > 0 || deletions > 0 || removals > 0; }
  Losses& operator+=(const Losses& more);
};
/// By the name of the resource type.
using LossesByType = std::map<std::string, Losses, std::less<>>;

/// What has become of the memberships of one attribute: those that were there before, or were not, are not in it.
struct MembershipChange {
  const Attribute* attribute = nullptr;
  std::vector<std::string> added;    ///< ids
  std::vector<std::string> removed;  ///< ids
  bool empty() const { return added.empty() && removed.empty(); }
};

enum class Removal { none, deactivated, deleted };

/// The words of the log.
enum class Deed { created, adopted, updated, deactivated, deleted };
std::string_view to_string(Deed deed);

/// One write of one resource. `changes`: [{"path", "before", "after"}] (what is unassigned is left out), for memberships
/// [{"path", "added": [id], "removed": [id]}], and {"path", "masked": true} of what nobody is to read; with "masked_parts": true
/// that is some parts of it, which are "***".
struct AuditEntry {
  Instant time;
  Actor actor;
  Deed deed = Deed::updated;
  std::string type;  ///< of the resource: its resource type's name
  std::string id;
  std::string name;  ///< its userName or displayName, "" if it has none
  Json changes = Json::array();
  Losses losses;
};

/// As it is kept, exported and hashed: one line of JSON.
std::string to_text(const AuditEntry& entry);
/// invalidValue for what is no entry.
Result<AuditEntry> entry_from_text(std::string_view text);

/// The attributes whose values the log does not show, beside those that are never returned: paths as clients write them.
using Masks = std::vector<std::string>;
/// invalidValue: no resource type has it, or it is written otherwise.
Result<void> check_masks(const Masks& masks, const Registry& registry);

// What was done, without time and actor.
AuditEntry entry_of_creation(const Resource& resource, std::string_view id, const std::vector<MembershipChange>& memberships, const Masks& masks);
/// Of a row of the application that was there before, and keeps what `resource` does not say.
AuditEntry entry_of_adoption(const Resource& before, const Resource& resource, const std::vector<MembershipChange>& memberships, const Masks& masks);
/// `changes` as they were planned on `before`, with what became of the memberships.
AuditEntry entry_of_update(const Resource& before, const Changes& changes, const std::vector<MembershipChange>& memberships,
                           const Masks& masks);
/// `before`: with its members. Of who is deactivated that, and the groups that they leave, is what has changed.
AuditEntry entry_of_removal(const Resource& before, Removal removal, const Masks& masks);

}  // namespace scim
