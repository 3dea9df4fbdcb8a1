// SPDX-License-Identifier: MIT
// How YAML looks. That other programs read the same values in it: tests/e2e/yaml_test.py.
#include "cli/output/yaml.h"

#include <gtest/gtest.h>

namespace scim::cli {
namespace {

std::string yaml(const char* json) { return to_yaml(Json::parse(json)); }

TEST(Yaml, Blocks) {
  EXPECT_EQ(yaml(R"({"schemas": ["urn:a:b"], "userName": "ada", "emails": [{"value": "a@x.org", "type": "work", "primary": true},
                     {"value": "b@x.org"}], "name": {"givenName": "Ada Augusta"}, "nickName": null, "count": 3, "list": [], "map": {}})"),
            "schemas:\n"
            "  - urn:a:b\n"
            "userName: ada\n"
            "emails:\n"
            "  - value: a@x.org\n"
            "    type: work\n"
            "    primary: true\n"
            "  - value: b@x.org\n"
            "name:\n"
            "  givenName: Ada Augusta\n"
            "nickName: null\n"
            "count: 3\n"
            "list: []\n"
            "map: {}\n");
  EXPECT_EQ(yaml("[[1, [2]], [], {\"a\": [3]}]"), "- - 1\n  - - 2\n- []\n- a:\n    - 3\n");
  EXPECT_EQ(yaml("[]"), "[]\n");
  EXPECT_EQ(yaml("\"x\""), "x\n");
}

TEST(Yaml, QuotesWhatCouldBeAnythingElse) {
  for (const char* text : {"", "yes", "No", "ON", "off", "y", "N", "true", "False", "NULL", "~", "1", "0x1F", "1e3", "1_000", "-1", ".5", ".inf",
                           "12:30", "2024-05-13", "- a", "? a", "#a", "&a", "*a", "!a", "|", ">", "%a", "@a", "`a", "'a", "{a", "[a", "a: b",
                           "a:", "a #b", " a", "a ", "a,b", "=", "<<", "---", "...", "\u6F22"}) {
    EXPECT_EQ(to_yaml(Json(text)), '"' + std::string(text) + "\"\n");
  }
  for (const char* text : {"a", "a b", "a:b", "a@b.org", "W/x", "yesterday", "no-one", "urn:x:2.0:User"}) {
    EXPECT_EQ(to_yaml(Json(text)), std::string(text) + "\n");
  }
  EXPECT_EQ(to_yaml(Json({{"yes", 1}, {"1", "2"}})), "\"yes\": 1\n\"1\": \"2\"\n");
}

TEST(Yaml, EscapesWhatIsNoText) {
  EXPECT_EQ(to_yaml(Json("a\n\"\\\t\x1b\x7f")), "\"a\\n\\\"\\\\\\t\\u001b\\u007f\"\n");
  EXPECT_EQ(to_yaml(Json("\u0085\u2028\u202e\ufeff\uffff")), "\"\\u0085\\u2028\\u202e\\ufeff\\uffff\"\n");
}

TEST(Yaml, NumbersHaveAPointBeforeTheirExponent) {
  EXPECT_EQ(yaml("[1e20, 1.5e-9, 0.5, -0.0, 18446744073709551615]"), "- 1.0e+20\n- 1.5e-09\n- 0.5\n- -0.0\n- 18446744073709551615\n");
}

TEST(Yaml, LongKeysAreMarked) {
  const std::string key(2000, 'k');
  EXPECT_EQ(to_yaml(Json({{key, {1, 2}}})), "? " + key + "\n: - 1\n  - 2\n");
  EXPECT_EQ(to_yaml(Json({{key, "v"}})), "? " + key + "\n: v\n");
}

}  // namespace
}  // namespace scim::cli
