// SPDX-License-Identifier: MIT
#include "sql/table_rows.h"

#include <algorithm>

#include "sql/dialect.h"

namespace scim::sql {
namespace {

constexpr std::int64_t kMostRows = 1000;
/// A portion that is larger makes the next ones shorter: a row may have a photograph.
constexpr std::size_t kMostBytes = 4 << 20;

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
    : db_(db), width_(static_cast<int>(columns.size())), limit_(kMostRows) {
  std::vector<std::string> names;
  for (const std::string& column : columns) names.push_back(identifier(column));
  const std::string key = joined(ordered_key(table, db.dialect()));
  select_ = "SELECT " + joined(names) + " FROM " + identifier(table.name);
  beyond_ = " WHERE (" + key + ") > (" + joined(std::vector<std::string>(table.key.size(), "?")) + ")";
  order_ = " ORDER BY " + key + " LIMIT ?";
  for (const std::string& column : table.key) {
    key_at_.push_back(static_cast<int>(std::find(columns.begin(), columns.end(), column) - columns.begin()));
  }
}

DbResult<std::vector<Cell>> TableRows::next() {
  std::vector<Cell> cells;
  if (is_done_) return cells;
  Sql sql{select_ + (last_.empty() ? "" : beyond_) + order_, last_};
  sql.binds.emplace_back(limit_);
  const auto cursor = db_.query(sql);
  if (!cursor) return tl::unexpected<DbError>(cursor.error());
  std::size_t bytes = 0;
  std::int64_t count = 0;
  while (true) {
    const auto row = (*cursor)->next();
    if (!row) return tl::unexpected<DbError>(row.error());
    if (!*row) break;
    ++count;
    for (int column = 0; column < width_; ++column) bytes += size_of(cells.emplace_back((*cursor)->cell(column)));
  }
  is_done_ = count < limit_;
  if (count > 0) last_ = key_of(std::span(cells).last(static_cast<std::size_t>(width_)));
  adapt(bytes);
  return cells;
}

void TableRows::adapt(std::size_t bytes) {
  if (bytes > kMostBytes) limit_ = std::max<std::int64_t>(limit_ / 2, 1);
  else if (bytes < kMostBytes / 4) limit_ = std::min(limit_ * 2, kMostRows);
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
