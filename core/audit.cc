// SPDX-License-Identifier: MIT
#include "core/audit.h"

#include <algorithm>
#include <utility>

#include "core/path.h"
#include "core/registry.h"
#include "core/words.h"

namespace scim {
namespace {

constexpr Words<Deed, 5> kDeeds = {{{"create", Deed::created},
                                    {"adopt", Deed::adopted},
                                    {"update", Deed::updated},
                                    {"deactivate", Deed::deactivated},
                                    {"delete", Deed::deleted}}};

/// Itself, or what it is part of.
bool is_masked(const Attribute& attribute, const Masks& masks) {
  if (attribute.returned == Returned::never) return true;
  const bool is_named = std::any_of(masks.begin(), masks.end(), [&](const std::string& mask) { return equal_ignoring_case(mask, attribute.path()); });
  return is_named || (attribute.parent != nullptr && is_masked(*attribute.parent, masks));
}

/// Takes out its parts that nobody is to read; whether there were any.
bool mask_parts(const Attribute& attribute, const Masks& masks, Json& value) {
  bool has_masked = false;
  if (value.is_array()) {
    for (Json& element : value) has_masked = mask_parts(attribute, masks, element) || has_masked;
    return has_masked;
  }
  if (!value.is_object()) return false;
  for (const Attribute& sub : attribute.sub_attributes) {
    const auto part = value.find(sub.name);
    if (part == value.end() || !is_masked(sub, masks)) continue;
    *part = "***";
    has_masked = true;
  }
  return has_masked;
}

Json value_change(const Attribute& attribute, const Json* before, const Json* after, const Masks& masks) {
  Json change = Json::object();
  change["path"] = attribute.path();
  if (is_masked(attribute, masks)) {
    change["masked"] = true;
    return change;
  }
  bool has_masked = false;
  const auto show = [&](const char* name, const Json* value) {
    if (value == nullptr) return;
    change[name] = *value;
    has_masked = mask_parts(attribute, masks, change[name]) || has_masked;
  };
  show("before", before);
  show("after", after);
  if (has_masked) change["masked_parts"] = true;
  return change;
}

/// What is said of an attribute of a resource that comes or goes as a whole.
bool is_told(const Attribute& attribute) { return !is_schemas(attribute) && attribute.name != "id" && attribute.name != "meta"; }

/// Calls tell(attribute, value) for each attribute that has one; those of extensions one by one.
template <class Tell>
void for_each_value(const Resource& resource, Tell tell) {
  for (const Attribute& attribute : resource.type->attributes) {
    if (!is_told(attribute)) continue;
    if (attribute.is_extension) {
      for (const Attribute& part : attribute.sub_attributes) {
        if (const Json* value = find_value(resource.body, part)) tell(part, *value);
      }
      continue;
    }
    if (const Json* value = find_value(resource.body, attribute)) tell(attribute, *value);
  }
}

std::vector<std::string> ids_of(const Json& members) {
  std::vector<std::string> ids;
  for (const Json& member : members) ids.push_back(member_id(member));
  return ids;
}

Json membership_change(const MembershipChange& change, const Masks& masks) {
  Json told = {{"path", change.attribute->path()}};
  if (is_masked(*change.attribute, masks)) {
    told["masked"] = true;
    return told;
  }
  if (!change.added.empty()) told["added"] = change.added;
  if (!change.removed.empty()) told["removed"] = change.removed;
  return told;
}

/// "" if nobody is to read it.
std::string name_in(const ResourceType& type, const Json& body, const Masks& masks) {
  for (const char* name : {"userName", "displayName"}) {
    const Attribute* attribute = type.find(name);
    const auto value = body.find(name);
    if (attribute == nullptr || value == body.end() || !value->is_string()) continue;
    return is_masked(*attribute, masks) ? std::string() : value->get<std::string>();
  }
  return {};
}

bool is_active(const Json& body) { return body.value("active", Json()) == Json(true); }

AuditEntry entry_for(Deed deed, const ResourceType& type, std::string_view id, const Json& body, const Masks& masks) {
  AuditEntry entry;
  entry.deed = deed;
  entry.type = type.name;
  entry.id = id;
  entry.name = name_in(type, body, masks);
  return entry;
}

void add_memberships(AuditEntry& entry, const std::vector<MembershipChange>& memberships, const Masks& masks) {
  for (const MembershipChange& change : memberships) {
    entry.changes.push_back(membership_change(change, masks));
    entry.losses.removals += std::ssize(change.removed);
  }
}

/// All else stays as it was.
AuditEntry entry_of_deactivation(const Resource& before, const Masks& masks) {
  AuditEntry entry = entry_for(Deed::deactivated, *before.type, before.id(), before.body, masks);
  const Json inactive = false;
  for_each_value(before, [&](const Attribute& attribute, const Json& value) {
    if (attribute.name == "active") entry.changes.push_back(value_change(attribute, &value, &inactive, masks));
    if (attribute.name == "groups") entry.changes.push_back(value_change(attribute, &value, nullptr, masks));
  });
  if (is_active(before.body)) ++entry.losses.deactivations;
  return entry;
}

void add_if_not_zero(Json& object, const char* name, std::int64_t count) {
  if (count != 0) object[name] = count;
}

Json to_json(const Losses& losses) {
  Json object = Json::object();
  add_if_not_zero(object, "deactivations", losses.deactivations);
  add_if_not_zero(object, "deletions", losses.deletions);
  add_if_not_zero(object, "removals", losses.removals);
  return object;
}

void add_if_any(Json& object, const char* name, const std::string& text) {
  if (!text.empty()) object[name] = text;
}

std::string text_in(const Json& object, const char* name) {
  const auto value = object.find(name);
  return value != object.end() && value->is_string() ? value->get<std::string>() : std::string();
}

std::int64_t count_in(const Json& object, const char* name) {
  const auto value = object.find(name);
  return value != object.end() && value->is_number_integer() ? value->get<std::int64_t>() : 0;
}

}  // namespace

Losses& Losses::operator+=(const Losses& more) {
  deactivations += more.deactivations;
  deletions += more.deletions;
  removals += more.removals;
  return *this;
}

Result<void> check_masks(const Masks& masks, const Registry& registry) {
  for (const std::string& mask : masks) {
    const auto name = parse_path_name(mask);
    const Attribute* found = nullptr;
    for (const auto& type : registry.types()) {
      if (found == nullptr && name) found = resolve(*type, *name);
    }
    if (found == nullptr) return fail(ErrorKind::invalid_value, "no resource type has an attribute " + quote(mask));
    if (!equal_ignoring_case(mask, found->path())) return fail(ErrorKind::invalid_value, quote(mask) + " is written as " + quote(found->path()));
  }
  return {};
}

std::string_view to_string(Deed deed) { return word_for(kDeeds, deed); }

std::string to_text(const AuditEntry& entry) {
  Json object = {{"time", format_instant(entry.time)}, {"operation", to_string(entry.deed)}, {"type", entry.type}, {"id", entry.id}};
  add_if_any(object, "name", entry.name);
  object["actor"] = entry.actor.name;
  add_if_any(object, "token", entry.actor.token);
  object["request"] = entry.actor.request;
  add_if_any(object, "address", entry.actor.address);
  // Not copied into it: of an import they are most of what is written.
  std::string text = to_text(object);
  text.back() = ',';
  text.append("\"changes\":").append(to_text(entry.changes));
  if (entry.losses.any()) text.append(",\"losses\":").append(to_text(to_json(entry.losses)));
  return text + '}';
}

Result<AuditEntry> entry_from_text(std::string_view text) {
  const Json object = Json::parse(text, nullptr, false);  // ours, and beyond the limits for clients: a group's members
  const auto no_entry = [] { return fail(ErrorKind::invalid_value, "no entry of the audit log"); };
  if (!object.is_object()) return no_entry();
  const auto deed = value_for(kDeeds, text_in(object, "operation"));
  const auto time = parse_instant(text_in(object, "time"));
  const auto changes = object.find("changes");
  if (!deed || !time || changes == object.end() || !changes->is_array()) return no_entry();
  AuditEntry entry;
  entry.time = *time;
  entry.deed = *deed;
  entry.type = text_in(object, "type");
  entry.id = text_in(object, "id");
  entry.name = text_in(object, "name");
  entry.actor = {text_in(object, "actor"), text_in(object, "token"), text_in(object, "request"), text_in(object, "address")};
  entry.changes = *changes;
  const Json losses = object.value("losses", Json::object());
  entry.losses = {count_in(losses, "deactivations"), count_in(losses, "deletions"), count_in(losses, "removals")};
  return entry;
}

AuditEntry entry_of_creation(const Resource& resource, std::string_view id, const std::vector<MembershipChange>& memberships, const Masks& masks) {
  AuditEntry entry = entry_for(Deed::created, *resource.type, id, resource.body, masks);
  for_each_value(resource, [&](const Attribute& attribute, const Json& value) {
    if (!attribute.is_membership()) entry.changes.push_back(value_change(attribute, nullptr, &value, masks));
  });
  add_memberships(entry, memberships, masks);
  return entry;
}

AuditEntry entry_of_adoption(const Resource& before, const Resource& resource, const std::vector<MembershipChange>& memberships, const Masks& masks) {
  Changes changes = difference(*before.type, before.body, resource.body);
  std::erase_if(changes, [](const Change& change) { return change.kind != Change::Kind::set; });
  AuditEntry entry = entry_of_update(before, changes, memberships, masks);
  entry.deed = Deed::adopted;
  return entry;
}

AuditEntry entry_of_update(const Resource& before, const Changes& changes, const std::vector<MembershipChange>& memberships,
                           const Masks& masks) {
  AuditEntry entry = entry_for(Deed::updated, *before.type, before.id(), before.body, masks);
  for (const Change& change : changes) {
    if (change.attribute->is_membership()) continue;
    const bool is_set = change.kind == Change::Kind::set;
    entry.changes.push_back(value_change(*change.attribute, find_value(before.body, *change.attribute), is_set ? &change.value : nullptr, masks));
    const bool stays_active = is_set && change.value == Json(true);
    if (change.attribute->name == "active" && is_active(before.body) && !stays_active) ++entry.losses.deactivations;
  }
  add_memberships(entry, memberships, masks);
  return entry;
}

AuditEntry entry_of_removal(const Resource& before, Removal removal, const Masks& masks) {
  if (removal == Removal::deactivated) return entry_of_deactivation(before, masks);
  AuditEntry entry = entry_for(Deed::deleted, *before.type, before.id(), before.body, masks);
  for_each_value(before, [&](const Attribute& attribute, const Json& value) {
    if (attribute.is_membership()) {
      entry.changes.push_back(membership_change({&attribute, {}, ids_of(value)}, masks));
      entry.losses.removals += std::ssize(value);
    } else {
      entry.changes.push_back(value_change(attribute, &value, nullptr, masks));
    }
  });
  ++entry.losses.deletions;
  return entry;
}

}  // namespace scim
