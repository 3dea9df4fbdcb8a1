// SPDX-License-Identifier: MIT
// Reasons: they come to what match() says, node by node, and show what was looked at.
#include "core/why.h"

#include <gtest/gtest.h>

#include "case_file.h"
#include "core/match.h"
#include "core/registry.h"
#include "tests/unit/random_filters.h"

namespace scim {
namespace {

bool any_child(const Why& why) {
  return std::any_of(why.children.begin(), why.children.end(), [](const Why& child) { return child.holds; });
}
bool all_children(const Why& why) {
  return std::all_of(why.children.begin(), why.children.end(), [](const Why& child) { return child.holds; });
}

/// Each node follows from those below it.
void expect_consistent(const Why& why) {
  if (why.text == "and" || why.text.starts_with("element ")) {
    EXPECT_EQ(why.holds, all_children(why));
  }
  if (why.text == "or") {
    EXPECT_EQ(why.holds, any_child(why));
  }
  if (why.text == "not") {
    EXPECT_NE(why.holds, why.children.front().holds);
  }
  const bool is_list = why.text.starts_with("one of ") && !why.children.empty() && why.children.front().text.starts_with("element ");
  if (is_list) {
    EXPECT_EQ(why.holds, any_child(why));
  }
  for (const Why& child : why.children) expect_consistent(child);
}

class WhyTest : public ::testing::Test {
 protected:
  const ResourceType& type(const std::string& name) const { return *registry_.type_by_name(name); }
  Why why(const std::string& text, const Json& body, const char* name = "User") const {
    return Reasons::of(parse_filter(text).value(), type(name)).value().explain(body);
  }
  void expect_agreement(const std::string& text, const ResourceType& of, const std::vector<Json>& bodies) const {
    SCOPED_TRACE(text);
    const auto filter = parse_filter(text);
    const auto predicate = filter ? bind(*filter, of) : fail(filter.error());
    const auto reasons = filter ? Reasons::of(*filter, of) : fail(filter.error());
    ASSERT_EQ(predicate.has_value(), reasons.has_value());
    if (!predicate) return;
    for (const Json& body : bodies) {
      const Why found = reasons->explain(body);
      EXPECT_EQ(found.holds, match(*predicate, body)) << to_text(body) << "\n" << to_text(to_json(found));
      expect_consistent(found);
    }
  }
  const Registry registry_ = test::registry_with_widget();
};

TEST_F(WhyTest, AgreesWithMatchOnTheCases) {
  const Json file = test::read_cases("scim/filters-cases.json");
  int cases = 0;
  for (const Json& item : file["eval"]) {
    const std::string on = item["on"].get<std::string>();
    if (on == "*") continue;
    const Json& resources = file["resources"][on];
    expect_agreement(item["filter"].get<std::string>(), type(on), {resources.begin(), resources.end()});
    ++cases;
  }
  EXPECT_GT(cases, 120);
}

TEST_F(WhyTest, AgreesWithMatchOnRandomFilters) {
  test::Random random(20261129);
  for (const char* name : {"User", "Group", "Widget"}) {
    std::vector<Json> bodies;
    for (int i = 0; i < 12; ++i) {
      Json body = {{"id", std::to_string(i)}};
      if (std::string(name) == "User") body["userName"] = random.word() + std::to_string(i);
      test::fill(body, type(name).attributes, random);
      bodies.push_back(std::move(body));
    }
    test::FilterWriter writer(type(name), random, {});
    for (int round = 0; round < 150 && !HasFailure(); ++round) expect_agreement(writer.write(3), type(name), bodies);
  }
}

TEST_F(WhyTest, ShowsWhatWasLookedAt) {
  const Json ada = {{"userName", "ada"}, {"emails", Json::array({{{"type", "home"}, {"value", "a@x"}}, {{"type", "work"}, {"value", "a@y"}}})}};
  const Why both = why("userName sw \"a\" and emails.type eq \"other\"", ada);
  EXPECT_FALSE(both.holds);
  ASSERT_EQ(both.children.size(), 2U);
  EXPECT_EQ(to_text(to_json(both.children[0])), R"({"node":"userName sw \"a\"","holds":true,"path":"userName","values":["ada"]})");
  EXPECT_EQ(to_text(to_json(both.children[1])),
            R"({"node":"emails.type eq \"other\"","holds":false,"path":"emails.type","values":["home","work"]})");

  const Why element = why("emails[type eq \"work\" and value ew \"y\"]", ada);
  EXPECT_TRUE(element.holds);
  ASSERT_EQ(element.children.size(), 1U);
  EXPECT_EQ(element.children.front().text, "element 2 of 2");
  EXPECT_EQ(element.children.front().children.front().children.front().values, std::vector<Json>{"work"});
  EXPECT_EQ(why("emails[type eq \"fax\"]", ada).children.size(), 2U);
  EXPECT_EQ(why("title pr", ada).values.size(), 0U);
}

TEST_F(WhyTest, LongListsAreCut) {
  Json members = Json::array();
  for (int i = 0; i < 1000; ++i) members.push_back({{"value", std::to_string(i)}});
  const Json group = {{"displayName", "all"}, {"members", members}};
  const Why term = why("members.value eq \"none\"", group, "Group");
  EXPECT_EQ(term.values.size() + term.more, 1000U);
  EXPECT_LT(term.values.size(), 10U);
  const Why brackets = why("members[value eq \"none\"]", group, "Group");
  EXPECT_EQ(brackets.children.size() + brackets.more, 1000U);
  EXPECT_EQ(why("members[value eq \"999\"]", group, "Group").children.front().text, "element 1000 of 1000");
}

}  // namespace
}  // namespace scim
