// SPDX-License-Identifier: MIT
#include "sql/change_feed.h"

#include <algorithm>
#include <charconv>

#include "core/json.h"
#include "core/text.h"
#include "sql/dialect.h"
#include "sql/statement.h"

namespace scim::sql {
namespace {

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
  // In one chain the order of the numbers is that of the positions, and an index has it.
  sql.text += unread.size() == 1 ? " ORDER BY number LIMIT ?" : " ORDER BY position LIMIT ?";
  sql.binds.emplace_back(limit);
  SCIM_TRY(for_each_row(db, sql, [&](const Cursor& row) {
    entries.push_back({row.integer(0), row.integer(1), row.integer(2), std::string(row.text(3)), std::string(row.text(4))});
  }));
  return entries;
}

std::string text_of(const ReadPositions& positions) {
  Json object = Json::object();
  for (const auto& [chain, number] : positions) object[std::to_string(chain)] = number;
  return to_text(object);
}

Result<ReadPositions> positions_of(std::string_view name, std::string_view text) {
  const auto refuse = [&] { return fail(ErrorKind::internal, "scim_log_readers: the positions of " + quote(name) + " are none"); };
  const Json object = Json::parse(text, nullptr, false);
  if (!object.is_object()) return refuse();
  ReadPositions positions;
  for (const auto& [chain, number] : object.items()) {
    std::int64_t key = 0;
    const auto [stop, error] = std::from_chars(chain.data(), chain.data() + chain.size(), key);
    if (error != std::errc() || stop != chain.data() + chain.size() || !number.is_number_integer()) return refuse();
    positions[key] = number.get<std::int64_t>();
  }
  return positions;
}

Result<std::vector<LogReader>> read_readers(Db& db, const Sql& sql) {
  std::vector<LogReader> readers;
  Result<void> understood;
  SCIM_TRY(for_each_row(db, sql, [&](const Cursor& row) {
    auto positions = positions_of(row.text(0), row.text(1));
    if (positions) readers.push_back({std::string(row.text(0)), *std::move(positions)});
    else understood = fail(positions.error());
  }));
  SCIM_TRY(understood);
  return readers;
}

Result<void> merge_positions(Db& db, const std::string& name, ReadPositions positions) {
  const std::string_view lock = db.dialect().lock_rows;
  const std::string locked = lock.empty() ? "" : std::string(lock) + "r";
  SCIM_ASSIGN(const std::vector<LogReader> known, read_readers(db, {"SELECT name, positions FROM scim_log_readers r WHERE name = ?" + locked, {name}}));
  if (!known.empty()) {
    for (const auto& [chain, number] : known.front().positions) positions[chain] = std::max(positions[chain], number);
  }
  SCIM_TRY(run(db, {"INSERT INTO scim_log_readers (name, positions) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET positions = excluded.positions",
                    {name, text_of(positions)}}));
  return {};
}

}  // namespace

Result<ReadPositions> end_of_log(Db& db) {
  ReadPositions end;
  SCIM_TRY(for_each_row(db, {"SELECT chain, number FROM scim_log_chains", {}}, [&](const Cursor& row) { end[row.integer(0)] = row.integer(1); }));
  return end;
}

Result<ReadPositions> beginning_of_log(Db& db) {
  ReadPositions beginning;
  SCIM_TRY(for_each_row(db, {"SELECT chain, kept_after FROM scim_log_chains", {}}, [&](const Cursor& row) { beginning[row.integer(0)] = row.integer(1); }));
  return beginning;
}

Result<std::vector<LoggedEntry>> entries_after(Db& db, const ReadPositions& positions, std::int64_t limit) {
  return in_transaction(db, Db::Begin::read, [&]() -> Result<std::vector<LoggedEntry>> {
    SCIM_ASSIGN(const ReadPositions unread, unread_chains(db, positions));
    return read_entries(db, unread, limit);
  });
}

Result<std::vector<LogReader>> list_readers(Db& db) { return read_readers(db, {"SELECT name, positions FROM scim_log_readers ORDER BY name", {}}); }

Result<std::int64_t> count_entries_after(Db& db, const ReadPositions& positions) {
  std::int64_t count = 0;
  SCIM_TRY(for_each_row(db, {"SELECT chain, number, kept_after FROM scim_log_chains", {}}, [&](const Cursor& row) {
    const auto at = positions.find(row.integer(0));
    const std::int64_t read = at == positions.end() ? 0 : at->second;
    count += row.integer(1) - std::max(read, row.integer(2));
  }));
  return count;
}

Result<ReadPositions> open_reader(Db& db, const std::string& name, const ReadPositions& otherwise) {
  SCIM_ASSIGN(const std::vector<LogReader> readers, list_readers(db));
  for (const LogReader& reader : readers) {
    if (reader.name == name) return reader.positions;
  }
  SCIM_TRY(move_reader(db, name, otherwise));
  return otherwise;
}

Result<void> move_reader(Db& db, const std::string& name, const ReadPositions& positions) {
  return in_transaction(db, Db::Begin::write, [&] { return merge_positions(db, name, positions); });
}

Result<bool> forget_reader(Db& db, const std::string& name) {
  SCIM_ASSIGN(const std::int64_t rows, run(db, {"DELETE FROM scim_log_readers WHERE name = ?", {name}}));
  return rows > 0;
}

}  // namespace scim::sql
