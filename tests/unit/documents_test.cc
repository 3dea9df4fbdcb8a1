// SPDX-License-Identifier: MIT
// Objects out of files, in each form, and the line of a mistake.
#include "cli/files/documents.h"

#include <gtest/gtest.h>

#include <sstream>

namespace scim::cli {
namespace {

/// The `n` of each object, or the error after those before it.
std::string read(const std::string& text) {
  std::istringstream in(text);
  std::string found;
  const auto done = for_each_document(in, "f", [&](const Json& object) { found += to_text(object.value("n", Json())) + ' '; });
  return done ? found : found + done.error().detail;
}

TEST(Documents, Forms) {
  EXPECT_EQ(read(""), "");
  EXPECT_EQ(read(" \n"), "");
  EXPECT_EQ(read("{\"n\": 1}"), "1 ");
  EXPECT_EQ(read("\xEF\xBB\xBF{\"n\": 1}"), "1 ");
  EXPECT_EQ(read("{\n\"n\": {\"a\": [{}, \"]}\"]}\n}\n"), "{\"a\":[{},\"]}\"]} ");
  EXPECT_EQ(read("{\"n\": 1}\n\n{\"n\": \"\\\"}{\"}\r\n"), "1 \"\\\"}{\" ");
  EXPECT_EQ(read("[]"), "");
  EXPECT_EQ(read("[ {\"n\": 1}\n, {\"n\": 2} ]"), "1 2 ");
  EXPECT_EQ(read("{\"schemas\": [\"x\"], \"Resources\" : [{\"n\": 1}, {\"n\": 2, \"Resources\": [3]}], \"totalResults\": 2}"), "1 2 ");
  EXPECT_EQ(read("{\"totalResults\": 0, \"Resources\": []}"), "");
  EXPECT_EQ(read("{\"n\": \"Resources\"}"), "\"Resources\" ");
}

TEST(Documents, MistakesHaveTheirLine) {
  EXPECT_EQ(read("{\"n\": 1}\n17\n"), "1 f:2: a JSON object is wanted");
  EXPECT_EQ(read("{\"n\": 1}\n{\"n\": }"), "1 f:2:7: not JSON: unexpected '}'; expected '[', '{', or a literal");
  EXPECT_EQ(read("{\"n\": 1}\n{\"n\": 2\n\n"), "1 f:2: this object is not closed");
  EXPECT_EQ(read("[{\"n\": 1}\n{\"n\": 2}]"), "1 f:2: `,` or `]` is wanted after an object");
  EXPECT_EQ(read("[{\"n\": 1},"), "1 f:1: a JSON object is wanted");
  EXPECT_EQ(read("[{\"n\": 1},]"), "1 f:1: a JSON object is wanted");
  EXPECT_EQ(read("{]"), "f:1:2: not JSON: unexpected ']'; expected string literal");
  EXPECT_EQ(read("[\n  {\"é\": \"p\x01\"}]"), "f:2:11: not JSON: invalid string: control character U+0001 (SOH) must be escaped to \\u0001");
  EXPECT_EQ(read("{\"n\": 1, \"N\": 2}"), "f:1: the member \"N\" occurs twice in one object");
}

}  // namespace
}  // namespace scim::cli
