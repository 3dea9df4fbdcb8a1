// SPDX-License-Identifier: MIT
// The audit log and the guard, through whole requests: what is told, what is undone with its write, what a change of the
// log is found by, and who has to wait.
#include "sql/audit_log.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "sql/change_feed.h"
#include "sql/held_requests.h"
#include "tests/unit/application.h"

namespace scim::test {
namespace {

Json replace(const char* path, Json value) { return Json::array({{{"op", "replace"}, {"path", path}, {"value", std::move(value)}}}); }
Json add_members(const std::vector<std::string>& ids) {
  Json members = Json::array();
  for (const std::string& id : ids) members.push_back({{"value", id}});
  return Json::array({{{"op", "add"}, {"path", "members"}, {"value", members}}});
}
Json without_members() { return Json::array({{{"op", "remove"}, {"path", "members"}}}); }

class Audited : public testing::Test {
 protected:
  explicit Audited(const std::string& name = "embedded") : app_(name) {}

  std::vector<AuditEntry> entries(const sql::LogQuery& query = {}) {
    std::vector<AuditEntry> all;
    const auto read = sql::for_each_entry(app_.store().db(), query, [&](const sql::LoggedEntry& entry) -> Result<bool> {
      all.push_back(entry_from_text(entry.text).value());
      return true;
    });
    EXPECT_TRUE(read);
    return all;
  }
  AuditEntry last() { return entries().back(); }
  /// What is said of one attribute in the last entry.
  Json change(const std::string& path) {
    for (const Json& each : last().changes) {
      if (each["path"] == path) return each;
    }
    return nullptr;
  }
  std::vector<std::string> findings(const std::vector<sql::ChainHead>& known = {}) { return sql::verify_log(app_.store().db(), known).value().findings; }
  std::vector<sql::ChainHead> heads() { return sql::verify_log(app_.store().db(), {}).value().heads; }

  /// The request of a client that is guarded.
  Response ask_as_client(const std::string& method, const std::string& path, const Json& body = nullptr) {
    Request request;
    request.method = method;
    request.path = path;
    request.base_url = "https://example.com/v2";
    request.authorization = "Bearer " + token();
    if (!body.is_null()) request.body = body.dump();
    app_.env().advance(std::chrono::milliseconds(10));
    App app{app_.config(), app_.registry(), app_.store(), app_.store(), app_.env()};
    return handle(request, app);
  }
  Response patch_as_client(const std::string& path, const Json& operations) {
    return ask_as_client("PATCH", path, {{"schemas", {urn::kPatchOp}}, {"Operations", operations}});
  }
  void guard(GuardAction action) {
    app_.config().guard.action = action;
    app_.config().guard.deactivations = parse_guard_limit("1").value();
    app_.config().guard.deletions = parse_guard_limit("1").value();
    app_.config().guard.removals = parse_guard_limit("2").value();
  }

  std::vector<HeldRequest> held() { return sql::list_held_requests(app_.store().db(), sql::HeldWhich::all).value(); }

  Application app_;

 private:
  std::string token() {
    if (!token_.empty()) return token_;
    NewToken made = make_token("okta", Rights::read_and_write, {}, app_.env());
    made.kept.guard = own_guard_;
    EXPECT_TRUE(app_.store().insert_token(made.kept));
    return token_ = made.text;
  }
  std::string token_;

 protected:
  std::string own_guard_;  ///< of the client's token
};

class MappedAndAudited : public Audited {
 protected:
  MappedAndAudited() : Audited("children") {}
};

// --- What is told ----------------------------------------------------------------------------------------------------

TEST_F(Audited, TellsEachAttributeBeforeAndAfter) {
  const std::string id = app_.create_user({{"userName", "ada"}, {"title", "Dr"}, {"password", "s3cret-pass"}}).id();
  EXPECT_EQ(last().deed, Deed::created);
  EXPECT_EQ(last().name, "ada");
  EXPECT_EQ(last().actor.name, "scimctl");
  EXPECT_EQ(change("title"), Json({{"path", "title"}, {"after", "Dr"}}));
  EXPECT_EQ(change("password"), Json({{"path", "password"}, {"masked", true}}));
  app_.patch("/Users/" + id, replace("title", "Countess"));
  EXPECT_EQ(last().deed, Deed::updated);
  EXPECT_EQ(last().changes, Json::array({{{"path", "title"}, {"before", "Dr"}, {"after", "Countess"}}}));
  app_.ask("DELETE", "/Users/" + id);
  EXPECT_EQ(last().deed, Deed::deactivated);
  EXPECT_EQ(last().losses.deactivations, 1);
  EXPECT_EQ(last().changes, Json::array({{{"path", "active"}, {"before", true}, {"after", false}}}));
}

TEST_F(Audited, SaysNothingOfWhatChangesNothing) {
  const std::string id = app_.create_user({{"userName", "ada"}, {"title", "Dr"}}).id();
  const std::size_t count = entries().size();
  app_.patch("/Users/" + id, replace("title", "Dr"));
  app_.ask("GET", "/Users/" + id);
  EXPECT_EQ(app_.create_user({{"userName", "ada"}}).status, 409);
  EXPECT_EQ(entries().size(), count);
}

TEST_F(Audited, TellsOfMembersOnlyThoseThatCameOrWent) {
  const std::string ada = app_.create_user({{"userName", "ada"}}).id();
  const std::string bob = app_.create_user({{"userName", "bob"}}).id();
  const std::string group = app_.create_group({{"displayName", "Staff"}, {"members", Json::array({{{"value", ada}}, {{"value", "nobody"}}})}}).id();
  EXPECT_EQ(change("members"), Json({{"path", "members"}, {"added", {ada}}}));
  app_.patch("/Groups/" + group, add_members({ada, bob}));
  EXPECT_EQ(change("members"), Json({{"path", "members"}, {"added", {bob}}}));
  app_.patch("/Groups/" + group, without_members());
  EXPECT_EQ(change("members")["removed"].size(), 2U);
  EXPECT_EQ(last().losses.removals, 2);
  app_.patch("/Groups/" + group, add_members({bob}));
  app_.ask("DELETE", "/Groups/" + group);
  EXPECT_EQ(last().deed, Deed::deleted);
  EXPECT_EQ(change("members"), Json({{"path", "members"}, {"removed", {bob}}}));
  EXPECT_EQ(last().losses.removals, 1);
}

TEST_F(Audited, GroupsThatLoseAGroupWithItsDeletionAreToldBeforeIt) {
  const std::string inner = app_.create_group({{"displayName", "Inner"}}).id();
  const std::string outer = app_.create_group({{"displayName", "Outer"}, {"members", Json::array({{{"value", inner}}})}}).id();
  const std::string other = app_.create_group({{"displayName", "Other"}, {"members", Json::array({{{"value", inner}}})}}).id();
  const std::size_t before = entries().size();
  app_.ask("DELETE", "/Groups/" + inner);
  const std::vector<AuditEntry> all = entries();
  ASSERT_EQ(all.size(), before + 3);
  std::set<std::string> told;
  for (std::size_t i = before; i < before + 2; ++i) {
    EXPECT_EQ(all[i].deed, Deed::updated);
    EXPECT_EQ(all[i].changes, Json::array({{{"path", "members"}, {"removed", {inner}}}}));
    EXPECT_EQ(all[i].losses.removals, 1);
    EXPECT_EQ(all[i].actor.request, all.back().actor.request);
    told.insert(all[i].id + all[i].name);
  }
  EXPECT_EQ(told, (std::set<std::string>{outer + "Outer", other + "Other"}));
  EXPECT_EQ(all.back().deed, Deed::deleted);
  EXPECT_EQ(all.back().id, inner);
}

TEST_F(Audited, TheGuardIsAskedOnceForADeletion) {
  const std::string inner = app_.create_group({{"displayName", "Inner"}}).id();
  for (const char* name : {"A", "B", "C"}) app_.create_group({{"displayName", name}, {"members", Json::array({{{"value", inner}}})}});
  guard(GuardAction::warn);
  EXPECT_EQ(ask_as_client("DELETE", "/Groups/" + inner).status, 204);
  const auto lines = app_.env().lines();
  EXPECT_EQ(std::count_if(lines.begin(), lines.end(), [](const std::string& line) { return line.find("3 removals of members") != std::string::npos; }), 1);
  EXPECT_EQ(std::count_if(lines.begin(), lines.end(), [](const std::string& line) { return line.find("guard: ") != std::string::npos; }), 1);
}

TEST(AuditedNesting, RowsThatAreLeftOfOtherGroupsAreNoGroups) {
  Application app("CREATE TABLE u (id INTEGER PRIMARY KEY, n TEXT UNIQUE); CREATE TABLE g (id INTEGER PRIMARY KEY, n TEXT);"
                  "CREATE TABLE m (g INTEGER, u INTEGER); CREATE TABLE gg (parent INTEGER, child INTEGER);"
                  "INSERT INTO g VALUES (1, 'inner'), (2, 'outer'); INSERT INTO gg VALUES (2, 1), (99, 1), (NULL, 1);",
                  "[database]\nurl = 'sqlite:@DB@'\n[user]\ntable = 'u'\nkey = 'id'\nunmapped = 'ignore'\n[user.map]\nuserName = 'n'\n"
                  "[group]\ntable = 'g'\nkey = 'id'\nunmapped = 'ignore'\n[group.map]\ndisplayName = 'n'\nmembers = [ { table = 'm', owner = 'g', value = 'u' }, "
                  "{ table = 'gg', owner = 'parent', value = 'child', type = 'Group' } ]\n");
  const Json inner = app.only("/Groups", "displayName eq \"inner\"");
  EXPECT_EQ(app.ask("DELETE", "/Groups/" + inner["id"].get<std::string>()).status, 204);
  std::vector<std::string> told;
  ASSERT_TRUE(sql::for_each_entry(app.store().db(), {}, [&](const sql::LoggedEntry& entry) -> Result<bool> {
    told.push_back(entry_from_text(entry.text)->name);
    return true;
  }));
  EXPECT_EQ(told, (std::vector<std::string>{"outer", "inner"}));
}

TEST_F(Audited, PlacesInGroupsThatGoWithADeletionAreCounted) {
  const std::string inner = app_.create_group({{"displayName", "Inner"}}).id();
  for (const char* name : {"A", "B", "C"}) app_.create_group({{"displayName", name}, {"members", Json::array({{{"value", inner}}})}});
  guard(GuardAction::refuse);
  EXPECT_EQ(ask_as_client("DELETE", "/Groups/" + inner).status, 403) << "three members are removed, and two may be";
  EXPECT_EQ(app_.ask("GET", "/Groups/" + inner).status, 200);
}

TEST_F(Audited, WhoIsNoMoreSaidToBeActiveIsDeactivated) {
  const std::string id = app_.create_user({{"userName", "ada"}}).id();
  app_.patch("/Users/" + id, Json::array({{{"op", "remove"}, {"path", "active"}}}));
  EXPECT_EQ(last().losses.deactivations, 1) << last().changes;
}

TEST_F(Audited, MasksWhatTheConfigurationNames) {
  app_.config().audit.masked = {"TITLE", "emails.value"};
  app_.create_user({{"userName", "ada"}, {"title", "Dr"}, {"emails", Json::array({{{"value", "ada@example.com"}, {"type", "work"}}})}});
  EXPECT_EQ(change("title"), Json({{"path", "title"}, {"masked", true}}));
  EXPECT_EQ(change("emails")["after"], Json::array({{{"value", "***"}, {"type", "work"}}}));
  EXPECT_EQ(change("emails")["masked_parts"], true);
  app_.config().audit.masked = {"userName"};
  app_.create_user({{"userName", "bob"}});
  EXPECT_EQ(last().name, "");
}

TEST_F(Audited, MasksAllThatIsPartOfWhatTheConfigurationNames) {
  app_.config().audit.masked = {"members", std::string(urn::kEnterpriseUser), "groups"};
  const std::string ada = app_.create_user({{"userName", "ada"}, {std::string(urn::kEnterpriseUser), {{"department", "Engines"}}}}).id();
  EXPECT_EQ(change(std::string(urn::kEnterpriseUser) + ":department"), Json({{"path", std::string(urn::kEnterpriseUser) + ":department"}, {"masked", true}}));
  const std::string bob = app_.create_user({{"userName", "bob"}}).id();
  const std::string staff = app_.create_group({{"displayName", "Staff"}, {"members", Json::array({{{"value", ada}}, {{"value", bob}}})}}).id();
  EXPECT_EQ(change("members"), Json({{"path", "members"}, {"masked", true}}));
  app_.ask("DELETE", "/Users/" + ada);
  EXPECT_EQ(change("groups"), Json({{"path", "groups"}, {"masked", true}}));
  app_.ask("DELETE", "/Groups/" + staff);
  EXPECT_EQ(change("members"), Json({{"path", "members"}, {"masked", true}}));
  EXPECT_EQ(last().changes.dump().find(bob), std::string::npos);
  EXPECT_EQ(last().losses.removals, 1) << "which is counted all the same";
}

TEST_F(Audited, MasksThatNameNothingAreRefused) {
  const auto masked = [&](const std::string& path) { return app_.restart("[database]\nurl = \"@URL@\"\n[audit]\nmasked = [\"title\", \"" + path + "\"]\n"); };
  for (const std::string known : {"nickName", "EMAILS.value", "name", "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager", "members"}) {
    EXPECT_TRUE(masked(known)) << known;
  }
  EXPECT_EQ(masked("nickname2").error().detail, "scimctl.toml: audit.masked: no resource type has an attribute \"nickname2\"");
  EXPECT_EQ(masked("emails[type eq]").error().kind, ErrorKind::invalid_value);
  EXPECT_EQ(masked("urn:ietf:params:scim:schemas:core:2.0:User:title").error().detail,
            "scimctl.toml: audit.masked: \"urn:ietf:params:scim:schemas:core:2.0:User:title\" is written as \"title\"");
}

TEST_F(Audited, AllOfABulkRequestHasOneRequestId) {
  const Json operation = {{"method", "POST"}, {"path", "/Users"}, {"bulkId", "1"}, {"data", {{"schemas", {urn::kUser}}, {"userName", "ada"}}}};
  Json other = operation;
  other["bulkId"] = "2";
  Json third = operation;
  third["bulkId"] = "3";
  third["data"]["userName"] = "bob";
  const Answer answer = app_.ask("POST", "/Bulk", {{"schemas", {"urn:ietf:params:scim:api:messages:2.0:BulkRequest"}}, {"Operations", {operation, other, third}}});
  ASSERT_EQ(answer.status, 200) << answer.body;
  EXPECT_EQ(answer.body["Operations"][1]["status"], "409");
  ASSERT_EQ(entries().size(), 2U) << "what failed is undone with what was told of it";
  EXPECT_EQ(entries()[0].actor.request, entries()[1].actor.request);
  EXPECT_EQ(entries()[1].name, "bob");
  EXPECT_TRUE(findings().empty());
}

TEST(AuditedAdoption, RowsThatTheApplicationHadAreToldWithWhatTheyWere) {
  Application app("flat", [](std::string toml) { return toml.insert(toml.find("[user]\n") + 7, "adopt = true\n"); });
  const Json before = app.only("/Users", "userName eq \"ada\"");
  const Answer taken = app.create_user({{"userName", "ada"}, {"title", "Queen"}});
  ASSERT_EQ(taken.status, 201) << taken.body;
  std::vector<AuditEntry> all;
  ASSERT_TRUE(sql::for_each_entry(app.store().db(), {}, [&](const sql::LoggedEntry& entry) -> Result<bool> {
    all.push_back(entry_from_text(entry.text).value());
    return true;
  }));
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0].deed, Deed::adopted);
  EXPECT_EQ(all[0].id, before["id"]);
  ASSERT_EQ(all[0].changes.size(), 1U) << all[0].changes;
  EXPECT_EQ(all[0].changes[0]["path"], "title");
  EXPECT_EQ(all[0].changes[0].value("before", Json()), before.value("title", Json()));
  EXPECT_EQ(all[0].changes[0]["after"], "Queen");
}

TEST_F(MappedAndAudited, MembersThatNobodyHasSeenYetHaveIdsInTheLog) {
  const Json navy = app_.only("/Groups", "displayName eq \"navy\"");
  app_.ask("PUT", "/Groups/" + navy["id"].get<std::string>(), {{"schemas", {urn::kGroup}}, {"displayName", navy["displayName"]}});
  std::set<std::string> removed;
  for (const Json& id : Json(change("members")["removed"])) removed.insert(id.get<std::string>());
  std::set<std::string> members;
  for (const Json& member : navy["members"]) members.insert(member["value"].get<std::string>());
  EXPECT_EQ(removed, members) << last().changes;
}

/// Tables of an application that keep no title, and addresses in lower case.
class Altered : public testing::Test {
 protected:
  Altered()
      : app_("CREATE TABLE u (id INTEGER PRIMARY KEY, n TEXT UNIQUE, mail TEXT, nick TEXT);",
             "[database]\nurl = \"sqlite:@DB@\"\n[user]\ntable = \"u\"\nkey = \"id\"\nunmapped = \"ignore\"\n"
             "[user.map]\nuserName = \"n\"\nnickName = \"nick\"\nemails = { column = \"mail\", type = \"work\", primary = true, lower = true }\n") {}
  AuditEntry last() {
    std::vector<AuditEntry> all;
    EXPECT_TRUE(sql::for_each_entry(app_.store().db(), {}, [&](const sql::LoggedEntry& entry) -> Result<bool> {
      all.push_back(entry_from_text(entry.text).value());
      return true;
    }));
    return all.back();
  }
  static Json work(const std::string& address) { return Json::array({{{"value", address}, {"type", "work"}, {"primary", true}}}); }

  Application app_;
};

TEST_F(Altered, TheLogTellsWhatHasBeenStored) {
  const std::string id = app_.create_user({{"userName", "ada"}, {"title", "Dr"}, {"password", "s3cret-pass"}, {"emails", work("Ada@Example.com")}}).id();
  EXPECT_EQ(last().name, "ada");
  EXPECT_EQ(last().changes, Json::array({{{"path", "userName"}, {"after", "ada"}}, {{"path", "emails"}, {"after", work("ada@example.com")}}}));
  app_.patch("/Users/" + id, Json::array({{{"op", "replace"}, {"path", "title"}, {"value", "Countess"}},
                                          {{"op", "replace"}, {"path", "emails"}, {"value", work("A.Lovelace@Example.com")}},
                                          {{"op", "add"}, {"path", "nickName"}, {"value", "Ada"}}}));
  EXPECT_EQ(last().deed, Deed::updated);
  EXPECT_EQ(last().changes, Json::array({{{"path", "nickName"}, {"after", "Ada"}},
                                         {{"path", "emails"}, {"before", work("ada@example.com")}, {"after", work("a.lovelace@example.com")}}}));
}

// --- The chain -------------------------------------------------------------------------------------------------------

TEST_F(Audited, ChangesOfTheLogAreRefusedAndFound) {
  for (const char* name : {"ada", "bob", "carl"}) app_.create_user({{"userName", name}});
  const auto before = heads();
  app_.create_user({{"userName", "dora"}});
  EXPECT_TRUE(findings(before).empty());
  EXPECT_THROW(app_.run("UPDATE scim_log SET entry = 'x' WHERE number = 2"), std::runtime_error);
  EXPECT_THROW(app_.run("DELETE FROM scim_log WHERE number = 2"), std::runtime_error);
  app_.run(app_.is_postgresql() ? "DROP TRIGGER scim_log_change ON scim_log" : "DROP TRIGGER scim_log_update");
  if (!app_.is_postgresql()) app_.run("DROP TRIGGER scim_log_delete");

  app_.run("UPDATE scim_log SET entry = replace(entry, 'bob', 'eve') WHERE number = 2");
  EXPECT_EQ(findings().size(), 2U) << "the text, and the columns that repeat it";
  app_.run("UPDATE scim_log SET entry = replace(entry, 'eve', 'bob') WHERE number = 2");
  EXPECT_TRUE(findings().empty());
  app_.run("UPDATE scim_log SET name = 'eve' WHERE number = 2");
  EXPECT_EQ(findings(), std::vector<std::string>{"entry 0-2: its columns do not say what its text says"});
  app_.run("UPDATE scim_log SET name = 'bob' WHERE number = 2");
  app_.run("DELETE FROM scim_log WHERE number = 4");
  EXPECT_EQ(findings().size(), 1U) << "the end is cut off";
  app_.run("UPDATE scim_log_chains SET number = 3, hash = (SELECT hash FROM scim_log WHERE number = 3)");
  EXPECT_TRUE(findings().empty()) << "who owns the database can do that";
  EXPECT_TRUE(findings(before).empty());
  app_.run("DELETE FROM scim_log WHERE number = 3");
  app_.run("UPDATE scim_log_chains SET number = 2, hash = (SELECT hash FROM scim_log WHERE number = 2)");
  EXPECT_EQ(findings(before).size(), 1U) << "but not against what was noted elsewhere";
}

TEST_F(Audited, ForgetsFromTheBeginningOnly) {
  for (const char* name : {"ada", "bob"}) app_.create_user({{"userName", name}});
  const auto before = heads();
  app_.env().advance(std::chrono::hours(24));
  const Instant noon = app_.env().now();
  app_.create_user({{"userName", "carl"}});
  EXPECT_EQ(sql::forget_entries(app_.store().db(), noon).value(), 2);
  EXPECT_EQ(sql::forget_entries(app_.store().db(), noon).value(), 0);
  EXPECT_EQ(entries().size(), 1U);
  EXPECT_TRUE(findings(before).empty()) << "what was forgotten by the rules is not missed";
  EXPECT_EQ(sql::verify_log(app_.store().db(), {{0, 1, "abc"}}).value().not_compared, std::vector<std::string>{"chain 0: number 1 has been forgotten, with all up to 2"});
  EXPECT_TRUE(sql::verify_log(app_.store().db(), {{0, 0, ""}}).value().not_compared.empty()) << "nothing had been written";
  app_.create_user({{"userName", "dora"}});
  EXPECT_TRUE(findings().empty());
}

TEST_F(Audited, WhatIsAsOldAsIsToBeKeptIsKept) {
  app_.create_user({{"userName", "ada"}});
  const Instant written = last().time;
  EXPECT_EQ(sql::forget_entries(app_.store().db(), written).value(), 0) << "at the limit";
  EXPECT_EQ(sql::forget_entries(app_.store().db(), written + std::chrono::microseconds(1)).value(), 1) << "beyond it";
}

TEST_F(Audited, KeepsWhatAReaderHasNotRead) {
  for (const char* name : {"ada", "bob"}) app_.create_user({{"userName", name}});
  sql::Db& db = app_.store().db();
  EXPECT_TRUE(sql::open_reader(db, "app", {{0, 1}}));
  app_.env().advance(std::chrono::hours(24));
  EXPECT_EQ(sql::forget_entries(db, app_.env().now()).value(), 1);
  const auto unread = sql::entries_after(db, sql::open_reader(db, "app", {}).value(), 10).value();
  ASSERT_EQ(unread.size(), 1U);
  EXPECT_EQ(unread[0].number, 2);
  EXPECT_TRUE(sql::move_reader(db, "app", {{0, 2}}));
  EXPECT_TRUE(sql::move_reader(db, "app", {{0, 1}})) << "never backwards";
  EXPECT_EQ(sql::forget_entries(db, app_.env().now()).value(), 1);
  EXPECT_TRUE(sql::forget_reader(db, "app").value());
  EXPECT_FALSE(sql::forget_reader(db, "app").value());
}

TEST_F(Audited, WritersAtOnceKeepTheirChainsWhole) {
  std::vector<std::thread> threads;
  for (int t = 0; t < 6; ++t) {
    threads.emplace_back([&, t] {
      const auto store = app_.open_another();
      for (int i = 0; i < 20; ++i) {
        const Answer made = app_.ask(*store, "POST", "/Users", {{"schemas", {urn::kUser}}, {"userName", std::to_string(t) + "-" + std::to_string(i)}});
        EXPECT_EQ(made.status, 201) << made.body;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(entries().size(), 120U);
  EXPECT_TRUE(findings().empty());
  EXPECT_EQ(sql::entries_after(app_.store().db(), {}, 1000).value().size(), 120U);
}

// --- The guard -------------------------------------------------------------------------------------------------------

TEST(GuardLimits, AreNumbersOrParts) {
  EXPECT_EQ(parse_guard_limit("50")->count, 50);
  EXPECT_EQ(parse_guard_limit("5%")->percent, 5);
  EXPECT_EQ(parse_guard_limit("50 or 5%")->count, 50);
  EXPECT_EQ(parse_guard_limit("50 or 5%")->percent, 5);
  EXPECT_FALSE(parse_guard_limit("")->any());
  for (const char* wrong : {"-1", "5 %", "101%", "five", "5 or 6", "5%or 6", "%", " 5", "5 or "}) EXPECT_FALSE(parse_guard_limit(wrong)) << wrong;
  const auto own = guard_of_token("hold deactivations=3", GuardConfig{GuardAction::warn, {}, parse_guard_limit("7").value(), {}, 1});
  EXPECT_EQ(own->action, GuardAction::hold);
  EXPECT_EQ(own->deactivations.count, 3);
  EXPECT_EQ(own->deletions.count, 7);
  const auto either = guard_of_token("hold deactivations=50 or 5% deletions=1", {});
  ASSERT_TRUE(either);
  EXPECT_EQ(either->deactivations.count, 50);
  EXPECT_EQ(either->deactivations.percent, 5);
  EXPECT_EQ(either->deletions.count, 1);
  for (const char* wrong : {"hold deactivations=50 or", "hold deactivations=50 or 5", "hold or 5%", "or", "hold deactivations= or 5%"}) EXPECT_FALSE(guard_of_token(wrong, {})) << wrong;
  EXPECT_FALSE(guard_of_token("hold deactivation=3", {}));
}

TEST_F(Audited, TheGuardRefusesWhatIsBeyondTheLimit) {
  guard(GuardAction::refuse);
  std::vector<std::string> ids;
  for (const char* name : {"ada", "bob", "carl"}) ids.push_back(app_.create_user({{"userName", name}}).id());
  EXPECT_EQ(patch_as_client("/Users/" + ids[0], replace("active", false)).status, 200);
  EXPECT_EQ(patch_as_client("/Users/" + ids[1], replace("active", false)).status, 403);
  EXPECT_EQ(ask_as_client("DELETE", "/Users/" + ids[1]).status, 403);
  EXPECT_EQ(app_.ask("GET", "/Users/" + ids[1]).body["active"], true) << "nothing of it has happened";
  EXPECT_EQ(patch_as_client("/Users/" + ids[1], replace("title", "Dr")).status, 200) << "it takes nothing away";
  EXPECT_EQ(app_.patch("/Users/" + ids[1], replace("active", false)).status, 200) << "scimctl is not guarded";
  app_.env().advance(std::chrono::hours(1));
  EXPECT_EQ(patch_as_client("/Users/" + ids[2], replace("active", false)).status, 200) << "an hour later";
}

TEST_F(Audited, ATokenMayHaveLimitsOfItsOwn) {
  guard(GuardAction::off);
  own_guard_ = "refuse deactivations=0";
  const std::string ada = app_.create_user({{"userName", "ada"}}).id();
  EXPECT_EQ(ask_as_client("DELETE", "/Users/" + ada).status, 403);
  const std::string staff = app_.create_group({{"displayName", "Staff"}}).id();
  EXPECT_EQ(ask_as_client("DELETE", "/Groups/" + staff).status, 204) << "one is within what is configured";
}

TEST_F(Audited, MembersThatLeaveAreCounted) {
  guard(GuardAction::refuse);
  std::vector<std::string> ids;
  for (const char* name : {"ada", "bob", "carl"}) ids.push_back(app_.create_user({{"userName", name}}).id());
  const std::string group = app_.create_group({{"displayName", "Staff"}}).id();
  app_.patch("/Groups/" + group, add_members(ids));
  EXPECT_EQ(patch_as_client("/Groups/" + group, without_members()).status, 403);
  EXPECT_EQ(app_.ask("GET", "/Groups/" + group).body["members"].size(), 3U);
  app_.config().guard.removals = parse_guard_limit("2 or 100%").value();
  EXPECT_EQ(patch_as_client("/Groups/" + group, without_members()).status, 200);
}

TEST_F(Audited, APartIsOfWhatIsOfItsType) {
  ASSERT_TRUE(app_.restart("[database]\nurl = \"@URL@\"\n[user]\ndelete = \"remove\"\n"));
  guard(GuardAction::refuse);
  app_.config().guard.deletions = parse_guard_limit("50%").value();
  std::vector<std::string> users;
  std::vector<std::string> groups;
  for (const char* name : {"a", "b"}) users.push_back(app_.create_user({{"userName", name}}).id());
  for (const char* name : {"a", "b", "c", "d", "e", "f", "g", "h"}) groups.push_back(app_.create_group({{"displayName", name}}).id());
  for (int i = 0; i < 4; ++i) EXPECT_EQ(ask_as_client("DELETE", "/Groups/" + groups[i]).status, 204) << i;
  EXPECT_EQ(ask_as_client("DELETE", "/Groups/" + groups[4]).status, 403);
  EXPECT_EQ(ask_as_client("DELETE", "/Users/" + users[0]).status, 204) << "half of the users, whatever became of the groups";
  EXPECT_EQ(ask_as_client("DELETE", "/Users/" + users[1]).status, 403);
  app_.config().guard.deletions = parse_guard_limit("6").value();
  EXPECT_EQ(ask_as_client("DELETE", "/Users/" + users[1]).status, 204) << "a number is of all";
  EXPECT_EQ(ask_as_client("DELETE", "/Groups/" + groups[4]).status, 403);
  EXPECT_TRUE(findings().empty());
}

TEST_F(Audited, SoManyOfAClientWaitAsMay) {
  guard(GuardAction::hold);
  app_.config().guard.deactivations = parse_guard_limit("0").value();
  app_.config().guard.max_held = 2;
  std::vector<std::string> ids;
  for (const char* name : {"ada", "bob", "carl"}) ids.push_back(app_.create_user({{"userName", name}}).id());
  for (const std::string& id : ids) EXPECT_EQ(ask_as_client("DELETE", "/Users/" + id).status, 503);
  EXPECT_EQ(held().size(), 2U);
  const Response more = ask_as_client("DELETE", "/Users/" + ids[2]);
  EXPECT_EQ(more.header("Retry-After"), "600");
  EXPECT_NE(more.body.find("this one does not"), std::string::npos) << more.body;
  const std::vector<std::string> lines = app_.env().lines();
  const auto is_said = [](const std::string& line) { return line.find("2 requests that wait (guard.max_held)") != std::string::npos; };
  EXPECT_EQ(std::count_if(lines.begin(), lines.end(), is_said), 2);
  EXPECT_EQ(ask_as_client("DELETE", "/Users/" + ids[1]).status, 503);
  EXPECT_EQ(held()[1].attempts, 2) << "one that waits comes again";
  EXPECT_TRUE(sql::decide_held_request(app_.store().db(), held()[0].id, HeldRequest::State::rejected, app_.env().now()).value());
  EXPECT_EQ(ask_as_client("DELETE", "/Users/" + ids[2]).status, 503);
  EXPECT_EQ(held().size(), 3U) << "there is room again";
}

TEST_F(Audited, VeryManyThatWaitAreListedInOneStatement) {
  app_.run("INSERT INTO scim_held (id, state, first_seen, last_seen, attempts, reason, actor, token, request, address, method, path, query, if_match, body) "
           "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10000) SELECT CAST(i AS TEXT), "
           "CASE WHEN i % 2 = 0 THEN 'held' ELSE 'released' END, i, i, 1, 'why', 'token:okta', '', 'r', '', 'PATCH', '/Users/' || CAST(i AS TEXT), '', '', '" +
           std::string(2000, 'x') + "' FROM n");
  sql::Db& db = app_.store().db();
  const auto before = db.counters();
  const auto waiting = sql::list_held_requests(db, sql::HeldWhich::waiting).value();
  EXPECT_EQ(db.counters().statements, before.statements + 1);
  ASSERT_EQ(waiting.size(), 5000U);
  EXPECT_EQ(waiting[0].path, "/Users/2");
  EXPECT_EQ(waiting[0].body, "") << "nobody reads them";
  EXPECT_EQ(held().size(), 10'000U);
}

TEST_F(Audited, WhatIsHeldKeepsWhatItsClientMayReach) {
  guard(GuardAction::hold);
  app_.config().guard.deactivations = parse_guard_limit("0").value();
  const std::string ada = app_.create_user({{"userName", "ada"}}).id();
  EXPECT_EQ(ask_as_client("DELETE", "/Users/" + ada).status, 503);
  const std::string id = held()[0].id;
  const HeldRequest plain = sql::find_held_request(app_.store().db(), id).value().value();
  EXPECT_TRUE(plain.permission.types.empty());
  HeldRequest other = plain;
  other.id = "another";
  other.permission = {{"Group"}, {"title"}, "ada", Dialect::okta, app_.env().now()};
  EXPECT_EQ(sql::keep_held_request(app_.store().db(), other, 10).value(), Keeping::kept);
  const HeldRequest kept = sql::find_held_request(app_.store().db(), "another").value().value();
  EXPECT_EQ(kept.permission.types, other.permission.types);
  EXPECT_EQ(kept.permission.hidden, other.permission.hidden);
  EXPECT_EQ(kept.permission.user_name, "ada");
  EXPECT_EQ(kept.permission.dialect, Dialect::okta);
  EXPECT_EQ(kept.permission.expires, other.permission.expires);
  app_.run("UPDATE scim_held SET permission = '{\"dialect\": \"?\"}' WHERE id = 'another'");
  EXPECT_FALSE(sql::find_held_request(app_.store().db(), "another")) << "what is not understood is no permission for all";
}

TEST_F(Audited, WhatIsDecidedIsDecidedWithWhatIsDone) {
  guard(GuardAction::hold);
  app_.config().guard.deactivations = parse_guard_limit("0").value();
  const std::string ada = app_.create_user({{"userName", "ada"}}).id();
  EXPECT_EQ(ask_as_client("DELETE", "/Users/" + ada).status, 503);
  const std::string id = held()[0].id;
  ASSERT_TRUE(app_.store().begin_whole());
  EXPECT_TRUE(sql::decide_held_request(app_.store().db(), id, HeldRequest::State::released, app_.env().now()).value());
  EXPECT_EQ(app_.ask("DELETE", "/Users/" + ada).status, 204);
  app_.store().undo_whole();
  EXPECT_EQ(held()[0].state, HeldRequest::State::held);
  EXPECT_EQ(app_.ask("GET", "/Users/" + ada).status, 200);
  // Two at once: who comes second waits for the first one, and hears of it.
  ASSERT_TRUE(app_.store().begin_whole());
  EXPECT_TRUE(sql::decide_held_request(app_.store().db(), id, HeldRequest::State::released, app_.env().now()).value());
  std::thread second([&] {
    const auto store = app_.open_another();
    EXPECT_TRUE(store->begin_whole());
    EXPECT_FALSE(sql::decide_held_request(store->db(), id, HeldRequest::State::rejected, app_.env().now()).value());
    store->undo_whole();
  });
  EXPECT_EQ(app_.ask("DELETE", "/Users/" + ada).status, 204);
  EXPECT_TRUE(app_.store().end_whole());
  second.join();
  EXPECT_EQ(held()[0].state, HeldRequest::State::released);
}

TEST_F(Audited, WhatIsHeldWaitsForADecision) {
  guard(GuardAction::hold);
  std::vector<std::string> ids;
  for (const char* name : {"ada", "bob", "carl"}) ids.push_back(app_.create_user({{"userName", name}}).id());
  EXPECT_EQ(ask_as_client("DELETE", "/Users/" + ids[0]).status, 204);
  for (int attempt = 0; attempt < 3; ++attempt) {
    const Response held = ask_as_client("DELETE", "/Users/" + ids[1]);
    EXPECT_EQ(held.status, 503);
    EXPECT_EQ(held.header("Retry-After"), "600");
  }
  EXPECT_EQ(ask_as_client("DELETE", "/Users/" + ids[2]).status, 503);
  const auto waiting = held();
  ASSERT_EQ(waiting.size(), 2U);
  EXPECT_EQ(waiting[0].attempts, 3);
  EXPECT_EQ(waiting[0].path, "/Users/" + ids[1]);
  EXPECT_EQ(waiting[0].actor.name, "token:okta");
  EXPECT_TRUE(sql::decide_held_request(app_.store().db(), waiting[0].id, HeldRequest::State::released, app_.env().now()).value());
  EXPECT_FALSE(sql::decide_held_request(app_.store().db(), waiting[0].id, HeldRequest::State::rejected, app_.env().now()).value()) << "once";
  EXPECT_TRUE(sql::decide_held_request(app_.store().db(), waiting[1].id, HeldRequest::State::rejected, app_.env().now()).value());
  EXPECT_EQ(app_.ask("DELETE", "/Users/" + ids[1]).status, 204) << "what release does";
  EXPECT_EQ(ask_as_client("DELETE", "/Users/" + ids[1]).status, 404);
  EXPECT_EQ(ask_as_client("DELETE", "/Users/" + ids[2]).status, 403);
}

TEST_F(Audited, WhatPassesByItselfWaitsNoMore) {
  guard(GuardAction::hold);
  std::vector<std::string> ids;
  for (const char* name : {"ada", "bob"}) ids.push_back(app_.create_user({{"userName", name}}).id());
  EXPECT_EQ(ask_as_client("DELETE", "/Users/" + ids[0]).status, 204);
  EXPECT_EQ(ask_as_client("DELETE", "/Users/" + ids[1]).status, 503);
  app_.env().advance(std::chrono::hours(1));
  EXPECT_EQ(ask_as_client("DELETE", "/Users/" + ids[1]).status, 204);
  EXPECT_TRUE(held().empty());
}

TEST_F(Audited, WhatWasReleasedIsNoPassForTheNextNight) {
  guard(GuardAction::hold);
  app_.config().guard.deactivations = parse_guard_limit("0").value();
  const std::string ada = app_.create_user({{"userName", "ada"}}).id();
  EXPECT_EQ(patch_as_client("/Users/" + ada, replace("active", false)).status, 503);
  EXPECT_TRUE(sql::decide_held_request(app_.store().db(), held()[0].id, HeldRequest::State::released, app_.env().now()).value());
  EXPECT_EQ(app_.patch("/Users/" + ada, replace("active", false)).status, 200) << "what release does";
  EXPECT_EQ(patch_as_client("/Users/" + ada, replace("active", false)).status, 200) << "nothing is left to do";
  EXPECT_EQ(app_.patch("/Users/" + ada, replace("active", true)).status, 200);
  EXPECT_EQ(patch_as_client("/Users/" + ada, replace("active", false)).status, 503);
  ASSERT_EQ(held().size(), 1U);
  EXPECT_EQ(held()[0].state, HeldRequest::State::held);
  EXPECT_NE(sql::find_held_request(app_.store().db(), held()[0].id).value().value().body, "") << "it can be released again";
}

TEST_F(Audited, OperationsOfABulkRequestAreHeldOneByOneOrAsAWhole) {
  guard(GuardAction::hold);
  std::vector<std::string> ids;
  Json operations = Json::array();
  for (const char* name : {"ada", "bob", "carl"}) {
    ids.push_back(app_.create_user({{"userName", name}}).id());
    operations.push_back({{"method", "DELETE"}, {"path", "/Users/" + ids.back()}});
  }
  Json job = {{"schemas", {"urn:ietf:params:scim:api:messages:2.0:BulkRequest"}}, {"Operations", operations}};
  app_.config().bulk.atomic = true;
  EXPECT_EQ(ask_as_client("POST", "/Bulk", job).status, 503);
  ASSERT_EQ(held().size(), 1U);
  EXPECT_EQ(held()[0].path, "/Bulk");
  EXPECT_EQ(app_.ask("GET", "/Users").body["totalResults"], 3);
  app_.config().bulk.atomic = false;
  const Response each = ask_as_client("POST", "/Bulk", job);
  EXPECT_EQ(each.status, 200);
  const Json answers = Json::parse(each.body)["Operations"];
  EXPECT_EQ(answers[0]["status"], "204");
  EXPECT_EQ(answers[1]["status"], "503");
  EXPECT_EQ(answers[2]["status"], "503");
  EXPECT_EQ(held().size(), 3U);
}

TEST_F(Audited, AWarningLetsPass) {
  guard(GuardAction::warn);
  for (const char* name : {"ada", "bob"}) {
    const std::string id = app_.create_user({{"userName", name}}).id();
    EXPECT_EQ(ask_as_client("DELETE", "/Users/" + id).status, 204);
  }
  EXPECT_TRUE(held().empty());
  const std::vector<std::string> lines = app_.env().lines();
  const auto is_warning = [](const std::string& line) { return line.find("2 deactivations within an hour") != std::string::npos; };
  EXPECT_EQ(std::count_if(lines.begin(), lines.end(), is_warning), 1);
}

}  // namespace
}  // namespace scim::test
