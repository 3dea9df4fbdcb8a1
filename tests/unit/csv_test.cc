// SPDX-License-Identifier: MIT
// RFC 4180, section 2, and what exports of spreadsheets add to it.
#include "cli/csv.h"

#include <gtest/gtest.h>

#include <sstream>

namespace scim::test {
namespace {

/// "a|b" for each record, with the line it began in before it, or the error.
std::string read(const std::string& text) {
  std::istringstream in(text);
  cli::CsvReader reader(in);
  std::string out;
  std::vector<std::string> fields;
  while (true) {
    const auto found = reader.next(fields);
    if (!found) return out + "error " + found.error().detail;
    if (!*found) return out;
    out += std::to_string(reader.line());
    for (const std::string& field : fields) out += "|" + field;
    out += " ";
  }
}

TEST(CsvTest, RecordsAndFields) {
  EXPECT_EQ(read(""), "");
  EXPECT_EQ(read("a,b\r\nc,d\r\n"), "1|a|b 2|c|d ");
  EXPECT_EQ(read("a,b\nc,d"), "1|a|b 2|c|d ");
  EXPECT_EQ(read("a,,\n,"), "1|a|| 2|| ");
  EXPECT_EQ(read("a\n\n\r\nb\n"), "1|a 4|b ");
  EXPECT_EQ(read(" a , b \n"), "1| a | b  ") << "blanks are part of a field";
}

TEST(CsvTest, QuotedFields) {
  EXPECT_EQ(read("\"a,\"\"b\"\"\",\"c\nd\"\ne\n"), "1|a,\"b\"|c\nd 3|e ");
  EXPECT_EQ(read("\"\",x\n"), "1||x ");
  EXPECT_EQ(read("\"a\"\r\n\"b\""), "1|a 2|b ");
}

TEST(CsvTest, ByteOrderMark) {
  EXPECT_EQ(read("\xEF\xBB\xBF" "a,b\n"), "1|a|b ");
  EXPECT_EQ(read("\xEF\xBB\xBF\"a\",b\n"), "1|a|b ");
  EXPECT_EQ(read("\xEF\xBB\xBF"), "");
}

TEST(CsvTest, RefusalsNameTheLine) {
  EXPECT_EQ(read("a\nb\"c\n"), "1|a error 2: there is a quote in a field that does not begin with one");
  EXPECT_EQ(read("a\n\"b\"c\n"), "1|a error 2: there is text after a field in quotes; a quote within it is written twice");
  EXPECT_EQ(read("a\n\"b\n\nc"), "1|a error 2: a field in quotes has no end");
  EXPECT_EQ(read("a,b\nc,\xE9\n"), "1|a|b error 2: column 2 is not UTF-8");
  EXPECT_EQ(read("\xFF\xFE" "a"), "error 1: column 1 is not UTF-8");
}

}  // namespace
}  // namespace scim::test
