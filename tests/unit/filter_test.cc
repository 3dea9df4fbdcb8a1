// SPDX-License-Identifier: MIT
// Filter syntax: the parse cases of tests/data/scim/filters-cases.json, and what they do not cover.
#include "core/filter.h"

#include <gtest/gtest.h>

#include "case_file.h"

namespace scim {
namespace {

std::string parsed(const std::string& text) {
  const auto filter = parse_filter(text);
  return filter ? to_sexpr(*filter) : "error: " + filter.error().detail;
}

// Requirements: F-3, F-5, F-6, F-15, F-23, N-4
TEST(Filter, ParseCases) {
  int cases = 0;
  const Json file = test::read_cases("scim/filters-cases.json");
  for (const Json& item : file["parse"]) {
    SCOPED_TRACE(item["id"].get<std::string>() + ": " + item["filter"].get<std::string>());
    const auto filter = parse_filter(item["filter"].get<std::string>());
    ++cases;
    if (item["valid"].get<bool>()) {
      ASSERT_TRUE(filter) << filter.error().detail;
      EXPECT_EQ(to_sexpr(*filter), item["ast"].get<std::string>());
    } else {
      ASSERT_FALSE(filter) << to_sexpr(*filter);
      EXPECT_EQ(filter.error().kind, ErrorKind::invalid_filter);
      EXPECT_NE(filter.error().offset, std::string::npos);
    }
  }
  EXPECT_EQ(cases, 80);
}

TEST(Filter, EntraValuePathWithSubAttribute) {
  EXPECT_EQ(parsed("emails[type eq \"work\"].value eq \"x\""), "(eq (sub (vp emails (eq type \"work\")) value) \"x\")");
  EXPECT_EQ(parsed("emails[type eq \"work\"].value pr"), "(pr (sub (vp emails (eq type \"work\")) value))");
}

struct Fault {
  const char* filter;
  const char* detail;
};

// Requirements: F-5, F-17, F-18
TEST(Filter, ErrorsNameThePlace) {
  const Fault faults[] = {
      {"userName np", "unknown operator \"np\" at 9"},
      {"userName == \"a\"", "unknown operator \"==\", did you mean `eq`? at 9"},
      {"userName=\"a\"", "unknown operator \"=\", did you mean `eq`? at 8"},
      {"userName eq 'ada'", "strings stand in double quotes, found \"'ada'\" at 12"},
      {"userName eq ada", "\"ada\" is not a value; strings stand in double quotes at 12"},
      {"active eq TRUE", "\"TRUE\" must be in lower case at 10"},
      {"(title pr", "this parenthesis is not closed at 0"},
      {"emails[type pr", "this bracket is not closed at 6"},
      {"title pr userType pr", "expected `and`, `or` or the end, found \"userType\" at 9"},
      {"userName", "expected an operator after \"userName\", found the end at 8"},
      {"userName eq \"a", "this string is not closed at 12"},
      {"title pr and", "nothing follows \"and\" at 9"},
      {"(title pr or)", "nothing follows \"or\" at 10"},
      {"title pr && userType pr", "expected `and`, `or` or the end, found \"&&\", did you mean `and`? at 9"},
      {"not userName eq \"a\"", "`not` wants parentheses: not (...) at 0"},
      {"!(title pr)", "expected an attribute, found \"!\", did you mean `not (...)`? at 0"},
      {"userName containz \"a\"", "unknown operator \"containz\", did you mean `co`? at 9"},
      {"emails[(type pr]", "this parenthesis is not closed at 7"},
      {"(emails[type pr)", "this bracket is not closed at 7"},
      {"   ", "the filter is empty at 0"},
      {"title pr )", "expected `and`, `or` or the end, found \")\" at 9"},
  };
  for (const Fault& fault : faults) EXPECT_EQ(parsed(fault.filter), std::string("error: ") + fault.detail) << fault.filter;
}

// Requirements: F-29, SEC-10
TEST(Filter, LimitsHold) {
  const auto nested = [](int depth) { return std::string(depth, '(') + "title pr" + std::string(depth, ')'); };
  EXPECT_TRUE(parse_filter(nested(32)));
  EXPECT_FALSE(parse_filter(nested(33)));
  EXPECT_FALSE(parse_filter(nested(10'000), {.bytes = 100'000}));
  std::string many = "title pr";
  for (int i = 1; i < 200; ++i) many += " or title pr";
  EXPECT_TRUE(parse_filter(many));
  EXPECT_FALSE(parse_filter(many + " or title pr"));
  EXPECT_TRUE(parse_filter("title eq \"" + std::string(8181, 'x') + "\""));
  EXPECT_FALSE(parse_filter("title eq \"" + std::string(8182, 'x') + "\""));
  EXPECT_FALSE(parse_filter(std::string("title eq \"a\0b\"", 14)));
  EXPECT_FALSE(parse_filter("title eq \"\xff\""));
}

TEST(Filter, ALimitOfTheConfigurationIsRefusedByItsKey) {
  const FilterLimits limits = {.bytes = 40, .depth = 1, .terms = 2, .of = LimitOf::configuration};
  const auto refused = [&](const std::string& text) {
    const auto filter = parse_filter(text, limits);
    return filter ? "" : filter.error().detail;
  };
  EXPECT_EQ(refused("(title pr) or title pr"), "");
  EXPECT_EQ(refused("((title pr))"), "nested deeper than 1 (limits.filter_depth) at 1");
  EXPECT_EQ(refused("title pr or title pr or title pr"), "more terms than 2 (limits.filter_terms) at 24");
  EXPECT_EQ(refused(std::string(41, 'x')), "the filter has more bytes than 40 (limits.filter_bytes)");
}

}  // namespace
}  // namespace scim
