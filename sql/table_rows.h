// SPDX-License-Identifier: MIT
// All rows of a table in the order of its key, portion by portion: however many there are, and however large, few are in memory.
#pragma once

#include <compare>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "sql/db.h"
#include "sql/own_tables.h"

namespace scim::sql {

class TableRows {
 public:
  /// `db` is borrowed. What is read is of one moment if the caller has begun a transaction.
  TableRows(Db& db, const OwnTable& table, const std::vector<std::string>& columns);

  /// The next rows, a cell for each column, row after row. Empty: there are no more.
  DbResult<std::vector<Cell>> next();

  /// Of one of the rows, the cells of the key.
  std::vector<Cell> key_of(std::span<const Cell> row) const;

 private:
  Db& db_;
  std::string first_;       ///< SELECT of the first portion
  std::string following_;   ///< and of those whose keys are greater than that of the last row
  std::vector<int> key_at_; ///< columns of the key
  int width_ = 0;           ///< columns
  std::vector<Cell> last_;  ///< key of the last row
};

/// The same, row by row.
class RowStream {
 public:
  RowStream(Db& db, const OwnTable& table, const std::vector<std::string>& columns) : rows_(db, table, columns), width_(columns.size()) {}

  /// Steps to the next row; false: there is none. Before the first call there is none either.
  DbResult<bool> next();
  std::span<const Cell> row() const { return std::span(cells_).subspan(at_, width_); }
  std::vector<Cell> key() const { return rows_.key_of(row()); }

 private:
  TableRows rows_;
  std::size_t width_;
  std::vector<Cell> cells_;  ///< a portion
  std::size_t at_ = 0;       ///< in it
};

/// Numbers by their value, texts by their bytes: as the rows come of whichever database.
std::strong_ordering compare_keys(std::span<const Cell> a, std::span<const Cell> b);
bool is_same_value(const Cell& a, const Cell& b);

}  // namespace scim::sql
