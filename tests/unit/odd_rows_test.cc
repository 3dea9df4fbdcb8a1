// SPDX-License-Identifier: MIT
// Rows and rules that no tidy application has, and that applications have: what they must not break.
#include "core/access.h"
#include "sql/password.h"
#include "tests/unit/application.h"

namespace scim::test {
namespace {

Json replace(const char* path, Json value) { return Json::array({{{"op", "replace"}, {"path", path}, {"value", std::move(value)}}}); }

const std::string kUsers = "CREATE TABLE u (id INTEGER PRIMARY KEY, n TEXT UNIQUE, t TEXT, a INTEGER NOT NULL DEFAULT 1, su INTEGER NOT NULL DEFAULT 0, pw TEXT);";
const std::string kMapping =
    "[database]\nurl = 'sqlite:@DB@'\n[user]\ntable = 'u'\nkey = 'id'\nsuperuser = 'su'\ndefaults = { pw = '!' }\n[user.map]\n"
    "userName = { column = 'n', unique = true }\ntitle = 't'\nactive = 'a'\npassword = 'pw'\n";

TEST(OddRows, AReusedKeyIsNotTheDeadPersons) {
  Application app(kUsers, kMapping);
  const Answer dead = app.create_user({{"userName", "dead"}, {"externalId", "X"}, {"nickName", "Boss"}});
  app.run("DELETE FROM u");
  const Answer made = app.create_user({{"userName", "newcomer"}});
  ASSERT_EQ(made.status, 201) << made.detail();
  EXPECT_NE(made.id(), dead.id());
  EXPECT_FALSE(made.body.contains("externalId"));
  EXPECT_FALSE(made.body.contains("nickName"));
  EXPECT_EQ(app.ask("GET", "/Users/" + dead.id()).status, 404);
}

TEST(OddRows, WhoComesBackIsNoSuperuser) {
  Application app(kUsers, kMapping);
  const std::string id = app.create_user({{"userName", "root"}}).id();
  app.run("UPDATE u SET su = 1, pw = 'x'");
  EXPECT_EQ(app.ask("DELETE", "/Users/" + id).status, 204);
  EXPECT_EQ(app.create_user({{"userName", "Root"}}).status, 201);
  EXPECT_EQ(app.rows("SELECT su || pw AS r FROM u"), "'0!'");
}

TEST(OddRows, SuperusersAreNotTakenOver) {
  Application app(kUsers + "INSERT INTO u (n, su) VALUES ('root', 1), ('joe', 0);", [] {
    std::string toml = kMapping;
    return toml.insert(toml.find("superuser"), "adopt = true\n");
  }());
  EXPECT_EQ(app.create_user({{"userName", "root"}}).status, 409);
  EXPECT_EQ(app.create_user({{"userName", "joe"}}).status, 201);
}

TEST(OddRows, AccountsThatAreAlikeAreTold) {
  Application app(kUsers + "INSERT INTO u (n, su) VALUES ('CAT', 1), ('cAT', 0), ('dog', 0);", kMapping);
  Accounts& accounts = *app.store().accounts();
  EXPECT_TRUE((*accounts.find_account("CAT"))->superuser);
  EXPECT_FALSE((*accounts.find_account("cAT"))->superuser);
  EXPECT_FALSE(*accounts.find_account("cat")) << "neither of them";
  EXPECT_EQ((*accounts.find_account("DOG"))->user_name, "dog");
  const std::string dog = app.only("/Users", "userName eq \"dog\"")["id"];
  EXPECT_EQ(app.ask("DELETE", "/Users/" + dog).status, 204);
  ASSERT_TRUE(*accounts.find_account("dog")) << "known, so that no list of names lets it in";
  EXPECT_FALSE((*accounts.find_account("dog"))->active);
}

TEST(OddRows, WhoIsInactiveInTheDocumentHasNoAccess) {
  const std::string no_column = kMapping.substr(0, kMapping.find("active")) + "password = 'pw'\n";
  Application app(kUsers, no_column);
  const std::string id = app.create_user({{"userName", "bob"}}).id();
  EXPECT_TRUE((*app.store().accounts()->find_account("bob"))->active);
  EXPECT_EQ(app.patch("/Users/" + id, replace("active", false)).body["active"], false);
  EXPECT_FALSE((*app.store().accounts()->find_account("bob"))->active);
}

TEST(OddRows, AnEmptyPasswordIsNone) {
  Application app(kUsers, kMapping);
  const std::string id = app.create_user({{"userName", "p"}, {"password", "first"}}).id();
  EXPECT_EQ(app.patch("/Users/" + id, replace("password", "")).status, 400);
  EXPECT_FALSE(sql::hash_password("", sql::PasswordScheme::django));
}

TEST(OddRows, OddTextCanBeReadAndLeft) {
  Application app(kUsers, kMapping);
  app.run("INSERT INTO u (n, t) VALUES ('nul', 'a' || char(0) || 'b')");
  app.run("INSERT INTO u (n, t) VALUES ('bytes', CAST(x'ff41' AS TEXT))");
  for (const char* name : {"nul", "bytes"}) {
    const std::string id = app.only("/Users", std::string("userName eq \"") + name + "\"")["id"];
    EXPECT_EQ(app.patch("/Users/" + id, replace("locale", "de")).status, 200) << name;
    EXPECT_EQ(app.ask("DELETE", "/Users/" + id).status, 204) << name;
  }
  EXPECT_EQ(app.rows("SELECT hex(t) AS r FROM u"), "'610062';'FF41'") << "as they were";
}

TEST(OddRows, OneOddRowDoesNotHideTheOthers) {
  Application app("CREATE TABLE u (id TEXT PRIMARY KEY, n TEXT, a INT); INSERT INTO u VALUES (NULL, 'nobody', 1), ('k', 'somebody', 2);",
                  "[database]\nurl = 'sqlite:@DB@'\n[user]\ntable = 'u'\nkey = 'id'\n[user.map]\nuserName = 'n'\nactive = 'a'\n");
  EXPECT_EQ(app.ask("GET", "/Users").body["totalResults"], 1);
  EXPECT_EQ(app.only("/Users", "active eq true")["userName"], "somebody") << "2 is true";
  EXPECT_EQ(app.ask("GET", "/Users?sortBy=userName").body["totalResults"], 1);
  EXPECT_EQ(app.find("/Users", "id pr").body["totalResults"], 1);
  app.run("UPDATE scim_user SET document = 'not JSON'");
  EXPECT_EQ(app.ask("GET", "/Users").body["totalResults"], 1);
  EXPECT_EQ(app.find("/Users", "nickName pr").body["totalResults"], 0);
  app.run("UPDATE scim_user SET document = '{\"emails\": [1, \"x\", null], \"title\": 7}'");
  EXPECT_EQ(app.find("/Users", "emails[type eq \"home\"]").body["totalResults"], 0);
  const std::string id = app.only("/Users", "userName pr")["id"];
  EXPECT_EQ(app.patch("/Users/" + id, Json::parse(R"([{"op": "add", "path": "emails", "value": [{"value": "a@x"}]}])")).status, 200);
}

TEST(OddRows, ElementsKeepTheirRows) {
  Application app("CREATE TABLE u (id INTEGER PRIMARY KEY, n TEXT);"
                  "CREATE TABLE e (id INTEGER PRIMARY KEY, u INT, v TEXT, k TEXT, p INT, verified INT NOT NULL DEFAULT 0, UNIQUE (u, v));"
                  "CREATE UNIQUE INDEX one_primary ON e (u) WHERE p = 1;"
                  "INSERT INTO u VALUES (1, 'u'); INSERT INTO e VALUES (1, 1, 'a@x', 'work', 0, 1), (2, 1, 'b@x', 'home', 1, 0);",
                  "[database]\nurl = 'sqlite:@DB@'\n[user]\ntable = 'u'\nkey = 'id'\n[user.map]\nuserName = 'n'\n"
                  "emails = { table = 'e', owner = 'u', key = 'id', value = 'v', type = 'k', primary = 'p' }\n");
  const std::string path = "/Users/" + app.only("/Users", "userName eq \"u\"")["id"].get<std::string>();
  const Answer swapped = app.patch(path, replace("emails[value eq \"a@x\"].primary", true));
  EXPECT_EQ(swapped.status, 200) << swapped.detail();
  EXPECT_EQ(app.rows("SELECT id || v || p AS r FROM e ORDER BY id"), "'1a@x1';'2b@x0'");
  const Json list = Json::parse(R"([{"value": "b@x", "type": "work", "primary": true}, {"value": "c@x", "type": "home"}])");
  EXPECT_EQ(app.patch(path, replace("emails", list)).status, 200);
  EXPECT_EQ(app.rows("SELECT v || verified AS r FROM e ORDER BY v"), "'b@x0';'c@x0'") << "nobody inherits that a@x was verified";
}

TEST(OddRows, TriggersOfTheApplicationMayMakeRowsAndRefuse) {
  Application app("CREATE TABLE u (id INTEGER PRIMARY KEY, n TEXT); CREATE TABLE p (u INTEGER PRIMARY KEY, g TEXT, f TEXT DEFAULT 'kept');"
                  "CREATE TRIGGER t AFTER INSERT ON u BEGIN INSERT INTO p (u) VALUES (new.id);"
                  " SELECT RAISE(ABORT, 'no root') WHERE new.n = 'root'; END;",
                  "[database]\nurl = 'sqlite:@DB@'\n[user]\ntable = 'u'\nkey = 'id'\n[user.map]\nuserName = 'n'\n"
                  "'name.givenName' = { table = 'p', owner = 'u', column = 'g' }\n");
  EXPECT_EQ(app.create_user({{"userName", "a"}, {"name", {{"givenName", "A"}}}}).status, 201);
  EXPECT_EQ(app.rows("SELECT g || f AS r FROM p"), "'Akept'");
  EXPECT_EQ(app.create_user({{"userName", "root"}}).status, 400);
}

TEST(OddRows, IdsThatAreNoUuidsAreTheirOwn) {
  Application app("CREATE TABLE u (id INTEGER PRIMARY KEY, n TEXT); CREATE TABLE l (u INTEGER PRIMARY KEY, id TEXT);"
                  "INSERT INTO u VALUES (1, 'a'), (2, 'b'), (3, 'c'); INSERT INTO l VALUES (1, '7D9F3B2A1C4E4F5A8B6C0D1E2F3A4B01'), (2, 'short');",
                  "[database]\nurl = 'sqlite:@DB@'\n[user]\ntable = 'u'\nkey = 'id'\n"
                  "link = { table = 'l', owner = 'u', id = { column = 'id', format = 'uuid_hex' } }\n[user.map]\nuserName = 'n'\n");
  for (const char* name : {"a", "b", "c"}) {
    const std::string id = app.only("/Users", std::string("userName eq \"") + name + "\"")["id"];
    EXPECT_EQ(app.ask("GET", "/Users/" + id).status, 200) << id;
    EXPECT_EQ(app.patch("/Users/" + id, replace("title", "x")).status, 200) << id;
    EXPECT_EQ(app.only("/Users", "id eq \"" + id + "\"")["userName"], name);
  }
}

TEST(OddRows, ARenamedKeyTakesItsReferencesAlong) {
  Application app("CREATE TABLE u (n TEXT PRIMARY KEY, boss TEXT); CREATE TABLE priv (u TEXT, what TEXT);"
                  "INSERT INTO u VALUES ('a', NULL), ('b', 'a'); INSERT INTO priv VALUES ('a', 'x');",
                  "[database]\nurl = 'sqlite:@DB@'\n[user]\ntable = 'u'\nkey = 'n'\nremove_also = { priv = 'u' }\n[user.map]\nuserName = 'n'\n"
                  "'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.value' = { column = 'boss', refers = 'user' }\n");
  const std::string id = app.only("/Users", "userName eq \"a\"")["id"];
  EXPECT_EQ(app.patch("/Users/" + id, replace("userName", "AA")).status, 200);
  EXPECT_EQ(app.rows("SELECT boss AS r FROM u WHERE n = 'b'"), "'AA'");
  EXPECT_EQ(app.rows("SELECT u AS r FROM priv"), "'AA'");
}

TEST(OddRows, RenamesInACircleLeaveNoCopyInTheWay) {
  Application app("CREATE TABLE u (id INTEGER PRIMARY KEY, n TEXT UNIQUE);"
                  "CREATE TABLE l (u INTEGER PRIMARY KEY, id TEXT UNIQUE, un TEXT NOT NULL UNIQUE);"
                  "INSERT INTO u VALUES (1, 'a'), (2, 'b'); INSERT INTO l VALUES (1, 'id-1', 'a'), (2, 'id-2', 'b');",
                  "[database]\nurl = 'sqlite:@DB@'\n[user]\ntable = 'u'\nkey = 'id'\n"
                  "link = { table = 'l', owner = 'u', id = 'id', copies = { un = 'n' } }\n[user.map]\nuserName = 'n'\n");
  app.run("UPDATE u SET n = 'c' WHERE id = 2");
  app.run("UPDATE u SET n = 'b' WHERE id = 1");
  app.run("INSERT INTO u (n) VALUES ('a')");
  EXPECT_EQ(app.ask("GET", "/Users").body["totalResults"], 3);
  EXPECT_EQ(app.patch("/Users/id-1", replace("title", "x")).status, 200);
  EXPECT_EQ(app.rows("SELECT un AS r FROM l ORDER BY u"), "'b';'c';'a'");
  EXPECT_EQ(app.create_user({{"userName", "d"}}).status, 201);
}

TEST(OddRows, ARowOfAListThatShowsNothingIsNoElement) {
  Application app("children");  // "" is no value there
  app.run("INSERT INTO person_phone VALUES (3, '', '', '', '2020-01-01T00:00:00Z')");
  EXPECT_FALSE(app.only("/Users", "userName eq \"invitee\"").contains("phoneNumbers"));
  for (const char* filter : {"phoneNumbers ne null", "phoneNumbers[primary eq null]", "phoneNumbers[not (type eq \"work\")]"}) {
    EXPECT_EQ(app.find("/Users", std::string("userName eq \"invitee\" and ") + filter).body["totalResults"], 0) << filter;
  }
}

TEST(OddRows, WhatStandsForNoValueLeavesTheRestOfTheElement) {
  Application app("children");
  const Answer made = app.create_user({{"userName", "p"}, {"phoneNumbers", Json::parse(R"([
      {"value": "", "type": "", "display": "a"}, {"value": "", "type": "work", "display": "b"}])")}});
  ASSERT_EQ(made.status, 201) << made.detail();
  const Json user = app.ask("GET", "/Users/" + made.id()).body;
  const std::string shown = user["phoneNumbers"].dump();
  EXPECT_EQ(shown, R"([{"display":"b","type":"work"},{"display":"a"}])");
  EXPECT_EQ(app.only("/Users", "phoneNumbers[display eq \"a\" and type eq null]")["id"], user["id"]);
  EXPECT_EQ(app.only("/Users", "phoneNumbers[display eq \"b\" and type eq \"work\"]")["id"], user["id"]);
  EXPECT_EQ(app.find("/Users", "userName eq \"p\" and phoneNumbers[type eq \"work\" and display eq null]").body["totalResults"], 0);
}

TEST(OddRows, AlikeElementsKeepApartWhatIsBesideThem) {
  Application app("children");
  const Answer made = app.create_user({{"userName", "p"}, {"emails", Json::parse(R"([
      {"value": "x@y", "type": "work", "primary": false, "display": "a"}, {"value": "x@y", "type": "work", "primary": true, "display": "b"}])")}});
  ASSERT_EQ(made.status, 201) << made.detail();
  EXPECT_EQ(app.only("/Users", "emails[primary eq true and display eq \"b\"]")["id"], made.id());
  EXPECT_EQ(app.find("/Users", "emails[primary eq true and display eq \"a\"]").body["totalResults"], 0);
  app.run("INSERT INTO person_email (person_id, address, kind, is_default, bounces) SELECT id, 'x@y', 'work', '0', 0 FROM person WHERE username = 'p'");
  EXPECT_EQ(app.only("/Users", "emails[value eq \"x@y\" and display eq null]")["id"], made.id()) << "the application's own";
}

TEST(OddRows, AnAccentOfItsOwnBelongsToTheLetter) {
  Application app("joined");
  const Answer made = app.create_user({{"userName", "e\u0301mile"}});
  ASSERT_EQ(made.status, 201) << made.detail();
  EXPECT_EQ(app.find("/Users", "userName sw \"e\"").body["totalResults"], 0) << "it starts with \u00e9";
  EXPECT_EQ(app.only("/Users", "userName sw \"\u00e9m\"")["id"], made.id());
}

TEST(OddRows, MistakesOfAMappingAreNamed) {
  const auto refusal = [](const std::string& map) {
    const auto config = parse_config("[user]\ntable = 'u'\nkey = 'id'\n[user.map]\n" + map, "app.toml");
    const auto served = sql::load_served(*config);
    return served ? "accepted" : served.error().detail;
  };
  EXPECT_EQ(refusal("userName = 'n'\nemails = 'n'\n"),
            "app.toml: [user.map] emails: the column \"n\" is that of \"userName\" too: one of them needs readonly = true");
  EXPECT_EQ(refusal("active = { column = 's', values = { true = 'on' } }\n"), "app.toml: [user.map] active values: needs both true and false");
}

TEST(OddRows, DeleteOfTheFileComesBeforeThatOfAPreset) {
  const Config config = *parse_config("mapping = 'laravel'\n[user]\ndelete = 'deactivate'\n", "app.toml");
  const auto served = sql::load_served(config);
  ASSERT_TRUE(served) << served.error().detail;
  EXPECT_EQ(served->mapping.types.front()->delete_mode, DeleteMode::deactivate);
}

}  // namespace
}  // namespace scim::test
