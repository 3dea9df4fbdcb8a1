// SPDX-License-Identifier: MIT
#include "core/path.h"

#include <gtest/gtest.h>

#include "core/filter.h"

namespace scim {
namespace {

std::string read(const std::string& text) {
  const auto path = parse_path(text);
  if (!path) return std::string(info(path.error().kind).scim_type) + ": " + path.error().detail;
  std::string out = path->name.urn + '|' + path->name.name + '|' + path->name.sub;
  if (path->filter) out += '|' + to_sexpr(*path->filter);
  if (!path->sub.empty()) out += '|' + path->sub;
  return out;
}

// Requirements: PA-6, N-3, N-4
TEST(Path, Forms) {
  EXPECT_EQ(read("name"), "|name|");
  EXPECT_EQ(read("name.givenName"), "|name|givenName");
  EXPECT_EQ(read("members.$ref"), "|members|$ref");
  EXPECT_EQ(read("emails[type eq \"work\"]"), "|emails||(eq type \"work\")");
  EXPECT_EQ(read("emails[type eq \"work\"].value"), "|emails||(eq type \"work\")|value");
  EXPECT_EQ(read("emails[value eq \"a]b[\\\"\"].type"), "|emails||(eq value \"a]b[\\\"\")|type");
  const std::string enterprise = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
  EXPECT_EQ(read(enterprise + ":manager.value"), enterprise + "|manager|value");
  EXPECT_EQ(read(enterprise), "urn:ietf:params:scim:schemas:extension:enterprise:2.0|User|");
  EXPECT_EQ(read("urn:example:thing:2.0"), "urn:example:thing:2.0||");
}

// Requirements: PA-6, PA-24, R-7
TEST(Path, Faults) {
  for (const char* bad : {"", "name.", "name..x", "a.b.c", "nick name", "emails]", "emails[0]", "emails[]", "emails[type pr",
                          "emails[type pr].", "emails[type pr]x", "emails[type pr].a.b", "1a", "emails[a[b pr]]", "ä", ":a"}) {
    EXPECT_TRUE(read(bad).starts_with("invalidPath: ")) << bad << " -> " << read(bad);
  }
  EXPECT_TRUE(parse_path("emails[type pr]", {.bytes = 7}));
  EXPECT_FALSE(parse_path("emails[type pr]", {.bytes = 6}));
  EXPECT_EQ(read("emails[type qq \"x\"]"), "invalidFilter: in brackets (from 7): unknown operator \"qq\" at 5");
}

}  // namespace
}  // namespace scim
