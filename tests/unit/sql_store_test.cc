// SPDX-License-Identifier: MIT
// The writes of the store, seen in the tables: what changes, what is left alone, what is refused.
#include <atomic>
#include <thread>

#include "core/filter.h"
#include "sql/password.h"
#include "tests/unit/embedded_store.h"

namespace scim::test {
namespace {

class SqlStoreTest : public EmbeddedStore {
 protected:
  std::string version(const std::string& table, const std::string& id) {
    return rows("SELECT version FROM " + table + " WHERE id = ?", {id});
  }
  std::string modified(const std::string& table, const std::string& id) {
    return rows("SELECT last_modified FROM " + table + " WHERE id = ?", {id});
  }
  std::string now() { return std::to_string(env_.now().time_since_epoch().count()); }
  std::string user_column(const std::string& column, const std::string& id) {
    return rows("SELECT " + column + " FROM users WHERE id = ?", {id});
  }
  std::string members_of(const std::string& id) {
    return rows("SELECT u.user_name FROM group_users m JOIN groups g ON g.key = m.group_key JOIN users u ON u.key = "
                "m.user_key WHERE g.id = ? ORDER BY u.user_name",
                {id});
  }
  /// The resource as the store gives it; null if it does not.
  Json read(const ResourceType& type, const std::string& id) {
    const Predicate where = id_is(id);
    const Projection projection = Projection::defaults(type);
    auto transaction = store().begin(Store::Mode::read);
    if (!transaction) return transaction.error().detail;
    const auto found = (*transaction)->read({&type, &where, &projection, "https://x/scim/v2", 0, 10});
    if (!found) return found.error().detail;
    return found->empty() ? Json() : found->front().body;
  }
  /// How many users match.
  std::int64_t count(const std::string& filter) {
    const auto where = bind(*parse_filter(filter), user());
    if (!where) return -1;
    const Projection projection = Projection::defaults(user());
    auto transaction = store().begin(Store::Mode::read);
    return transaction ? (*transaction)->count({&user(), &*where, &projection, "https://x/scim/v2", 0, 10}).value_or(-1) : -1;
  }
  /// Rows that SQLite wrote since `before`, on the connection of store().
  std::int64_t total_changes() { return std::stoll(rows("SELECT total_changes()")); }
};

Json full_user() {
  return Json::parse(R"({
    "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
    "userName": "Ada", "externalId": "e-1", "active": true, "password": "secret",
    "name": {"givenName": "Ada", "familyName": "Lovelace"},
    "emails": [{"value": "ADA@example.com", "type": "work", "primary": true}, {"value": "b@example.com"}],
    "addresses": [{"locality": "London", "type": "home"}],
    "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": {"department": "Maths", "manager": {"value": "m-1"}}
  })");
}

TEST_F(SqlStoreTest, InsertWritesColumnsFoldedColumnsAndChildren) {
  const auto id = insert(user(), full_user());
  ASSERT_TRUE(id) << id.error().detail;
  EXPECT_EQ(user_column("user_name || ' ' || user_name_key", *id), "Ada ada");
  EXPECT_EQ(user_column("external_id || given_name || family_name || department || manager", *id), "e-1AdaLovelaceMathsm-1");
  EXPECT_EQ(user_column("title", *id), "NULL");
  EXPECT_EQ(user_column("version || ' ' || active || ' ' || (deactivated IS NULL)", *id), "1 1 1");
  EXPECT_EQ(user_column("created", *id), now());
  EXPECT_EQ(user_column("last_modified", *id), now());
  EXPECT_EQ(rows("SELECT value || '/' || value_key || '/' || coalesce(type, '-') || '/' || coalesce(is_primary, '-') FROM user_emails ORDER BY key"),
            "ADA@example.com/ada@example.com/work/1,b@example.com/b@example.com/-/-");
  EXPECT_EQ(rows("SELECT locality || type FROM user_addresses"), "Londonhome");
}

TEST_F(SqlStoreTest, WhatWasInsertedIsRead) {
  Json body = full_user();
  const std::string id = *insert(user(), body);
  const std::string staff = insert_group("Staff", {id});
  Json stored = read(user(), id);
  EXPECT_EQ(stored.at("groups").at(0).at("value"), staff);
  EXPECT_EQ(stored.at("meta").at("version"), "W/\"1\"");
  for (const char* member : {"schemas", "id", "groups", "meta"}) stored.erase(member);
  body.erase("schemas");
  body.erase("password");
  // Members in any order are the same object.
  EXPECT_EQ(nlohmann::json::parse(stored.dump()), nlohmann::json::parse(body.dump()));
  EXPECT_EQ(read(group(), staff).at("members").at(0).at("value"), id);
}

TEST_F(SqlStoreTest, TheDeletedAreNotRead) {
  const std::string id = insert_user("ada");
  const std::string staff = insert_group("Staff", {id});
  ASSERT_TRUE(remove(user(), id));
  EXPECT_TRUE(read(user(), id).is_null());
  EXPECT_EQ(read(group(), staff).at("members"), Json::array());
}

TEST_F(SqlStoreTest, NothingStaysWithoutCommit) {
  {
    auto transaction = store().begin(Store::Mode::write);
    ASSERT_TRUE((*transaction)->insert({&user(), {{"userName", "ada"}}}));
  }
  EXPECT_EQ(rows("SELECT count(*) FROM users"), "0");
  EXPECT_TRUE(insert(user(), {{"userName", "ada"}}));
}

TEST_F(SqlStoreTest, AFailedWriteCannotBeCommitted) {
  insert_user("ada");
  auto transaction = store().begin(Store::Mode::write);
  ASSERT_TRUE((*transaction)->insert({&user(), {{"userName", "bob"}}}));
  ASSERT_FALSE((*transaction)->insert({&user(), {{"userName", "ada"}}}));
  EXPECT_FALSE((*transaction)->insert({&user(), {{"userName", "eve"}}}));
  EXPECT_FALSE((*transaction)->commit());
  transaction->reset();
  EXPECT_EQ(rows("SELECT user_name FROM users"), "ada");
}

TEST_F(SqlStoreTest, AReadTransactionDoesNotWrite) {
  auto transaction = store().begin(Store::Mode::read);
  EXPECT_FALSE((*transaction)->insert({&user(), {{"userName", "ada"}}}));
}

// Requirements: H-21
TEST_F(SqlStoreTest, UserNamesAreUniqueWhateverTheCase) {
  insert_user("ada");
  const auto refused = insert(user(), {{"userName", "ADA"}});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::uniqueness);
  EXPECT_EQ(refused.error().detail, "userName \"ADA\" is already in use");
  const std::string bob = insert_user("bob");
  const auto renamed = update(user(), bob, {set(user(), "userName", "Ada")});
  ASSERT_FALSE(renamed);
  EXPECT_EQ(renamed.error().detail, "userName \"Ada\" is already in use");
  EXPECT_TRUE(update(user(), bob, {set(user(), "userName", "BOB")})) << "its own name in another case";
  EXPECT_EQ(user_column("user_name", bob), "BOB");
}

TEST_F(SqlStoreTest, UpdateSetsAndClearsLeavesOfComplexAttributes) {
  const std::string id = *insert(user(), full_user());
  env_.advance(std::chrono::seconds(5));
  const auto effect = update(user(), id,
                             {set(user(), "name", {{"givenName", "Augusta"}}), clear(user(), "externalId"),
                              set(user(), "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:costCenter", "7"),
                              clear(user(), "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager")});
  ASSERT_TRUE(effect) << effect.error().detail;
  EXPECT_EQ(*effect, Effect::changed);
  EXPECT_EQ(user_column("given_name", id), "Augusta");
  EXPECT_EQ(user_column("family_name", id), "NULL");
  EXPECT_EQ(user_column("external_id", id), "NULL");
  EXPECT_EQ(user_column("cost_center || department", id), "7Maths");
  EXPECT_EQ(user_column("manager", id), "NULL");
  EXPECT_EQ(version("users", id), "2");
  EXPECT_EQ(modified("users", id), now());
  EXPECT_NE(user_column("created", id), now());
}

// Requirements: E-7
TEST_F(SqlStoreTest, LastModifiedMovesEvenIfTheClockStandsOrGoesBack) {
  const std::string id = insert_user("ada");
  const std::int64_t before = std::stoll(modified("users", id));
  ASSERT_TRUE(update(user(), id, {set(user(), "title", "a")}));
  EXPECT_EQ(std::stoll(modified("users", id)), before + 1000);
  env_.advance(-std::chrono::hours(1));
  ASSERT_TRUE(update(user(), id, {set(user(), "title", "b")}));
  EXPECT_EQ(std::stoll(modified("users", id)), before + 2000);
}

// Requirements: T-15
TEST_F(SqlStoreTest, WhatChangesNothingMovesNothing) {
  const std::string id = *insert(user(), full_user());
  const std::string staff = insert_group("Staff", {id});
  env_.advance(std::chrono::seconds(5));
  const std::int64_t before = total_changes();
  const Json emails = {{{"value", "b@example.com"}}, {{"value", "ADA@example.com"}, {"type", "work"}, {"primary", true}}};
  EXPECT_EQ(*update(user(), id,
                    {set(user(), "userName", "Ada"), set(user(), "active", true), set(user(), "password", "secret"),
                     set(user(), "emails", emails), clear(user(), "title"), clear(user(), "phoneNumbers"),
                     set(user(), "name", {{"familyName", "Lovelace"}, {"givenName", "Ada"}})}),
            Effect::unchanged);
  EXPECT_EQ(*update(group(), staff, {members(Change::Kind::add, {id}), members(Change::Kind::set, {id, id}),
                                     members(Change::Kind::remove, {"nobody"})}),
            Effect::unchanged);
  EXPECT_EQ(*update(user(), id, {}), Effect::unchanged);
  EXPECT_EQ(total_changes(), before);
  EXPECT_EQ(version("users", id), "1");
  EXPECT_EQ(version("groups", staff), "1");
}

TEST_F(SqlStoreTest, OnlyTheListRowsThatDifferAreTouched) {
  constexpr std::int64_t kRendering = 2;  // the old one goes, a new one comes
  Json body = {{"userName", "ada"}, {"phoneNumbers", Json::array()}};
  for (int i = 0; i < 10; ++i) body["phoneNumbers"].push_back({{"value", std::to_string(i) + "@x"}});
  const std::string id = *insert(user(), body);
  const std::string keys = rows("SELECT key FROM user_phone_numbers ORDER BY key");

  body["phoneNumbers"][4]["type"] = "work";
  std::int64_t before = total_changes();
  ASSERT_EQ(*update(user(), id, {set(user(), "phoneNumbers", body["phoneNumbers"])}), Effect::changed);
  EXPECT_EQ(total_changes() - before, 2 + kRendering) << "one element and the resource itself";
  EXPECT_EQ(rows("SELECT key FROM user_phone_numbers ORDER BY key"), keys);
  EXPECT_EQ(rows("SELECT value FROM user_phone_numbers WHERE type = 'work'"), "4@x");

  body["phoneNumbers"].erase(0);
  body["phoneNumbers"].push_back({{"value", "new@x"}});
  body["phoneNumbers"].push_back({{"value", "newer@x"}});
  before = total_changes();
  ASSERT_TRUE(update(user(), id, {set(user(), "phoneNumbers", body["phoneNumbers"])}));
  EXPECT_EQ(total_changes() - before, 4 + kRendering) << "one has gone, two are new, the resource";
  EXPECT_EQ(rows("SELECT count(*) FROM user_phone_numbers"), "11");

  before = total_changes();
  ASSERT_TRUE(update(user(), id, {clear(user(), "phoneNumbers")}));
  EXPECT_EQ(total_changes() - before, 12 + kRendering);
  EXPECT_EQ(rows("SELECT count(*) FROM user_phone_numbers"), "0");
}

TEST_F(SqlStoreTest, ElementsThatAreEqualTwiceStayTwo) {
  const Json one = {{"value", "a@x"}};
  const std::string id = *insert(user(), {{"userName", "ada"}, {"emails", {one, one, one}}});
  EXPECT_EQ(*update(user(), id, {set(user(), "emails", {one, one})}), Effect::changed);
  EXPECT_EQ(rows("SELECT count(*) FROM user_emails"), "2");
}

TEST_F(SqlStoreTest, UnknownAndDeletedAreNotFound) {
  const std::string id = insert_user("ada");
  EXPECT_EQ(update(user(), "none", {}).error().kind, ErrorKind::not_found);
  EXPECT_EQ(remove(user(), "none").error().kind, ErrorKind::not_found);
  EXPECT_EQ(update(group(), id, {}).error().kind, ErrorKind::not_found) << "a user is no group";
  ASSERT_TRUE(remove(user(), id));
  EXPECT_EQ(update(user(), id, {set(user(), "title", "x")}).error().kind, ErrorKind::not_found);
  EXPECT_EQ(remove(user(), id).error().kind, ErrorKind::not_found);
}

// Passwords

// Requirements: PW-2, PW-3
TEST_F(SqlStoreTest, PasswordsAreHashedAndCompared) {
  const std::string id = *insert(user(), full_user());
  const std::string first = user_column("password", id);
  EXPECT_TRUE(sql::verify_password("secret", first));
  EXPECT_EQ(*update(user(), id, {set(user(), "password", "secret")}), Effect::unchanged);
  EXPECT_EQ(user_column("password", id), first);
  EXPECT_EQ(*update(user(), id, {set(user(), "password", "other")}), Effect::changed);
  EXPECT_TRUE(sql::verify_password("other", user_column("password", id)));
  EXPECT_EQ(*update(user(), id, {clear(user(), "password")}), Effect::changed);
  EXPECT_EQ(user_column("password", id), "NULL");
  EXPECT_EQ(insert(user(), {{"userName", "bob"}, {"password", std::string(600, 'x')}}).error().kind, ErrorKind::invalid_value);
}

// DELETE and what comes after it

// Requirements: X-6
TEST_F(SqlStoreTest, DeleteDeactivatesAndLeavesAllGroups) {
  const std::string ada = *insert(user(), full_user());
  const std::string bob = insert_user("bob");
  const std::string staff = insert_group("Staff", {ada, bob});
  const std::string other = insert_group("Other", {bob});
  env_.advance(std::chrono::seconds(5));
  ASSERT_TRUE(remove(user(), ada));
  EXPECT_EQ(user_column("active || ' ' || version", ada), "0 2");
  EXPECT_EQ(user_column("deactivated", ada), now());
  EXPECT_EQ(members_of(staff), "bob");
  EXPECT_EQ(version("groups", staff), "2");
  EXPECT_EQ(modified("groups", staff), now());
  EXPECT_EQ(version("groups", other), "1");
  EXPECT_EQ(version("users", bob), "1");
}

TEST_F(SqlStoreTest, TheSameUserNameBringsTheRowBackWithoutItsPast) {
  const std::string old_id = *insert(user(), full_user());
  const std::string staff = insert_group("Staff", {old_id});
  const std::string key = user_column("key", old_id);
  ASSERT_TRUE(update(user(), old_id, {set(user(), "title", "x")}));
  ASSERT_TRUE(remove(user(), old_id));
  env_.advance(std::chrono::hours(1));
  const auto id = insert(user(), {{"userName", "ADA"}, {"emails", {{{"value", "new@x"}}}}});
  ASSERT_TRUE(id) << id.error().detail;
  EXPECT_NE(*id, old_id);
  EXPECT_EQ(user_column("key", *id), key);
  EXPECT_EQ(user_column("user_name || version || active || (deactivated IS NULL)", *id), "ADA111");
  EXPECT_EQ(user_column("created", *id), now());
  EXPECT_EQ(user_column("last_modified", *id), now());
  for (const char* column : {"password", "title", "external_id", "family_name", "department", "manager"})
    EXPECT_EQ(user_column(column, *id), "NULL") << column;
  EXPECT_EQ(rows("SELECT value FROM user_emails"), "new@x");
  EXPECT_EQ(rows("SELECT count(*) FROM user_addresses"), "0");
  EXPECT_EQ(members_of(staff), "");
  EXPECT_EQ(user_column("key", old_id), "") << "ids are never used again";
  EXPECT_FALSE(insert(user(), {{"userName", "ada"}})) << "it lives";
}

TEST_F(SqlStoreTest, ARevivedRowTakesThePasswordAndActiveThatAreSent) {
  ASSERT_TRUE(remove(user(), insert_user("ada")));
  const auto id = insert(user(), {{"userName", "ada"}, {"active", false}, {"password", "new"}});
  ASSERT_TRUE(id);
  EXPECT_EQ(user_column("active", *id), "0");
  EXPECT_TRUE(sql::verify_password("new", user_column("password", *id)));
}

// Requirements: X-4
TEST_F(SqlStoreTest, WhoIsRenamedToADeletedNameLeavesNoRowForIt) {
  const std::string ada = *insert(user(), full_user());
  ASSERT_TRUE(remove(user(), ada));
  const std::string bob = insert_user("bob");
  ASSERT_TRUE(update(user(), bob, {set(user(), "userName", "ADA")}));
  EXPECT_EQ(rows("SELECT user_name FROM users"), "ADA");
  EXPECT_EQ(rows("SELECT count(*) FROM user_emails"), "0") << "nothing of what hung on the row";
  EXPECT_FALSE(insert(user(), {{"userName", "ada"}})) << "it lives";
}

TEST_F(SqlStoreTest, DeleteRemovesWhereConfigured) {
  config_.user_delete = DeleteMode::remove;
  const std::string ada = *insert(user(), full_user());
  const std::string staff = insert_group("Staff", {ada});
  ASSERT_TRUE(remove(user(), ada));
  EXPECT_EQ(rows("SELECT count(*) FROM users"), "0");
  EXPECT_EQ(rows("SELECT count(*) FROM user_emails"), "0");
  EXPECT_EQ(rows("SELECT count(*) FROM group_users"), "0");
  EXPECT_EQ(version("groups", staff), "2");
  EXPECT_EQ(remove(user(), ada).error().kind, ErrorKind::not_found);
}

TEST_F(SqlStoreTest, ChildrenGoEvenWithoutForeignKeys) {
  config_.user_delete = DeleteMode::remove;
  const std::string ada = *insert(user(), full_user());
  insert_group("Staff", {ada});
  ASSERT_TRUE(store().db().run_script("PRAGMA foreign_keys = OFF"));
  ASSERT_TRUE(remove(user(), ada));
  EXPECT_EQ(rows("SELECT (SELECT count(*) FROM user_emails) + (SELECT count(*) FROM user_addresses) + (SELECT count(*) FROM group_users)"), "0");
}

TEST_F(SqlStoreTest, ADeletedGroupIsGoneAndItsParentsMove) {
  const std::string ada = insert_user("ada");
  const std::string inner = insert_group("Inner", {ada});
  const std::string outer = insert_group("Outer", {inner, ada});
  ASSERT_TRUE(remove(group(), inner));
  EXPECT_EQ(rows("SELECT display_name FROM groups"), "Outer");
  EXPECT_EQ(rows("SELECT count(*) FROM group_groups"), "0");
  EXPECT_EQ(rows("SELECT count(*) FROM group_users"), "1");
  EXPECT_EQ(version("groups", outer), "2");
  EXPECT_EQ(version("users", ada), "1");
  EXPECT_EQ(remove(group(), inner).error().kind, ErrorKind::not_found);
}

TEST_F(SqlStoreTest, VisibleDeletedUsersMayBeDeletedAgainAndActivated) {
  config_.deleted_visible = true;
  const std::string id = insert_user("ada");
  ASSERT_TRUE(remove(user(), id));
  EXPECT_EQ(version("users", id), "2");
  ASSERT_TRUE(remove(user(), id));
  EXPECT_EQ(version("users", id), "2") << "the second DELETE does nothing";
  EXPECT_EQ(read(user(), id).at("active"), false);
  EXPECT_EQ(*update(user(), id, {clear(user(), "active"), set(user(), "title", "x")}), Effect::changed);
  EXPECT_EQ(read(user(), id).at("active"), false);
  EXPECT_EQ(*update(user(), id, {set(user(), "active", true)}), Effect::changed);
  EXPECT_EQ(user_column("active || (deactivated IS NULL)", id), "11");
}

// Memberships

TEST_F(SqlStoreTest, MembersAreAddedRemovedAndReplaced) {
  const std::string a = insert_user("a");
  const std::string b = insert_user("b");
  const std::string c = insert_user("c");
  const std::string staff = insert_group("Staff", {a, a});
  EXPECT_EQ(members_of(staff), "a");
  ASSERT_EQ(*update(group(), staff, {members(Change::Kind::add, {b, a, b})}), Effect::changed);
  EXPECT_EQ(members_of(staff), "a,b");
  ASSERT_EQ(*update(group(), staff, {members(Change::Kind::remove, {a, a, "none"})}), Effect::changed);
  EXPECT_EQ(members_of(staff), "b");
  ASSERT_EQ(*update(group(), staff, {members(Change::Kind::set, {c, b})}), Effect::changed);
  EXPECT_EQ(members_of(staff), "b,c");
  ASSERT_EQ(*update(group(), staff, {members(Change::Kind::add, {a}), members(Change::Kind::remove, {c})}), Effect::changed);
  EXPECT_EQ(members_of(staff), "a,b");
  ASSERT_EQ(*update(group(), staff, {clear(group(), "members")}), Effect::changed);
  EXPECT_EQ(members_of(staff), "");
  EXPECT_EQ(version("groups", staff), "6");
}

TEST_F(SqlStoreTest, OneMemberOfManyIsOneRow) {
  std::vector<std::string> ids;
  ASSERT_TRUE(write(store(), [&](Transaction& t) -> Result<void> {
    for (int i = 0; i < 5001; ++i) {
      SCIM_ASSIGN(const Inserted inserted, t.insert({&user(), {{"userName", "u" + std::to_string(i)}}}));
      ids.push_back(inserted.id);
    }
    return {};
  }));
  const std::string last = ids.back();
  ids.pop_back();
  const std::string staff = insert_group("Staff", ids);

  for (const Change::Kind kind : {Change::Kind::add, Change::Kind::remove}) {
    const std::int64_t written = total_changes();
    const sql::Db::Counters before = store().db().counters();
    ASSERT_EQ(*update(group(), staff, {members(kind, {last})}), Effect::changed);
    const sql::Db::Counters after = store().db().counters();
    EXPECT_LE(after.rows - before.rows, 3);
    EXPECT_LE(after.statements - before.statements, 7);
    EXPECT_EQ(total_changes() - written, 2) << "the membership and the group";
  }
  const std::int64_t written = total_changes();
  ids[0] = last;
  ASSERT_EQ(*update(group(), staff, {members(Change::Kind::set, ids)}), Effect::changed);
  EXPECT_EQ(total_changes() - written, 3) << "one out, one in, the group";
}

TEST_F(SqlStoreTest, UnknownMembersAreSkippedAndLoggedOnce) {
  const std::string ada = insert_user("ada");
  const std::string gone = insert_user("gone");
  ASSERT_TRUE(remove(user(), gone));
  const std::string staff = insert_group("Staff", {"no\nbody", ada, gone});
  EXPECT_EQ(members_of(staff), "ada");
  ASSERT_EQ(env_.lines().size(), 1U);
  EXPECT_NE(env_.lines()[0].find("and 1 more"), std::string::npos) << env_.lines()[0];
  EXPECT_EQ(env_.lines()[0].find('\n'), std::string::npos);
}

// Requirements: H-9
TEST_F(SqlStoreTest, UnknownMembersAreRefusedWhereConfigured) {
  config_.unknown_member = UnknownMember::reject;
  const std::string ada = insert_user("ada");
  const std::string staff = insert_group("Staff");
  const auto refused = update(group(), staff, {members(Change::Kind::add, {ada, "nobody"})});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::invalid_value);
  EXPECT_EQ(refused.error().detail, "members[1].value: no resource has the id \"nobody\"");
  EXPECT_EQ(members_of(staff), "") << "nothing half-written";
  EXPECT_TRUE(update(group(), staff, {members(Change::Kind::remove, {"nobody"})})) << "to remove nobody is no fault";
}

TEST_F(SqlStoreTest, GroupsNestWithoutCyclesWhereConfigured) {
  config_.group_cycles = GroupCycles::reject;
  const std::string a = insert_group("A");
  const std::string b = insert_group("B", {a});
  const std::string c = insert_group("C", {b});
  for (const std::string& id : {a, b, c}) {
    const auto refused = update(group(), a, {members(Change::Kind::add, {id})});
    ASSERT_FALSE(refused) << id;
    EXPECT_EQ(refused.error().kind, ErrorKind::invalid_value);
    EXPECT_NE(refused.error().detail.find("members[0].value: \"" + id + "\""), std::string::npos) << refused.error().detail;
    EXPECT_FALSE(update(group(), a, {members(Change::Kind::set, {id})}));
  }
  EXPECT_TRUE(update(group(), c, {members(Change::Kind::add, {a})})) << "twice below is no cycle";
  EXPECT_TRUE(update(group(), b, {members(Change::Kind::remove, {a})}));
  EXPECT_TRUE(update(group(), c, {members(Change::Kind::remove, {a})}));
  EXPECT_TRUE(update(group(), a, {members(Change::Kind::add, {c})})) << "the other way round, once it is free";
}

// Requirements: B-12
TEST_F(SqlStoreTest, GroupsMayContainEachOther) {
  const std::string ada = insert_user("ada");
  const std::string a = insert_group("A", {ada});
  const std::string b = insert_group("B", {a});
  EXPECT_TRUE(update(group(), a, {members(Change::Kind::add, {b})}));
  const auto refused = update(group(), a, {members(Change::Kind::add, {a})});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::invalid_value);
  EXPECT_EQ(refused.error().detail, "members[0].value: \"" + a + "\" is the group itself");
  // Whoever walks the circle comes to an end.
  Json groups = read(user(), ada)["groups"];
  ASSERT_EQ(groups.size(), 2U) << groups.dump();
  for (const Json& one : groups) EXPECT_EQ(one["type"], one["value"] == a ? "direct" : "indirect") << groups.dump();
  EXPECT_EQ(count("groups.value eq \"" + b + "\""), 1);
  EXPECT_EQ(count("groups[value eq \"" + b + "\" and type eq \"direct\"]"), 0);
  EXPECT_TRUE(remove(group(), a));
  EXPECT_EQ(count("groups pr"), 0);
}

// Several connections

TEST_F(SqlStoreTest, ABusyDatabaseIs503WithRetryAfter) {
  config_.busy_timeout_ms = 20;
  const auto first = open();
  const auto second = open();
  auto writing = first->begin(Store::Mode::write);
  ASSERT_TRUE(writing);
  const auto refused = second->begin(Store::Mode::write);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::unavailable);
  EXPECT_EQ(refused.error().header, "1");
  EXPECT_TRUE(second->begin(Store::Mode::read)) << "readers do not wait";
  ASSERT_TRUE((*writing)->commit());
  EXPECT_TRUE(second->begin(Store::Mode::write));
}

// Requirements: H-21
TEST_F(SqlStoreTest, OfManyThatCreateTheSameNameOneWins) {
  constexpr int kThreads = 8;
  (void)store();
  std::atomic<int> created = 0;
  std::atomic<int> conflicts = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&] {
      const auto mine = open();
      const auto id = write(*mine, [&](Transaction& t) { return t.insert({&user(), {{"userName", "ada"}}}); });
      if (id) ++created;
      if (!id && id.error().kind == ErrorKind::uniqueness) ++conflicts;
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(created, 1);
  EXPECT_EQ(conflicts, kThreads - 1);
  EXPECT_EQ(rows("SELECT count(*) FROM users"), "1");
}

TEST_F(SqlStoreTest, ConcurrentMembersAreAllKept) {
  constexpr int kThreads = 6;
  const std::string staff = insert_group("Staff");
  std::vector<std::string> ids;
  for (int i = 0; i < kThreads; ++i) ids.push_back(insert_user("u" + std::to_string(i)));
  std::vector<std::thread> threads;
  for (const std::string& id : ids) {
    threads.emplace_back([&, id] {
      const auto mine = open();
      EXPECT_TRUE(write(*mine, [&](Transaction& t) { return t.update(group(), staff, {members(Change::Kind::add, {id})}); }));
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(rows("SELECT count(*) FROM group_users"), "6");
  EXPECT_EQ(version("groups", staff), "7");
}

}  // namespace
}  // namespace scim::test
