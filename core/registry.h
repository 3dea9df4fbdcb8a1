// SPDX-License-Identifier: MIT
// All schemas and resource types that this server knows. Built once, then const; attributes never move.
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "core/path.h"
#include "core/schema.h"

namespace scim {

class Registry {
 public:
  /// Users and Groups of RFC 7643 with the enterprise extension: what the program serves unless configured otherwise.
  static Registry standard();

  /// Refused: a type whose name or endpoint is taken (RFC 7643 erratum 8475), or whose schemas are not among `schemas`.
  static Result<Registry> make(std::vector<Schema> schemas, std::vector<ResourceType> types);

  const std::vector<std::unique_ptr<const ResourceType>>& types() const { return types_; }
  /// Those that resources are made of; what discovery adds to them is discovery_schemas().
  const std::vector<Schema>& schemas() const { return schemas_; }

  const ResourceType* type_by_name(std::string_view name) const;          ///< exact: "User"
  const ResourceType* type_by_endpoint(std::string_view endpoint) const;  ///< exact: "/Users"
  const Schema* schema(std::string_view urn) const;                       ///< of either kind; URNs have no case

 private:
  std::vector<Schema> schemas_;
  std::vector<std::unique_ptr<const ResourceType>> types_;
};

/// The standard definitions, for those who build a registry of their own.
std::vector<Schema> standard_schemas();
std::vector<ResourceType> standard_resource_types();

/// The schemas of what discovery itself serves, which /Schemas describes too (RFC 7643 section 7). No resource needs them,
/// and reading them takes longer than many a command: they are read when they are first asked for.
const std::vector<Schema>& discovery_schemas();

/// RFC 7644 3.10: names and URNs, without regard to case, to the attribute of the type's merged schema. An extension's
/// URN alone names the extension. nullptr: the type has no such attribute.
const Attribute* resolve(const ResourceType& type, const PathName& name);

/// The known name nearest to an unknown one, or what the word means elsewhere (`email`); "" if there is none: for "did you mean".
std::string nearest_name(const ResourceType& type, const PathName& name);
/// The same among the parts of `owner`, which may stand before the name once more.
std::string nearest_part(const Attribute& owner, const PathName& name);

}  // namespace scim
