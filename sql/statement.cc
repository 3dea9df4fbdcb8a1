// SPDX-License-Identifier: MIT
#include "sql/statement.h"

namespace scim::sql {

Result<std::int64_t> run(Db& db, const Sql& sql) {
  const auto done = db.run(sql);
  if (!done) return fail(to_error(done.error()));
  return *done;
}

Result<std::int64_t> first_number(Db& db, const Sql& sql) {
  const auto cursor = db.query(sql);
  if (!cursor) return fail(to_error(cursor.error()));
  const auto found = (*cursor)->next();
  if (!found) return fail(to_error(found.error()));
  return *found ? (*cursor)->integer(0) : 0;
}

}  // namespace scim::sql
