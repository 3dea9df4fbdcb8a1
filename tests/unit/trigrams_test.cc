// SPDX-License-Identifier: MIT
// The index of trigrams: what is asked of it, and that it follows the tables.
#include "sql/trigrams.h"

#include "sql/bulk_load.h"
#include "tests/unit/embedded_store.h"

namespace scim::test {
namespace {

TEST(TrigramQuery, NamesGroupsOfThreeCharacters) {
  const auto query = [](std::string_view text) { return sql::trigram_query(text).value_or("none"); };
  EXPECT_EQ(query(""), "none");
  EXPECT_EQ(query("ab"), "none");
  EXPECT_EQ(query("\u00e9\u00e9"), "none") << "characters, not bytes";
  EXPECT_EQ(query("abc"), "\"abc\"");
  EXPECT_EQ(query("abcd"), "\"abc\" AND \"bcd\"");
  EXPECT_EQ(query("abcdef"), "\"abc\" AND \"def\"");
  EXPECT_EQ(query("abcdefg"), "\"abc\" AND \"def\" AND \"efg\"");
  EXPECT_EQ(query("a\u00e9\U0001F600z"), "\"a\u00e9\U0001F600\" AND \"\u00e9\U0001F600z\"");
  EXPECT_EQ(query("a\" *"), "\"a\"\" \" AND \"\"\" *\"") << "quotes end nothing";
  EXPECT_LT(query(std::string(10'000, 'x')).size(), 200U);
}

class Trigrams : public EmbeddedStore {
 protected:
  /// How many users the index names for `text`, and how many for an address.
  std::string named(std::string_view text) {
    const std::string query = sql::trigram_query(text).value();
    return rows("SELECT count(*) FROM user_trigrams WHERE user_trigrams MATCH ?", {query}) + " " +
           rows("SELECT count(*) FROM user_email_trigrams WHERE user_email_trigrams MATCH ?", {query});
  }
  /// Has SQLite compare the index with the tables; "" if they agree.
  std::string differences() {
    return rows("INSERT INTO user_trigrams (user_trigrams, rank) VALUES ('integrity-check', 1)") +
           rows("INSERT INTO user_email_trigrams (user_email_trigrams, rank) VALUES ('integrity-check', 1)");
  }
  std::string insert_ada() {
    return *insert(user(), {{"userName", "Ada@Example.com"},
                            {"name", {{"familyName", "Stra\u00dfe"}, {"givenName", "Ada"}}},
                            {"displayName", "Ada B\u00e9b\u00e9"},
                            {"emails", Json::array({{{"value", "ada@home.example"}}, {{"value", "ada@work.example"}}})}});
  }
};

TEST_F(Trigrams, FollowTheTables) {
  const std::string id = insert_ada();
  EXPECT_EQ(named("ada@example"), "1 0");
  EXPECT_EQ(named("strasse"), "1 0") << "folded";
  EXPECT_EQ(named("b\u00e9b"), "1 0");
  EXPECT_EQ(named("@work"), "0 1");
  ASSERT_TRUE(update(user(), id, {set(user(), "name.familyName", "Lovelace"), set(user(), "emails", Json::array({{{"value", "ada@new.example"}}}))}));
  EXPECT_EQ(named("strasse"), "0 0");
  EXPECT_EQ(named("lovelace"), "1 0");
  EXPECT_EQ(named("@work"), "0 0");
  EXPECT_EQ(named("@new"), "0 1");
  ASSERT_TRUE(update(user(), id, {clear(user(), "displayName"), clear(user(), "emails")}));
  EXPECT_EQ(named("b\u00e9b"), "0 0");
  EXPECT_EQ(named("@new"), "0 0");
  EXPECT_EQ(differences(), "");
}

TEST_F(Trigrams, OfAUserThatIsRemovedNothingIsLeft) {
  config_.user_delete = DeleteMode::remove;
  ASSERT_TRUE(remove(user(), insert_ada()));
  EXPECT_EQ(named("ada@"), "0 0");
  EXPECT_EQ(differences(), "");
}

TEST_F(Trigrams, AreNotTouchedByOtherChanges) {
  const std::string id = insert_ada();
  const auto state = [&] { return rows("SELECT count(*) || '-' || sum(length(block)) FROM user_trigrams_data"); };
  const std::string before = state();
  ASSERT_TRUE(update(user(), id, {set(user(), "active", false), set(user(), "title", "Countess")}));
  EXPECT_EQ(state(), before);
  ASSERT_TRUE(update(user(), id, {set(user(), "displayName", "Countess")}));
  EXPECT_NE(state(), before);
}

TEST_F(Trigrams, GetTheRowsOfALoadAtItsEnd) {
  const std::string ada = insert_ada();
  auto& db = store().db();
  const auto added = write(store(), [&](Transaction& t) -> Result<std::string> {
    EXPECT_TRUE(sql::defer_indexes(db, mapping_));
    SCIM_ASSIGN(const std::string bob, t.insert(Resource{&user(), {{"userName", "bobby"}, {"emails", Json::array({{{"value", "bob@x"}}})}}}));
    // Within one transaction a row may change before the index has it, and rows change that it has.
    SCIM_TRY(t.update(user(), bob, {set(user(), "displayName", "robert"), set(user(), "emails", Json::array({{{"value", "rob@x"}}}))}));
    SCIM_TRY(t.update(user(), ada, {clear(user(), "emails"), set(user(), "userName", "lovelace")}));
    EXPECT_EQ(named("robert"), "0 0");
    EXPECT_TRUE(sql::write_indexes(db, mapping_));
    return bob;
  });
  ASSERT_TRUE(added) << added.error().detail;
  EXPECT_EQ(named("robert"), "1 0");
  EXPECT_EQ(named("rob@x"), "0 1");
  EXPECT_EQ(named("bob@x"), "0 0");
  EXPECT_EQ(named("lovelace"), "1 0");
  EXPECT_EQ(named("@work"), "0 0");
  insert_user("zoe_again");
  EXPECT_EQ(named("zoe_again"), "1 0");
  EXPECT_EQ(differences(), "");
}

TEST_F(Trigrams, KnowTheRowsOfAnOlderDatabase) {
  {
    constexpr std::size_t kWithoutTrigrams = 5;
    const auto older = make_older(kWithoutTrigrams);
    ASSERT_TRUE(older->run_script(
        "INSERT INTO users (key, id, created, last_modified, user_name, user_name_key, family_name) VALUES (1, 'id1', 0, 0, 'ada', 'ada', 'Stra\u00dfe');"
        "INSERT INTO user_emails (user, value, value_key) VALUES (1, 'Ada@Work.example', 'ada@work.example')"));
  }
  EXPECT_EQ(named("strasse"), "1 0");
  EXPECT_EQ(named("@work"), "0 1");
  EXPECT_EQ(differences(), "");
}

}  // namespace
}  // namespace scim::test
