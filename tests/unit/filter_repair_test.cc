// SPDX-License-Identifier: MIT
// Mistakes in filters: the place that the message names, and the filter that is meant. tests/data/filter_mistakes.json.
#include "core/filter_repair.h"

#include <gtest/gtest.h>

#include "case_file.h"
#include "core/predicate.h"
#include "core/registry.h"
#include "tests/unit/random_filters.h"

namespace scim {
namespace {

class FilterRepair : public ::testing::Test {
 protected:
  const ResourceType& type(const std::string& name) const { return *registry_.type_by_name(name); }
  static Result<Predicate> understood(const std::string& text, const ResourceType& type) {
    SCIM_ASSIGN(const Filter filter, parse_filter(text));
    return bind(filter, type);
  }
  const Registry registry_ = test::registry_with_widget();
};

TEST_F(FilterRepair, Mistakes) {
  const Json file = test::read_cases("filter_mistakes.json");
  for (const Json& item : file) {
    const std::string text = item["filter"].get<std::string>();
    SCOPED_TRACE(text);
    const ResourceType& of = type(item.value("type", "User"));
    const auto wrong = understood(text, of);
    ASSERT_FALSE(wrong);
    EXPECT_EQ(wrong.error().offset, item["offset"].get<std::size_t>()) << wrong.error().detail;
    const std::string suggestion = repaired_filter(text, of);
    EXPECT_EQ(suggestion, item["suggestion"].get<std::string>());
    if (!suggestion.empty()) {
      EXPECT_TRUE(understood(suggestion, of));
    }
  }
  EXPECT_GT(file.size(), 100U);
}

/// Whatever is suggested can be used, and what is right is left alone.
TEST_F(FilterRepair, SuggestionsAreFilters) {
  const Json file = test::read_cases("scim/filters-cases.json");
  for (const Json& item : file["parse"]) {
    const std::string text = item["filter"].get<std::string>();
    for (const char* name : {"User", "Group", "Widget"}) {
      const std::string suggestion = repaired_filter(text, type(name));
      if (!suggestion.empty()) {
        EXPECT_TRUE(understood(suggestion, type(name))) << text << "\n" << suggestion;
      }
      if (understood(text, type(name))) {
        EXPECT_EQ(suggestion, "") << text;
      }
    }
  }
}

/// Random filters with some of their bytes gone, doubled or changed.
TEST_F(FilterRepair, DamagedFilters) {
  test::Random random(20261129);
  test::FilterWriter writer(type("User"), random, {});
  int repaired = 0;
  for (int round = 0; round < 400; ++round) {
    std::string text = writer.write(3);
    for (int i = 0; i < 2; ++i) {
      const std::size_t at = random.below(text.size());
      constexpr std::string_view kBytes = "()[]\"'= !&.:a";
      if (random.chance(0.4)) text.erase(at, 1);
      else if (random.chance(0.5)) text.insert(at, 1, text[at]);
      else text[at] = kBytes[random.below(kBytes.size())];
      if (text.empty()) text = " ";
    }
    const std::string suggestion = repaired_filter(text, type("User"));
    if (suggestion.empty()) continue;
    ++repaired;
    EXPECT_TRUE(understood(suggestion, type("User"))) << text << "\n" << suggestion;
  }
  EXPECT_GT(repaired, 40);
}

/// The printed filter means what the parsed one does.
TEST_F(FilterRepair, AFilterCanBeWrittenAgain) {
  test::Random random(20261130);
  test::FilterWriter writer(type("User"), random, {});
  for (int round = 0; round < 400; ++round) {
    const std::string text = writer.write(4);
    const auto filter = parse_filter(text);
    ASSERT_TRUE(filter) << text;
    const auto again = parse_filter(to_text(*filter));
    ASSERT_TRUE(again) << to_text(*filter);
    EXPECT_EQ(to_text(*bind(*again, type("User"))), to_text(*bind(*filter, type("User")))) << text;
  }
}

}  // namespace
}  // namespace scim
