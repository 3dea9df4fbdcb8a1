// SPDX-License-Identifier: MIT
#include "cli/existing.h"

#include "cli/lookup.h"
#include "core/resource.h"
#include "core/text.h"

namespace scim::cli {

Try<std::set<std::string>> taken_values(Backend& backend, const ResourceType& type, const Attribute& attribute,
                                        const std::vector<std::string>& values) {
  std::set<std::string> taken;
  const auto take = [&](const Json& resource) {
    const Json* const value = find_value(resource, attribute);
    if (value != nullptr && value->is_string()) taken.insert(key_of(attribute, value->get<std::string>()));
  };
  SCIM_TRY(for_each_equal(backend, type, attribute.path(), values, attribute.path(), take));
  return taken;
}

std::string key_of(const Attribute& attribute, const std::string& value) { return collation_key(value, attribute.collation); }

}  // namespace scim::cli
