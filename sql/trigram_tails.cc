// SPDX-License-Identifier: MIT
#include "sql/trigram_tails.h"

namespace scim::sql {
namespace {

/// Which tails are long.
struct Long {
  bool users = false;
  bool emails = false;
};

DbResult<Long> long_tails(Db& db) {
  // Keys grow by one. Rows with greater ones that are gone were never indexed.
  const auto cursor = db.query(
      {"SELECT coalesce((SELECT max(key) FROM users) - user_key >= ?1, false) OR (SELECT count(*) FROM user_trigrams_changed) >= ?1, "
       "coalesce((SELECT max(key) FROM user_emails) - email_key >= ?1, false) OR "
       "(SELECT count(*) FROM user_email_trigrams_changed) >= ?1 FROM trigram_marks",
       {kLongTail}});
  if (!cursor) return tl::unexpected<DbError>(cursor.error());
  const auto row = (*cursor)->next();
  if (!row) return tl::unexpected<DbError>(row.error());
  return *row ? Long{(*cursor)->integer(0) != 0, (*cursor)->integer(1) != 0} : Long();
}

DbResult<void> run(Db& db, const char* statement) {
  const auto done = db.run({statement, {}});
  if (!done) return tl::unexpected<DbError>(done.error());
  return {};
}

}  // namespace

DbResult<void> TailWatch::index_long_tails(Db& db) {
  if (writes_ < kWritesBetween) return {};
  const auto found = long_tails(db);
  if (!found) return tl::unexpected<DbError>(found.error());
  writes_ = 0;
  DbResult<void> done;
  if (found->users) done = run(db, "UPDATE trigram_marks SET user_key = (SELECT coalesce(max(key), 0) FROM users)");
  if (done && found->emails) done = run(db, "UPDATE trigram_marks SET email_key = (SELECT coalesce(max(key), 0) FROM user_emails)");
  return done;
}

}  // namespace scim::sql
