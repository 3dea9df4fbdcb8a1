// SPDX-License-Identifier: MIT
#include "cli/reference_names.h"

#include "cli/import_references.h"
#include "cli/lookup.h"

namespace scim::cli {

Try<void> ReferenceNames::put_into(std::vector<Json>& bodies, const ResourceType& type) {
  std::set<std::string> ids;
  for (Json& body : bodies) {
    for_each_reference(type, body, [&](Json& value) { ids.insert(value.get<std::string>()); });
  }
  SCIM_TRY(look_up(ids));
  for (Json& body : bodies) {
    for_each_reference(type, body, [&](Json& value) {
      const auto name = names_.find(value.get_ref<const std::string&>());
      if (name != names_.end()) value = name->second;
    });
  }
  return {};
}

Try<void> ReferenceNames::look_up(const std::set<std::string>& ids) {
  for (const auto& [kind, attribute] : {std::pair(Kind::users, "userName"), std::pair(Kind::groups, "displayName")}) {
    std::vector<std::string> unknown;
    for (const std::string& id : ids) {
      if (!names_.contains(id)) unknown.push_back(id);
    }
    const auto type = backend_.type(kind);
    if (!type || unknown.empty()) continue;
    const auto take = [&](const Json& resource) {
      const std::string name = resource.value(attribute, "");
      if (!name.empty()) names_[resource.value("id", "")] = std::string(attribute) + '=' + name;
    };
    SCIM_TRY(for_each_equal(backend_, **type, "id", unknown, std::string("id,") + attribute, take));
  }
  return {};
}

}  // namespace scim::cli
