// SPDX-License-Identifier: MIT
// Values that are ids of other resources: the members of a group, the manager of a user.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "core/registry.h"

namespace scim::cli {

/// One of them in a resource. What it is written as may be a name instead: `userName=ada`.
struct Reference {
  const Attribute& attribute;  ///< that has a `value` beside a `$ref`: members, manager
  Json& object;                ///< {"value": ...}
  std::string& text;           ///< its `value`

  /// "members", "urn:...:User:manager.value".
  std::string path() const;
};

/// The attributes of the type that are references, those of extensions too; what only the server writes (groups) is none.
std::vector<const Attribute*> reference_attributes(const ResourceType& type);

/// The types that an attribute refers to (RFC 7643 2.3.7 and 7), of those that there are; users and groups where the schema says none.
std::vector<const ResourceType*> referred_types(const Attribute& attribute, const Registry& registry);

/// Each reference in `body`. False from `keep` takes it out, and what is empty then.
void for_each_reference(const ResourceType& type, Json& body, const std::function<bool(const Reference&)>& keep);

}  // namespace scim::cli
