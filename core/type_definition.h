// SPDX-License-Identifier: MIT
// Resource types and schemas that a configuration declares as JSON (RFC 7643 sections 6 and 7): what is read, and what
// is refused before anything is served. Errors are invalidValue and begin with the JSON path.
#pragma once

#include <vector>

#include "core/schema.h"

namespace scim {

/// The schemas of one file: a Schema document, or a list of them.
Result<std::vector<Schema>> schemas_from_json(const Json& json);
/// Adds what a configuration declares to `schemas`. Refused: a schema that is there already.
Result<void> add_schemas(std::vector<Schema>& schemas, std::vector<Schema> declared);

struct DeclaredType {
  ResourceType type;
  std::string where;  ///< what stands before the JSON path of its members: "" or "[2].", and whatever the caller puts there
};
/// The resource types of one file: a ResourceType document, or a list of them.
Result<std::vector<DeclaredType>> resource_types_from_json(const Json& json);
/// Adds what a configuration declares to the standard `types`, or puts it into the place of the one whose name it has.
/// Refused: names and endpoints that are taken or reserved (RFC 7643 erratum 8475), schemas that are not among `schemas`,
/// attributes that every resource has already.
Result<void> add_types(std::vector<ResourceType>& types, std::vector<DeclaredType> declared, const std::vector<Schema>& schemas);

}  // namespace scim
