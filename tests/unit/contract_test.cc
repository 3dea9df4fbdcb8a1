// SPDX-License-Identifier: MIT
// What a client may rely on, whatever tables the users lie in: the embedded store and three other applications.
#include "tests/unit/application.h"

namespace scim::test {
namespace {

const std::string kEnterprise(urn::kEnterpriseUser);

/// Attributes in every corner: some have a column in one application, others none.
Json full_user(const std::string& name) {
  return {{"userName", name},
          {"externalId", "ext-" + name},
          {"name", {{"givenName", "Ada"}, {"familyName", "King"}, {"honorificPrefix", "Lady"}}},
          {"displayName", "Ada King"},
          {"nickName", "adé"},
          {"title", "Countess"},
          {"userType", "Contractor"},
          {"active", true},
          {"emails",
           {{{"value", name + "@work.example"}, {"type", "work"}, {"primary", true}, {"display", "At work"}},
            {{"value", name + "@home.example"}, {"type", "home"}}}},
          {"phoneNumbers",
           {{{"value", "+44 1"}, {"type", "work"}}, {{"value", "+44 2"}, {"type", "mobile"}, {"display", "M"}}}},
          {"addresses", {{{"formatted", "12 St James's Sq"}, {"locality", "London"}, {"type", "work"}}}},
          {"roles", {{{"value", "analyst"}}}},
          {kEnterprise, {{"department", "Engines"}, {"costCenter", "7"}}}};
}

/// What a client sees of what it has sent: without what only the server has. `primary` that is false is as good as none.
Json as_sent(Json body) {
  for (const char* derived : {"schemas", "id", "meta", "groups", "preferredLanguage", "timezone"}) body.erase(derived);
  for (const char* list : {"emails", "addresses"}) {
    if (!body.contains(list)) continue;
    for (Json& element : body[list]) {
      if (!element.value("primary", true)) element.erase("primary");
    }
  }
  return body;
}

/// Objects without regard to the order of their members.
nlohmann::json sorted(const Json& body) { return nlohmann::json::parse(body.dump()); }

class Contract : public ::testing::TestWithParam<const char*> {
 protected:
  Json replace_active(bool value) { return Json::array({{{"op", "replace"}, {"path", "active"}, {"value", value}}}); }
  Json add_member(const std::string& id) {
    return Json::array({{{"op", "add"}, {"path", "members"}, {"value", Json::array({{{"value", id}}})}}});
  }
  Json remove_member(const std::string& id) {
    return Json::array({{{"op", "remove"}, {"path", "members[value eq \"" + id + "\"]"}}});
  }

  Application app_{GetParam()};
};

TEST_P(Contract, NothingThatIsSentIsLost) {
  const Json user = full_user("full");
  const Answer made = app_.create_user(user);
  ASSERT_EQ(made.status, 201) << made.detail();
  EXPECT_EQ(sorted(as_sent(made.body)), sorted(user));
  const Answer read = app_.ask("GET", "/Users/" + made.id());
  EXPECT_EQ(read.body, made.body);
  EXPECT_EQ(read.body["schemas"], Json::array({urn::kUser, kEnterprise}));
  EXPECT_EQ(read.body["meta"]["location"], "https://example.com/v2/Users/" + made.id());
  EXPECT_EQ(read.version, read.body["meta"]["version"].get<std::string>());
}

TEST_P(Contract, WhatIsStoredIsFound) {
  const std::string id = app_.create_user(full_user("found")).id();
  ASSERT_EQ(app_.create_user({{"userName", "other"}}).status, 201);
  for (const char* filter :
       {"userName eq \"FOUND\"", "externalId eq \"ext-found\"", "emails.value eq \"FOUND@work.example\"",
        "emails.value eq \"found@home.example\"", "emails[type eq \"work\" and value sw \"found@w\"]",
        "emails[type eq \"home\" and value co \"home\"]", "emails[display eq \"at work\"]", "phoneNumbers.value eq \"+44 2\"",
        "phoneNumbers[type eq \"mobile\" and display eq \"m\"]", "addresses[locality eq \"london\" and formatted sw \"12\"]",
        "nickName eq \"ADÉ\"", "name.honorificPrefix eq \"lady\"", "roles.value eq \"Analyst\"",
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department eq \"engines\"",
        "title eq \"countess\" and not (title eq \"x\")", "active eq true and userName sw \"fou\""}) {
    EXPECT_EQ(app_.only("/Users", filter).value("id", ""), id) << filter;
  }
}

TEST_P(Contract, APatchChangesWhatItNamesAndTheVersion) {
  const Answer made = app_.create_user(full_user("patched"));
  const std::string path = "/Users/" + made.id();
  const Answer changed = app_.patch(path, Json::parse(R"([
      {"op": "replace", "path": "title", "value": "Enchantress"},
      {"op": "replace", "path": "name.honorificPrefix", "value": "The Right Hon."},
      {"op": "add", "path": "emails", "value": [{"value": "third@example.com", "type": "other"}]},
      {"op": "replace", "path": "phoneNumbers[type eq \"mobile\"].display", "value": "Handy"},
      {"op": "remove", "path": "addresses"},
      {"op": "remove", "path": "nickName"}])"));
  ASSERT_EQ(changed.status, 200) << changed.detail();
  Json expected = full_user("patched");
  expected["title"] = "Enchantress";
  expected["name"]["honorificPrefix"] = "The Right Hon.";
  expected["emails"].push_back({{"value", "third@example.com"}, {"type", "other"}});
  expected["phoneNumbers"][1]["display"] = "Handy";
  expected.erase("addresses");
  expected.erase("nickName");
  EXPECT_EQ(sorted(as_sent(changed.body)), sorted(expected));
  EXPECT_NE(changed.version, made.version);
  EXPECT_EQ(app_.ask("GET", path).body, changed.body);
  EXPECT_EQ(app_.ask("PUT", path, made.body, made.version).status, 412);
}

// Requirements: U-15
TEST_P(Contract, APutThatChangesNothingLeavesTheVersion) {
  const Answer made = app_.create_user(full_user("same"));
  const Answer put = app_.ask("PUT", "/Users/" + made.id(), made.body);
  EXPECT_EQ(put.status, 200) << put.detail();
  EXPECT_EQ(put.body, made.body);
}

// Requirements: U-3
TEST_P(Contract, APutReplacesTheWhole) {
  const Answer made = app_.create_user(full_user("replaced"));
  const Json small = {{"schemas", {urn::kUser}}, {"userName", "replaced"}, {"emails", {{{"value", "one@example.com"}, {"type", "work"}, {"primary", true}}}}};
  const Answer put = app_.ask("PUT", "/Users/" + made.id(), small);
  ASSERT_EQ(put.status, 200) << put.detail();
  Json rest = as_sent(put.body);
  for (const char* kept : {"userName", "active", "userType"}) rest.erase(kept);  // a kind that must be set has a default
  EXPECT_EQ(sorted(rest), sorted({{"emails", small["emails"]}}));
}

TEST_P(Contract, ANameIsTakenWhateverItsCase) {
  ASSERT_EQ(app_.create_user({{"userName", "Zoe"}}).status, 201);
  for (const char* name : {"Zoe", "zoe", "ZOE"}) {
    const Answer refused = app_.create_user({{"userName", name}});
    EXPECT_EQ(refused.status, 409) << name;
    EXPECT_EQ(refused.scim_type(), "uniqueness");
  }
  const std::string other = app_.create_user({{"userName", "other"}}).id();
  const Answer renamed = app_.patch("/Users/" + other, Json::array({{{"op", "replace"}, {"path", "userName"}, {"value", "zOe"}}}));
  EXPECT_EQ(renamed.status, 409) << renamed.body.dump();
  EXPECT_EQ(app_.find("/Users", "userName eq \"zoe\"").body["totalResults"], 1);
}

TEST_P(Contract, ADeletedUserIsGoneAndMayComeBack) {
  Json user = full_user("back");
  const Answer made = app_.create_user(user);
  const std::string group = app_.create_group({{"displayName", "Back"}, {"members", {{{"value", made.id()}}}}}).id();
  ASSERT_EQ(app_.ask("DELETE", "/Users/" + made.id()).status, 204);
  EXPECT_EQ(app_.ask("GET", "/Users/" + made.id()).status, 404);
  EXPECT_EQ(app_.ask("DELETE", "/Users/" + made.id()).status, 404);
  EXPECT_EQ(app_.patch("/Users/" + made.id(), replace_active(true)).status, 404);
  EXPECT_EQ(app_.find("/Users", "userName eq \"back\"").body["totalResults"], 0);
  EXPECT_EQ(app_.ask("GET", "/Groups/" + group).body.value("members", Json::array()), Json::array());
  const Answer again = app_.create_user({{"userName", "Back"}, {"title", "new"}});
  ASSERT_EQ(again.status, 201) << again.detail();
  EXPECT_EQ(again.body["active"], true);
  EXPECT_FALSE(again.body.contains("nickName")) << "nothing of what was";
  EXPECT_FALSE(again.body.contains("externalId"));
  EXPECT_EQ(app_.ask("GET", "/Users/" + again.id()).status, 200);
}

// Requirements: X-4
TEST_P(Contract, TheNameOfADeletedUserIsFree) {
  const bool is_ours = std::string_view(GetParam()) == "embedded";
  const int taken = is_ours ? 200 : 409;  // a row of the application's is its own, and so is the name in it
  for (const char* name : {"gone.put", "gone.patch"}) {
    ASSERT_EQ(app_.ask("DELETE", "/Users/" + app_.create_user(full_user(name)).id()).status, 204);
  }
  const std::string path = "/Users/" + app_.create_user({{"userName", "heir"}}).id();
  const Answer put = app_.ask("PUT", path, {{"schemas", {urn::kUser}}, {"userName", "Gone.put"}});
  EXPECT_EQ(put.status, taken) << put.body.dump();
  const Answer patched = app_.patch(path, Json::array({{{"op", "replace"}, {"path", "userName"}, {"value", "Gone.patch"}}}));
  EXPECT_EQ(patched.status, taken) << patched.body.dump();
  EXPECT_EQ(app_.find("/Users", "userName sw \"gone.\"").body["totalResults"], is_ours ? 1 : 0);
}

TEST_P(Contract, DeactivatedIsNotDeleted) {
  const std::string id = app_.create_user({{"userName", "pause"}}).id();
  EXPECT_EQ(app_.patch("/Users/" + id, replace_active(false)).body["active"], false);
  EXPECT_EQ(app_.only("/Users", "userName eq \"pause\" and active eq false").value("id", ""), id);
  EXPECT_EQ(app_.patch("/Users/" + id, replace_active(true)).body["active"], true);
}

TEST_P(Contract, MembersComeAndGo) {
  const std::string ada = app_.create_user({{"userName", "ada.m"}, {"displayName", "Ada M"}}).id();
  const std::string bob = app_.create_user({{"userName", "bob.m"}}).id();
  const Answer made = app_.create_group({{"displayName", "Members"}, {"externalId", "g-1"}, {"members", {{{"value", ada}}}}});
  ASSERT_EQ(made.status, 201) << made.detail();
  EXPECT_EQ(made.body["members"].size(), 1U);
  EXPECT_EQ(made.body["members"][0]["$ref"], "https://example.com/v2/Users/" + ada);
  const std::string path = "/Groups/" + made.id();
  const Answer two = app_.patch(path, add_member(bob));
  EXPECT_EQ(two.body["members"].size(), 2U);
  EXPECT_NE(two.version, made.version);
  EXPECT_EQ(app_.patch(path, add_member(bob)).version, two.version) << "already there";
  EXPECT_EQ(app_.only("/Groups", "members.value eq \"" + bob + "\"").value("id", ""), made.id());
  EXPECT_EQ(app_.ask("GET", "/Users/" + bob).body["groups"][0]["value"], made.id());
  EXPECT_EQ(app_.only("/Users", "groups.display eq \"members\" and userName sw \"bob\"").value("id", ""), bob);
  EXPECT_EQ(app_.patch(path, remove_member(ada)).body["members"].size(), 1U);
  EXPECT_EQ(app_.ask("DELETE", path).status, 204);
  EXPECT_EQ(app_.ask("GET", path).status, 404);
  EXPECT_FALSE(app_.ask("GET", "/Users/" + bob).body.contains("groups"));
}

// Requirements: L-2, L-11
TEST_P(Contract, PagesCountEverybodyOnce) {
  const int before = app_.ask("GET", "/Users?count=0").body["totalResults"].get<int>();
  for (int i = 0; i < 25; ++i) ASSERT_EQ(app_.create_user({{"userName", "page" + std::to_string(i)}}).status, 201);
  std::set<std::string> seen;
  for (int start = 1; start <= before + 25; start += 10) {
    const Json page = app_.ask("GET", "/Users?count=10&startIndex=" + std::to_string(start)).body;
    EXPECT_EQ(page["totalResults"], before + 25);
    for (const Json& user : page["Resources"]) EXPECT_TRUE(seen.insert(user["id"].get<std::string>()).second);
  }
  EXPECT_EQ(static_cast<int>(seen.size()), before + 25);
}

TEST_P(Contract, MetaTellsWhen) {
  const Answer made = app_.create_user({{"userName", "when"}});
  app_.env().advance(std::chrono::seconds(30));
  const Answer changed = app_.patch("/Users/" + made.id(), Json::array({{{"op", "replace"}, {"path", "displayName"}, {"value", "W"}}}));
  EXPECT_EQ(changed.body["meta"]["created"], made.body["meta"]["created"]);
  EXPECT_GT(changed.body["meta"]["lastModified"].get<std::string>(), made.body["meta"]["lastModified"].get<std::string>());
  const std::string since = "meta.lastModified ge \"" + changed.body["meta"]["lastModified"].get<std::string>() + "\" and userName eq \"when\"";
  EXPECT_EQ(app_.only("/Users", since).value("id", ""), made.id());
}

// Requirements: H-9
TEST_P(Contract, AnUnknownMemberIsRefusedOrIgnoredAsConfigured) {
  app_.config().unknown_member = UnknownMember::reject;
  const auto strict = app_.open_another();
  const Json body = {{"schemas", {urn::kGroup}}, {"displayName", "Strangers"}, {"members", {{{"value", "nobody"}}}}};
  EXPECT_EQ(app_.ask(*strict, "POST", "/Groups", body).status, 400);
  EXPECT_EQ(app_.find("/Groups", "displayName eq \"strangers\"").body["totalResults"], 0) << "nothing half-written";
  EXPECT_EQ(app_.ask("POST", "/Groups", body).status, 201);
}

INSTANTIATE_TEST_SUITE_P(Tables, Contract, ::testing::Values("embedded", "flat", "children", "joined"),
                         [](const auto& schema) { return std::string(schema.param); });

}  // namespace
}  // namespace scim::test
