// SPDX-License-Identifier: MIT
// Rows of a database's own tables, for the catalogs.
#pragma once

#include <string>

#include "sql/db.h"

namespace scim::sql {

/// Calls `take` for each row.
template <class Take>
DbResult<void> for_each_catalog_row(Db& db, const Sql& sql, Take take) {
  const auto cursor = db.query(sql);
  if (!cursor) return tl::unexpected<DbError>(cursor.error());
  while (true) {
    const auto found = (*cursor)->next();
    if (!found) return tl::unexpected<DbError>(found.error());
    if (!*found) return {};
    take(**cursor);
  }
}

/// "" for NULL.
inline std::string text_of(const Cursor& row, int column) { return row.is_null(column) ? "" : std::string(row.text(column)); }

}  // namespace scim::sql
