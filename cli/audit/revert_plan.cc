// SPDX-License-Identifier: MIT
#include "cli/audit/revert_plan.h"

#include "cli/audit/own_entries.h"
#include "core/path.h"

namespace scim::cli {
namespace {

/// nullptr: the schema has no such attribute any more.
const Attribute* attribute_of(const std::string& path, const ResourceType& type) {
  const auto name = parse_path_name(path);
  return name ? resolve(type, *name) : nullptr;
}

const Json* member(const Json& change, const char* name) {
  const auto found = change.find(name);
  return found == change.end() ? nullptr : &*found;
}

/// Of part of it, too: what there was before nobody knows.
bool is_masked(const Json& change) { return change.contains("masked") || change.contains("masked_parts"); }

/// What is replaced keeps parts that the new value does not mention: parts and lists are taken away first.
void restore(const std::string& path, const Json& before, Json& operations) {
  const bool has_parts = before.is_structured();
  if (has_parts) operations.push_back({{"op", "remove"}, {"path", path}});
  operations.push_back({{"op", has_parts ? "add" : "replace"}, {"path", path}, {"value", before}});
}

/// Those that have gone, as they come back.
Json removed_members(const Attribute& attribute, const Json& change, Reversal& reversal) {
  Json members = Json::array();
  for (const Json& id : change.value("removed", Json::array())) {
    members.push_back({{"value", id}});
    reversal.members.push_back({&attribute, id.is_string() ? id.get<std::string>() : std::string()});
  }
  return members;
}

/// Members whose removal, or whose return, is wanted.
void revert_members(const Attribute& attribute, const Json& change, Reversal& reversal) {
  const std::string path = attribute.path();
  if (const Json* added = member(change, "added")) {
    for (const Json& id : *added) reversal.operations.push_back({{"op", "remove"}, {"path", path + "[value eq " + id.dump() + "]"}});
  }
  if (member(change, "removed") != nullptr) {
    reversal.operations.push_back({{"op", "add"}, {"path", path}, {"value", removed_members(attribute, change, reversal)}});
  }
}

void revert_change(const Json& change, Reversal& reversal) {
  const std::string path = change.value("path", "");
  const Attribute* attribute = attribute_of(path, *reversal.type);
  const bool is_lost = attribute == nullptr || is_masked(change);
  if (is_lost) {
    reversal.lost.push_back(path);
    return;
  }
  if (attribute->is_membership()) return revert_members(*attribute, change, reversal);
  if (attribute->mutability == Mutability::read_only) return;
  const Json* before = member(change, "before");
  const Json* after = member(change, "after");
  if (before != nullptr) restore(path, *before, reversal.operations);
  else reversal.operations.push_back({{"op", "remove"}, {"path", path}});
  reversal.expected.emplace_back(path, after == nullptr ? Json() : *after);
}

/// The attributes that it had, as the body of a POST.
Json body_of(const Json& changes, Reversal& reversal) {
  Json body = Json::object();
  for (const Json& change : changes) {
    const std::string path = change.value("path", "");
    const Attribute* attribute = attribute_of(path, *reversal.type);
    if (attribute == nullptr || is_masked(change)) {
      reversal.lost.push_back(path);
    } else if (attribute->is_membership()) {
      assign_value(body, *attribute, removed_members(*attribute, change, reversal));
    } else if (attribute->mutability != Mutability::read_only) {
      assign_value(body, *attribute, change.value("before", Json()));
    }
  }
  body["schemas"] = schemas_of(*reversal.type, body);
  return body;
}

/// What nobody can read is not in the log of who has gone: a password.
void lose_unread(Reversal& reversal) {
  for (const Attribute& attribute : reversal.type->attributes) {
    const bool is_unread = attribute.returned == Returned::never && attribute.is_kept && attribute.mutability != Mutability::read_only;
    if (is_unread) reversal.lost.push_back(attribute.path());
  }
}

std::vector<std::string> groups_of(const Json& changes) {
  std::vector<std::string> ids;
  for (const Json& change : changes) {
    if (change.value("path", "") != "groups") continue;
    for (const Json& group : change.value("before", Json::array())) {
      const bool is_indirect = group.is_object() && group.value("type", Json()) == Json("indirect");  // through another group
      if (!is_indirect) ids.push_back(member_id(group));
    }
  }
  return ids;
}

/// The row is still there with all that it had, but for `active`.
void revert_deactivation(const Json& changes, Reversal& reversal) {
  const auto set_active = [](bool value) { return Json{{"op", "replace"}, {"path", "active"}, {"value", value}}; };
  // Who comes back is active first, or would be in no group.
  reversal.operations.push_back(set_active(true));
  for (const Json& change : changes) {
    const bool was_inactive = change.value("path", "") == "active" && change.value("before", Json(true)) == Json(false);
    if (was_inactive) reversal.afterwards.push_back(set_active(false));
  }
  reversal.expected.emplace_back("active", false);
  reversal.groups = groups_of(changes);
}

std::string noun_of(std::string_view own_type) {
  if (own_type == kTokenType) return "a token";
  return own_type == kHoldType ? "a request that waited" : "the log itself";
}

}  // namespace

Result<Reversal> reversal_of(const AuditEntry& entry, const Registry& registry) {
  Reversal reversal;
  reversal.type = registry.type_by_name(entry.type);
  if (reversal.type == nullptr && is_own_type(entry.type)) return fail(ErrorKind::invalid_value, "what has become of " + noun_of(entry.type) + " is not reverted");
  if (reversal.type == nullptr) return fail(ErrorKind::invalid_value, "there is no resource type " + quote(entry.type) + " any more");
  reversal.id = entry.id;
  reversal.name = entry.name;
  switch (entry.deed) {
    case Deed::created: reversal.kind = Reversal::Kind::remove; break;
    case Deed::adopted:
    case Deed::updated:
      for (const Json& change : entry.changes) revert_change(change, reversal);
      break;
    case Deed::deactivated: revert_deactivation(entry.changes, reversal); break;
    case Deed::deleted:
      reversal.kind = Reversal::Kind::create;
      reversal.body = body_of(entry.changes, reversal);
      lose_unread(reversal);
      reversal.groups = groups_of(entry.changes);
      break;
  }
  return reversal;
}

std::string changed_since(const Reversal& reversal, const Json& current) {
  for (const auto& [path, value] : reversal.expected) {
    const Attribute* attribute = attribute_of(path, *reversal.type);
    const Json* now = find_value(current, *attribute);
    const bool is_same = value.is_null() || now == nullptr ? value.is_null() && now == nullptr : looks_same(*attribute, value, *now);
    if (!is_same) return path;
  }
  return {};
}

}  // namespace scim::cli
