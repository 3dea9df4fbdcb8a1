// SPDX-License-Identifier: MIT
#include "sql/links.h"

#include <algorithm>

#include "scim_sql_texts.h"
#include "sql/membership.h"

namespace scim::sql {
namespace {

/// The resource's row is there and has no id.
Result<bool> is_unseen(const WriteContext& context, const TypeMapping& type, const Cell& key) {
  SCIM_ASSIGN(const auto row, first_row(context, id_select(type, key, context.dialect), 1));
  return row && row->front() == Cell();
}

Result<void> link_row(const WriteContext& context, const TypeMapping& type, const Cell& key) {
  const Link& link = type.link;
  const Instant now = context.env.now();
  const std::string id = context.env.new_id();
  RowStatements rows(type);
  rows.set(link.id, link.id.codec == Codec::uuid_hex ? *uuid_to_hex(id) : id);
  rows.set_moment(link.created, now);
  rows.set_moment(link.last_modified, now);
  rows.set(link.version, std::int64_t{1});
  if (link.external_id.absent != Cell()) rows.set(link.external_id, link.external_id.absent);
  rows.refresh_copies(key);
  for (std::size_t i = 0; i < type.tables.size(); ++i) {
    const int index = static_cast<int>(i);
    const Table& table = type.tables[i];
    RowStatement& row = rows.of(index);
    if (index == 0) {
      // Dates of the application's own row are its business; an id of its own that is missing is ours.
      if (link.id.table != 0) continue;
      RowStatement own;
      own.set(link.id.name, id);
      SCIM_TRY(run(context, own.update(table.name, table.owner, key)));
      continue;
    }
    if (index != link.id.table && index != type.own_table) continue;
    row.set(table.owner, key);
    if (index == link.id.table) SCIM_TRY(renew_copies(context, type, key));
    SCIM_TRY(run(context, row.insert_missing(table.name)));
    if (index != link.id.table) continue;
    // A row of the link that was there without an id.
    RowStatement missing;
    missing.set(link.id.name, link.id.codec == Codec::uuid_hex ? *uuid_to_hex(id) : id);
    Sql sql = missing.update(table.name, table.owner, key);
    sql.text += " AND " + identifier(link.id.name) + " IS NULL";
    SCIM_TRY(run(context, sql));
  }
  return {};
}

/// The type that the application declared for a column, for a column of ours that is to be compared with it. A primary
/// key that is an INTEGER takes nothing else in SQLite: that is for keys that are such themselves.
Result<std::string> declared_type(Db& db, const std::string& table, const std::string& column) {
  const auto cursor = db.query({"SELECT CASE WHEN upper(type) = 'INTEGER' AND NOT pk THEN 'INT' ELSE type END FROM pragma_table_info(?) WHERE name = ?", {table, column}});
  if (!cursor) return fail(to_error(cursor.error()));
  const auto found = (*cursor)->next();
  if (!found) return fail(to_error(found.error()));
  if (!*found) {
    return fail(ErrorKind::invalid_value, "the database has no column " + table + "." + column + ": see scimctl check");
  }
  return std::string((*cursor)->text(0));
}

Result<bool> has_table(Db& db, const std::string& table) {
  const auto cursor = db.query({"SELECT 1 FROM sqlite_master WHERE type IN ('table', 'view') AND name = ?", {table}});
  if (!cursor) return fail(to_error(cursor.error()));
  const auto found = (*cursor)->next();
  if (!found) return fail(to_error(found.error()));
  return *found;
}

constexpr std::string_view kTokens =
    "CREATE TABLE IF NOT EXISTS scim_tokens (id TEXT PRIMARY KEY, name TEXT NOT NULL UNIQUE, hash TEXT NOT NULL, "
    "read_only INTEGER NOT NULL, created INTEGER NOT NULL, expires INTEGER);";

/// Beside an application there is no version of our tables: what is missing of the tables of tokens is made.
Result<std::string> token_tables_script(Db& db) {
  std::string script;
  SCIM_ASSIGN(const bool has_tokens, has_table(db, std::string(kTokenTable)));
  if (!has_tokens) script += kTokens;
  // Made together, by one script of the migrations.
  SCIM_ASSIGN(const bool has_users, has_table(db, "scim_secrets"));
  if (!has_users) script += texts::_003_token_users_sql;
  return script;
}

}  // namespace

Sql id_select(const TypeMapping& type, const Cell& key, const Dialect& dialect) {
  Sql sql;
  sql << "SELECT " << id_of(type, "t", dialect) << " FROM " << from_resource(type, "t") << " WHERE " << key_of(type, "t")
      << " = " << Bind{key};
  return sql;
}

Result<void> renew_copies(const WriteContext& context, const TypeMapping& type, const Cell& key) {
  if (type.link.copies.empty()) return {};
  const Table& own = type.tables.front();
  const Table& link = type.tables[static_cast<std::size_t>(type.link.id.table)];
  const std::string owner = identifier(link.name) + '.' + identifier(link.owner);
  const std::string of_row = " FROM " + identifier(own.name) + " k WHERE k." + identifier(own.owner) + " = ";
  for (const Link::Copy& copy : type.link.copies) {
    const std::string column = identifier(link.name) + '.' + identifier(copy.link_column);
    const std::string value = "SELECT k." + identifier(copy.own_column) + of_row;
    const std::string is_text = "typeof((" + value + "?)) = 'text'";
    SCIM_ASSIGN(const auto in_the_way,
                first_row(context, {"SELECT 1 FROM " + identifier(link.name) + " WHERE " + is_text + " AND " + column + " = (" +
                                        value + "?) AND " + owner + " <> ?",
                                    {key, key, key}}, 1));
    if (!in_the_way) continue;
    const std::string name = identifier(link.name);
    const std::string is_stale = column + " " + std::string(context.dialect.distinct) + " (" + value + owner + ")";
    SCIM_TRY(run(context, {"DELETE FROM " + name + " WHERE NOT EXISTS (SELECT 1" + of_row + owner + ")", {}}));
    // In two steps, since what one row had may be what another has now.
    SCIM_TRY(run(context, {"UPDATE " + name + " SET " + identifier(copy.link_column) + " = 'scim-' || hex(randomblob(16)) WHERE " +
                               is_stale + " AND typeof((" + value + owner + ")) = 'text'", {}}));
    SCIM_TRY(run(context, {"UPDATE " + name + " SET " + identifier(copy.link_column) + " = (" + value + owner + ") WHERE " + is_stale, {}}));
  }
  return {};
}

Result<void> link_rows(const WriteContext& context, const TypeMapping& type, const std::set<Cell>& keys) {
  for (const Cell& key : keys) {
    SCIM_ASSIGN(const bool unseen, is_unseen(context, type, key));
    if (unseen) SCIM_TRY(link_row(context, type, key));
  }
  return {};
}

Result<std::set<Cell>> unseen_rows(const WriteContext& context, const TypeMapping& type, std::int64_t limit) {
  Sql sql;
  sql << "SELECT " << key_of(type, "t") << " FROM " << from_resource(type, "t") << " WHERE "
      << column_of(alias_of("t", type.link.id.table), type.link.id.name) << " IS NULL AND " << key_of(type, "t")
      << " IS NOT NULL LIMIT " << Bind{limit};
  const auto cursor = context.db.query(sql);
  if (!cursor) return fail(to_error(cursor.error()));
  std::set<Cell> keys;
  while (true) {
    const auto found = (*cursor)->next();
    if (!found) return fail(to_error(found.error()));
    if (!*found) return keys;
    keys.insert((*cursor)->cell(0));
  }
}

bool mentions_link(const Predicate& predicate) {
  if (predicate.attribute != nullptr) {
    switch (link_part(*predicate.attribute)) {
      case LinkPart::id:
      case LinkPart::created:
      case LinkPart::last_modified:
      case LinkPart::location: return true;
      case LinkPart::none:
      case LinkPart::external_id:
      case LinkPart::resource_type:
      case LinkPart::version: break;
    }
  }
  return std::any_of(predicate.children.begin(), predicate.children.end(), mentions_link);
}

std::string own_table_script(const std::string& name, const std::string& key_type, std::string_view schema) {
  const std::string in_schema = std::string(schema) + '.';
  return "CREATE TABLE IF NOT EXISTS " + in_schema + identifier(name) + " (owner " + key_type +
         " PRIMARY KEY, id TEXT UNIQUE, external_id TEXT, created INTEGER, last_modified INTEGER, deactivated INTEGER, "
         "claimed INTEGER, document TEXT); CREATE INDEX IF NOT EXISTS " +
         in_schema + identifier(name + "_external_id") + " ON " + identifier(name) + " (external_id);";
}

Result<void> make_own_tables(Db& db, const Mapping& mapping) {
  SCIM_ASSIGN(std::string script, token_tables_script(db));
  for (const auto& type : mapping.types) {
    if (type->own_table < 0) continue;
    const std::string& name = type->tables[static_cast<std::size_t>(type->own_table)].name;
    SCIM_ASSIGN(const bool exists, has_table(db, name));
    if (exists) continue;
    SCIM_ASSIGN(const std::string key_type, declared_type(db, type->tables.front().name, type->key));
    script += own_table_script(name, key_type);
  }
  if (script.empty()) return {};
  if (const auto done = db.run_script("BEGIN IMMEDIATE;" + script + "COMMIT;"); !done) {
    db.rollback();
    Error error = to_error(done.error());
    error.detail = "making the tables scim_* failed: " + done.error().detail;
    return fail(std::move(error));
  }
  return {};
}

}  // namespace scim::sql
