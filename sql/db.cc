// SPDX-License-Identifier: MIT
// What is common to all databases: quoting, and what a refusal means to a client.
#include "sql/db.h"

#include "sql/dialect.h"

namespace scim::sql {

Cell Cursor::cell(int column) const {
  switch (kind(column)) {
    case Kind::null: return {};
    case Kind::integer: return integer(column);
    case Kind::decimal: return decimal(column);
    case Kind::text: break;
  }
  return std::string(text(column));
}

DbResult<void> Db::insert_rows(std::string_view table, std::span<const std::string> columns, std::span<const Cell> cells) {
  Sql sql{"INSERT INTO " + identifier(table) + " (", {}};
  for (std::size_t i = 0; i < columns.size(); ++i) sql.text.append(i == 0 ? "" : ", ").append(identifier(columns[i]));
  sql.text += ") VALUES (?";
  for (std::size_t i = 1; i < columns.size(); ++i) sql.text += ", ?";
  sql.text += ')';
  for (; !cells.empty(); cells = cells.subspan(columns.size())) {
    sql.binds.assign(cells.begin(), cells.begin() + static_cast<std::ptrdiff_t>(columns.size()));
    if (const auto done = run(sql); !done) return tl::unexpected<DbError>(done.error());
  }
  return {};
}

DbResult<void> keep_others_out(Db& db) {
  for (const std::string_view statement : {db.dialect().take_time, db.dialect().lock_tables}) {
    if (statement.empty()) continue;
    if (auto done = db.run_script(statement); !done) return done;
  }
  return {};
}

std::string identifier(std::string_view name) {
  std::string quoted;
  append_identifier(quoted, name);
  return quoted;
}

void append_identifier(std::string& out, std::string_view name) {
  out += '"';
  while (true) {
    const std::size_t quote = name.find('"');
    out.append(name.substr(0, quote));
    if (quote == std::string_view::npos) break;
    out += "\"\"";
    name.remove_prefix(quote + 1);
  }
  out += '"';
}

Error to_error(const DbError& error) {
  switch (error.kind) {
    case DbErrorKind::busy:
    case DbErrorKind::conflict:
      return {ErrorKind::unavailable, "the database is busy, try again", "1"};
    case DbErrorKind::unavailable:
      return {ErrorKind::unavailable, "the database is not available", "30"};
    case DbErrorKind::unknown_outcome:
      return {ErrorKind::unavailable, "the database went away: whether the change was made is not known", "1"};
    case DbErrorKind::unique:
    case DbErrorKind::foreign_key:
    case DbErrorKind::not_null:
    case DbErrorKind::check:
    case DbErrorKind::too_long:
    case DbErrorKind::other:
      return {ErrorKind::internal, "the database refused a statement", ""};
  }
  return {ErrorKind::internal, "the database refused a statement", ""};
}

}  // namespace scim::sql
