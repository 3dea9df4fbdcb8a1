// SPDX-License-Identifier: MIT
// Counted blocks are what counting would say, whatever happens to the rows; and deep pages are where they were.
#include "tests/unit/embedded_store.h"

namespace scim::test {
namespace {

class BlockCounts : public EmbeddedStore {
 protected:
  /// Blocks that differ from what the rows say.
  std::string wrong_blocks() {
    return rows("SELECT block FROM (SELECT * FROM user_blocks WHERE total > 0 UNION ALL "
                "SELECT key / 1024, sum(deactivated IS NULL), count(*) FROM users GROUP BY 1) "
                "GROUP BY block, living, total HAVING count(*) <> 2");
  }
  /// Rows with far keys, as only years of use make them.
  void add_row(std::int64_t key) {
    const std::string name = "user" + std::to_string(key);
    const sql::Sql sql{"INSERT INTO users (key, id, created, last_modified, user_name, user_name_key) VALUES (?, ?, 0, 0, ?, ?)",
                       {key, "id" + std::to_string(key), name, name}};
    ASSERT_TRUE(store().db().run(sql));
  }
  /// The userNames of a page, and the total, as "user1,user2 of 7".
  std::string page(std::int64_t offset, std::int64_t limit) {
    const Predicate all;
    const Projection projection = Projection::from_parameters(user(), "userName", "");
    Query query;
    query.type = &user();
    query.where = &all;
    query.projection = &projection;
    query.offset = offset;
    query.limit = limit;
    JsonWriter out;
    out.begin_array();
    const auto transaction = store().begin(Store::Mode::read).value();
    const Found found = transaction->search(query, out).value();
    out.end_array();
    const Json resources = parse_json(out.text()).value();
    std::string names;
    for (const Json& resource : resources) names += (names.empty() ? "" : ",") + resource["userName"].get<std::string>();
    return names + " of " + std::to_string(found.total);
  }
};

TEST_F(BlockCounts, FollowInsertDeactivateReturnAndRemove) {
  std::vector<std::string> ids;
  for (const char* name : {"ada", "bob", "cy"}) ids.push_back(insert_user(name));
  EXPECT_EQ(rows("SELECT block || ' ' || living || ' ' || total FROM user_blocks"), "0 3 3");
  ASSERT_TRUE(remove(user(), ids[1]));
  EXPECT_EQ(rows("SELECT living || ' ' || total FROM user_blocks"), "2 3");
  insert_user("bob");
  EXPECT_EQ(rows("SELECT living || ' ' || total FROM user_blocks"), "3 3");
  config_.user_delete = DeleteMode::remove;
  reopen();
  ASSERT_TRUE(remove(user(), ids[0]));
  EXPECT_EQ(rows("SELECT living || ' ' || total FROM user_blocks"), "2 2");
  EXPECT_EQ(wrong_blocks(), "");
  const std::string group_id = insert_group("Staff");
  EXPECT_EQ(rows("SELECT living || ' ' || total FROM group_blocks"), "1 1");
  ASSERT_TRUE(remove(group(), group_id));
  EXPECT_EQ(rows("SELECT living || ' ' || total FROM group_blocks"), "0 0");
}

TEST_F(BlockCounts, DeepPagesAreThoseOfOnePassOverAll) {
  std::vector<std::string> names;
  for (const std::int64_t key : {1, 2, 1023, 1024, 1025, 4000, 5000, 5001, 9999}) {
    add_row(key);
    names.push_back("user" + std::to_string(key));
  }
  ASSERT_TRUE(remove(user(), "id1024"));
  ASSERT_TRUE(remove(user(), "id5000"));
  std::erase_if(names, [](const std::string& name) { return name == "user1024" || name == "user5000"; });
  EXPECT_EQ(wrong_blocks(), "");
  const auto count = std::ssize(names);
  for (std::int64_t offset = 0; offset <= count + 2; ++offset) {
    for (const std::int64_t limit : {1, 3, 100}) {
      std::string expected;
      for (std::int64_t i = offset; i < std::min(offset + limit, count); ++i) {
        expected += (expected.empty() ? "" : ",") + names[static_cast<std::size_t>(i)];
      }
      EXPECT_EQ(page(offset, limit), expected + " of " + std::to_string(count)) << offset << ' ' << limit;
    }
  }
}

/// A page whose keys are nearly one run reads its lists as one, those of others too.
TEST_F(BlockCounts, NobodyHasTheListsOfAnother) {
  std::vector<std::string> ids;
  for (const char* name : {"ada", "bob", "cy", "dan", "eve"}) {
    ids.push_back(*insert(user(), {{"userName", name}, {"emails", {{{"value", std::string(name) + "@x"}}}}}));
  }
  const std::string inner = insert_group("Inner", {ids[0], ids[1], ids[4]});
  ASSERT_TRUE(remove(user(), ids[1]));
  ASSERT_TRUE(remove(user(), ids[3]));
  for (const bool is_nested : {false, true}) {
    if (is_nested) insert_group("Outer", {inner});
    const Predicate all;
    const Projection projection = Projection::defaults(user());
    Query query;
    query.type = &user();
    query.where = &all;
    query.projection = &projection;
    query.limit = 10;
    const auto users = store().begin(Store::Mode::read).value()->read(query).value();
    std::string text;
    for (const Resource& each : users) {
      text += each.body["userName"].get<std::string>() + ' ' + std::to_string(each.body["emails"].size()) + ' ' +
              each.body["emails"][0]["value"].get<std::string>() + ' ' + std::to_string(each.body.value("groups", Json::array()).size()) + ';';
    }
    EXPECT_EQ(text, is_nested ? "ada 1 ada@x 2;cy 1 cy@x 0;eve 1 eve@x 2;" : "ada 1 ada@x 1;cy 1 cy@x 0;eve 1 eve@x 1;");
  }
}

TEST_F(BlockCounts, AnOlderDatabaseIsCountedWhenItIsUpgraded) {
  {
    constexpr std::size_t kWithoutBlocks = 4;
    const auto older = make_older(kWithoutBlocks);
    ASSERT_TRUE(older->run_script("INSERT INTO users (key, id, created, last_modified, deactivated, user_name, user_name_key) VALUES "
                                  "(1, 'id1', 0, 0, NULL, 'ada', 'ada'), (2, 'id2', 0, 0, 1, 'bob', 'bob'), (3000, 'id3', 0, 0, NULL, 'eve', 'eve')"));
  }
  EXPECT_EQ(rows("SELECT block || ' ' || living || ' ' || total FROM user_blocks"), "0 1 2,2 1 1");
}

}  // namespace
}  // namespace scim::test
