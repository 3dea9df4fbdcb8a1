// SPDX-License-Identifier: MIT
// Renderings say what the rows say, whatever happens to these and by whomever.
#include "sql/rendering.h"

#include "sql/row_search.h"
#include "tests/unit/embedded_store.h"
#include "tests/unit/random_filters.h"

namespace scim::test {
namespace {

constexpr std::string_view kManager = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager";

class Renderings : public EmbeddedStore {
 protected:
  /// All users as an array, read in one of the ways.
  std::string users(sql::Purpose purpose, const Projection& projection, std::string_view base_url) {
    const Predicate all;
    Query query;
    query.type = &user();
    query.where = &all;
    query.projection = &projection;
    query.base_url = base_url;
    query.limit = 1000;
    const sql::CompileContext context{mapping_, sql::kSqliteDialect, base_url, sql::Visible::living};
    sql::Unseen unseen;
    sql::RowSearch search(store().db(), query, context, unseen, purpose);
    if (!search.read()) return "error";
    JsonWriter out;
    out.begin_array();
    for (std::int64_t i = 0; i < search.count(); ++i) {
      if (!search.write(static_cast<std::size_t>(i), out)) return "error";
    }
    out.end_array();
    return out.take();
  }
  std::string kept(const Projection& projection, std::string_view base_url = "https://example.com/v2") {
    EXPECT_EQ(sql::purpose_of(mapping_.of(user()), projection), sql::Purpose::show_kept);
    return users(sql::Purpose::show_kept, projection, base_url);
  }
  std::string shown(const Projection& projection, std::string_view base_url = "https://example.com/v2") {
    return users(sql::Purpose::show, projection, base_url);
  }
  void expect_agreement() {
    const Projection all = Projection::defaults(user());
    EXPECT_EQ(kept(all), shown(all));
    const Projection without_groups = Projection::from_parameters(user(), "", "groups");
    EXPECT_EQ(kept(without_groups), shown(without_groups));
  }
  std::string count() { return rows("SELECT count(*) FROM user_renderings"); }
};

TEST_F(Renderings, AreMadeByEveryWriteAndLeaveOpenWhatOthersShow) {
  const std::string boss = *insert(user(), {{"userName", "boss"}, {"displayName", "The \"Boss\""}});
  const std::string ada = *insert(user(), {{"userName", "ada"},
                                           {"emails", {{{"value", "ada@example.com"}}}},
                                           {std::string(urn::kEnterpriseUser), {{"manager", {{"value", boss}}}}}});
  EXPECT_EQ(count(), "2");
  expect_agreement();
  const std::string before = shown(Projection::defaults(user()));

  const std::string outer = insert_group("Outer");
  const std::string inner = insert_group("Inner", {ada});
  ASSERT_TRUE(update(group(), outer, {members(Change::Kind::add, {inner})}));
  EXPECT_EQ(count(), "2") << "groups are no part of a user's rendering";
  expect_agreement();
  EXPECT_NE(shown(Projection::defaults(user())), before);

  ASSERT_TRUE(update(user(), boss, {set(user(), "displayName", "Boss")}));
  ASSERT_TRUE(update(group(), outer, {set(group(), "displayName", "Renamed")}));
  EXPECT_EQ(count(), "2");
  expect_agreement();
  EXPECT_NE(kept(Projection::defaults(user())).find("Renamed"), std::string::npos);
  EXPECT_NE(kept(Projection::defaults(user()), "https://other.example/\u00e9\"").find("https://other.example/\u00e9\\\"/Users/"), std::string::npos);

  ASSERT_TRUE(remove(user(), boss));
  EXPECT_EQ(count(), "1");
  expect_agreement();
}

TEST_F(Renderings, OfRandomUsersAreWhatTheRowsSay) {
  Random random(17);
  std::vector<std::string> ids;
  for (int i = 0; i < 60; ++i) {
    Json body = {{"userName", random.word() + std::to_string(i)}};
    fill(body, user().attributes, random);
    if (!ids.empty() && random.chance(0.5)) body[std::string(urn::kEnterpriseUser)]["manager"]["value"] = random.pick(ids);
    ids.push_back(*insert(user(), std::move(body)));
    if (random.chance(0.3)) insert_group(random.word() + std::to_string(i), {random.pick(ids), ids.back()});
  }
  expect_agreement();
  for (int i = 0; i < 60; ++i) {
    const std::string& id = random.pick(ids);
    Json body = Json::object();
    fill(body, user().attributes, random);
    Changes changes;
    for (const auto& [name, value] : body.items()) {
      const Attribute* attribute = user().find(name);
      if (attribute == nullptr || attribute->is_extension) continue;
      if (random.chance(0.3)) changes.push_back({attribute, Change::Kind::clear, nullptr});
      else changes.push_back({attribute, Change::Kind::set, value});
    }
    ASSERT_TRUE(update(user(), id, changes));
  }
  EXPECT_EQ(count(), "60");
  expect_agreement();
}

TEST_F(Renderings, GoWithEveryChangeThatIsMadeByHand) {
  (void)store();
  const std::string lists = rows("SELECT name FROM sqlite_schema WHERE type = 'table' AND sql LIKE '%REFERENCES users (key)%' AND name LIKE 'user\\_%' ESCAPE '\\'");
  ASSERT_EQ(std::count(lists.begin(), lists.end(), ','), 7) << lists;
  const std::string id = *insert(user(), {{"userName", "ada"}});
  const std::string other = *insert(user(), {{"userName", "bob"}});
  const auto change = [&](const std::string& statement) {
    ASSERT_TRUE(update(user(), id, {set(user(), "title", statement)}));
    ASSERT_TRUE(update(user(), other, {set(user(), "title", statement)}));
    ASSERT_EQ(count(), "2");
    ASSERT_TRUE(store().db().run({statement, {}})) << statement;
    EXPECT_NE(count(), "2") << statement;
    expect_agreement();
  };
  std::size_t begin = 0;
  while (begin < lists.size()) {
    const std::size_t end = std::min(lists.find(',', begin), lists.size());
    const std::string table = lists.substr(begin, end - begin);
    begin = end + 1;
    change("INSERT INTO " + table + " (user, type) VALUES (1, 'work')");
    change("UPDATE " + table + " SET type = 'home'");
    change("UPDATE " + table + " SET user = 2");
    EXPECT_EQ(count(), "0") << "whose it was, and whose it is";
    change("DELETE FROM " + table);
  }
  change("UPDATE users SET active = 0 WHERE user_name = 'ada'");
  change("INSERT OR REPLACE INTO users (key, id, created, last_modified, user_name, user_name_key) VALUES (1, '" + id + "', 0, 0, 'eve', 'eve')");
  change("DELETE FROM users WHERE key = 2");
}

TEST_F(Renderings, OfAnotherConfigurationAreNoneToUs) {
  const std::string id = *insert(user(), {{"userName", "ada"}});
  ASSERT_TRUE(store().db().run({"UPDATE user_renderings SET shape = shape + 1, text = '{\"wrong\":true}'", {}}));
  expect_agreement();
  EXPECT_EQ(kept(Projection::defaults(user())).find("wrong"), std::string::npos);
}

TEST_F(Renderings, AreNotKeptWhereMoreOrLessIsWanted) {
  const auto purpose = [&](std::string_view attributes, std::string_view excluded) {
    return sql::purpose_of(mapping_.of(user()), Projection::from_parameters(user(), attributes, excluded));
  };
  EXPECT_EQ(purpose("userName", ""), sql::Purpose::show);
  EXPECT_EQ(purpose("", "emails.type"), sql::Purpose::show);
  EXPECT_EQ(purpose("", "meta.location"), sql::Purpose::show);
  EXPECT_EQ(purpose("", "groups.display"), sql::Purpose::show_kept);
  EXPECT_EQ(purpose("", std::string(kManager) + ".displayName"), sql::Purpose::show_kept);
  EXPECT_EQ(sql::purpose_of(mapping_.of(group()), Projection::defaults(group())), sql::Purpose::show);
}

TEST_F(Renderings, ThatAreTooLongAreReadFromTheRows) {
  const std::string id = *insert(user(), {{"userName", "ada"}, {"title", std::string(20'000, 'x')}});
  EXPECT_EQ(count(), "0");
  expect_agreement();
  ASSERT_TRUE(update(user(), id, {set(user(), "title", "short")}));
  EXPECT_EQ(count(), "1");
  expect_agreement();
}

TEST_F(Renderings, ThatAreMissingAreMadePortionByPortion) {
  {
    constexpr std::size_t kWithoutRenderings = 6;
    const auto older = make_older(kWithoutRenderings);
    ASSERT_TRUE(older->run_script("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1200) INSERT INTO users "
                                  "(key, id, created, last_modified, user_name, user_name_key) SELECT i, 'id' || i, 0, 0, 'u' || i, 'u' || i FROM n"));
  }
  EXPECT_EQ(count(), "0");
  expect_agreement();
  int portions = 0;
  while (true) {
    const Result<bool> kept_some = store().keep_missing_renderings();
    ASSERT_TRUE(kept_some);
    if (!*kept_some) break;
    ++portions;
    expect_agreement();
  }
  EXPECT_EQ(portions, 3);
  EXPECT_EQ(count(), "1200");

  // Whoever comes later has one, and is looked at once.
  insert_user("new");
  const std::string before = rows("SELECT sum(rowid) FROM user_renderings");
  ASSERT_TRUE(*store().keep_missing_renderings());
  ASSERT_FALSE(*store().keep_missing_renderings());
  EXPECT_EQ(rows("SELECT sum(rowid) FROM user_renderings"), before);

  // What was made with another configuration is made again.
  ASSERT_TRUE(store().db().run_script("UPDATE rendering_progress SET shape = shape + 1; UPDATE user_renderings SET shape = shape + 1"));
  while (*store().keep_missing_renderings()) {
  }
  EXPECT_EQ(rows("SELECT count(*) FROM user_renderings JOIN rendering_progress USING (shape)"), "1201");
  expect_agreement();
}

TEST_F(Renderings, AreMadeToTheEndWhereAnotherConfigurationIsMakingItsOwn) {
  (void)store();
  ASSERT_TRUE(store().db().run_script("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1200) INSERT INTO users "
                                      "(key, id, created, last_modified, user_name, user_name_key) SELECT i, 'id' || i, 0, 0, 'u' || i, 'u' || i FROM n"));
  int portions = 0;
  while (*store().keep_missing_renderings()) {
    ASSERT_LE(++portions, 3);
    ASSERT_TRUE(store().db().run({"UPDATE rendering_progress SET shape = shape + 1, last_key = 500", {}}));
  }
  EXPECT_EQ(portions, 3);
  EXPECT_EQ(count(), "1200");
}

}  // namespace
}  // namespace scim::test
