// SPDX-License-Identifier: MIT
// The tables and columns of what the configuration declares (Mapping::own), made and brought up to date when the database
// is opened: a definition may have gained attributes, or one of them may have become unique. Values move between the
// document and columns; nothing is lost. `scim_types` holds the definition that the tables follow.
#pragma once

#include "core/error.h"
#include "sql/db.h"
#include "sql/mapping.h"
#include "sql/migrations.h"

namespace scim::sql {

/// rehearse: does nothing, but says what stands in the way.
enum class Work { apply, rehearse };

/// What update_type_tables() would do: "tables of the resource type Device".
Result<Titles> types_to_update(Db& db, const Mapping& mapping);

/// May run in several threads and processes at once; takes the write lock only if there is something to do. invalidValue
/// names the type, the attribute and what stands in the way: values that are not unique, or that are of another type.
Result<Titles> update_type_tables(Db& db, const Mapping& mapping, Work work);

}  // namespace scim::sql
