// SPDX-License-Identifier: MIT
// A load of nearly all that there is: what it takes away while it lasts, and that nothing is missing afterwards.
#include "sql/whole_load.h"

#include "sql/bulk_load.h"
#include "tests/unit/embedded_store.h"

namespace scim::test {
namespace {

constexpr std::uint64_t kLarge = 64 << 20;

class WholeLoads : public EmbeddedStore {
 protected:
  sql::Db& db() { return store().db(); }
  sql::WholeLoad load_of(const ResourceType& type) { return {db(), mapping_.of(type)}; }
  bool pays(std::uint64_t bytes, const ResourceType& type) {
    return sql::WholeLoad::pays(db(), mapping_, mapping_.of(type), bytes).value();
  }
  std::string schema() {
    return rows("SELECT type || ' ' || name || ' ' || tbl_name || ' ' || coalesce(sql, '') FROM sqlite_schema ORDER BY type, name");
  }
  /// What is written by other means than by the statement itself when a row of the table is inserted.
  std::string triggers_of_insert(const std::string& table) {
    return rows("SELECT name FROM sqlite_schema WHERE type = 'trigger' AND tbl_name = ? AND sql LIKE '%AFTER INSERT%' ORDER BY name", {table});
  }
  std::string indexes_of(const std::string& table) {
    return rows("SELECT name FROM sqlite_schema WHERE type = 'index' AND tbl_name = ? ORDER BY name", {table});
  }
  std::string wrong_blocks() {
    return rows("SELECT block FROM (SELECT * FROM user_blocks WHERE total > 0 UNION ALL "
                "SELECT key / 1024, sum(deactivated IS NULL), count(*) FROM users GROUP BY 1) "
                "GROUP BY block, living, total HAVING count(*) <> 2");
  }
  Result<std::string> insert_part(const std::string& name) {
    return insert(user(), {{"userName", name}, {"emails", Json::array({{{"value", name + "@example.com"}}})}});
  }
  /// As an import does it.
  void load_users(const std::vector<std::string>& names) {
    ASSERT_TRUE(store().begin_whole());
    sql::WholeLoad load = load_of(user());
    ASSERT_TRUE(load.begin());
    for (const std::string& name : names) ASSERT_TRUE(insert_part(name));
    ASSERT_TRUE(load.end());
    ASSERT_TRUE(store().end_whole());
  }
};

TEST_F(WholeLoads, PayForALargeFileAndLittleThatIsThere) {
  EXPECT_TRUE(pays(kLarge, user()));
  EXPECT_TRUE(pays(kLarge, group()));
  EXPECT_FALSE(pays(1 << 20, user()));
  constexpr std::uint64_t kJustLarge = 8 << 20;  // some 8,000 users
  for (int i = 0; i < 1024; ++i) insert_user("u" + std::to_string(i));
  EXPECT_TRUE(pays(kJustLarge, user()));
  const std::string one_more = insert_user("one_more");
  EXPECT_FALSE(pays(kJustLarge, user()));
  EXPECT_TRUE(pays(kLarge, user()));
  ASSERT_TRUE(remove(user(), one_more));
  EXPECT_FALSE(pays(kLarge, user())) << "who is deactivated may come back";
  EXPECT_TRUE(pays(kLarge, group()));
}

TEST_F(WholeLoads, TakeAwayWhatCostsUntilTheEnd) {
  insert_user("before");
  const std::string before = schema();
  ASSERT_TRUE(store().begin_whole());
  sql::WholeLoad load = load_of(user());
  ASSERT_TRUE(load.begin());
  EXPECT_EQ(indexes_of("users"), "users_user_name") << "it tells which names are taken";
  EXPECT_EQ(triggers_of_insert("users"), "");
  for (const auto& [attribute, list] : mapping_.of(user()).lists) {
    EXPECT_EQ(indexes_of(list.name), "") << list.name;
    EXPECT_EQ(triggers_of_insert(list.name), "") << list.name << ": see kTriggers in whole_load.cc";
  }
  EXPECT_NE(indexes_of("groups"), "");
  ASSERT_TRUE(load.end());
  ASSERT_TRUE(store().end_whole());
  EXPECT_EQ(schema(), before);
}

TEST_F(WholeLoads, OfGroupsKeepTheIndexesByWhichMembersAreFound) {
  const std::string before = schema();
  ASSERT_TRUE(store().begin_whole());
  sql::WholeLoad load = load_of(group());
  ASSERT_TRUE(load.begin());
  EXPECT_EQ(triggers_of_insert("groups"), "");
  EXPECT_EQ(indexes_of("group_users"), "") << "which is its own index by the group";
  EXPECT_NE(rows("SELECT name FROM sqlite_schema WHERE name = 'group_groups_member'"), "") << "cycles are looked for by it";
  EXPECT_NE(rows("SELECT name FROM sqlite_schema WHERE name = 'groups_display_name'"), "");
  ASSERT_TRUE(load.end());
  ASSERT_TRUE(store().end_whole());
  EXPECT_EQ(schema(), before);
}

TEST_F(WholeLoads, GiveNobodyTheRenderingOfAnother) {
  insert_user("ada");
  insert_user("eve");
  // No trigger sees the row of eve go, and the next one gets its key.
  ASSERT_TRUE(db().run({"UPDATE OR REPLACE users SET id = (SELECT id FROM users WHERE key = 2) WHERE key = 1", {}}));
  ASSERT_EQ(rows("SELECT key FROM users"), "1");
  ASSERT_EQ(rows("SELECT key FROM user_renderings"), "2");
  ASSERT_TRUE(store().leave_renderings());
  load_users({"bob"});
  while (*store().keep_missing_renderings()) {
  }
  EXPECT_EQ(rows("SELECT key FROM users WHERE user_name = 'bob'"), "2");
  EXPECT_EQ(rows("SELECT count(*) FROM user_renderings WHERE key = 2 AND text LIKE '%bob%'"), "1");
}

TEST_F(WholeLoads, LeaveWhatInsertsOneByOneLeave) {
  std::vector<std::string> names;
  for (int i = 0; i < 3000; ++i) names.push_back("user" + std::to_string(i * 7 % 3000));
  insert_user("before");
  const std::string before = schema();
  load_users(names);
  EXPECT_EQ(schema(), before);
  EXPECT_EQ(rows("PRAGMA integrity_check"), "ok");
  EXPECT_EQ(wrong_blocks(), "");
  EXPECT_EQ(rows("SELECT sum(total) FROM user_blocks"), "3001");
  EXPECT_EQ(rows("SELECT count(*) FROM users INDEXED BY users_id WHERE id > ''"), "3001");
  EXPECT_EQ(rows("SELECT count(*) FROM user_emails INDEXED BY user_emails_value WHERE value_key = 'user77@example.com'"), "1");
  EXPECT_EQ(rows("SELECT count(*) FROM users WHERE names_key LIKE '%r299%' AND key IN (SELECT rowid FROM user_trigrams WHERE "
                 "user_trigrams MATCH '\"r29\" AND \"299\"' UNION ALL SELECT key FROM user_trigrams_tail)"),
            "11");
  EXPECT_LT(std::stoll(rows("SELECT count(*) FROM user_trigrams_tail")), 3000) << "most are indexed";
  insert_user("after");
  EXPECT_EQ(wrong_blocks(), "") << "the triggers are there again";
  EXPECT_EQ(rows("SELECT sum(total) FROM user_blocks"), "3002");
}

TEST_F(WholeLoads, RefuseANameThatIsTakenAndGoOn) {
  insert_user("ada");
  ASSERT_TRUE(store().begin_whole());
  sql::WholeLoad load = load_of(user());
  ASSERT_TRUE(load.begin());
  ASSERT_TRUE(insert_part("bob"));
  for (const char* name : {"ADA", "Bob"}) {
    const auto refused = insert_part(name);
    ASSERT_FALSE(refused) << name;
    EXPECT_EQ(refused.error().kind, ErrorKind::uniqueness);
  }
  ASSERT_TRUE(insert_part("cy"));
  ASSERT_TRUE(load.end());
  ASSERT_TRUE(store().end_whole());
  EXPECT_EQ(rows("SELECT user_name FROM users ORDER BY key"), "ada,bob,cy");
  EXPECT_EQ(rows("SELECT value FROM user_emails ORDER BY key"), "bob@example.com,cy@example.com");
}

TEST_F(WholeLoads, ThatDoNotEndHaveDoneNothing) {
  insert_user("before");
  const std::string before = schema();
  ASSERT_TRUE(store().begin_whole());
  sql::WholeLoad load = load_of(user());
  ASSERT_TRUE(load.begin());
  ASSERT_TRUE(insert_part("bob"));
  {
    const auto other = open();
    EXPECT_TRUE(other->db().run({"SELECT count(*) FROM users INDEXED BY users_id", {}})) << "others see what was there";
    EXPECT_FALSE(other->db().run({"SELECT 1 FROM users INDEXED BY no_such_index", {}}));
  }
  reopen();
  EXPECT_EQ(schema(), before);
  EXPECT_EQ(rows("SELECT user_name FROM users"), "before");
  EXPECT_EQ(rows("PRAGMA integrity_check"), "ok");
  EXPECT_EQ(wrong_blocks(), "");
}

TEST_F(WholeLoads, LeaveTheTriggersOfOthersWhereTheyAre) {
  ASSERT_TRUE(db().run_script("CREATE TABLE audit (name TEXT); CREATE TRIGGER audit_users AFTER INSERT ON users BEGIN "
                              "INSERT INTO audit VALUES (NEW.user_name); END; CREATE INDEX users_title ON users (title)"));
  const std::string before = schema();
  load_users({"ada", "bob"});
  EXPECT_EQ(rows("SELECT name FROM audit"), "ada,bob");
  EXPECT_EQ(schema(), before);
}

}  // namespace
}  // namespace scim::test
