// SPDX-License-Identifier: MIT
// Statements of those who have nothing better to say of an error than to_error() has (db.h).
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>

#include "core/error.h"
#include "core/text.h"
#include "sql/db.h"

namespace scim::sql {

/// Runs to the end; how many rows it changed.
Result<std::int64_t> run(Db& db, const Sql& sql);

/// The number that stands first in the first row; 0 without a row.
Result<std::int64_t> first_number(Db& db, const Sql& sql);

/// Calls action(row) for each.
template <class Action>
Result<void> for_each_row(Db& db, const Sql& sql, Action action) {
  DbResult<std::unique_ptr<Cursor>> cursor = db.query(sql);
  if (!cursor) return fail(to_error(cursor.error()));
  while (true) {
    const DbResult<bool> has_row = (*cursor)->next();
    if (!has_row) return fail(to_error(has_row.error()));
    if (!*has_row) return {};
    action(**cursor);
  }
}

/// In a transaction of its own, which is undone unless `action` succeeds.
template <class Action>
auto in_transaction(Db& db, Db::Begin mode, Action action) -> decltype(action()) {
  if (const auto begun = db.begin(mode); !begun) return fail(to_error(begun.error()));
  auto done = action();
  if (done) {
    if (const auto committed = db.commit(); !committed) done = fail(to_error(committed.error()));
  }
  if (!done) db.rollback();
  return done;
}

// Moments as columns of ours have them.
inline std::int64_t micros_of(Instant instant) { return instant.time_since_epoch().count(); }
inline Instant instant_of(std::int64_t micros) { return Instant(std::chrono::microseconds(micros)); }

}  // namespace scim::sql
