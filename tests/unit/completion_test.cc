// SPDX-License-Identifier: MIT
// The command line while it is typed: words as bash reads and writes them, and where on it the cursor is.
#include <gtest/gtest.h>

#include "cli/completion/candidates.h"
#include "cli/completion/place.h"
#include "cli/completion/shell_words.h"
#include "cli/line/options.h"
#include "cli/names/attribute_paths.h"
#include "core/registry.h"

namespace scim::test {
namespace {

using namespace scim::cli;

std::string split(const std::string& line) {
  std::string out;
  for (const std::string& word : split_words(line).words) out += '<' + word + '>';
  return out;
}

TEST(ShellWords, AreSplitAsBashDoes) {
  const struct {
    const char* line;
    const char* words;
  } kCases[] = {
      {"", "<>"},
      {"scimctl", "<scimctl>"},
      {"scimctl ", "<scimctl><>"},
      {"scimctl  get\tusers ", "<scimctl><get><users><>"},
      {"a 'b c", "<a><b c>"},
      {"a 'b c' ", "<a><b c><>"},
      {"a \"b \\\"c\\x", "<a><b \"c\\x>"},
      {"a b\\ c", "<a><b c>"},
      {"a b\\", "<a><b>"},
      {"a ''", "<a><>"},
      {"a '' b", "<a><><b>"},
      {"a 'b'\"c\"d", "<a><bcd>"},
      {"a; b c", "<b><c>"},
      {"a | b c", "<b><c>"},
      {"x=$(a b", "<a><b>"},
      {"a ';' b", "<a><;><b>"},
      {"a 漢 é", "<a><漢><é>"},
  };
  for (const auto& [line, words] : kCases) EXPECT_EQ(split(line), words) << line;
  EXPECT_EQ(split_words("a 'b").quotation, Quotation::single);
  EXPECT_EQ(split_words("a \"b").quotation, Quotation::doubled);
  EXPECT_EQ(split_words("a 'b' \"c\"").quotation, Quotation::none);
}

TEST(ShellWords, WhatIsTypedIsReadBack) {
  const std::string text = "emails[type eq \"work\"].value=a b'c$d`e\\f!g;h|i&j(k)l*m?n~o{p}q<r>s#t\"";
  EXPECT_EQ(split_words("x " + typed(text, Quotation::none)).words.back(), text);
  EXPECT_EQ(split_words("x '" + typed(text, Quotation::single) + '\'').words.back(), text);
  EXPECT_EQ(split_words("x \"" + typed(text, Quotation::doubled) + '"').words.back(), text);
}

TEST(Place, IsWhereTheWordsLead) {
  const CommandInfo tree = command_tree();
  Place place = place_after(tree, {"--db", "x.db", "token", "create", "--dialect=okta", "name", "-q"});
  EXPECT_EQ(place.path, "token create");
  EXPECT_EQ(place.arguments, std::vector<std::string>{"name"});
  EXPECT_EQ(place.options.at("--db"), "x.db");
  EXPECT_EQ(place.options.at("--dialect"), "okta");
  EXPECT_TRUE(place.options.contains("--quiet"));
  EXPECT_EQ(next_argument(place), nullptr);

  place = place_after(tree, {"get", "users", "-ojson", "one", "two"});
  EXPECT_EQ(place.options.at("--output"), "json");
  ASSERT_NE(next_argument(place), nullptr);
  EXPECT_EQ(next_argument(place)->value, "ID");

  place = place_after(tree, {"list", "users", "--filter"});
  ASSERT_NE(place.pending, nullptr);
  EXPECT_EQ(place.pending->value, "FILTER");

  place = place_after(tree, {"get", "users", "--", "-o"});
  EXPECT_EQ(place.arguments.back(), "-o");
  EXPECT_EQ(place_after(tree, {"frob", "users"}).words, Place::Words::unknown);
}

/// Completion is told nothing about commands: what it does not know it would leave out in silence.
TEST(Completion, KnowsTheValuesOfAllOptionsAndArguments) {
  std::vector<const CommandInfo*> all;
  const CommandInfo tree = command_tree();
  all.push_back(&tree);
  for (std::size_t i = 0; i < all.size(); ++i) {
    for (const CommandInfo& sub : all[i]->commands) all.push_back(&sub);
  }
  EXPECT_GT(all.size(), 25u);
  for (const CommandInfo* command : all) {
    for (const auto* list : {&command->options, &command->arguments}) {
      for (const OptionInfo& option : *list) {
        if (option.value.empty()) continue;
        EXPECT_TRUE(is_known_value(option.value)) << command->name << ' ' << option.names.back() << ": " << option.value;
      }
    }
  }
}

bool has(const std::vector<AttributePath>& paths, const std::string& text) {
  return std::any_of(paths.begin(), paths.end(), [&](const AttributePath& path) { return path.text == text; });
}

TEST(Completion, OffersPathsThatCanBeShownOrSet) {
  const Registry registry = Registry::standard();
  const ResourceType& user = *registry.type_by_name("User");
  const auto shown = attribute_paths(user, PathsFor::reading);
  for (const char* path : {"id", "userName", "name.givenName", "emails.value", "meta.created", "groups.display",
                           "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department"}) {
    EXPECT_TRUE(has(shown, path)) << path;
  }
  EXPECT_FALSE(has(shown, "password"));
  const auto set = attribute_paths(user, PathsFor::writing);
  for (const char* path : {"userName", "name.givenName", "emails[type eq \"work\"].value", "active"}) EXPECT_TRUE(has(set, path)) << path;
  // Passwords do not belong on a command line.
  for (const char* path : {"password", "id", "meta.created", "groups.value", "name"}) EXPECT_FALSE(has(set, path)) << path;
}

}  // namespace
}  // namespace scim::test
