// SPDX-License-Identifier: MIT
#include "sql/database_status.h"

#include "sql/dialect.h"
#include "sql/links.h"
#include "sql/own_tables.h"
#include "sql/type_tables.h"

namespace scim::sql {
namespace {

/// "" without a row.
Result<std::string> first_text(Db& db, const Sql& sql) {
  const auto cursor = db.query(sql);
  if (!cursor) return fail(to_error(cursor.error()));
  const auto row = (*cursor)->next();
  if (!row) return fail(to_error(row.error()));
  return *row ? std::string((*cursor)->text(0)) : std::string();
}

Result<std::vector<DatabaseStatus::Table>> find_tables(Db& db, const Mapping& mapping) {
  std::vector<DatabaseStatus::Table> tables;
  for (OwnTable& table : own_tables(mapping)) {
    SCIM_ASSIGN(const std::string found, first_text(db, {std::string(db.dialect().find_table), {table.name}}));
    tables.push_back({std::move(table.name), !found.empty()});
  }
  return tables;
}

Result<void> add_migrations(Db& db, DatabaseStatus& status) {
  SCIM_ASSIGN(std::vector<std::string> texts, missing_migrations(db));
  std::size_t version = status.version->seen;
  for (std::string& text : texts) status.steps.push_back({title_of_version(++version), std::move(text)});
  return {};
}

Result<void> add_group_names(Db& db, GroupNames wanted, DatabaseStatus& status) {
  SCIM_ASSIGN(const GroupNames current, current_group_names(db));
  if (current == wanted) return {};
  status.steps.push_back({title_of(wanted), ""});
  return {};
}

/// What the configuration declares of types has its tables made when the database is opened.
Result<void> add_types(Db& db, const Mapping& mapping, DatabaseStatus& status) {
  SCIM_ASSIGN(const Titles titles, types_to_update(db, mapping));
  for (const std::string& title : titles) status.steps.push_back({title, ""});
  return {};
}

Result<void> add_missing(Db& db, const Mapping& mapping, DatabaseStatus& status) {
  SCIM_ASSIGN(std::vector<Missing> missing, missing_of_own(db, mapping));
  for (Missing& each : missing) status.steps.push_back({std::move(each.title), std::move(each.script)});
  return {};
}

}  // namespace

Result<DatabaseStatus> database_status(Db& db, const Mapping& mapping, const StoreOptions& options) {
  DatabaseStatus status;
  status.kind = std::string(db.dialect().name);
  status.are_steps_runnable = db.dialect().functions == Functions::of_database;
  SCIM_ASSIGN(status.server_version, first_text(db, {std::string(db.dialect().server_version), {}}));
  SCIM_ASSIGN(status.tables, find_tables(db, mapping));
  if (mapping.is_embedded) {
    SCIM_ASSIGN(status.version, version_of_tables(db));
    SCIM_TRY(add_migrations(db, status));
    SCIM_TRY(add_group_names(db, options.unique_groups ? GroupNames::unique : GroupNames::free, status));
  } else {
    SCIM_TRY(add_missing(db, mapping, status));
  }
  SCIM_TRY(add_types(db, mapping, status));
  return status;
}

}  // namespace scim::sql
