// SPDX-License-Identifier: MIT
#include "sql/bulk_load.h"

#include "core/text.h"
#include "sql/dialect.h"

namespace scim::sql {
namespace {

DbResult<bool> has_wal(Db& db) {
  const auto cursor = db.query({"PRAGMA journal_mode", {}});
  if (!cursor) return tl::unexpected<DbError>(cursor.error());
  const auto row = (*cursor)->next();
  if (!row) return tl::unexpected<DbError>(row.error());
  return *row && equal_ignoring_case((*cursor)->text(0), "wal");
}

}  // namespace

DbResult<void> begin_load(Db& db, Sync sync) {
  if (db.dialect().aids == Aids::none) return {};
  // Without a WAL, NORMAL may lose more than the last transactions.
  const auto wal = has_wal(db);
  if (!wal) return tl::unexpected<DbError>(wal.error());
  // 512 MiB at most; 256 MiB of WAL before it goes into the file, where most of its pages are versions of the same ones.
  constexpr std::string_view kCache = "PRAGMA cache_size = -524288; PRAGMA wal_autocheckpoint = 65536;";
  return db.run_script(std::string(kCache) + (*wal && sync == Sync::normal ? "PRAGMA synchronous = NORMAL;" : ""));
}

DbResult<void> end_load(Db& db) {
  if (db.dialect().aids == Aids::none) return {};
  return db.run_script("PRAGMA synchronous = FULL; PRAGMA wal_checkpoint(TRUNCATE);");
}

}  // namespace scim::sql
