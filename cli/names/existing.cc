// SPDX-License-Identifier: MIT
#include "cli/names/existing.h"

#include "cli/names/resource_finder.h"
#include "core/resource.h"
#include "core/text.h"

namespace scim::cli {

Try<std::set<std::string>> taken_values(Backend& backend, const ResourceType& type, const Attribute& attribute,
                                        const std::vector<std::string>& values) {
  std::vector<Sought> sought;
  for (const std::string& value : values) sought.push_back({&attribute, value});
  Found found(type, {});
  std::string query;
  append_parameter(query, "attributes", attribute.path());
  SCIM_TRY(ResourceFinder(backend, type, query).find(sought, found));
  std::set<std::string> taken;
  for (const Json& resource : found.all()) {
    const Json* const value = find_value(resource, attribute);
    if (value != nullptr && value->is_string()) taken.insert(key_of(attribute, value->get<std::string>()));
  }
  return taken;
}

std::string key_of(const Attribute& attribute, const std::string& value) { return collation_key(value, attribute.collation); }

}  // namespace scim::cli
