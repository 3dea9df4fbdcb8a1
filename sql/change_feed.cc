// SPDX-License-Identifier: MIT
#include "sql/change_feed.h"

#include <functional>

namespace scim::sql {
namespace {

Result<std::int64_t> run(Db& db, const Sql& sql) {
  const auto done = db.run(sql);
  if (!done) return fail(to_error(done.error()));
  return *done;
}

Result<void> for_each_row(Db& db, const Sql& sql, const std::function<void(const Cursor&)>& take) {
  const auto cursor = db.query(sql);
  if (!cursor) return fail(to_error(cursor.error()));
  while (true) {
    const auto found = (*cursor)->next();
    if (!found) return fail(to_error(found.error()));
    if (!*found) return {};
    take(**cursor);
  }
}

/// In a transaction of its own.
Result<void> in_transaction(Db& db, Db::Begin mode, const std::function<Result<void>()>& action) {
  if (const auto begun = db.begin(mode); !begun) return fail(to_error(begun.error()));
  Result<void> done = action();
  if (done) {
    if (const auto committed = db.commit(); !committed) done = fail(to_error(committed.error()));
  }
  if (!done) db.rollback();
  return done;
}

/// The ends of the chains that have entries behind `positions`.
Result<ReadPositions> unread_chains(Db& db, const ReadPositions& positions) {
  ReadPositions unread;
  SCIM_TRY(for_each_row(db, {"SELECT chain, number, kept_after FROM scim_log_chains ORDER BY chain", {}}, [&](const Cursor& row) {
    const auto at = positions.find(row.integer(0));
    const std::int64_t read = std::max(row.integer(2), at == positions.end() ? 0 : at->second);
    if (row.integer(1) > read) unread[row.integer(0)] = read;
  }));
  return unread;
}

Result<std::vector<LoggedEntry>> read_entries(Db& db, const ReadPositions& unread, std::int64_t limit) {
  std::vector<LoggedEntry> entries;
  if (unread.empty()) return entries;
  Sql sql{"SELECT position, chain, number, hash, entry FROM scim_log WHERE ", {}};
  for (const auto& [chain, number] : unread) {
    sql.text += sql.binds.empty() ? "(chain = ? AND number > ?)" : " OR (chain = ? AND number > ?)";
    sql.binds.insert(sql.binds.end(), {chain, number});
  }
  sql.text += " ORDER BY position LIMIT ?";
  sql.binds.emplace_back(limit);
  SCIM_TRY(for_each_row(db, sql, [&](const Cursor& row) {
    entries.push_back({row.integer(0), row.integer(1), row.integer(2), std::string(row.text(3)), std::string(row.text(4))});
  }));
  return entries;
}

Result<void> insert_positions(Db& db, const std::string& name, const ReadPositions& positions) {
  for (const auto& [chain, number] : positions) {
    SCIM_TRY(run(db, {"INSERT INTO scim_log_readers (name, chain, number) VALUES (?, ?, ?) ON CONFLICT (name, chain) DO UPDATE SET number = "
                      "CASE WHEN excluded.number > scim_log_readers.number THEN excluded.number ELSE scim_log_readers.number END",
                      {name, chain, number}}));
  }
  return {};
}

}  // namespace

Result<ReadPositions> end_of_log(Db& db) {
  ReadPositions end;
  SCIM_TRY(for_each_row(db, {"SELECT chain, number FROM scim_log_chains", {}}, [&](const Cursor& row) { end[row.integer(0)] = row.integer(1); }));
  return end;
}

Result<std::vector<LoggedEntry>> entries_after(Db& db, const ReadPositions& positions, std::int64_t limit) {
  std::vector<LoggedEntry> entries;
  SCIM_TRY(in_transaction(db, Db::Begin::read, [&]() -> Result<void> {
    SCIM_ASSIGN(const ReadPositions unread, unread_chains(db, positions));
    SCIM_ASSIGN(entries, read_entries(db, unread, limit));
    return {};
  }));
  return entries;
}

Result<std::vector<LogReader>> list_readers(Db& db) {
  std::vector<LogReader> readers;
  SCIM_TRY(for_each_row(db, {"SELECT name, chain, number FROM scim_log_readers ORDER BY name, chain", {}}, [&](const Cursor& row) {
    if (readers.empty() || readers.back().name != row.text(0)) readers.push_back({std::string(row.text(0)), {}});
    readers.back().positions[row.integer(1)] = row.integer(2);
  }));
  return readers;
}

Result<ReadPositions> open_reader(Db& db, const std::string& name, const ReadPositions& otherwise) {
  SCIM_ASSIGN(const std::vector<LogReader> readers, list_readers(db));
  for (const LogReader& reader : readers) {
    if (reader.name == name) return reader.positions;
  }
  ReadPositions start = otherwise;
  start.emplace(0, 0);  // a reader of an empty log is known, too
  SCIM_TRY(move_reader(db, name, start));
  return start;
}

Result<void> move_reader(Db& db, const std::string& name, const ReadPositions& positions) {
  return in_transaction(db, Db::Begin::write, [&] { return insert_positions(db, name, positions); });
}

Result<bool> forget_reader(Db& db, const std::string& name) {
  SCIM_ASSIGN(const std::int64_t rows, run(db, {"DELETE FROM scim_log_readers WHERE name = ?", {name}}));
  return rows > 0;
}

}  // namespace scim::sql
