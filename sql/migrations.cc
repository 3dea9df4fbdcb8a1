// SPDX-License-Identifier: MIT
// Versions of our own tables, and the index that `unique_groups` asks for.
#include "sql/migrations.h"

#include <memory>
#include <string>
#include <vector>

#include "core/text.h"
#include "scim_sql_texts.h"
#include "sql/dialect.h"
#include "sql/pg_functions.h"

namespace scim::sql {
namespace {

constexpr std::string_view kGroupNameIndex = "scim_unique_group_name";

/// Who opens a database is told more than a client is.
Error open_error(std::string_view doing, const DbError& error) {
  Error out = to_error(error);
  if (error.kind != DbErrorKind::busy) out.detail = std::string(doing) + ": " + error.detail;
  return out;
}

/// 0 without a row.
Result<std::int64_t> first_integer(Db& db, const Sql& sql) {
  const auto cursor = db.query(sql);
  if (!cursor) return fail(open_error("reading the database failed", cursor.error()));
  const auto row = (*cursor)->next();
  if (!row) return fail(open_error("reading the database failed", row.error()));
  return *row ? (*cursor)->integer(0) : 0;
}

/// The transaction is undone unless `action` succeeds.
template <class Action>
Result<Titles> in_write_transaction(Db& db, Action action) {
  if (const auto begun = db.begin(Db::Begin::write); !begun)
    return fail(open_error("preparing the database failed", begun.error()));
  Result<Titles> result = action();
  if (result) {
    if (const auto committed = db.commit(); !committed)
      result = fail(open_error("preparing the database failed", committed.error()));
  }
  if (!result) db.rollback();
  return result;
}

/// How one kind of database keeps count of its migrations.
class Versions {
 public:
  virtual ~Versions() = default;
  /// How many migrations there are.
  virtual std::size_t count() const = 0;
  virtual std::string text(std::size_t at) const = 0;
  /// 0: none has been run.
  virtual Result<std::int64_t> read(Db& db) const = 0;
  /// A script for before the transaction that updates: what that needs to keep others out. "": nothing.
  virtual std::string_view preparation() const = 0;
  /// The same as read(), within it: nobody else updates until its end.
  virtual Result<std::int64_t> read_for_update(Db& db) const = 0;
  /// A script that notes it, after another one whose last statement may not have been ended.
  virtual std::string record(std::size_t version) const = 0;
};

/// In the file's header. Who writes writes alone.
class SqliteVersions : public Versions {
 public:
  std::size_t count() const override { return std::size(kTexts); }
  std::string text(std::size_t at) const override { return std::string(*kTexts[at]); }
  Result<std::int64_t> read(Db& db) const override { return first_integer(db, {"PRAGMA user_version", {}}); }
  std::string_view preparation() const override { return {}; }
  Result<std::int64_t> read_for_update(Db& db) const override { return read(db); }
  std::string record(std::size_t version) const override { return ";PRAGMA user_version = " + std::to_string(version) + ";"; }

 private:
  static constexpr const std::string_view* kTexts[] = {&texts::_001_embedded_sql,  &texts::_002_scim_tokens_sql,  &texts::_003_token_users_sql,
                                                       &texts::_004_documents_sql, &texts::_005_block_counts_sql, &texts::_006_trigrams_sql,
                                                       &texts::_007_trigrams_tail_sql, &texts::_008_renderings_sql, &texts::_009_audit_sql,
                                                       &texts::_010_tokens_sql,       &texts::_011_holds_sql};
};

/// In the one row of a table, which whoever updates keeps locked.
class PgVersions : public Versions {
 public:
  std::size_t count() const override { return std::size(kTexts); }
  std::string text(std::size_t at) const override { return kTexts[at](); }
  Result<std::int64_t> read(Db& db) const override {
    SCIM_ASSIGN(const std::int64_t exists, first_integer(db, {std::string(db.dialect().find_table), {std::string("scim_schema")}}));
    return exists == 0 ? Result<std::int64_t>(0) : first_integer(db, {"SELECT version FROM scim_schema", {}});
  }
  std::string_view preparation() const override {
    return "CREATE TABLE IF NOT EXISTS scim_schema (one INTEGER PRIMARY KEY, version BIGINT NOT NULL, CHECK (one = 1));"
           "INSERT INTO scim_schema VALUES (1, 0) ON CONFLICT DO NOTHING;";
  }
  Result<std::int64_t> read_for_update(Db& db) const override {
    return first_integer(db, {"SELECT version FROM scim_schema WHERE one = 1 FOR UPDATE", {}});
  }
  std::string record(std::size_t version) const override { return ";UPDATE scim_schema SET version = " + std::to_string(version) + ";"; }

 private:
  static std::string first() {
    return "SET LOCAL statement_timeout = 0;" + pg_functions_script() + std::string(texts::pg_001_embedded_sql) +
           std::string(texts::pg_001_common_sql) + std::string(texts::pg_001_locks_sql);
  }
  static std::string audit() { return std::string(texts::pg_002_audit_sql); }
  static std::string tokens() { return std::string(texts::pg_003_tokens_sql); }
  static std::string holds() { return std::string(texts::pg_004_holds_sql); }
  static constexpr std::string (*kTexts[])() = {first, audit, tokens, holds};
};

std::unique_ptr<const Versions> versions_of(const Db& db) {
  if (db.dialect().aids == Aids::triggers) return std::make_unique<SqliteVersions>();
  return std::make_unique<PgVersions>();
}

Result<void> prepare(Db& db, std::string_view script) {
  if (script.empty()) return {};
  if (db.run_script(script)) return {};
  // Of two nodes that come at once one may be refused the table that the other is making.
  if (const auto made = db.run_script(script); !made) return fail(open_error("making the table scim_schema failed", made.error()));
  return {};
}

/// How many of the migrations that we know have been run; unavailable if there were more.
Result<std::size_t> known_version(std::int64_t version, const Versions& versions) {
  const auto known = static_cast<std::int64_t>(versions.count());
  if (version > known || version < 0)
    return fail(ErrorKind::unavailable, "the database has version " + std::to_string(version) +
                                            " of its tables, this program knows versions up to " +
                                            std::to_string(known) + ": use a newer scimctl");
  return static_cast<std::size_t>(version);
}

Result<Titles> run_missing(Db& db, const Versions& versions, std::size_t wanted) {
  SCIM_ASSIGN(const std::int64_t recorded, versions.read_for_update(db));
  SCIM_ASSIGN(const std::size_t version, known_version(recorded, versions));
  Titles done;
  for (std::size_t i = version; i < wanted; ++i) {
    if (const auto ran = db.run_script(versions.text(i) + versions.record(i + 1)); !ran)
      return fail(open_error("making the tables failed", ran.error()));
    done.push_back(title_of_version(i + 1));
  }
  return done;
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

/// Names the displayName that several groups have.
Result<void> refuse_duplicates(Db& db, const GroupName& name) {
  const auto cursor = db.query({"SELECT min(" + name.column + ") FROM " + name.table + " WHERE " + name.folded +
                                    " IS NOT NULL GROUP BY " + name.folded + " HAVING count(*) > 1 LIMIT 1",
                                {}});
  if (!cursor) return fail(open_error("reading the database failed", cursor.error()));
  const auto row = (*cursor)->next();
  if (!row) return fail(open_error("reading the database failed", row.error()));
  if (!*row) return {};
  return fail(ErrorKind::invalid_value, "unique_groups: several groups have the displayName " + quote((*cursor)->text(0)) + ", rename them first");
}

Result<Titles> change_group_names(Db& db, const GroupName& name, GroupNames wanted) {
  if (const auto alone = keep_others_out(db); !alone) return fail(open_error("unique_groups", alone.error()));
  SCIM_ASSIGN(const GroupNames current, current_group_names(db));
  if (current == wanted) return Titles();
  if (wanted == GroupNames::unique) SCIM_TRY(refuse_duplicates(db, name));
  const std::string index = identifier(kGroupNameIndex);
  const std::string text = wanted == GroupNames::unique
                               ? "CREATE UNIQUE INDEX " + index + " ON " + name.table + " (" + name.folded + ")"
                               : "DROP INDEX " + index;
  const auto ran = db.run({text, {}});
  if (!ran) return fail(open_error("unique_groups", ran.error()));
  return Titles{title_of(wanted)};
}

}  // namespace

Result<TableVersion> version_of_tables(Db& db) {
  const auto versions = versions_of(db);
  SCIM_ASSIGN(const std::int64_t recorded, versions->read(db));
  SCIM_ASSIGN(const std::size_t version, known_version(recorded, *versions));
  return TableVersion{version, versions->count()};
}

Result<std::vector<std::string>> missing_migrations(Db& db) {
  SCIM_ASSIGN(const TableVersion version, version_of_tables(db));
  const auto versions = versions_of(db);
  std::vector<std::string> scripts;
  for (std::size_t i = version.seen; i < version.known; ++i) {
    const bool is_first = i == 0;
    scripts.push_back((is_first ? std::string(versions->preparation()) : "") + versions->text(i) + versions->record(i + 1));
  }
  return scripts;
}

std::string title_of_version(std::size_t version) { return "version " + std::to_string(version) + " of the tables"; }

std::string title_of(GroupNames names) {
  return std::string("displayName of groups is ") + (names == GroupNames::unique ? "unique" : "free") + " (unique_groups)";
}

Result<Titles> migrate(Db& db) {
  SCIM_ASSIGN(const TableVersion version, version_of_tables(db));
  if (version.is_current()) return Titles();
  return migrate_to(db, version.known);
}

Result<Titles> migrate_to(Db& db, std::size_t version) {
  const auto versions = versions_of(db);
  SCIM_TRY(prepare(db, versions->preparation()));
  return in_write_transaction(db, [&] { return run_missing(db, *versions, version); });
}

Result<GroupNames> current_group_names(Db& db) {
  SCIM_ASSIGN(const std::int64_t exists, first_integer(db, {std::string(db.dialect().find_index), {std::string(kGroupNameIndex)}}));
  return exists == 0 ? GroupNames::free : GroupNames::unique;
}

Result<Titles> apply_group_names(Db& db, const Mapping& mapping, GroupNames names) {
  SCIM_ASSIGN(const GroupNames current, current_group_names(db));
  if (current == names) return Titles();
  const std::optional<GroupName> name = group_name(mapping);
  if (!name) return fail(ErrorKind::invalid_value, "unique_groups: the mapping has no folded column for displayName of groups");
  return in_write_transaction(db, [&] { return change_group_names(db, *name, names); });
}

}  // namespace scim::sql
