// SPDX-License-Identifier: MIT
#include "cli/names/reference_names.h"

#include "cli/names/lookup.h"
#include "cli/names/references.h"
#include "cli/names/resource_finder.h"

namespace scim::cli {

namespace {

/// What people know a resource of the type by; nullptr: by nothing.
const Attribute* known_by(const ResourceType& type) {
  const Attribute* const user_name = type.find("userName");
  return user_name != nullptr ? user_name : type.find("displayName");
}

}  // namespace

Try<void> ReferenceNames::put_into(std::vector<Json>& bodies, const std::vector<ReferenceHints>& hints, const ResourceType& type) {
  SCIM_ASSIGN(const Registry* const registry, backend_.types());
  const auto types_of = [&](std::size_t i, const Reference& reference) {
    return hints[i].narrowed(reference, referred_types(reference.attribute, *registry));
  };
  std::map<const ResourceType*, std::set<std::string>> unknown;
  for (std::size_t i = 0; i < bodies.size(); ++i) {
    for_each_reference(type, bodies[i], [&](const Reference& reference) {
      for (const ResourceType* referred : types_of(i, reference)) {
        if (!names_.contains({referred, reference.text})) unknown[referred].insert(reference.text);
      }
      return true;
    });
  }
  for (const auto& [referred, ids] : unknown) SCIM_TRY(look_up(*referred, ids));
  for (std::size_t i = 0; i < bodies.size(); ++i) {
    for_each_reference(type, bodies[i], [&](const Reference& reference) {
      reference.text = name_of(reference, types_of(i, reference));
      return true;
    });
  }
  return {};
}

std::string ReferenceNames::name_of(const Reference& reference, const std::vector<const ResourceType*>& types) const {
  std::set<std::string> names;
  for (const ResourceType* type : types) {
    const auto name = names_.find({type, reference.text});
    if (name != names_.end()) names.insert(name->second);
  }
  if (names.size() == 1) return *names.begin();
  return has_equals(reference.text) ? "id=" + reference.text : reference.text;  // or it looks like a name
}

Try<void> ReferenceNames::look_up(const ResourceType& type, const std::set<std::string>& ids) {
  const Attribute* const attribute = known_by(type);
  if (attribute == nullptr) return {};
  std::vector<Sought> unknown;
  for (const std::string& each : ids) unknown.push_back({type.find("id"), each});
  Found found(type, {});
  SCIM_TRY(ResourceFinder(backend_, type, "attributes=id%2CexternalId%2C" + attribute->name).find(unknown, found));
  for (const Json& resource : found.all()) {
    const std::string name = text_at(resource, attribute->name);
    if (!name.empty()) names_[{&type, text_at(resource, "id")}] = attribute->name + '=' + name;
  }
  return type.name == "Group" ? tell_apart(type, found.all()) : Try<void>();
}

Try<void> ReferenceNames::tell_apart(const ResourceType& groups, const std::vector<Json>& named) {
  const Attribute* const name = groups.find("displayName");
  std::vector<Sought> names;
  for (const Json& group : named) names.push_back({name, text_at(group, "displayName")});
  Found all(groups, {name});
  SCIM_TRY(ResourceFinder(backend_, groups, "attributes=id%2CdisplayName").find(names, all));
  std::vector<const Json*> twins;
  std::set<std::string> external_ids;
  for (const Json& group : named) {
    if (all.having({name, text_at(group, "displayName")}).size() < 2) continue;
    twins.push_back(&group);
    if (const std::string external_id = text_at(group, "externalId"); !external_id.empty()) external_ids.insert(external_id);
  }
  SCIM_ASSIGN(const auto counts, count_external_ids(external_ids));
  for (const Json* group : twins) {
    const auto count = counts.find(text_at(*group, "externalId"));
    const bool is_told = count != counts.end() && count->second == 1;
    if (is_told) names_[{&groups, text_at(*group, "id")}] = "externalId=" + count->first;
    else names_.erase({&groups, text_at(*group, "id")});
    if (!is_told) ambiguous_.insert(text_at(*group, "displayName"));
  }
  return {};
}

Try<std::map<std::string, std::size_t>> ReferenceNames::count_external_ids(const std::set<std::string>& external_ids) {
  std::map<std::string, std::size_t> counts;
  for (const Kind kind : {Kind::users, Kind::groups}) {
    const auto type = backend_.type(kind);
    const Attribute* const attribute = type ? (*type)->find("externalId") : nullptr;
    if (attribute == nullptr) continue;
    std::vector<Sought> sought;
    for (const std::string& each : external_ids) sought.push_back({attribute, each});
    Found found(**type, {attribute});
    SCIM_TRY(ResourceFinder(backend_, **type, "attributes=id%2CexternalId").find(sought, found));
    for (const Sought& each : sought) counts[each.value] += found.having(each).size();
  }
  return counts;
}

}  // namespace scim::cli
