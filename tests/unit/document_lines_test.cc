// SPDX-License-Identifier: MIT
#include "cli/files/document_lines.h"

#include <gtest/gtest.h>

#include "cli/files/input.h"

namespace scim::test {
namespace {

/// "1 3": where the documents of the text begin.
std::string lines(std::string_view text) {
  const auto documents = cli::parse_documents(text, "x");
  if (!documents) return documents.error().detail;
  std::string out;
  for (const std::size_t line : cli::document_lines(text, documents->size())) out += (out.empty() ? "" : " ") + std::to_string(line);
  return out;
}

TEST(DocumentLinesTest, EachShapeOfAFile) {
  EXPECT_EQ(lines("{}"), "1");
  EXPECT_EQ(lines("\n\n{\n\"a\": [{}, {}]}\n"), "3");
  EXPECT_EQ(lines("{\"a\":1}\n\n{\"a\":{\"b\":{}}}\n{}\n"), "1 3 4");
  EXPECT_EQ(lines("[\n{},{},\n{\"a\":[{}]}\n]"), "2 2 3");
  EXPECT_EQ(lines(R"({"schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"],
    "other": [{}, {}],
    "Resources": [{},
    {"Resources": [{}]}]})"), "3 4");
  EXPECT_EQ(lines("[]"), "");
}

TEST(DocumentLinesTest, BracketsInStringsAreText) {
  EXPECT_EQ(lines("[{\"a\":\"]}{\\\"\"},\n{\"[{\\\\\":\"\"},\n{}]"), "1 2 3");
}

TEST(DocumentLinesTest, AMistakeHasItsLine) {
  EXPECT_EQ(lines("[\n{},\n{]"), "x:3:2: not JSON: unexpected ']'; expected string literal");
  EXPECT_EQ(cli::line_of("a\nb\n", 0), 1U);
  EXPECT_EQ(cli::line_of("a\nb\n", 2), 2U);
  EXPECT_EQ(cli::line_of("a\nb\n", 99), 3U);
}

}  // namespace
}  // namespace scim::test
