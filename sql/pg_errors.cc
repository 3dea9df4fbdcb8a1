// SPDX-License-Identifier: MIT
#include "sql/pg_errors.h"

#include <algorithm>
#include <iterator>
#include <string>

namespace scim::sql {
namespace {

struct StateRow {
  std::string_view state;  ///< of SQLSTATE, or its class
  DbErrorKind kind;
};
constexpr StateRow kStates[] = {
    {"23505", DbErrorKind::unique},
    {"23503", DbErrorKind::foreign_key},
    {"23001", DbErrorKind::foreign_key},
    {"23502", DbErrorKind::not_null},
    {"23", DbErrorKind::check},
    {"22", DbErrorKind::check},         // too long, out of range, no number, no UUID
    {"40", DbErrorKind::conflict},      // serialization failure, deadlock
    {"55P03", DbErrorKind::busy},       // lock timeout
    {"57014", DbErrorKind::busy},       // statement timeout
    {"08", DbErrorKind::unavailable},   // connections
    {"53", DbErrorKind::unavailable},   // out of disk, memory or connections
    {"57P", DbErrorKind::unavailable},  // shut down, starting
    {"58", DbErrorKind::unavailable},   // errors of the system below
    {"25006", DbErrorKind::unavailable},  // only for reading: a standby
    {"XX", DbErrorKind::unavailable},   // corrupt
    {"54000", DbErrorKind::too_long},   // for an index
    {"54", DbErrorKind::check},         // other limits: of columns, of a statement
    {"28", DbErrorKind::unavailable},   // not let in
    {"3D", DbErrorKind::unavailable},   // no such database
};

DbErrorKind kind_of(std::string_view state) {
  const auto row = std::find_if(std::begin(kStates), std::end(kStates), [&](const StateRow& each) { return state.starts_with(each.state); });
  return row == std::end(kStates) ? DbErrorKind::other : row->kind;
}

/// The name in `lower((user_name)::text)`, an expression of an index, or in `"order"`.
std::string column_in(std::string_view expression) {
  const std::size_t open = expression.rfind('(');
  if (open != std::string_view::npos) expression.remove_prefix(open + 1);
  expression = expression.substr(0, std::min(expression.find_first_of("):"), expression.size()));
  if (expression.size() > 1 && expression.front() == '"') expression = expression.substr(1, expression.size() - 2);
  return std::string(expression);
}

/// "users.id, users.name" of "Key (id, name)=(1, ada) already exists.", whatever the server's language.
std::string columns_of_key(std::string_view table, std::string_view detail) {
  const std::size_t open = detail.find('(');
  const std::size_t close = detail.find(")=(");
  if (open == std::string_view::npos || close == std::string_view::npos || close < open) return {};
  std::string_view names = detail.substr(open + 1, close - open - 1);
  std::string columns;
  while (!names.empty()) {
    const std::size_t end = std::min(names.find(", "), names.size());
    columns.append(columns.empty() ? "" : ", ").append(table).append(".").append(column_in(names.substr(0, end)));
    names.remove_prefix(std::min(end + 2, names.size()));
  }
  return columns;
}

}  // namespace

std::string_view error_field(const PGresult* result, int code) {
  const char* text = pq().PQresultErrorField(result, code);
  return text == nullptr ? std::string_view() : std::string_view(text);
}

std::string_view first_line(std::string_view text) { return text.substr(0, std::min(text.find('\n'), text.size())); }

DbError error_of(const PGresult* result) {
  const std::string_view state = error_field(result, PG_DIAG_SQLSTATE);
  const DbErrorKind kind = kind_of(state);
  const std::string_view table = error_field(result, PG_DIAG_TABLE_NAME);
  if (kind == DbErrorKind::unique) return {kind, columns_of_key(table, error_field(result, PG_DIAG_MESSAGE_DETAIL))};
  if (kind == DbErrorKind::not_null) return {kind, std::string(table) + "." + std::string(error_field(result, PG_DIAG_COLUMN_NAME))};
  return {kind, std::string(error_field(result, PG_DIAG_MESSAGE_PRIMARY)) + " (SQLSTATE " + std::string(state) + ")"};
}

}  // namespace scim::sql
