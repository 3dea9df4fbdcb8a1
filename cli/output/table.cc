// SPDX-License-Identifier: MIT
#include "cli/output/table.h"

#include <algorithm>
#include <functional>
#include <numeric>
#include <string_view>

#include "core/text.h"

namespace scim::cli {
namespace {

constexpr std::string_view kBold = "\x1b[1m";
constexpr std::string_view kReset = "\x1b[0m";
constexpr std::string_view kGap = "  ";
/// Narrower a column says little.
constexpr std::size_t kLegible = 8;
/// And nothing.
constexpr std::size_t kNarrowest = 3;

std::vector<std::size_t> natural_widths(const Table& table) {
  std::vector<std::size_t> widths;
  for (const std::string& name : table.header) widths.push_back(display_width(name));
  for (const auto& row : table.rows) {
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], display_width(row[i]));
  }
  return widths;
}

std::size_t line_width(const std::vector<std::size_t>& widths) {
  const std::size_t gaps = widths.empty() ? 0 : kGap.size() * (widths.size() - 1);
  return std::accumulate(widths.begin(), widths.end(), gaps);
}

/// Takes the widest of the columns that `may_shrink`, until the line has `width` or all have `least`.
template <class Predicate>
void shrink(std::vector<std::size_t>& widths, std::size_t width, std::size_t least, Predicate may_shrink) {
  for (std::size_t line = line_width(widths); line > width; --line) {
    std::size_t* widest = nullptr;
    for (std::size_t i = 0; i < widths.size(); ++i) {
      if (may_shrink(i) && widths[i] > least && (widest == nullptr || widths[i] > *widest)) widest = &widths[i];
    }
    if (widest == nullptr) return;
    --*widest;
  }
}

std::size_t narrowest_line(std::vector<std::size_t> widths) {
  for (std::size_t& width : widths) width = std::min(width, kNarrowest);
  return line_width(widths);
}

void append_line(std::string& out, const std::vector<std::string>& cells, const std::vector<std::size_t>& widths) {
  for (std::size_t i = 0; i < widths.size(); ++i) {
    const std::string cell = shortened(cells[i], widths[i]);
    out += cell;
    if (i + 1 < widths.size()) out.append(widths[i] - display_width(cell), ' ').append(kGap);
  }
}

}  // namespace

std::vector<std::size_t> fitted_widths(const Table& table, const TableStyle& style) {
  std::vector<std::size_t> widths = natural_widths(table);
  if (style.width == 0) return widths;
  const auto is_id = [&](std::size_t i) { return equal_ignoring_case(table.header[i], "id"); };
  shrink(widths, style.width, kLegible, std::not_fn(is_id));
  shrink(widths, style.width, kLegible, is_id);
  while (widths.size() > 1 && narrowest_line(widths) > style.width) widths.pop_back();
  shrink(widths, style.width, kNarrowest, [](std::size_t) { return true; });
  if (widths.size() == 1) widths.front() = std::min(widths.front(), style.width);
  return widths;
}

std::string table_text(const Table& table, const std::vector<std::size_t>& widths, const TableStyle& style) {
  std::string out;
  switch (style.header) {
    case TableStyle::Header::plain: append_line(out, table.header, widths); break;
    case TableStyle::Header::bold:
      out += kBold;
      append_line(out, table.header, widths);
      out += kReset;
      break;
  }
  out += '\n';
  for (const auto& row : table.rows) {
    append_line(out, row, widths);
    out += '\n';
  }
  return out;
}

}  // namespace scim::cli
