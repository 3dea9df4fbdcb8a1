// SPDX-License-Identifier: MIT
// The catalog of a SQLite database: all of it is SQL, but for what the collation of a column is.
#pragma once

#include <functional>
#include <memory>

#include "sql/catalog.h"

namespace scim::sql {

/// (table, column) -> collation; "" if it is not known.
using CollationOf = std::function<std::string(const std::string&, const std::string&)>;

/// `db` outlives it.
std::unique_ptr<Catalog> sqlite_catalog(Db& db, CollationOf collation_of);

}  // namespace scim::sql
