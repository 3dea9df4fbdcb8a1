// SPDX-License-Identifier: MIT
#include "sql/table_rows.h"

#include <algorithm>

#include "sql/dialect.h"

namespace scim::sql {
namespace {

constexpr std::int64_t kMostRows = 1000;
/// With the row that reaches it a portion ends: a row may have a photograph, and so may all that follow.
constexpr std::size_t kMostBytes = 4 << 20;
/// The size of what stands before a row in its portion.
constexpr std::string_view kBefore = "scim_bytes_before";

std::string joined(const std::vector<std::string>& parts) {
  std::string out;
  for (const std::string& part : parts) out.append(out.empty() ? "" : ", ").append(part);
  return out;
}

std::vector<std::string> ordered_key(const OwnTable& table, const Dialect& dialect) {
  std::vector<std::string> key;
  for (const std::string& column : table.key) {
    key.push_back(identifier(column));
    if (table.key_kind == OwnTable::Key::text) key.back() += dialect.by_bytes;
  }
  return key;
}

/// The bytes of a row. The server knows them of a text without reading it.
std::string row_size(const std::vector<std::string>& columns) {
  std::string sum;
  for (const std::string& column : columns) {
    sum.append(sum.empty() ? "" : " + ").append("coalesce(octet_length(CAST(").append(column).append(" AS TEXT)), 0)");
  }
  return sum;
}

/// The rows of `portion`, in the order of `key`, with what stands before each of them.
std::string measured(const std::string& portion, const std::vector<std::string>& columns, const std::string& key) {
  const std::string names = joined(columns);
  return "SELECT " + names + ", coalesce(sum(" + row_size(columns) + ") OVER (ORDER BY " + key +
         " ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS " + std::string(kBefore) + " FROM (" + portion + ") portion";
}

std::size_t size_of(const Cell& cell) {
  const auto* text = std::get_if<std::string>(&cell);
  return text == nullptr ? 0 : text->size();
}

/// Of a cell that is no text.
double number_of(const Cell& cell) {
  if (const auto* integer = std::get_if<std::int64_t>(&cell)) return static_cast<double>(*integer);
  return std::get<double>(cell);
}

bool is_number(const Cell& cell) { return std::holds_alternative<std::int64_t>(cell) || std::holds_alternative<double>(cell); }

}  // namespace

TableRows::TableRows(Db& db, const OwnTable& table, const std::vector<std::string>& columns)
    : db_(db), width_(static_cast<int>(columns.size())) {
  std::vector<std::string> names;
  for (const std::string& column : columns) names.push_back(identifier(column));
  const std::string key = joined(ordered_key(table, db.dialect()));
  const std::string select = "SELECT " + joined(names) + " FROM ";
  const std::string beyond = " WHERE (" + key + ") > (" + joined(std::vector<std::string>(table.key.size(), "?")) + ")";
  const std::string end = " ORDER BY " + key + " LIMIT " + std::to_string(kMostRows);
  const auto portion = [&](const std::string& where) {
    const std::string rows = select + identifier(table.name) + where + end;
    if (db.dialect().fetch == Fetch::stepwise) return rows;
    return select + '(' + measured(rows, names, key) + ") measured WHERE " + std::string(kBefore) + " < " + std::to_string(kMostBytes) +
           " ORDER BY " + key;
  };
  first_ = portion("");
  following_ = portion(beyond);
  for (const std::string& column : table.key) {
    key_at_.push_back(static_cast<int>(std::find(columns.begin(), columns.end(), column) - columns.begin()));
  }
}

DbResult<std::vector<Cell>> TableRows::next() {
  std::vector<Cell> cells;
  const auto cursor = db_.query({last_.empty() ? first_ : following_, last_});
  if (!cursor) return tl::unexpected<DbError>(cursor.error());
  for (std::size_t bytes = 0; bytes < kMostBytes;) {
    const auto row = (*cursor)->next();
    if (!row) return tl::unexpected<DbError>(row.error());
    if (!*row) break;
    for (int column = 0; column < width_; ++column) bytes += size_of(cells.emplace_back((*cursor)->cell(column)));
  }
  if (!cells.empty()) last_ = key_of(std::span(cells).last(static_cast<std::size_t>(width_)));
  return cells;
}

std::vector<Cell> TableRows::key_of(std::span<const Cell> row) const {
  std::vector<Cell> key;
  for (const int column : key_at_) key.push_back(row[static_cast<std::size_t>(column)]);
  return key;
}

DbResult<bool> RowStream::next() {
  at_ += width_;
  if (at_ < cells_.size()) return true;
  auto portion = rows_.next();
  if (!portion) return tl::unexpected<DbError>(portion.error());
  cells_ = std::move(*portion);
  at_ = 0;
  return !cells_.empty();
}

std::strong_ordering compare_keys(std::span<const Cell> a, std::span<const Cell> b) {
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (a[i] == b[i]) continue;
    return a[i] < b[i] ? std::strong_ordering::less : std::strong_ordering::greater;
  }
  return std::strong_ordering::equal;
}

bool is_same_value(const Cell& a, const Cell& b) {
  if (a.index() == b.index()) return a == b;
  return is_number(a) && is_number(b) && number_of(a) == number_of(b);
}

}  // namespace scim::sql
