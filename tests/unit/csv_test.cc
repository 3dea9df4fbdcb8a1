// SPDX-License-Identifier: MIT
// RFC 4180, section 2, and what exports of spreadsheets add to it.
#include "cli/files/csv.h"

#include <gtest/gtest.h>

#include <sstream>

namespace scim::test {
namespace {

/// "a|b" for each record, with the line it began in before it, or what is wrong with it.
std::string read(const std::string& text) {
  std::istringstream in(text);
  cli::CsvReader reader(in);
  std::string out;
  std::vector<std::string> fields;
  while (true) {
    const auto found = reader.next(fields);
    if (found && !*found) return out;
    out += std::to_string(reader.line());
    if (!found) out += "|error " + found.error().detail + " in " + reader.text() + " ";
    if (!found) continue;
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

TEST(CsvTest, WhatIsWrongWithOneIsNotWithTheNext) {
  EXPECT_EQ(read("a\nb\"c\"\nd\n"), "1|a 2|error there is a quote in a field that does not begin with one in b\"c\"\n 3|d ");
  EXPECT_EQ(read("a\n\"b\"c,\"\"\nd"), "1|a 2|error there is text after a field in quotes; a quote within it is written twice in \"b\"c,\"\"\n 3|d ");
  EXPECT_EQ(read("a,b\nc,\xE9\nd\n"), "1|a|b 2|error column 2 is not UTF-8 in c,\xE9\n 3|d ");
  EXPECT_EQ(read("\xFF\xFE" "a"), "1|error column 1 is not UTF-8 in \xFF\xFE" "a ");
  EXPECT_EQ(read("a\n\"b\nc\"\"\nd,\"x\ne\n"),
            "1|a 2|error line 4: there is text after a field in quotes; a quote within it is written twice in \"b\nc\"\"\nd,\"x\n 5|e ");
}

TEST(CsvTest, TheMiddleOfAFieldIsNoRecord) {
  const std::string lost = "; its lines may go on, so that the rest of the file is part of it in ";
  const std::string after = "error there is text after a field in quotes; a quote within it is written twice" + lost;
  EXPECT_EQ(read("a\n\"b\"c,\"\nd\n"), "1|a 2|" + after + "\"b\"c,\"\nd\n ");
  EXPECT_EQ(read("\"say \"hi\" to\nx,y\",z\na,b\n"), "1|" + after + "\"say \"hi\" to\nx,y\",z\na,b\n ");
  EXPECT_EQ(read("a, \"b\nx,y\"\n"), "1|error there is a quote in a field that does not begin with one" + lost + "a, \"b\nx,y\"\n ");
}

TEST(CsvTest, AFieldWithoutAnEndHasAllTheRest) {
  EXPECT_EQ(read("a\n\"b\n\nc"), "1|a 2|error a field in quotes has no end in \"b\n\nc ");
  EXPECT_EQ(read("a\nx,\"b\nc,\"d"), "1|a 2|error line 3: there is text after a field in quotes; a quote within it is written twice in x,\"b\nc,\"d ");
}

TEST(CsvTest, TheTextOfARecordIsThatOfTheFile) {
  std::istringstream in("\xEF\xBB\xBF" "a\r\n\n\"b\"\"\r\n\",c");
  cli::CsvReader reader(in);
  std::vector<std::string> fields;
  ASSERT_TRUE(*reader.next(fields));
  EXPECT_EQ(reader.text(), "a\r\n");
  ASSERT_TRUE(*reader.next(fields));
  EXPECT_EQ(reader.text(), "\"b\"\"\r\n\",c");
}

}  // namespace
}  // namespace scim::test
