// SPDX-License-Identifier: MIT
// Versions of our own tables, and the index that `unique_groups` asks for.
#include "sql/migrations.h"

#include <array>

#include "core/text.h"
#include "scim_sql_texts.h"

namespace scim::sql {
namespace {

constexpr std::string_view kGroupNameIndex = "scim_unique_group_name";

std::array<std::string_view, 7> migration_texts() {
  return {texts::_001_embedded_sql, texts::_002_scim_tokens_sql, texts::_003_token_users_sql,
          texts::_004_documents_sql, texts::_005_block_counts_sql, texts::_006_trigrams_sql,
          texts::_008_renderings_sql};
}

/// Who opens a database is told more than a client is.
Error open_error(std::string_view doing, const DbError& error) {
  Error out = to_error(error);
  if (error.kind != DbErrorKind::busy) out.detail = std::string(doing) + ": " + error.detail;
  return out;
}

Result<std::int64_t> first_integer(Db& db, const Sql& sql) {
  const auto cursor = db.query(sql);
  if (!cursor) return fail(open_error("reading the database failed", cursor.error()));
  const auto row = (*cursor)->next();
  if (!row) return fail(open_error("reading the database failed", row.error()));
  return *row ? (*cursor)->integer(0) : 0;
}

/// The transaction is undone unless `action` succeeds.
template <class Action>
Result<void> in_write_transaction(Db& db, Action action) {
  if (const auto begun = db.begin(Db::Begin::write); !begun)
    return fail(open_error("preparing the database failed", begun.error()));
  Result<void> result = action();
  if (result) {
    if (const auto committed = db.commit(); !committed)
      result = fail(open_error("preparing the database failed", committed.error()));
  }
  if (!result) db.rollback();
  return result;
}

/// How many of the migrations the database has; unavailable if it has more than we know.
Result<std::size_t> version_of(Db& db) {
  SCIM_ASSIGN(const std::int64_t version, first_integer(db, {"PRAGMA user_version", {}}));
  const auto known = static_cast<std::int64_t>(migration_texts().size());
  if (version > known || version < 0)
    return fail(ErrorKind::unavailable, "the database has version " + std::to_string(version) +
                                            " of its tables, this program knows versions up to " +
                                            std::to_string(known) + ": use a newer scimctl");
  return static_cast<std::size_t>(version);
}

Result<void> run_missing(Db& db, std::size_t wanted) {
  const auto all = migration_texts();
  SCIM_ASSIGN(const std::size_t version, version_of(db));
  for (std::size_t i = version; i < wanted; ++i) {
    const std::string text = std::string(all[i]) + ";PRAGMA user_version = " + std::to_string(i + 1) + ";";
    if (const auto ran = db.run_script(text); !ran)
      return fail(open_error("making the tables failed", ran.error()));
  }
  return {};
}

/// The table and columns that hold the displayName of groups.
struct GroupName {
  std::string table;
  std::string column;
  std::string folded;
};
std::optional<GroupName> group_name(const Mapping& mapping) {
  for (const auto& type : mapping.types) {
    if (type->members.empty()) continue;
    const auto column = type->columns.find(type->type->find("displayName"));
    if (column == type->columns.end() || column->second.folded.empty()) continue;
    const Table& table = type->tables[static_cast<std::size_t>(column->second.table)];
    return GroupName{identifier(table.name), identifier(column->second.name), identifier(column->second.folded)};
  }
  return std::nullopt;
}

Result<GroupNames> current_group_names(Db& db) {
  SCIM_ASSIGN(const std::int64_t count, first_integer(db, {"SELECT count(*) FROM sqlite_master WHERE type = 'index' AND name = ?",
                                                           {std::string(kGroupNameIndex)}}));
  return count == 0 ? GroupNames::free : GroupNames::unique;
}

Error duplicate_error(Db& db, const GroupName& name) {
  const auto cursor = db.query({"SELECT min(" + name.column + ") FROM " + name.table + " WHERE " + name.folded +
                                    " IS NOT NULL GROUP BY " + name.folded + " HAVING count(*) > 1 LIMIT 1",
                                {}});
  if (!cursor) return open_error("reading the database failed", cursor.error());
  const auto row = (*cursor)->next();
  const std::string duplicate = row && *row ? quote((*cursor)->text(0)) : std::string("the same");
  return {ErrorKind::invalid_value, "unique_groups: several groups have the displayName " + duplicate + ", rename them first", ""};
}

Result<void> change_group_names(Db& db, const GroupName& name, GroupNames wanted) {
  SCIM_ASSIGN(const GroupNames current, current_group_names(db));
  if (current == wanted) return {};
  const std::string index = identifier(kGroupNameIndex);
  const std::string text = wanted == GroupNames::unique
                               ? "CREATE UNIQUE INDEX " + index + " ON " + name.table + " (" + name.folded + ")"
                               : "DROP INDEX " + index;
  const auto ran = db.run({text, {}});
  if (ran) return {};
  if (ran.error().kind == DbErrorKind::unique) return fail(duplicate_error(db, name));
  return fail(open_error("unique_groups", ran.error()));
}

}  // namespace

Result<Version> version_of_tables(Db& db) {
  SCIM_ASSIGN(const std::size_t version, version_of(db));
  return version == migration_texts().size() ? Version::current : Version::older;
}

Result<void> migrate(Db& db) {
  SCIM_ASSIGN(const Version version, version_of_tables(db));
  if (version == Version::current) return {};
  return migrate_to(db, migration_texts().size());
}

Result<void> migrate_to(Db& db, std::size_t version) {
  return in_write_transaction(db, [&] { return run_missing(db, version); });
}

Result<void> apply_group_names(Db& db, const Mapping& mapping, GroupNames names) {
  SCIM_ASSIGN(const GroupNames current, current_group_names(db));
  if (current == names) return {};
  const std::optional<GroupName> name = group_name(mapping);
  if (!name) return fail(ErrorKind::invalid_value, "unique_groups: the mapping has no folded column for displayName of groups");
  return in_write_transaction(db, [&] { return change_group_names(db, *name, names); });
}

}  // namespace scim::sql
