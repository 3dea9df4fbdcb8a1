// SPDX-License-Identifier: MIT
// SCIM in front of an application that goes on writing to its own tables: links, what is seen at once, what stays as it
// was, adoption, attributes without a column, and every kind of column.
#include <fstream>

#include "sql/password.h"
#include "tests/unit/application.h"

namespace scim::test {
namespace {

Json replace(const char* path, Json value) { return Json::array({{{"op", "replace"}, {"path", path}, {"value", std::move(value)}}}); }

std::string with(std::string toml, const std::string& after, const std::string& line) {
  const auto at = toml.find(after + "\n");
  if (at == std::string::npos) throw std::runtime_error("no line " + after);
  return toml.insert(at + after.size() + 1, line + "\n");
}
std::function<std::string(std::string)> in_user(const std::string& line) {
  return [line](std::string toml) { return with(std::move(toml), "[user]", line); };
}

// --- Links -----------------------------------------------------------------------------------------------------------

TEST(ApplicationRows, HaveALastingIdFromTheFirstSight) {
  Application app("children");
  const Json first = app.ask("GET", "/Users").body;
  EXPECT_EQ(first["totalResults"], 4);
  const Json again = app.ask("GET", "/Users").body;
  EXPECT_EQ(again, first);
  const auto another = app.open_another();
  EXPECT_EQ(app.ask(*another, "GET", "/Users").body, first) << "in another process too";
  const std::string id = first["Resources"][0]["id"].get<std::string>();
  EXPECT_EQ(app.ask("GET", "/Users/" + id).body, first["Resources"][0]);
}

TEST(ApplicationRows, OnlyThoseThatAreShownGetALink) {
  Application app("children");
  (void)app.only("/Users", "userName eq \"grace\"");
  EXPECT_EQ(app.rows("SELECT owner AS r FROM scim_user"), "1");
  (void)app.ask("GET", "/Users?count=2");
  EXPECT_EQ(app.rows("SELECT owner AS r FROM scim_user ORDER BY 1"), "1;2");
  (void)app.find("/Users", "meta.created pr");
  EXPECT_EQ(app.rows("SELECT owner AS r FROM scim_user ORDER BY 1"), "1;2;3;9") << "what only a link has needs all of them";
}

TEST(ApplicationRows, MembersAndGroupsAreSeenThroughEachOther) {
  Application app("children");
  const Json navy = app.only("/Groups", "displayName eq \"navy\"");
  EXPECT_EQ(navy["members"].size(), 3U) << navy.dump();
  for (const Json& member : navy["members"]) EXPECT_FALSE(member["value"].get<std::string>().empty());
  Application other("children");
  const Json grace = other.only("/Users", "userName eq \"grace\"");
  EXPECT_EQ(grace["groups"][0]["display"], "Navy");
}

TEST(ApplicationRows, StayByteForByteWhatTheyWere) {
  const std::string everything = "SELECT CAST(id AS TEXT) || CAST(tenant AS TEXT) || username || full_name || status || coalesce(CAST(badge AS TEXT), '-') || "
      "CAST(created_at AS TEXT) || CAST(updated_at AS TEXT) AS r FROM person ORDER BY id";
  Application app("children");
  const std::string before = app.rows(everything);
  const Json users = app.ask("GET", "/Users").body["Resources"];
  for (const Json& user : users) {
    const Answer put = app.ask("PUT", "/Users/" + user["id"].get<std::string>(), user);
    EXPECT_EQ(put.status, 200) << put.detail();
    EXPECT_EQ(put.body, user);
  }
  EXPECT_EQ(app.rows(everything), before) << "a PUT of what is there writes nothing: invited is still invited";
}

TEST(ApplicationRows, ChangesAreSeenAtOnceUnderAnotherVersion) {
  Application app("children");
  const Json before = app.only("/Users", "userName eq \"grace\"");
  const auto version = [&] { return app.only("/Users", "userName eq \"grace\"")["meta"]["version"].get<std::string>(); };
  std::set<std::string> versions = {version()};
  EXPECT_EQ(*versions.begin(), before["meta"]["version"]);
  for (const char* change :
       {"UPDATE person SET job = 'Rear Admiral' WHERE id = 1", "UPDATE person_email SET kind = 'other' WHERE id = 2",
        "INSERT INTO person_phone VALUES (1, '+1 3', 'x', 'US', '2020-01-01T00:00:00Z')", "DELETE FROM person_address WHERE id = 1",
        "UPDATE person SET status = 'locked' WHERE id = 1"}) {
    app.run(change);
    EXPECT_TRUE(versions.insert(version()).second) << change;
  }
  const Json after = app.only("/Users", "userName eq \"grace\"");
  EXPECT_EQ(after["title"], "Rear Admiral");
  EXPECT_EQ(after["active"], false);
  EXPECT_EQ(after["id"], before["id"]);
  EXPECT_EQ(app.ask("PUT", "/Users/" + before["id"].get<std::string>(), before, before["meta"]["version"]).status, 412);
}

TEST(ApplicationRows, AGroupsVersionMovesWithItsMembers) {
  Application app("children");
  const Json before = app.only("/Groups", "displayName eq \"leer\"");
  app.run("INSERT INTO team_person (team_id, person_id) VALUES (3, 1)");
  const Json after = app.only("/Groups", "displayName eq \"leer\"");
  EXPECT_NE(after["meta"]["version"], before["meta"]["version"]);
  EXPECT_EQ(after["members"].size(), 1U);
}

TEST(ApplicationRows, DisappearWhenTheApplicationDeletesThem) {
  Application app("children");
  const std::string id = app.only("/Users", "userName eq \"zoë\"")["id"];
  app.run("DELETE FROM team_person WHERE person_id = 2");
  app.run("DELETE FROM person WHERE id = 2");
  EXPECT_EQ(app.ask("GET", "/Users/" + id).status, 404);
  EXPECT_EQ(app.patch("/Users/" + id, replace("title", "x")).status, 404);
  EXPECT_EQ(app.ask("GET", "/Users").body["totalResults"], 3);
}

TEST(ApplicationRows, TwoProcessesGiveOneId) {
  Application app("flat");
  std::vector<std::thread> threads;
  std::vector<Json> seen(8);
  std::vector<std::unique_ptr<sql::SqlStore>> stores;
  for (std::size_t i = 0; i < seen.size(); ++i) stores.push_back(app.open_another());
  for (std::size_t i = 0; i < seen.size(); ++i) {
    threads.emplace_back([&, i] { seen[i] = app.ask(*stores[i], "GET", "/Users").body; });
  }
  for (std::thread& thread : threads) thread.join();
  for (const Json& each : seen) EXPECT_EQ(each["Resources"], seen.front()["Resources"]);
}

TEST(ApplicationRows, NothingOfTheApplicationsIsAltered) {
  Application app("children");
  const std::string schema =
      app.is_postgresql()
          ? "SELECT c.relname || '.' || a.attname || ' ' || format_type(a.atttypid, a.atttypmod) AS r FROM pg_class c JOIN pg_attribute a "
            "ON a.attrelid = c.oid WHERE c.relnamespace = CAST('public' AS regnamespace) AND c.relname NOT LIKE 'scim~_%' ESCAPE '~' ORDER BY 1"
          : "SELECT sql AS r FROM sqlite_master WHERE name NOT LIKE 'scim~_%' ESCAPE '~' AND tbl_name NOT LIKE 'scim~_%' ESCAPE '~'";
  const std::string before = app.rows(schema);
  (void)app.ask("GET", "/Users");
  ASSERT_EQ(app.create_user({{"userName", "new"}}).status, 201);
  EXPECT_EQ(app.rows(schema), before);
  if (app.is_postgresql()) {
    EXPECT_EQ(app.rows("SELECT count(*) AS r FROM pg_trigger WHERE NOT tgisinternal AND tgrelid <> 'scim_log'::regclass"), "0");
    return;
  }
  EXPECT_EQ(app.rows("SELECT count(*) AS r FROM sqlite_master WHERE type = 'trigger' AND tbl_name NOT LIKE 'scim_%'"), "0");
  EXPECT_EQ(app.rows("SELECT journal_mode AS r FROM pragma_journal_mode"), "'delete'");
  EXPECT_EQ(app.rows("SELECT user_version AS r FROM pragma_user_version"), "0");
}

TEST(ApplicationRows, TheApplicationMayLetInAgainWhomScimDeleted) {
  Application app("flat");
  const std::string id = app.only("/Users", "userName eq \"ada\"")["id"];
  EXPECT_EQ(app.ask("DELETE", "/Users/" + id).status, 204);
  EXPECT_EQ(app.rows("SELECT disabled AS r FROM account WHERE login = 'ada'"), "1");
  EXPECT_EQ(app.ask("GET", "/Users/" + id).status, 404);
  app.run("UPDATE account SET disabled = '0' WHERE login = 'ada'");
  EXPECT_EQ(app.ask("GET", "/Users/" + id).body["active"], true);
  EXPECT_EQ(app.patch("/Users/" + id, replace("active", false)).body["active"], false) << "and not gone by that";
  EXPECT_EQ(app.ask("GET", "/Users/" + id).status, 200);
}

// --- Kinds of columns ------------------------------------------------------------------------------------------------

TEST(Columns, HoldWhatTheApplicationExpects) {
  Application app("flat");
  const Answer made = app.create_user({{"userName", "New.One"},
                                       {"emails", {{{"value", "New.One@Example.COM"}, {"type", "work"}}}},
                                       {"userType", "contractor"},
                                       {"active", false},
                                       {"password", "correct horse"}});
  ASSERT_EQ(made.status, 201) << made.detail();
  const std::string of_new = " AS r FROM account WHERE login = 'New.One'";
  EXPECT_EQ(app.rows("SELECT mail || kind" + of_new), "'new.one@example.comC'");
  EXPECT_EQ(app.rows("SELECT disabled" + of_new), "1");
  EXPECT_EQ(app.rows("SELECT score" + of_new), "0.0");
  EXPECT_EQ(app.rows("SELECT created > 1767000000" + of_new), "1");
  EXPECT_EQ(made.body["emails"][0]["value"], "new.one@example.com");
  EXPECT_EQ(made.body["userType"], "Contractor");
  const std::string hash = app.rows("SELECT secret AS r FROM account WHERE login = 'New.One'");
  EXPECT_TRUE(sql::verify_password("correct horse", hash.substr(1, hash.size() - 2))) << hash;
  EXPECT_EQ(app.rows("SELECT length(uid) AS r FROM account WHERE login = 'New.One'"), "36");
}

TEST(Columns, OfPasswordsChangeOnlyWithThePassword) {
  Application app("flat");
  const Answer made = app.create_user({{"userName", "p"}, {"password", "first"}});
  const std::string path = "/Users/" + made.id();
  const auto hash = [&] {
    const std::string quoted = app.rows("SELECT secret AS r FROM account WHERE login = 'p'");
    return quoted.substr(1, quoted.size() - 2);
  };
  const std::string first = hash();
  EXPECT_TRUE(sql::verify_password("first", first));
  const Answer same = app.ask("PUT", path, {{"schemas", {urn::kUser}}, {"userName", "p"}, {"active", true}, {"password", "first"}});
  EXPECT_EQ(same.version, made.version) << same.body.dump();
  EXPECT_EQ(hash(), first);
  const Answer changed = app.patch(path, replace("password", "second"));
  EXPECT_NE(changed.version, made.version);
  EXPECT_TRUE(sql::verify_password("second", hash()));
  EXPECT_FALSE(changed.body.contains("password"));
  EXPECT_EQ(app.patch(path, replace("password", std::string(600, 'x'))).status, 400);
  EXPECT_TRUE(sql::verify_password("second", hash()));
}

TEST(Columns, OfPasswordsMayHoldOneThatNobodyKnows) {
  Application app("CREATE TABLE u (id INTEGER PRIMARY KEY, n TEXT, pw TEXT NOT NULL);",
                  "[database]\nurl = 'sqlite:@DB@'\n[user]\ntable = 'u'\nkey = 'id'\ndefaults = { pw = { generate = 'password' } }\n"
                  "[user.map]\nuserName = 'n'\npassword = { column = 'pw', scheme = 'sha512' }\n");
  for (const char* name : {"a", "b"}) EXPECT_EQ(app.create_user({{"userName", name}}).status, 201);
  EXPECT_EQ(app.create_user({{"userName", "c"}, {"password", "known"}}).status, 201);
  EXPECT_EQ(app.rows("SELECT CAST(count(DISTINCT pw) AS TEXT) || min(substr(pw, 1, 3)) AS r FROM u"), "'3$6$'");
  const std::string hash = app.rows("SELECT pw AS r FROM u WHERE n = 'c'");
  EXPECT_TRUE(sql::verify_password("known", hash.substr(1, hash.size() - 2)));
}

TEST(Columns, KeepTheirOwnWordForTheSameThing) {
  Application app("flat");
  const Json oe = app.only("/Users", "userName eq \"ōe\"");
  EXPECT_EQ(oe["userType"], "Contractor");
  const Answer changed = app.patch("/Users/" + oe["id"].get<std::string>(), replace("nickName", "Ken"));
  EXPECT_EQ(changed.body["userType"], "Contractor");
  EXPECT_EQ(app.rows("SELECT kind AS r FROM account WHERE login = 'Ōe'"), "'X'");
  const Answer refused = app.patch("/Users/" + oe["id"].get<std::string>(), replace("userType", "Robot"));
  EXPECT_EQ(refused.status, 400);
  EXPECT_EQ(refused.detail(), "userType: the application knows only Contractor, Employee, Intern");
}

TEST(Columns, OfConstantsAndReadOnlyOnesAreNotWritten) {
  Application app("flat");
  const Answer made = app.create_user({{"userName", "c"}, {"preferredLanguage", "fr"}});
  EXPECT_EQ(made.body["preferredLanguage"], "en");
  EXPECT_EQ(app.patch("/Users/" + made.id(), replace("preferredLanguage", "fr")).scim_type(), "mutability");
  Application people("children");
  const Json grace = people.only("/Users", "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:employeeNumber eq \"1906\"");
  EXPECT_EQ(grace["userName"], "grace");
}

TEST(Columns, ThatReferToUsersShowTheirIds) {
  Application app("joined");
  const Json soren = app.only("/Users", "userName eq \"søren\"");
  const Json manager = soren.value(std::string(urn::kEnterpriseUser), Json::object()).value("manager", Json::object());
  const Json chief = app.only("/Users", "userName eq \"chief\"");
  EXPECT_EQ(manager.value("value", ""), chief["id"]) << soren.dump();
  EXPECT_EQ(manager.value("displayName", ""), "Chief");
  const std::string bare = app.only("/Users", "userName eq \"bare\"")["id"];
  const char* path = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.value";
  EXPECT_EQ(app.patch("/Users/" + bare, replace(path, soren["id"])).status, 200);
  EXPECT_EQ(app.rows("SELECT replace(CAST(manager_id AS TEXT), '-', '') AS r FROM profile WHERE CAST(member_id AS TEXT) LIKE '%b03'"), "'7d9f3b2a1c4e4f5a8b6c0d1e2f3a4b02'") << "its profile was made";
  EXPECT_EQ(app.patch("/Users/" + bare, replace(path, "nobody")).status, 400);
  EXPECT_EQ(app.only("/Users", std::string(path) + " eq \"" + soren["id"].get<std::string>() + "\"")["id"], bare);
}

TEST(Columns, ThatAreNullForTrueHoldTheMomentForFalse) {
  Application app("joined");
  const Json gone = app.only("/Users", "userName eq \"gone\"");
  EXPECT_EQ(gone["active"], false);
  (void)app.patch("/Users/" + gone["id"].get<std::string>(), replace("title", "Ghost"));
  EXPECT_EQ(app.rows("SELECT deleted_at AS r FROM member WHERE handle = 'gone'"), app.is_postgresql() ? "'2020-06-01 12:00:00+00'" : "'2020-06-01T12:00:00Z'")
      << "as it was";
  EXPECT_EQ(app.patch("/Users/" + gone["id"].get<std::string>(), replace("active", true)).body["active"], true);
  EXPECT_EQ(app.rows("SELECT deleted_at IS NULL AS r FROM member WHERE handle = 'gone'"), "1");
}

TEST(Columns, AKeyThatIsANameMayBeRenamed) {
  Application app("CREATE TABLE u (login TEXT PRIMARY KEY, enabled INTEGER NOT NULL DEFAULT '1');"
                  "CREATE TABLE mail (login TEXT REFERENCES u (login) ON UPDATE CASCADE, a TEXT PRIMARY KEY);"
                  "CREATE TABLE g (name TEXT PRIMARY KEY);"
                  "CREATE TABLE gu (g TEXT REFERENCES g (name) ON UPDATE CASCADE, u TEXT REFERENCES u (login) ON UPDATE CASCADE);"
                  "INSERT INTO u (login) VALUES ('old'); INSERT INTO mail VALUES ('old', 'old@example.com');"
                  "INSERT INTO g VALUES ('staff'); INSERT INTO gu VALUES ('staff', 'old');",
                  "[database]\nurl = 'sqlite:@DB@'\n[user]\ntable = 'u'\nkey = 'login'\n[user.map]\nuserName = 'login'\n"
                  "active = 'enabled'\nemails = { table = 'mail', owner = 'login', value = 'a' }\n"
                  "[group]\ntable = 'g'\nkey = 'name'\n[group.map]\ndisplayName = 'name'\n"
                  "members = { table = 'gu', owner = 'g', value = 'u' }\n");
  const Json user = app.only("/Users", "userName eq \"old\"");
  const std::string path = "/Users/" + user["id"].get<std::string>();
  const Answer renamed = app.patch(path, Json::parse(R"([{"op": "replace", "path": "userName", "value": "new"},
                                                         {"op": "replace", "path": "title", "value": "Dr"}])"));
  ASSERT_EQ(renamed.status, 200) << renamed.detail();
  EXPECT_EQ(renamed.body["emails"], user["emails"]);
  EXPECT_EQ(renamed.body["groups"], user["groups"]);
  EXPECT_EQ(app.ask("GET", path).body["title"], "Dr");
  const std::string group = app.only("/Groups", "displayName eq \"staff\"")["id"];
  EXPECT_EQ(app.patch("/Groups/" + group, replace("displayName", "crew")).body["members"].size(), 1U);
}

// --- What has no column ----------------------------------------------------------------------------------------------

TEST(Unmapped, IsKeptIgnoredOrRefused) {
  const Json body = {{"userName", "u"}, {"nickName", "n"}, {"emails", {{{"value", "a@x"}, {"type", "work"}}, {{"value", "b@x"}}}}};
  Application keeps("flat");
  EXPECT_EQ(keeps.create_user(body).body["nickName"], "n");
  Application ignores("flat", in_user("unmapped = \"ignore\""));
  const Answer made = ignores.create_user(body);
  EXPECT_EQ(made.status, 201);
  EXPECT_FALSE(made.body.contains("nickName"));
  EXPECT_EQ(made.body["emails"].size(), 1U);
  EXPECT_EQ(ignores.patch("/Users/" + made.id(), replace("nickName", "n")).status, 200) << "a client must not fail by it";
  Application refuses("flat", in_user("unmapped = \"reject\""));
  EXPECT_EQ(refuses.create_user(body).detail(), "nickName: the application has no place for it");
  Json two = body;
  two.erase("nickName");
  EXPECT_EQ(refuses.create_user(two).detail(), "emails: the application has a place for one");
  two["emails"].erase(1);
  EXPECT_EQ(refuses.create_user(two).status, 201);
}

TEST(Unmapped, IsNotInSchemasAndCannotBeFiltered) {
  Application app("flat", in_user("unmapped = \"ignore\""));
  const std::string schema = app.ask("GET", "/Schemas/" + std::string(urn::kUser)).body.dump();
  EXPECT_EQ(schema.find("nickName"), std::string::npos);
  EXPECT_NE(schema.find("userType"), std::string::npos);
  EXPECT_EQ(app.ask("GET", "/Schemas/" + std::string(urn::kEnterpriseUser)).status, 404);
  const Answer refused = app.find("/Users", "nickName eq \"x\"");
  EXPECT_EQ(refused.scim_type(), "invalidFilter");
  EXPECT_EQ(refused.detail(), "the application keeps no \"nickName\", named at 0");
  EXPECT_EQ(app.find("/Users", "emails[display eq \"x\"]").scim_type(), "invalidFilter");
  const Json constant = app.ask("GET", "/Schemas/" + std::string(urn::kUser)).body["attributes"];
  for (const Json& attribute : constant) {
    if (attribute["name"] != "preferredLanguage") continue;
    EXPECT_EQ(attribute["mutability"], "readOnly");
  }
}

TEST(Extensions, OfOnesOwnAreMappedAndKept) {
  const TempDir dir;
  std::ofstream(dir.file("acme.json")) << R"({"schemas": ["urn:ietf:params:scim:schemas:core:2.0:Schema"],
      "id": "urn:example:acme:2.0:User", "name": "Acme", "description": "Badges", "attributes": [
      {"name": "badge", "type": "string", "multiValued": false, "caseExact": true},
      {"name": "floors", "type": "integer", "multiValued": true}]})";
  Application app("CREATE TABLE u (id INTEGER PRIMARY KEY, n TEXT, badge TEXT);",
                  "schemas = ['" + dir.file("acme.json") + "']\n[database]\nurl = 'sqlite:@DB@'\n[user]\ntable = 'u'\nkey = 'id'\n"
                  "extensions = ['urn:example:acme:2.0:User']\n[user.map]\nuserName = 'n'\n'urn:example:acme:2.0:User:badge' = 'badge'\n");
  const Json acme = {{"badge", "B7"}, {"floors", {3, 4}}};
  const Answer made = app.ask("POST", "/Users", {{"schemas", {urn::kUser, "urn:example:acme:2.0:User"}}, {"userName", "u"}, {"urn:example:acme:2.0:User", acme}});
  ASSERT_EQ(made.status, 201) << made.detail();
  EXPECT_EQ(made.body["urn:example:acme:2.0:User"], acme);
  EXPECT_EQ(app.rows("SELECT badge AS r FROM u"), "'B7'");
  EXPECT_EQ(app.only("/Users", "urn:example:acme:2.0:User:badge eq \"B7\" and urn:example:acme:2.0:User:floors eq 4")["id"], made.id());
  EXPECT_EQ(app.find("/Users", "urn:example:acme:2.0:User:badge eq \"b7\"").body["totalResults"], 0) << "caseExact";
  EXPECT_EQ(app.ask("GET", "/Schemas/urn:example:acme:2.0:User").status, 200);
  EXPECT_EQ(app.ask("GET", "/ResourceTypes/User").body["schemaExtensions"].size(), 2U);
}

TEST(Unmapped, TypesAreNotServed) {
  const std::string users = "CREATE TABLE u (id INTEGER PRIMARY KEY, name TEXT, ok INTEGER);";
  Application app(users, "[database]\nurl = 'sqlite:@DB@'\n[user]\ntable = 'u'\nkey = 'id'\n[user.map]\nuserName = 'name'\nactive = 'ok'\n");
  EXPECT_EQ(app.ask("GET", "/Groups").status, 404);
  EXPECT_EQ(app.ask("GET", "/ResourceTypes").body["totalResults"], 1);
  EXPECT_EQ(app.create_user({{"userName", "u"}}).status, 201);
}

TEST(Unmapped, PartsOfElementsAreKeptForEachOfThoseThatAreAlike) {
  Application app("CREATE TABLE u (id INTEGER PRIMARY KEY, n TEXT); CREATE TABLE ph (u INT, v TEXT -- no key of its own\n);"
                  "CREATE TABLE ad (u INT, c TEXT -- no key of its own\n);",
                  "[database]\nurl = 'sqlite:@DB@'\n[user]\ntable = 'u'\nkey = 'id'\n[user.map]\nuserName = 'n'\n"
                  "phoneNumbers = { table = 'ph', owner = 'u', value = 'v' }\naddresses = { table = 'ad', owner = 'u', country = 'c' }\n");
  const Json phones = Json::parse(R"([{"value": "+49", "type": "work"}, {"value": "+49", "type": "mobile"}])");
  const Json addresses = Json::parse(R"([{"country": "DE", "type": "work"}, {"country": "DE", "type": "home"}, {"formatted": "only", "type": "other"}])");
  const Answer made = app.create_user({{"userName", "u"}, {"phoneNumbers", phones}, {"addresses", addresses}});
  ASSERT_EQ(made.status, 201) << made.detail();
  const auto as_set = [](const Json& list) { return std::set<nlohmann::json>(list.begin(), list.end()); };
  EXPECT_EQ(as_set(made.body["phoneNumbers"]), as_set(phones));
  EXPECT_EQ(as_set(made.body["addresses"]), as_set(addresses));
  for (const char* filter : {"phoneNumbers[type eq \"mobile\" and value eq \"+49\"]", "addresses.type eq \"home\"",
                             "addresses[country eq \"de\" and type eq \"work\"]", "addresses.formatted pr"}) {
    EXPECT_EQ(app.only("/Users", filter).value("id", ""), made.id()) << filter;
  }
  EXPECT_EQ(app.find("/Users", "addresses[country eq \"de\" and type eq \"other\"]").body["totalResults"], 0);
  const Answer more = app.patch("/Users/" + made.id(), Json::parse(R"([{"op": "add", "path": "phoneNumbers", "value": [{"value": "+49", "type": "home"}]}])"));
  EXPECT_EQ(more.body["phoneNumbers"].size(), 3U);
  EXPECT_EQ(as_set(more.body["phoneNumbers"]).size(), 3U) << more.body.dump();
}

// --- Adoption --------------------------------------------------------------------------------------------------------

TEST(Adoption, TakesOverTheRowThatNobodyHasClaimed) {
  Application app("flat", in_user("adopt = true"));
  const std::string seen = app.only("/Users", "userName eq \"ada\"")["id"];
  const Answer taken = app.create_user({{"userName", "ADA"}, {"externalId", "idp-1"}, {"title", "Countess"}});
  ASSERT_EQ(taken.status, 201) << taken.detail();
  EXPECT_EQ(taken.id(), seen);
  EXPECT_EQ(taken.body["name"]["familyName"], "Lovelace") << "what the client does not mention stays";
  EXPECT_EQ(taken.body["title"], "Countess");
  EXPECT_EQ(app.rows("SELECT count(*) AS r FROM account"), "4");
  EXPECT_EQ(app.create_user({{"userName", "ada"}}).status, 409) << "it is claimed now";
  const Answer unseen = app.create_user({{"userName", "system"}});
  EXPECT_EQ(unseen.status, 201) << "nobody had seen it yet";
  EXPECT_EQ(unseen.body["active"], false) << "the application had locked it, and the client does not say otherwise";
}

TEST(Adoption, IsOffUnlessAskedFor) {
  Application app("flat");
  EXPECT_EQ(app.create_user({{"userName", "Ada"}}).status, 409);
}

TEST(Adoption, GoesByWhatTheMappingNames) {
  Application app("flat", in_user("adopt = true\nmatch = [\"userName\", \"emails.value\"]"));
  app.run("UPDATE account SET mail = 'oe@example.jp' WHERE login = 'system'");
  const Answer ambiguous = app.create_user({{"userName", "other"}, {"emails", {{{"value", "OE@example.jp"}}}}});
  EXPECT_EQ(ambiguous.status, 409);
  EXPECT_EQ(ambiguous.detail(), "emails.value \"OE@example.jp\" fits several that exist");
  const Answer by_mail = app.create_user({{"userName", "ada.lovelace"}, {"emails", {{{"value", "ada@example.com"}}}}});
  ASSERT_EQ(by_mail.status, 201) << by_mail.detail();
  EXPECT_EQ(app.rows("SELECT login AS r FROM account WHERE given = 'Ada'"), "'ada.lovelace'");
}

TEST(Adoption, OfAGroupAddsItsMembers) {
  Application app("flat", [](std::string toml) { return with(std::move(toml), "[group]", "adopt = true"); });
  const std::string oe = app.only("/Users", "userName eq \"ōe\"")["id"];
  const Answer taken = app.create_group({{"displayName", "staff"}, {"externalId", "g"}, {"members", {{{"value", oe}}}}});
  ASSERT_EQ(taken.status, 201) << taken.detail();
  EXPECT_EQ(taken.body["members"].size(), 3U);
}

// --- Removal ---------------------------------------------------------------------------------------------------------

TEST(Removal, OfAGroupTakesWhatHangsOnIt) {
  Application app("flat");
  const std::string id = app.only("/Groups", "displayName eq \"staff\"")["id"];
  EXPECT_EQ(app.ask("DELETE", "/Groups/" + id).status, 204);
  EXPECT_EQ(app.rows("SELECT count(*) AS r FROM role_right"), "0");
  EXPECT_EQ(app.rows("SELECT count(*) AS r FROM scim_group"), "0");
}

TEST(Removal, StopsAtRowsThatAreNotScims) {
  Application app("flat", in_user("delete = \"remove\""));
  const std::string ada = app.only("/Users", "userName eq \"ada\"")["id"];
  const Answer refused = app.ask("DELETE", "/Users/" + ada);
  EXPECT_EQ(refused.status, 409);
  EXPECT_EQ(refused.detail(), "other rows of the application still refer to it");
  EXPECT_EQ(app.rows("SELECT count(*) AS r FROM account_role"), "3") << "nothing half-done";
  const std::string system = app.only("/Users", "userName eq \"system\"")["id"];
  EXPECT_EQ(app.ask("DELETE", "/Users/" + system).status, 204);
  EXPECT_EQ(app.rows("SELECT count(*) AS r FROM account WHERE uid = 'system'"), "0");
}

TEST(Removal, StopsAtRowsThatRefuseOnlyAtTheEnd) {
  Application app("CREATE TABLE u (id INTEGER PRIMARY KEY, n TEXT);"
                  "CREATE TABLE bill (u INT REFERENCES u (id) DEFERRABLE INITIALLY DEFERRED); INSERT INTO u VALUES (1, 'a'); INSERT INTO bill VALUES (1);",
                  "[database]\nurl = 'sqlite:@DB@'\n[user]\ntable = 'u'\nkey = 'id'\ndelete = 'remove'\n[user.map]\nuserName = 'n'\n");
  const std::string id = app.only("/Users", "userName eq \"a\"")["id"];
  EXPECT_EQ(app.ask("DELETE", "/Users/" + id).status, 409);
  EXPECT_EQ(app.ask("GET", "/Users/" + id).status, 200);
}

// --- Existing link tables --------------------------------------------------------------------------------------------

TEST(LinkTable, CopiesFollowTheRow) {
  Application app("CREATE TABLE u (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE, ok INTEGER NOT NULL);"
                  "CREATE TABLE link (uuid CHAR(32) PRIMARY KEY, user_id INTEGER NOT NULL UNIQUE REFERENCES u (id),"
                  " ext TEXT NOT NULL, scim_name TEXT NOT NULL UNIQUE, enabled INTEGER NOT NULL, made TEXT NOT NULL, changed TEXT NOT NULL);"
                  "INSERT INTO u (name, ok) VALUES ('a', '1'), ('b', '1');",
                  "[database]\nurl = 'sqlite:@DB@'\n[user]\ntable = 'u'\nkey = 'id'\n[user.link]\ntable = 'link'\nowner = 'user_id'\n"
                  "id = { column = 'uuid', format = 'uuid_hex' }\nexternalId = { column = 'ext', absent = '' }\n"
                  "created = { column = 'made', format = 'sql' }\nlastModified = { column = 'changed', format = 'sql' }\n"
                  "copies = { scim_name = 'name', enabled = 'ok' }\n[user.map]\nuserName = 'name'\nactive = 'ok'\n");
  const Json a = app.only("/Users", "userName eq \"a\"");
  EXPECT_EQ(app.rows("SELECT scim_name || CASE WHEN enabled THEN '+' ELSE '-' END || ext AS r FROM link"), "'a+'");
  EXPECT_EQ(a["id"].get<std::string>().size(), 36U);
  EXPECT_EQ(app.only("/Users", "id eq \"" + a["id"].get<std::string>() + "\"")["userName"], "a");
  // The application renames a, and gives its old name to another: the copy is in the way.
  app.run("UPDATE u SET name = 'c' WHERE name = 'a'");
  app.run("INSERT INTO u (name, ok) VALUES ('a', '0')");
  const Json new_a = app.only("/Users", "userName eq \"a\"");
  EXPECT_NE(new_a["id"], a["id"]);
  EXPECT_EQ(app.only("/Users", "userName eq \"c\"")["id"], a["id"]);
  EXPECT_EQ(app.rows("SELECT scim_name || CASE WHEN enabled THEN '+' ELSE '-' END AS r FROM link ORDER BY user_id"), "'c+';'a-'");
  EXPECT_EQ(app.patch("/Users/" + a["id"].get<std::string>(), replace("userName", "d")).status, 200);
  EXPECT_EQ(app.rows("SELECT scim_name AS r FROM link ORDER BY user_id LIMIT 1"), "'d'");
}

}  // namespace
}  // namespace scim::test
