// SPDX-License-Identifier: MIT
#include "sql/whole_load.h"

#include <algorithm>

#include "sql/dialect.h"

namespace scim::sql {
namespace {

/// Less is written in a second or two however it is done.
constexpr std::uint64_t kLeastBytes = 8 << 20;
/// What a line has at least for a resource, and for a member of a group, to guess how many come.
constexpr std::uint64_t kBytesOfResource = 1024;
constexpr std::uint64_t kBytesOfMember = 64;
/// How many times as much must come as is there: the indexes are made anew for both, and whoever wants to write waits.
constexpr std::int64_t kLeastGrowth = 8;

/// Triggers whose work is done by end(), or that have nothing to do for rows that are new: under keys beyond the marks of the
/// trigrams, without a rendering. Others stay.
constexpr std::string_view kTriggers =
    "SELECT name, type, sql FROM sqlite_schema WHERE type = 'trigger' AND tbl_name = ?1 AND name IN "
    "('user_blocks_insert', 'group_blocks_insert', 'user_trigrams_insert', 'user_email_trigrams_insert', 'user_renderings_insert', "
    "?1 || '_rendering_insert') ORDER BY rowid";
constexpr std::string_view kMarks =
    "UPDATE trigram_marks SET user_key = (SELECT coalesce(max(key), 0) FROM users), "
    "email_key = (SELECT coalesce(max(key), 0) FROM user_emails)";

/// Those that SQLite makes for a table itself have no text.
constexpr std::string_view kIndexes =
    "SELECT m.name, m.type, m.sql FROM sqlite_schema m JOIN pragma_index_list(m.tbl_name) l ON l.name = m.name "
    "WHERE m.type = 'index' AND m.tbl_name = ? AND m.sql IS NOT NULL AND l.\"unique\" = 0 ORDER BY m.rowid";
constexpr std::string_view kIdIndex =
    "SELECT name, type, sql FROM sqlite_schema m WHERE type = 'index' AND tbl_name = ? AND sql IS NOT NULL "
    "AND (SELECT group_concat(name) FROM pragma_index_info(m.name)) = 'id'";

DbResult<std::int64_t> first_integer(Db& db, const std::string& text) {
  const auto cursor = db.query({text, {}});
  if (!cursor) return tl::unexpected<DbError>(cursor.error());
  const auto row = (*cursor)->next();
  if (!row) return tl::unexpected<DbError>(row.error());
  return *row ? (*cursor)->integer(0) : 0;
}

/// Tables that join the type's resources to others. Those of its own kind are looked at for cycles.
std::vector<std::string> joins(const TypeMapping& type) {
  std::vector<std::string> tables;
  for (const auto& [attribute, members] : type.members) {
    for (const MemberTable& table : members) {
      if (table.member_type != type.type) tables.push_back(table.name);
    }
  }
  return tables;
}

/// Whether an insert looks for another resource of the type by its id.
bool refers_to_itself(const TypeMapping& type) {
  return std::any_of(type.columns.begin(), type.columns.end(), [&](const auto& entry) { return entry.second.refers == type.type; });
}

}  // namespace

DbResult<bool> WholeLoad::pays(Db& db, const Mapping& mapping, const TypeMapping& type, std::uint64_t bytes) {
  if (db.dialect().aids == Aids::none || !mapping.is_embedded || type.tables.size() != 1 || bytes < kLeastBytes) return false;
  std::string count = "SELECT (SELECT count(*) FROM " + identifier(type.tables.front().name) + ')';
  for (const std::string& table : joins(type)) count += " + (SELECT count(*) FROM " + identifier(table) + ')';
  const auto there = first_integer(db, count);
  if (!there) return tl::unexpected<DbError>(there.error());
  const std::uint64_t coming = bytes / (type.members.empty() ? kBytesOfResource : kBytesOfMember);
  if (*there > static_cast<std::int64_t>(coming) / kLeastGrowth) return false;
  if (!type.link.deactivated.is_mapped()) return true;
  const auto gone = first_integer(db, "SELECT count(*) FROM " + identifier(type.tables.front().name) + " WHERE " +
                                          identifier(type.link.deactivated.name) + " IS NOT NULL");
  if (!gone) return tl::unexpected<DbError>(gone.error());
  return *gone == 0;
}

DbResult<void> WholeLoad::begin() {
  const std::string& table = type_.tables.front().name;
  const auto last = first_integer(db_, "SELECT coalesce(max(" + identifier(type_.key) + "), 0) FROM " + identifier(table));
  if (!last) return tl::unexpected<DbError>(last.error());
  last_key_ = *last;
  if (const auto marked = db_.run({std::string(kMarks), {}}); !marked) return tl::unexpected<DbError>(marked.error());
  if (auto forgotten = forget_renderings(); !forgotten) return forgotten;
  std::vector<std::string> tables = joins(type_);
  if (type_.members.empty()) tables.push_back(table);
  for (const auto& [attribute, list] : type_.lists) tables.push_back(list.name);
  for (const std::string& name : tables) {
    if (auto done = take_away(name, kIndexes); !done) return done;
  }
  if (type_.members.empty() && !refers_to_itself(type_)) {
    if (auto done = take_away(table, kIdIndex); !done) return done;
  }
  // Triggers last: to make an index again needs none of them.
  if (std::find(tables.begin(), tables.end(), table) == tables.end()) tables.push_back(table);
  for (const std::string& name : tables) {
    if (auto done = take_away(name, kTriggers); !done) return done;
  }
  return {};
}

/// No trigger has seen rows go that a REPLACE made room of. Their keys are given out again.
DbResult<void> WholeLoad::forget_renderings() {
  if (type_.renderings.empty()) return {};
  const auto done = db_.run({"DELETE FROM " + identifier(type_.renderings) + " WHERE key > ?", {last_key_}});
  if (!done) return tl::unexpected<DbError>(done.error());
  return {};
}

DbResult<void> WholeLoad::take_away(const std::string& table, std::string_view select) {
  std::string drops;
  {
    const auto cursor = db_.query({std::string(select), {table}});
    if (!cursor) return tl::unexpected<DbError>(cursor.error());
    while (true) {
      const auto row = (*cursor)->next();
      if (!row) return tl::unexpected<DbError>(row.error());
      if (!*row) break;
      drops += "DROP " + std::string((*cursor)->text(1)) + ' ' + identifier((*cursor)->text(0)) + ';';
      definitions_.emplace_back((*cursor)->text(2));
    }
  }
  return drops.empty() ? DbResult<void>() : db_.run_script(drops);
}

DbResult<void> WholeLoad::end() {
  for (const std::string& definition : definitions_) {
    if (auto made = db_.run_script(definition); !made) return made;
  }
  return count_blocks();
}

DbResult<void> WholeLoad::count_blocks() {
  if (type_.block_counts.empty()) return {};
  const std::string living =
      type_.link.deactivated.is_mapped() ? "sum(" + identifier(type_.link.deactivated.name) + " IS NULL)" : "count(*)";
  const std::string key = identifier(type_.key);
  const auto done = db_.run({"INSERT INTO " + identifier(type_.block_counts) + " SELECT " + key + " / 1024, " + living + ", count(*) FROM " +
                                 identifier(type_.tables.front().name) + " WHERE " + key +
                                 " > ? GROUP BY 1 ON CONFLICT DO UPDATE SET living = living + excluded.living, total = total + excluded.total",
                             {last_key_}});
  if (!done) return tl::unexpected<DbError>(done.error());
  return {};
}

}  // namespace scim::sql
