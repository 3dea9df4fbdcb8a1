// SPDX-License-Identifier: MIT
#include "tests/fuzz/service_model.h"

#include <algorithm>
#include <utility>

#include "core/text.h"

namespace scim::fuzz {
namespace {

Json canonical_object(const Json& value) {
  std::map<std::string, Json> members;
  for (const auto& [name, member] : value.items()) {
    const bool says_nothing = name == "primary" && member == Json(false);
    if (!says_nothing) members.emplace(name, canonical(member));
  }
  Json object = Json::object();
  for (auto& [name, member] : members) object[name] = std::move(member);
  return object;
}

Json canonical_list(const Json& value) {
  std::vector<Json> items;
  for (const Json& item : value) items.push_back(canonical(item));
  std::sort(items.begin(), items.end(), [](const Json& a, const Json& b) { return to_text(a) < to_text(b); });
  return items;
}

std::string key_of(const std::string& user_name) { return collation_key(user_name, Collation::username); }

void drop(Json& object, std::initializer_list<const char*> names) {
  for (const char* name : names) object.erase(name);
}

}  // namespace

Json canonical(const Json& value) {
  if (value.is_object()) return canonical_object(value);
  if (value.is_array()) return canonical_list(value);
  if (!value.is_string()) return value;
  const auto instant = parse_instant(value.get_ref<const std::string&>());
  return instant ? Json(format_instant(*instant)) : value;
}

Json without_derived(Json shown) {
  drop(shown, {"id", "schemas", "meta"});
  for (const char* list : {"groups", "members"}) {
    if (!shown.contains(list)) continue;
    for (Json& element : shown[list]) drop(element, {"$ref"});
  }
  return shown;
}

const Model::Entry* Model::find(const std::string& id) const {
  const auto found = entries_.find(id);
  return found == entries_.end() ? nullptr : &found->second;
}

std::vector<std::string> Model::ids(const ResourceType& type) const {
  std::vector<std::string> ids;
  for (const auto& [id, entry] : entries_) {
    if (entry.type == &type) ids.push_back(id);
  }
  return ids;
}

std::vector<std::string> Model::possible_members() const {
  std::vector<std::string> ids;
  for (const auto& [id, entry] : entries_) {
    if (entry.type->name != "Widget") ids.push_back(id);
  }
  return ids;
}

std::string Model::user_named(const std::string& user_name) const {
  for (const auto& [id, entry] : entries_) {
    if (entry.type->name == "User" && key_of(entry.body["userName"].get<std::string>()) == key_of(user_name)) return id;
  }
  return {};
}

bool Model::is_taken(const std::string& user_name, const std::string& but) const {
  const std::string holder = user_named(user_name);
  return !holder.empty() && holder != but;
}

void Model::put(const std::string& id, Entry entry) {
  entries_[id] = std::move(entry);
}

void Model::adopt(const Shown& all) {
  entries_.clear();
  for (const auto& [type, shown] : all) adopt(*type, shown);
}

void Model::remove(const std::string& id) {
  if (entries_.erase(id) == 0) return;
  for (auto& [other, entry] : entries_) entry.members.erase(id);
}

void Model::rename(const std::string& from, const std::string& to) {
  auto renamed = entries_.extract(from);
  if (renamed.empty()) return;
  renamed.key() = to;
  entries_.insert(std::move(renamed));
  for (auto& [id, entry] : entries_) {
    if (entry.members.erase(from) > 0) entry.members.insert(to);
    const auto enterprise = entry.body.find(std::string(urn::kEnterpriseUser));
    if (enterprise == entry.body.end() || !enterprise->contains("manager")) continue;
    Json& manager = (*enterprise)["manager"];
    if (manager.value("value", "") == from) manager["value"] = to;
  }
}

void Model::adopt(const ResourceType& type, const Json& shown) {
  Entry entry;
  entry.type = &type;
  entry.body = without_derived(shown);
  for (const Json& member : shown.value("members", Json::array())) entry.members.insert(member["value"].get<std::string>());
  drop(entry.body, {"members", "groups"});
  const auto enterprise = entry.body.find(std::string(urn::kEnterpriseUser));
  if (enterprise != entry.body.end() && enterprise->contains("manager")) drop((*enterprise)["manager"], {"displayName"});
  put(shown["id"].get<std::string>(), std::move(entry));
}

Json Model::shown(const std::string& id) const {
  const Entry& entry = entries_.at(id);
  Json body = entry.body;
  if (entry.type->name == "Group") add_members(entry, body);
  if (entry.type->name == "User") {
    add_groups(id, body);
    add_manager(body);
  }
  return body;
}

std::string Model::display_of(const std::string& id) const {
  const Json& body = entries_.at(id).body;
  return body.contains("displayName") ? body["displayName"].get<std::string>() : body.value("userName", "");
}

/// RFC 7643 4.1.2: direct are the groups that a user is in, indirect those that these are in, and so on.
void Model::add_groups(const std::string& id, Json& body) const {
  std::map<std::string, std::string> groups;
  std::vector<std::string> inner = {id};
  for (const char* how = "direct"; !inner.empty(); how = "indirect") {
    std::vector<std::string> outer;
    for (const auto& [group, entry] : entries_) {
      const std::set<std::string>& members = entry.members;  // clang 14 captures no structured binding
      const bool holds = std::any_of(inner.begin(), inner.end(), [&](const std::string& each) { return members.contains(each); });
      if (holds && groups.emplace(group, how).second) outer.push_back(group);
    }
    inner = std::move(outer);
  }
  for (const auto& [group, how] : groups) body["groups"].push_back({{"value", group}, {"display", display_of(group)}, {"type", how}});
}

/// A group without members shows that it has none.
void Model::add_members(const Entry& group, Json& body) const {
  body["members"] = Json::array();
  for (const std::string& id : group.members) {
    body["members"].push_back({{"value", id}, {"display", display_of(id)}, {"type", entries_.at(id).type->name}});
  }
}

void Model::add_manager(Json& body) const {
  const auto enterprise = body.find(std::string(urn::kEnterpriseUser));
  if (enterprise == body.end() || !enterprise->contains("manager")) return;
  Json& manager = (*enterprise)["manager"];
  const Entry* of = find(manager.value("value", ""));
  if (of != nullptr && of->type->name == "User" && of->body.contains("displayName")) manager["displayName"] = of->body["displayName"];
}

}  // namespace scim::fuzz
