// SPDX-License-Identifier: MIT
// The types that an application's columns have in its database, learned once (Column::native), and the keys of its tables.
#pragma once

#include "core/error.h"
#include "sql/db.h"
#include "sql/mapping.h"

namespace scim::sql {

/// Where the database's types say what a column holds (Dialect::column_types): sets Column::native of all columns, formats of
/// moments that a column of moments has no use for, and keys of lists that the mapping leaves to us. Does nothing a second time.
/// invalidValue: a list's table has no key.
Result<void> learn_columns(Db& db, Mapping& mapping);

}  // namespace scim::sql
