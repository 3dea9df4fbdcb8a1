// SPDX-License-Identifier: MIT
#include "cli/reference_names.h"

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
    SCIM_TRY(ResourceFinder(backend_, **type, "attributes=id%2C" + attribute).find(unknown, found));
    for (const Json& resource : found.all()) {
      const std::string name = resource.value(attribute, "");
      if (!name.empty()) names_[resource.value("id", "")] = attribute + '=' + name;
    }
  }
  return {};
}

}  // namespace scim::cli
