// SPDX-License-Identifier: MIT
// Resource types and extensions that the configuration declares and no table of an application holds: where they live in
// tables of our own, as sections of a mapping. Most attributes are in the document; those that only one resource may
// have, and those that are never returned, have a column.
#pragma once

#include <set>
#include <string>

#include "core/json.h"
#include "core/registry.h"

namespace scim::sql {

/// The table of a type, which is also the name of its section: "scim_type_device".
std::string own_table_of(const ResourceType& type);

/// The section of a type of the registry. Refused: what such a table cannot keep.
Result<Json> own_section(const ResourceType& type);

/// The embedded store's section of a standard type, made to fit the extensions that the type has.
Result<Json> embedded_section(Json section, const ResourceType& type);

/// URNs of the extensions that embedded_section() has added.
std::set<std::string> added_extensions(const Json& embedded_section, const ResourceType& type);

}  // namespace scim::sql
