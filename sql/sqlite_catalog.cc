// SPDX-License-Identifier: MIT
// catalog.h over the pragma functions and sqlite_master of SQLite.
#include "sql/sqlite_catalog.h"

#include <algorithm>
#include <charconv>

#include "core/text.h"
#include "sql/catalog_rows.h"
#include "sql/sqlite_plan.h"

namespace scim::sql {
namespace {

constexpr std::string_view kScan = "SCAN ";

bool contains(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

/// The rules of SQLite (datatype3.html 3.1), in their order. Only TEXT, INTEGER and REAL change what is put into them in
/// a way that anybody relies on; NUMERIC, as of BOOLEAN and DATETIME, leaves most values as they are.
Holds holds_of(std::string_view declared) {
  const std::string type = ascii_lower(declared);
  if (contains(type, "int")) return Holds::integer;
  if (contains(type, "char") || contains(type, "clob") || contains(type, "text")) return Holds::text;
  if (contains(type, "real") || contains(type, "floa") || contains(type, "doub")) return Holds::decimal;
  return Holds::anything;
}

Capitals capitals_of(std::string_view collation) {
  if (collation == "BINARY") return Capitals::told_apart;
  return equal_ignoring_case(collation, "NOCASE") ? Capitals::ignored : Capitals::unknown;
}

/// The text of CREATE TABLE in lower case and without comments, which may say anything.
std::string without_comments(std::string_view text) {
  std::string out;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const std::string_view start = text.substr(at, 2);
    const std::string_view end = start == "--" ? "\n" : start == "/*" ? "*/" : "";
    if (!end.empty()) at = std::min(text.find(end, at + 2), text.size()) + end.size() - 1;
    out += end.empty() ? text[at] : ' ';
  }
  return ascii_lower(out);
}

/// 60 of "varchar(60)".
std::size_t length_of(std::string_view declared) {
  const std::size_t open = declared.find('(');
  std::size_t length = 0;
  if (open == std::string_view::npos) return length;
  std::from_chars(declared.data() + open + 1, declared.data() + declared.size(), length);
  return length;
}

class SqliteCatalog : public Catalog {
 public:
  SqliteCatalog(Db& db, CollationOf collation_of) : db_(db), collation_of_(std::move(collation_of)) {}

  DbResult<std::vector<std::string>> table_names() override {
    std::vector<std::string> names;
    const auto done = for_each_catalog_row(
        db_,
        {"SELECT name FROM main.sqlite_master WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite~_%' "
         "ESCAPE '~'",
         {}},
        [&](const Cursor& row) { names.emplace_back(row.text(0)); });
    if (!done) return tl::unexpected<DbError>(done.error());
    return names;
  }

  DbResult<std::optional<TableInfo>> find_table(std::string_view name) override {
    TableInfo table;
    std::string definition;
    const Sql sql{"SELECT name, type, sql FROM main.sqlite_master WHERE type IN ('table', 'view') AND "
                  "name = ? COLLATE NOCASE",
                  {std::string(name)}};
    const auto done = for_each_catalog_row(db_, sql, [&](const Cursor& row) {
      table.name = row.text(0);
      table.kind = row.text(1) == "view" ? TableInfo::Kind::view : TableInfo::Kind::table;
      table.takes_writes = table.kind == TableInfo::Kind::table;
      definition = without_comments(text_of(row, 2));
    });
    if (!done) return tl::unexpected<DbError>(done.error());
    if (table.name.empty()) return std::nullopt;
    for (const auto& read : {read_columns(table, definition), read_indexes(table), read_triggers(table)}) {
      if (!read) return tl::unexpected<DbError>(read.error());
    }
    return table;
  }

  DbResult<std::vector<ForeignKey>> foreign_keys() override {
    std::vector<ForeignKey> keys;
    const Sql sql{"SELECT m.name, f.\"from\", f.\"table\", f.on_delete FROM main.sqlite_master m JOIN "
                  "pragma_foreign_key_list(m.name, 'main') f WHERE m.type = 'table' AND f.seq = 0",
                  {}};
    const auto done = for_each_catalog_row(db_, sql, [&](const Cursor& row) {
      const std::string action = text_of(row, 3);
      keys.push_back({text_of(row, 0), text_of(row, 1), text_of(row, 2), action != "NO ACTION" && action != "RESTRICT"});
    });
    if (!done) return tl::unexpected<DbError>(done.error());
    return keys;
  }

  DbResult<std::vector<std::string>> scans(const Sql& sql) override {
    std::vector<std::string> aliases;
    const auto done = for_each_catalog_row(db_, {"EXPLAIN QUERY PLAN " + sql.text, sql.binds}, [&](const Cursor& row) {
      const std::string_view line = row.text(3);
      // "SCAN t0", "SCAN t0 USING COVERING INDEX i"; "SCAN CONSTANT ROW" and table functions have no rows to skip.
      if (!line.starts_with(kScan) || contains(line, "VIRTUAL TABLE") || contains(line, "CONSTANT ROW")) return;
      const std::string_view rest = line.substr(kScan.size());
      aliases.emplace_back(rest.substr(0, rest.find(' ')));
    });
    if (!done) return tl::unexpected<DbError>(done.error());
    return aliases;
  }

  DbResult<std::vector<PlanStep>> plan(const Sql& sql) override {
    SqlitePlan plan(sql.text);
    auto done = for_each_catalog_row(db_, {"EXPLAIN QUERY PLAN " + sql.text, sql.binds}, [&](const Cursor& row) { plan.add(row.text(3)); });
    std::vector<PlanStep> steps = plan.take();
    for (PlanStep& step : steps) {
      if (!done) break;
      done = for_each_catalog_row(db_, {"SELECT tbl_name FROM main.sqlite_master WHERE type = 'index' AND name = ?", {step.index}},
                                  [&](const Cursor& row) { step.table = row.text(0); });
    }
    if (!done) return tl::unexpected<DbError>(done.error());
    return steps;
  }

  DbResult<RowCount> row_count(std::string_view table) override {
    RowCount count;
    const auto done = for_each_catalog_row(db_, {"SELECT count(*) FROM " + identifier(table), {}},
                                           [&](const Cursor& row) { count.rows = row.integer(0); });
    if (!done) return tl::unexpected<DbError>(done.error());
    return count;
  }

  DbResult<Privileges> privileges(const std::vector<TableNeed>&) override { return Privileges(); }

  DbResult<std::string> setting_for_concurrency() override {
    std::string mode;
    const auto done = for_each_catalog_row(db_, {"PRAGMA main.journal_mode", {}}, [&](const Cursor& row) { mode = row.text(0); });
    if (!done) return tl::unexpected<DbError>(done.error());
    return mode == "wal" || mode == "memory" ? "" : "PRAGMA journal_mode = WAL";
  }

  DbResult<std::string> damage() override {
    std::string found;
    const auto done = for_each_catalog_row(db_, {"PRAGMA main.quick_check(1)", {}}, [&](const Cursor& row) { found = row.text(0); });
    if (!done) return tl::unexpected<DbError>(done.error());
    return found == "ok" ? "" : found;
  }

 private:
  DbResult<void> read_columns(TableInfo& table, const std::string& definition) {
    table.has_rowid = table.kind == TableInfo::Kind::table && !contains(definition, "without rowid");
    int keys = 0;
    std::string integer_key;
    std::string any_key;
    const auto done = for_each_catalog_row(
        db_, {"SELECT name, type, \"notnull\", dflt_value, pk, hidden FROM pragma_table_xinfo(?, 'main')", {table.name}},
        [&](const Cursor& row) {
          TableColumn column;
          column.name = row.text(0);
          column.type = row.text(1);
          column.holds = holds_of(column.type);
          column.length = length_of(column.type);
          column.not_null = row.integer(2) != 0;
          column.has_default = !row.is_null(3);
          column.is_generated = row.integer(5) >= 2;
          if (row.integer(4) != 0) {
            ++keys;
            any_key = column.name;
            // Only this very word makes a key that counts.
            if (equal_ignoring_case(column.type, "INTEGER")) integer_key = column.name;
          }
          table.columns.push_back(std::move(column));
        });
    if (!done) return done;
    if (table.kind == TableInfo::Kind::table) {
      for (TableColumn& column : table.columns) column.capitals = capitals_of(collation_of_(table.name, column.name));
    }
    if (keys != 1) return {};
    if (!integer_key.empty() && table.has_rowid) {
      for (TableColumn& column : table.columns) column.has_default = column.has_default || column.name == integer_key;
      if (!contains(definition, "autoincrement")) table.reused_key = integer_key;
    }
    // The key of a rowid table has no index of its own.
    table.indexes.push_back({{any_key}, "", true, false});
    return {};
  }

  DbResult<void> read_indexes(TableInfo& table) {
    std::string last;
    return for_each_catalog_row(db_,
                        {"SELECT l.name, l.\"unique\", l.partial, x.name, m.sql FROM pragma_index_list(?, 'main') l JOIN "
                         "pragma_index_xinfo(l.name, 'main') x LEFT JOIN main.sqlite_master m ON m.type = 'index' AND "
                         "m.name = l.name WHERE x.key = 1 ORDER BY l.seq, x.seqno",
                         {table.name}},
                        [&](const Cursor& row) {
                          if (last != row.text(0)) {
                            last = row.text(0);
                            table.indexes.push_back({{}, text_of(row, 4), row.integer(1) != 0, row.integer(2) != 0});
                          }
                          table.indexes.back().columns.push_back(text_of(row, 3));
                        });
  }

  DbResult<void> read_triggers(TableInfo& table) {
    return for_each_catalog_row(db_,
                        {"SELECT sql FROM main.sqlite_master WHERE type = 'trigger' AND tbl_name = ? COLLATE NOCASE",
                         {table.name}},
                        [&](const Cursor& row) {
                                  table.triggers.push_back(text_of(row, 0));
                                  if (contains(ascii_lower(table.triggers.back()), "instead of")) table.takes_writes = true;
                                });
  }

  Db& db_;
  CollationOf collation_of_;
};

}  // namespace

std::unique_ptr<Catalog> sqlite_catalog(Db& db, CollationOf collation_of) {
  return std::make_unique<SqliteCatalog>(db, std::move(collation_of));
}

}  // namespace scim::sql
