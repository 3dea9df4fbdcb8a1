// SPDX-License-Identifier: MIT
#include "cli/output/table.h"

#include <gtest/gtest.h>

#include "core/text.h"

namespace scim::cli {
namespace {

std::string text_of(const Table& table, std::size_t width) {
  const TableStyle style{width};
  return table_text(table, fitted_widths(table, style), style);
}

TEST(Table, IsAsWideAsItsCells) {
  EXPECT_EQ(text_of({{"ID", "NAME"}, {{"1", "ada"}, {"22", "\u6F22\u5B57"}}}, 0), "ID  NAME\n1   ada\n22  \u6F22\u5B57\n");
  EXPECT_EQ(text_of({{"A", "B"}, {{"\u6F22", "x"}, {"e\u0301", "y"}}}, 0), "A   B\n\u6F22  x\ne\u0301   y\n");
}

TEST(Table, TheWidestBecomesNarrowerAndTheIdLast) {
  const std::string id(20, 'i');
  const Table table{{"ID", "NAME", "MAIL"}, {{id, std::string(30, 'n'), std::string(12, 'm')}}};
  EXPECT_EQ(fitted_widths(table, {66}), (std::vector<std::size_t>{20, 30, 12}));
  EXPECT_EQ(fitted_widths(table, {56}), (std::vector<std::size_t>{20, 20, 12}));
  EXPECT_EQ(fitted_widths(table, {44}), (std::vector<std::size_t>{20, 10, 10}));
  EXPECT_EQ(fitted_widths(table, {34}), (std::vector<std::size_t>{14, 8, 8}));
  EXPECT_EQ(fitted_widths(table, {16}), (std::vector<std::size_t>{4, 4, 4}));
}

TEST(Table, ColumnsThatDoNotFitAreLeftOut) {
  const Table table{{"FIRST", "SECOND", "THIRD"}, {{"11111", "22222", "33333"}}};
  EXPECT_EQ(fitted_widths(table, {9}), (std::vector<std::size_t>{3, 4}));
  EXPECT_EQ(fitted_widths(table, {2}), (std::vector<std::size_t>{2}));
  EXPECT_EQ(text_of(table, 9), "FI\u2026  SEC\u2026\n11\u2026  222\u2026\n");
}

TEST(Table, NeverWiderThanTheTerminal) {
  const Table table{{"ID", "NAME", "TEXT"},
                    {{"0b5f", "\U0001F469\u200D\U0001F4BB\u6F22\u5B57\u6F22\u5B57\u6F22\u5B57", std::string(200, 'x')},
                     {"1", "e\u0301e\u0301e\u0301e\u0301e\u0301e\u0301e\u0301e\u0301e\u0301e\u0301", "-"}}};
  for (std::size_t width = 1; width < 240; ++width) {
    const std::string text = text_of(table, width);
    for (std::size_t at = 0; at < text.size();) {
      const std::size_t end = text.find('\n', at);
      EXPECT_LE(display_width(text.substr(at, end - at)), width);
      at = end + 1;
    }
  }
}

}  // namespace
}  // namespace scim::cli
