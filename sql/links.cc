// SPDX-License-Identifier: MIT
#include "sql/links.h"

#include <algorithm>
#include <charconv>
#include <span>
#include <utility>

#include "scim_sql_texts.h"
#include "sql/membership.h"
#include "sql/pg_functions.h"

namespace scim::sql {
namespace {

/// The resource's row is there and has no id.
Result<bool> is_unseen(const WriteContext& context, const TypeMapping& type, const Cell& key) {
  SCIM_ASSIGN(const auto row, first_row(context, id_select(type, key, context.dialect), 1));
  return row && row->front() == Cell();
}

/// To a row that has none.
Result<void> give_id(const WriteContext& context, const Column& column, const Table& table, const Cell& key, const std::string& id) {
  RowStatement missing;
  missing.set(column.name, column.codec == Codec::uuid_hex ? *uuid_to_hex(id) : id);
  Sql sql = missing.update(table.name, table.owner, key);
  sql.text += " AND " + identifier(column.name) + " IS NULL";
  SCIM_TRY(run(context, sql));
  return {};
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
      if (link.id.table == 0) SCIM_TRY(give_id(context, link.id, table, key, id));
      continue;
    }
    if (index != link.id.table && index != type.own_table) continue;
    row.set(table.owner, key);
    if (index == link.id.table) SCIM_TRY(renew_copies(context, type, key));
    SCIM_TRY(run(context, row.insert_missing(table.name)));
    if (index != link.id.table) continue;
    // A row of the link that was there without an id.
    SCIM_TRY(give_id(context, link.id, table, key, id));
  }
  return {};
}

/// For a column of ours that is to be compared with one of the application.
Result<std::string> type_beside(Db& db, const std::string& table, const std::string& column) {
  const auto cursor = db.query({std::string(db.dialect().key_type), {table, column}});
  if (!cursor) return fail(to_error(cursor.error()));
  const auto found = (*cursor)->next();
  if (!found) return fail(to_error(found.error()));
  if (!*found) {
    return fail(ErrorKind::invalid_value, "the database has no column " + table + "." + column + ": see scimctl check");
  }
  return std::string((*cursor)->text(0));
}

/// Whether `find`, a statement of the dialect, finds the name.
Result<bool> has(Db& db, std::string_view find, const std::string& name) {
  const auto cursor = db.query({std::string(find), {name}});
  if (!cursor) return fail(to_error(cursor.error()));
  const auto found = (*cursor)->next();
  if (!found) return fail(to_error(found.error()));
  return *found;
}

Result<bool> has_table(Db& db, const std::string& table) { return has(db, db.dialect().find_table, table); }

constexpr std::string_view kTokens =
    "CREATE TABLE IF NOT EXISTS scim_tokens (id TEXT PRIMARY KEY, name TEXT NOT NULL UNIQUE, hash TEXT NOT NULL, "
    "read_only INTEGER NOT NULL, created INTEGER NOT NULL, expires INTEGER);";

/// What one script makes, by the table or index of it that is looked for.
struct MadeTogether {
  std::string_view sign;
  std::string_view title;
  const std::string_view* script;
  enum class Sign { table, index } is = Sign::table;
};
constexpr std::string_view kTokenColumns = "columns of scim_tokens";
constexpr std::string_view kTokenIndex = "scim_tokens_certificate";
constexpr std::string_view kHoldColumns = "columns of scim_log and scim_held";
constexpr std::string_view kHoldIndex = "scim_held_waiting";
constexpr MadeTogether kSqliteTables[] = {
    {kTokenTable, "table scim_tokens", &kTokens},
    {"scim_secrets", "tables scim_token_tolerances and scim_secrets", &texts::_003_token_users_sql},
    {"scim_log", "tables scim_log, scim_log_chains, scim_log_readers and scim_held", &texts::_009_audit_sql},
    {kTokenIndex, kTokenColumns, &texts::_010_tokens_sql, MadeTogether::Sign::index},
    {kHoldIndex, kHoldColumns, &texts::_011_holds_sql, MadeTogether::Sign::index},
};
constexpr MadeTogether kPostgresqlTables[] = {
    {kTokenTable, "tables scim_tokens, scim_token_tolerances and scim_secrets", &texts::pg_001_common_sql},
    {"scim_locks", "table scim_locks", &texts::pg_001_locks_sql},
    {"scim_log", "tables scim_log, scim_log_chains, scim_log_readers and scim_held", &texts::pg_002_audit_sql},
    {kTokenIndex, kTokenColumns, &texts::pg_003_tokens_sql, MadeTogether::Sign::index},
    {kHoldIndex, kHoldColumns, &texts::pg_004_holds_sql, MadeTogether::Sign::index},
};

/// Beside an application there is no version of our tables: what is missing of those of an installation is made.
Result<void> add_tables_of_installation(Db& db, std::vector<Missing>& missing) {
  const bool is_sqlite = db.dialect().aids == Aids::triggers;
  for (const MadeTogether& each : is_sqlite ? std::span<const MadeTogether>(kSqliteTables) : std::span<const MadeTogether>(kPostgresqlTables)) {
    const std::string_view find = each.is == MadeTogether::Sign::table ? db.dialect().find_table : db.dialect().find_index;
    SCIM_ASSIGN(const bool exists, has(db, find, std::string(each.sign)));
    if (!exists) missing.push_back({std::string(each.title), std::string(*each.script)});
  }
  return {};
}

/// Where functions are the database's.
Result<void> add_functions(Db& db, std::vector<Missing>& missing) {
  if (db.dialect().functions == Functions::of_connection) return {};
  const auto cursor = db.query({pg_functions_version_select(), {}});
  if (!cursor) return fail(to_error(cursor.error()));
  const auto found = (*cursor)->next();
  if (!found) return fail(to_error(found.error()));
  const std::string_view text = *found ? (*cursor)->text(0) : std::string_view();
  int version = 0;
  std::from_chars(text.data(), text.data() + text.size(), version);
  if (version < kPgFunctionsVersion) missing.push_back({"version " + std::to_string(kPgFunctionsVersion) + " of the functions", pg_functions_script()});
  return {};
}

/// In a transaction for writing. Others may have come first.
Result<std::vector<std::string>> make_missing(Db& db, const Mapping& mapping) {
  const auto said = [](const DbError& refused) {
    Error error = to_error(refused);
    error.detail = "making the tables scim_* failed: " + refused.detail;
    return error;
  };
  if (const auto alone = keep_others_out(db); !alone) return fail(said(alone.error()));
  SCIM_ASSIGN(const std::vector<Missing> missing, missing_of_own(db, mapping));
  std::vector<std::string> titles;
  for (const Missing& each : missing) {
    if (const auto done = db.run_script(each.script); !done) return fail(said(done.error()));
    titles.push_back(each.title);
  }
  if (const auto done = db.commit(); !done) return fail(said(done.error()));
  return titles;
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
    const auto is_text = [&](const std::string& of) {
      return std::string(context.dialect.is_text_start) + '(' + value + of + ')' + std::string(context.dialect.is_text_end);
    };
    SCIM_ASSIGN(const auto in_the_way,
                first_row(context, {"SELECT 1 FROM " + identifier(link.name) + " WHERE " + is_text("?") + " AND " + column + " = (" +
                                        value + "?) AND " + owner + " <> ?",
                                    {key, key, key}}, 1));
    if (!in_the_way) continue;
    const std::string name = identifier(link.name);
    const std::string is_stale = column + " " + std::string(context.dialect.distinct) + " (" + value + owner + ")";
    SCIM_TRY(run(context, {"DELETE FROM " + name + " WHERE NOT EXISTS (SELECT 1" + of_row + owner + ")", {}}));
    // In two steps, since what one row had may be what another has now.
    SCIM_TRY(run(context, {"UPDATE " + name + " SET " + identifier(copy.link_column) + " = 'scim-' || " +
                               std::string(context.dialect.random_hex) + " WHERE " + is_stale + " AND " + is_text(owner), {}}));
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

Result<std::string> linked_id(const WriteContext& context, const TypeMapping& type, const Cell& key) {
  const Sql select = id_select(type, key, context.dialect);
  SCIM_ASSIGN(auto found, first_row(context, select, 1));
  if (!found || !std::holds_alternative<std::string>(found->front())) {
    SCIM_TRY(link_rows(context, type, {key}));
    SCIM_ASSIGN(found, first_row(context, select, 1));
  }
  if (!found) return fail(ErrorKind::internal, "a row that was looked at has gone");
  return std::get<std::string>(found->front());
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

std::string own_table_script(const std::string& name, const std::string& key_type, const Dialect& dialect, Lifetime lifetime) {
  const std::string text(dialect.types.text);
  const std::string moment(dialect.types.integer);
  return std::string("CREATE ") + (lifetime == Lifetime::connection ? "TEMP " : "") + "TABLE IF NOT EXISTS " + identifier(name) + " (owner " +
         key_type + " PRIMARY KEY, id " + text + " UNIQUE, external_id " + text + ", created " + moment + ", last_modified " + moment +
         ", deactivated " + moment + ", claimed " + moment + ", document TEXT); CREATE INDEX IF NOT EXISTS " +
         identifier(name + "_external_id") + " ON " + identifier(name) + " (external_id);";
}

Result<std::vector<Missing>> missing_of_own(Db& db, const Mapping& mapping) {
  std::vector<Missing> missing;
  SCIM_TRY(add_functions(db, missing));
  SCIM_TRY(add_tables_of_installation(db, missing));
  for (const auto& type : mapping.types) {
    if (type->own_table < 0) continue;
    const std::string& name = type->tables[static_cast<std::size_t>(type->own_table)].name;
    SCIM_ASSIGN(const bool exists, has_table(db, name));
    if (exists) continue;
    SCIM_ASSIGN(const std::string key_type, type_beside(db, type->tables.front().name, type->key));
    missing.push_back({"table " + name, own_table_script(name, key_type, db.dialect())});
  }
  return missing;
}

Result<std::vector<std::string>> make_own_tables(Db& db, const Mapping& mapping) {
  SCIM_ASSIGN(const std::vector<Missing> missing, missing_of_own(db, mapping));
  if (missing.empty()) return std::vector<std::string>();
  if (const auto begun = db.begin(Db::Begin::write); !begun) return fail(to_error(begun.error()));
  auto made = make_missing(db, mapping);
  if (db.in_transaction()) db.rollback();
  return made;
}

}  // namespace scim::sql
