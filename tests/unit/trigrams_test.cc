// SPDX-License-Identifier: MIT
// The index of trigrams: what is asked of it, and that it and its tail follow the tables, whoever writes.
#include "sql/trigrams.h"

#include <random>

#include "core/filter.h"
#include "sql/compile.h"
#include "sql/trigram_tails.h"
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
  /// How many users the index names for `text`, and how many addresses.
  std::string named(std::string_view text) {
    const std::string query = sql::trigram_query(text).value();
    return rows("SELECT count(*) FROM user_trigrams WHERE user_trigrams MATCH ?", {query}) + " " +
           rows("SELECT count(*) FROM user_email_trigrams WHERE user_email_trigrams MATCH ?", {query});
  }
  /// How many users and how many addresses are looked at beside it.
  std::string tails() {
    return rows("SELECT count(DISTINCT key) FROM user_trigrams_tail") + " " + rows("SELECT count(DISTINCT key) FROM user_email_trigrams_tail");
  }
  /// How many users a search finds.
  int found(const std::string& filter) {
    const Predicate predicate = bind(parse_filter(filter).value(), user()).value();
    const sql::Sql sql = sql::compile_select_ids(predicate, mapping_.of(user()), {mapping_, sql::kSqliteDialect, "", sql::Visible::living});
    const auto cursor = store().db().query(sql).value();
    int count = 0;
    while (cursor->next().value()) ++count;
    return count;
  }
  void run(const std::string& script) {
    const auto done = store().db().run_script(script);
    ASSERT_TRUE(done) << done.error().detail;
  }
  /// Has all rows indexed.
  void fill() {
    run("UPDATE trigram_marks SET user_key = (SELECT coalesce(max(key), 0) FROM users), "
        "email_key = (SELECT coalesce(max(key), 0) FROM user_emails)");
  }
  /// Has SQLite compare the index with the tables, when it knows all of them; "" if they agree.
  std::string differences() {
    fill();
    return (tails() == "0 0" ? "" : "tails: " + tails()) +
           rows("INSERT INTO user_trigrams (user_trigrams, rank) VALUES ('integrity-check', 1)") +
           rows("INSERT INTO user_email_trigrams (user_email_trigrams, rank) VALUES ('integrity-check', 1)");
  }
  /// Everything in the index: what a write must not have touched.
  std::string index() { return rows("SELECT count(*) || '-' || sum(length(block)) || '-' || max(id) FROM user_trigrams_data"); }

  Json ada() const {
    return {{"userName", "Ada@Example.com"},
            {"name", {{"familyName", "Stra\u00dfe"}, {"givenName", "Ada"}}},
            {"displayName", "Ada B\u00e9b\u00e9"},
            {"emails", Json::array({{{"value", "ada@home.example"}}, {{"value", "ada@work.example"}}})}};
  }
  int number_ = 0;  ///< of users that have been made
  std::string insert_ada() { return *insert(user(), ada()); }
};

// Requirements: F-9
TEST_F(Trigrams, WhatIsNewOrHasChangedIsFoundBesideTheIndex) {
  const std::string id = insert_ada();
  EXPECT_EQ(named("ada"), "0 0");
  EXPECT_EQ(tails(), "1 2");
  EXPECT_EQ(found("userName co \"ada@ex\""), 1);
  EXPECT_EQ(found("emails.value ew \"work.example\""), 1);
  fill();
  EXPECT_EQ(tails(), "0 0");
  EXPECT_EQ(named("ada@example"), "1 0");
  EXPECT_EQ(named("strasse"), "1 0") << "folded";
  EXPECT_EQ(named("@work"), "0 1");
  EXPECT_EQ(found("name.familyName co \"RASSE\""), 1);
  ASSERT_TRUE(update(user(), id, {set(user(), "name.familyName", "Lovelace"), set(user(), "emails", Json::array({{{"value", "ada@new.example"}}}))}));
  EXPECT_EQ(named("lovelace"), "0 0");
  EXPECT_EQ(tails().substr(0, 2), "1 ");
  EXPECT_EQ(found("name.familyName co \"lovel\""), 1);
  EXPECT_EQ(found("name.familyName co \"strasse\""), 0) << "which the index still names";
  EXPECT_EQ(found("emails.value co \"@new\""), 1);
  EXPECT_EQ(found("emails.value co \"@work\""), 0);
  ASSERT_TRUE(update(user(), id, {clear(user(), "displayName"), clear(user(), "emails")}));
  EXPECT_EQ(differences(), "");
  EXPECT_EQ(named("strasse"), "0 0");
  EXPECT_EQ(named("lovelace"), "1 0");
  EXPECT_EQ(named("@new"), "0 0");
}

TEST_F(Trigrams, AWriteThatFindsATailLongHasItIndexed) {
  const auto users = [&](int count) {
    ASSERT_TRUE(write(store(), [&](Transaction& t) -> Result<void> {
      for (int i = 0; i < count; ++i) {
        const std::string name = "user" + std::to_string(10'000 + number_++);
        SCIM_TRY(t.insert(Resource{&user(), {{"userName", name}, {"emails", Json::array({{{"value", name + "@x"}}})}}}));
      }
      return {};
    }));
  };
  const int tail = static_cast<int>(sql::kLongTail);
  users(tail - 1);
  const std::string long_enough = std::to_string(tail - 1);
  EXPECT_EQ(tails(), long_enough + " " + long_enough);
  users(20);
  EXPECT_EQ(tails(), "0 0");
  EXPECT_EQ(named("user1"), std::to_string(tail + 19) + " " + std::to_string(tail + 19));
  users(20);
  EXPECT_EQ(tails(), "20 20");
  // Changes have a bound of their own; each row counts once, and those that the index does not know not at all.
  run("UPDATE users SET display_name_key = 'first' || key WHERE key < " + std::to_string(tail));
  run("UPDATE users SET display_name_key = 'second' || key");
  EXPECT_EQ(named("first"), "0 0");
  EXPECT_EQ(found("displayName co \"second\""), tail + 39);
  EXPECT_EQ(tails(), std::to_string(tail + 39) + " 20");
  users(20);
  EXPECT_EQ(tails(), "0 40");
  EXPECT_EQ(named("second"), std::to_string(tail + 39) + " 0");
  EXPECT_EQ(differences(), "");
}

TEST_F(Trigrams, AddressesHaveATailOfTheirOwn) {
  insert_ada();
  run("UPDATE trigram_marks SET email_key = (SELECT max(key) FROM user_emails)");
  EXPECT_EQ(tails(), "1 0");
  EXPECT_EQ(named("@home"), "0 1");
  const std::string ada = rows("SELECT id FROM users");
  for (const char* address : {"ada@a.example", "ada@b.example", "ada@c.example"}) {
    ASSERT_TRUE(update(user(), ada, {set(user(), "emails", Json::array({{{"value", address}}}))}));
  }
  EXPECT_EQ(found("emails.value co \"ada@c\""), 1);
  EXPECT_EQ(found("emails.value co \"ada@a\""), 0);
  EXPECT_EQ(differences(), "");
}

TEST_F(Trigrams, OfAUserThatIsRemovedNothingIsLeft) {
  config_.user_delete = DeleteMode::remove;
  const std::string known = insert_ada();
  fill();
  ASSERT_TRUE(remove(user(), known));
  EXPECT_EQ(found("userName co \"ada\""), 0);
  const std::string unknown = insert_ada();  // its rows have the keys of those that went
  EXPECT_EQ(found("userName co \"ada\""), 1);
  ASSERT_TRUE(remove(user(), unknown));
  EXPECT_EQ(found("emails.value co \"ada\""), 0);
  EXPECT_EQ(differences(), "");
  EXPECT_EQ(named("ada@"), "0 0");
}

TEST_F(Trigrams, OfAUserThatComesBackNothingIsMissing) {
  const std::string id = insert_ada();
  fill();
  ASSERT_TRUE(remove(user(), id)) << "deactivates";
  EXPECT_EQ(tails(), "0 0");
  EXPECT_EQ(found("userName co \"ada@\""), 0);
  Json body = ada();
  body["displayName"] = "Countess";
  ASSERT_TRUE(insert(user(), body));
  EXPECT_EQ(rows("SELECT count(*) FROM users"), "1");
  EXPECT_EQ(found("displayName co \"ountes\""), 1);
  EXPECT_EQ(found("userName co \"ada@\""), 1);
  EXPECT_EQ(differences(), "");
}

TEST_F(Trigrams, AreNotTouchedByOtherChanges) {
  const std::string id = insert_ada();
  fill();
  const std::string before = index();
  ASSERT_TRUE(update(user(), id, {set(user(), "active", false), set(user(), "title", "Countess")}));
  EXPECT_EQ(tails(), "0 0");
  ASSERT_TRUE(update(user(), id, {set(user(), "displayName", "Countess")}));
  insert_user("zoe");
  EXPECT_EQ(tails(), "2 0");
  EXPECT_EQ(index(), before);
  fill();
  EXPECT_NE(index(), before);
}

TEST_F(Trigrams, RowsThatAreWrittenByHandAreFound) {
  insert_ada();
  insert_user("bob");
  insert_user("cy");
  fill();
  const auto add = [&](const std::string& key, const std::string& name) {
    run("INSERT OR REPLACE INTO users (key, id, created, last_modified, user_name, user_name_key) VALUES (" + key + ", '" + name + "', 0, 0, '" +
        name + "', '" + name + "')");
  };
  run("DELETE FROM users WHERE user_name = 'bob'");
  add("2", "robert");
  add("-7", "below");
  add("900000000000", "far");
  add("3", "cyrus");
  run("UPDATE users SET user_name_key = 'augusta' WHERE key = 1; UPDATE user_emails SET value_key = 'augusta@x' WHERE key = 1");
  const auto expect_all = [&](int far) {
    for (const char* name : {"robert", "below", "cyrus", "augusta"}) EXPECT_EQ(found(std::string("userName co \"") + name + '"'), 1) << name;
    EXPECT_EQ(found("userName co \"far\""), far);
    EXPECT_EQ(found("userName co \"bob\""), 0);
    EXPECT_EQ(found("emails.value co \"augusta@\""), 1);
  };
  expect_all(1);
  fill();
  expect_all(1);
  run("UPDATE users SET key = 8 WHERE key = 3; UPDATE users SET key = 900000000001 WHERE key = 2; DELETE FROM users WHERE user_name = 'far'");
  expect_all(0);
  insert_user("last");
  fill();
  expect_all(0);
  EXPECT_EQ(found("userName co \"last\""), 1);
  EXPECT_EQ(tails(), "0 0");
}

TEST_F(Trigrams, AnIndexedTailIsAsItWasWhenItsWriterIsUndone) {
  for (const char* name : {"alfa", "bravo", "zulu"}) insert_user(name);
  fill();
  run("UPDATE users SET display_name_key = 'first' WHERE user_name = 'alfa'");
  auto& db = store().db();
  // As write_queue.h has the members of a group.
  ASSERT_TRUE(db.begin(sql::Db::Begin::write));
  const auto add = [&](const char* name) {
    return db.run({"INSERT INTO users (id, created, last_modified, user_name, user_name_key) VALUES (?, 0, 0, ?, ?)", {name, name, name}});
  };
  ASSERT_TRUE(add("charlie"));
  run("SAVEPOINT scim_turn");
  run("UPDATE users SET display_name_key = 'second'");
  ASSERT_TRUE(add("delta"));
  fill();
  EXPECT_EQ(named("second"), "4 0");
  run("ROLLBACK TO scim_turn; RELEASE scim_turn");
  EXPECT_EQ(named("second"), "0 0");
  EXPECT_EQ(tails(), "2 0");
  run("SAVEPOINT scim_turn");
  ASSERT_TRUE(add("echo"));
  fill();
  ASSERT_TRUE(add("foxtrot"));
  EXPECT_EQ(tails(), "1 0");
  run("RELEASE scim_turn");
  ASSERT_TRUE(db.commit());
  for (const char* name : {"alfa", "bravo", "zulu", "charlie", "echo"}) EXPECT_EQ(named(name), "1 0") << name;
  EXPECT_EQ(named("delta"), "0 0");
  EXPECT_EQ(named("first"), "1 0");
  EXPECT_EQ(differences(), "");
}

TEST_F(Trigrams, SeveralConnectionsFillThem) {
  const auto other = open();
  for (int i = 0; i < 40; ++i) {
    sql::SqlStore& writer = i % 3 == 0 ? *other : store();
    ASSERT_TRUE(write(writer, [&](Transaction& t) { return t.insert(Resource{&user(), {{"userName", "user" + std::to_string(100 + i)}}}); }));
    if (i % 7 == 0) {
      ASSERT_TRUE(writer.db().run({"UPDATE trigram_marks SET user_key = (SELECT max(key) FROM users)", {}}));
    }
    ASSERT_EQ(found("userName co \"user1\""), i + 1);
  }
  EXPECT_EQ(tails(), "4 0");
  EXPECT_EQ(named("user1"), "36 0");
  EXPECT_EQ(differences(), "");
}

/// Whatever happens to the rows, the index and its tail name all that have a text in them.
TEST_F(Trigrams, MissNothingWhateverHappens) {
  std::mt19937 random(7);
  const auto below = [&](std::uint32_t end) { return static_cast<std::int64_t>(random() % end); };
  const auto name = [&] {
    std::string text;
    for (int i = 0; i < 5; ++i) text += static_cast<char>('a' + below(3));
    return text;
  };
  auto& db = store().db();
  const auto act = [&] {
    const std::int64_t key = below(40);
    switch (below(6)) {
      case 0:
      case 1: return db.run({"INSERT INTO users (id, created, last_modified, user_name, user_name_key) VALUES (hex(randomblob(8)), 0, 0, ?1, ?1)", {name()}});
      case 2: return db.run({"UPDATE users SET user_name_key = ? WHERE key = ?", {name(), key}});
      case 3: return db.run({"UPDATE users SET display_name_key = ? WHERE key > ?", {name(), key + 15}});
      case 4: return db.run({"DELETE FROM users WHERE key = ?", {key}});
      default:
        return db.run({"INSERT INTO users (key, id, created, last_modified, user_name, user_name_key) VALUES (?2, hex(randomblob(8)), 0, 0, ?1, ?1)",
                       {name(), key}});
    }
  };
  for (int round = 0; round < 600; ++round) {
    ASSERT_TRUE(db.begin(sql::Db::Begin::write));
    for (std::int64_t i = below(4); i >= 0; --i) {
      run("SAVEPOINT s");
      // Some break a constraint, which takes back the statement and what its triggers did.
      static_cast<void>(act());
      if (below(6) == 0) fill();
      if (below(4) == 0) run("ROLLBACK TO s");
      run("RELEASE s");
    }
    if (below(5) == 0) {
      db.rollback();
    } else {
      ASSERT_TRUE(db.commit());
    }
    const std::string text = name().substr(0, 3);
    const sql::Cell query = sql::trigram_query(text).value();
    ASSERT_EQ(rows("SELECT key FROM users WHERE key IN (SELECT rowid FROM user_trigrams WHERE user_trigrams MATCH ?1 UNION ALL "
                   "SELECT key FROM user_trigrams_tail) AND instr(names_key, ?2) > 0 ORDER BY key", {query, text}),
              rows("SELECT key FROM users WHERE instr(names_key, ?1) > 0 ORDER BY key", {text}))
        << "round " << round;
  }
  EXPECT_EQ(differences(), "");
}

TEST_F(Trigrams, KnowTheRowsOfAnOlderDatabase) {
  const std::string users =
      "INSERT INTO users (id, created, last_modified, user_name, user_name_key, family_name) VALUES "
      "('a', 0, 0, 'Ada', 'ada', 'Stra\u00dfe'), ('b', 0, 0, 'Bob', 'bob', 'Short');"
      "INSERT INTO user_emails (user, value, value_key) VALUES (1, 'ada@work', 'ada@work'), (2, 'bob@work', 'bob@work');";
  for (const std::size_t version : {std::size_t{5}, std::size_t{6}}) {
    SCOPED_TRACE(version);
    reopen();
    for (const char* file : {"scim.db", "scim.db-wal", "scim.db-shm"}) std::filesystem::remove(database_.file(file));
    {
      const auto db = make_older(version);
      ASSERT_TRUE(db->run_script(users));
      if (version == 6) {
        ASSERT_TRUE(db->run_script("UPDATE users SET family_name_key = 'strasse' WHERE id = 'a'; DELETE FROM users WHERE id = 'b'"));
      }
    }
    EXPECT_EQ(named("strasse"), "1 0");
    EXPECT_EQ(named("ada@work"), "0 1");
    EXPECT_EQ(tails(), "0 0");
    EXPECT_EQ(found("name.familyName co \"rasse\""), 1);
    EXPECT_EQ(differences(), "");
    insert_user("zoe");
    ASSERT_TRUE(update(user(), "a", {set(user(), "name.familyName", "Lovelace")}));
    EXPECT_EQ(found("name.familyName co \"lovel\""), 1);
    EXPECT_EQ(found("userName co \"zoe\""), 1);
    EXPECT_EQ(differences(), "");
  }
}

}  // namespace
}  // namespace scim::test
