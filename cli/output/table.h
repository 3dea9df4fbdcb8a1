// SPDX-License-Identifier: MIT
// Cells in lines: columns that stand below each other, and no wider than the terminal.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace scim::cli {

/// What is printed already: names and texts that are harmless to a terminal.
struct Table {
  std::vector<std::string> header;
  std::vector<std::vector<std::string>> rows;
};

struct TableStyle {
  std::size_t width = 0;  ///< of the terminal, in columns; 0: as wide as need be
  enum class Header { plain, bold } header = Header::plain;
};

/// How wide each column of the table is shown. To fit in TableStyle::width the widest ones become narrower first, those
/// called `id` last; if all are as narrow as can be, those at the end are left out, so that there are fewer widths than
/// columns.
std::vector<std::size_t> fitted_widths(const Table& table, const TableStyle& style);

/// `widths` from fitted_widths().
std::string table_text(const Table& table, const std::vector<std::size_t>& widths, const TableStyle& style);

}  // namespace scim::cli
