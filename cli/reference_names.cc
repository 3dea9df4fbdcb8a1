// SPDX-License-Identifier: MIT
#include "cli/reference_names.h"

#include "cli/lookup.h"
#include "cli/references.h"
#include "cli/resource_finder.h"

namespace scim::cli {

Try<void> ReferenceNames::put_into(std::vector<Json>& bodies, const ResourceType& type) {
  std::set<std::string> ids;
  for (Json& body : bodies) {
    for_each_reference(type, body, [&](const Reference& reference) { return ids.insert(reference.text), true; });
  }
  SCIM_TRY(look_up(ids));
  for (Json& body : bodies) {
    for_each_reference(type, body, [&](const Reference& reference) {
      const auto name = names_.find(reference.text);
      if (name != names_.end()) reference.text = name->second;
      else if (has_equals(reference.text)) reference.text.insert(0, "id=");  // it looks like a name
      return true;
    });
  }
  return {};
}

Try<void> ReferenceNames::look_up(const std::set<std::string>& ids) {
  for (const auto& [kind, attribute] : {std::pair(Kind::users, std::string("userName")), std::pair(Kind::groups, std::string("displayName"))}) {
    const auto type = backend_.type(kind);
    if (!type) continue;
    const Attribute* const id = (*type)->find("id");
    std::vector<Sought> unknown;
    for (const std::string& each : ids) {
      if (!names_.contains(each)) unknown.push_back({id, each});
    }
    Found found(**type, {});
    SCIM_TRY(ResourceFinder(backend_, **type, "attributes=id%2CexternalId%2C" + attribute).find(unknown, found));
    for (const Json& resource : found.all()) {
      const std::string name = resource.value(attribute, "");
      if (!name.empty()) names_[resource.value("id", "")] = attribute + '=' + name;
    }
    if (kind == Kind::groups) SCIM_TRY(tell_apart(**type, found.all()));
  }
  return {};
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
    if (is_told) names_[text_at(*group, "id")] = "externalId=" + count->first;
    else names_.erase(text_at(*group, "id"));
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
