// SPDX-License-Identifier: MIT
// Columns of PostgreSQL's own types: what they show, what finds it, what can be written, and what no column of that type can
// hold, which finds nothing and breaks nothing.
#include "sql/mapping_check.h"
#include "tests/unit/application.h"

namespace scim::test {
namespace {

Json replace(const char* path, Json value) { return Json::array({{{"op", "replace"}, {"path", path}, {"value", std::move(value)}}}); }

constexpr const char* kUrn = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:";

/// Users whose columns the test adds: `columns` after the key, `row` their values for one user, `lines` of the map.
class Users : public Application {
 public:
  Users(const std::string& columns, const std::string& row, const std::string& lines, const std::string& before = "", const std::string& section = "")
      : Application(before + "CREATE TABLE u (id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, n VARCHAR(50) UNIQUE, " + columns +
                        "); INSERT INTO u VALUES (DEFAULT, 'ada', " + row + "); INSERT INTO u (n) VALUES ('bare');",
                    "[database]\nurl = 'sqlite:@DB@'\n[user]\ntable = 'u'\nkey = 'id'\n" + section + "[user.map]\nuserName = 'n'\n" + lines) {}

  /// Names of those that a filter finds, in their order; the error of one that is refused.
  std::string found(const std::string& filter) {
    const Answer answer = find("/Users", filter);
    if (answer.status != 200) return std::to_string(answer.status) + " " + answer.detail();
    std::string names;
    for (const Json& user : answer.body.value("Resources", Json::array())) names += (names.empty() ? "" : " ") + user["userName"].get<std::string>();
    return names;
  }
  Json shown(const char* name) { return only("/Users", std::string("userName eq \"") + name + "\""); }
  std::string path(const char* name) { return "/Users/" + shown(name)["id"].get<std::string>(); }
};

/// "place: text: fix", one a line.
std::string errors_of(Application& app) {
  const auto found = sql::check_mapping(app.store().db(), app.mapping(), sql::store_options(app.config()), sql::Depth::errors);
  if (!found) return found.error().detail;
  std::string lines;
  for (const sql::Finding& each : *found) lines += each.place + ": " + each.text + ": " + each.fix + '\n';
  return lines;
}

TEST(Native, TypesAreLearnedOnce) {
  Users app("x INT4, m TIMESTAMPTZ", "7, now()", "title = 'x'\n");
  const sql::Mapping& mapping = app.mapping();
  EXPECT_TRUE(mapping.knows_columns);
  const sql::TypeMapping& type = *mapping.types.front();
  EXPECT_EQ(type.columns.at(type.type->find("userName")).native, sql::Native::text);
  EXPECT_EQ(type.columns.at(type.type->find("title")).native, sql::Native::small);
  EXPECT_EQ(type.link.id.native, sql::Native::text);
  (void)app.open_another();
  EXPECT_EQ(mapping.types.front().get(), &type);
}

TEST(Native, UuidsAsIds) {
  Users app("pid UUID DEFAULT gen_random_uuid()", "'C0FFEE00-0000-4000-8000-00000000000A'", "", "", "link = { id = 'pid' }\n");
  const std::string id = "c0ffee00-0000-4000-8000-00000000000a";
  EXPECT_EQ(app.ask("GET", "/Users/" + id).body["userName"], "ada");
  for (const char* other : {"nobody", "C0FFEE00-0000-4000-8000-00000000000A", "c0ffee000000400080000000000000a", "7", "%27"}) {
    EXPECT_EQ(app.ask("GET", std::string("/Users/") + other).status, 404) << other;
    EXPECT_EQ(app.patch(std::string("/Users/") + other, replace("title", "x")).status, 404) << other;
    EXPECT_EQ(app.ask("DELETE", std::string("/Users/") + other).status, 404) << other;
  }
  EXPECT_EQ(app.found("id eq \"" + id + "\""), "ada");
  EXPECT_EQ(app.found("id eq \"nobody\""), "");
  EXPECT_EQ(app.found("id eq \"nobody\" or userName eq \"ada\""), "ada");
  EXPECT_EQ(app.found("not (id eq \"nobody\") and id ne \"x\""), "ada bare");
  EXPECT_EQ(app.found("id sw \"c0ffee\" and id ew \"a\" and id co \"-4000-\""), "ada");
  EXPECT_EQ(app.found("id sw \"C0FFEE\""), "");
  EXPECT_EQ(app.found("meta.location eq \"https://example.com/v2/Users/" + id + "\""), "ada");
  EXPECT_EQ(app.found("meta.location eq \"https://example.com/v2/Users/nobody\""), "");
  const Answer made = app.create_user({{"userName", "new"}});
  EXPECT_EQ(app.ask("GET", "/Users/" + made.id()).status, 200);
  EXPECT_EQ(app.ask("GET", "/Users?sortBy=id").body["totalResults"], 3);
}

TEST(Native, UuidsAsReferencesAndText) {
  Users app("pid UUID DEFAULT gen_random_uuid(), boss UUID, badge UUID", "'c0ffee00-0000-4000-8000-00000000000a', NULL, 'C0FFEE00-0000-4000-8000-0000000000FF'",
            std::string("title = 'badge'\ndisplayName = { column = 'n', readonly = true }\n'") + kUrn + "manager.value' = 'boss'\n'" +
                kUrn + "manager.displayName' = { lookup = '" + kUrn + "manager.value', shows = 'user.displayName' }\n", "", "link = { id = 'pid' }\n");
  EXPECT_EQ(app.shown("ada").value("title", Json()), "c0ffee00-0000-4000-8000-0000000000ff");
  EXPECT_EQ(app.found("title eq \"C0FFEE00-0000-4000-8000-0000000000FF\""), "ada") << "title ignores case";
  EXPECT_EQ(app.found("title eq \"x\""), "");
  EXPECT_EQ(app.found("title sw \"C0ff\" and title pr"), "ada");
  EXPECT_EQ(app.patch(app.path("bare"), replace("title", "no UUID")).status, 400);
  const Answer led = app.patch(app.path("bare"), replace((std::string(kUrn) + "manager.value").c_str(), app.shown("ada")["id"]));
  ASSERT_EQ(led.status, 200) << led.detail();
  const Json enterprise = led.body.value("urn:ietf:params:scim:schemas:extension:enterprise:2.0:User", Json::object());
  EXPECT_EQ(enterprise.value("manager", Json::object()).value("displayName", ""), "ada");
  EXPECT_EQ(app.found(std::string(kUrn) + "manager.value eq \"c0ffee00-0000-4000-8000-00000000000a\""), "bare");
}

TEST(Native, Booleans) {
  Users app("a BOOLEAN, admin BOOLEAN NOT NULL DEFAULT false", "true, true", "active = 'a'\n", "", "superuser = 'admin'\n");
  EXPECT_EQ(app.shown("ada").value("active", Json()), true);
  EXPECT_FALSE(app.shown("bare").contains("active"));
  EXPECT_EQ(app.found("active eq true"), "ada");
  EXPECT_EQ(app.found("active eq false"), "");
  EXPECT_EQ(app.found("active ne true"), "bare");
  EXPECT_EQ(app.found("not (active eq true)"), "bare");
  EXPECT_EQ(app.patch(app.path("ada"), replace("active", false)).body["active"], false);
  EXPECT_EQ(app.ask("GET", "/Users?sortBy=active").body["totalResults"], 2);
  EXPECT_TRUE((*app.store().accounts()->find_account("ADA"))->superuser);
  EXPECT_FALSE((*app.store().accounts()->find_account("bare"))->superuser);
}

TEST(Native, BooleansThatSayTheOpposite) {
  Users app("gone BOOLEAN NOT NULL DEFAULT false", "true", "active = { column = 'gone', invert = true }\n");
  EXPECT_EQ(app.found("active eq false"), "ada");
  EXPECT_EQ(app.patch(app.path("bare"), replace("active", false)).status, 200);
  EXPECT_EQ(app.rows("SELECT count(*) AS r FROM u WHERE gone"), "2");
  EXPECT_EQ(app.ask("DELETE", app.path("bare")).status, 204);
  EXPECT_EQ(app.found("userName pr"), "ada");
}

TEST(Native, EnumsAndWords) {
  Users app("s state, k kind", "'locked', 'E'",
            "active = { column = 's', values = { true = ['on', 'invited'], false = 'locked' } }\n"
            "userType = { column = 'k', values = { Employee = 'E', Guest = 'G' } }\n",
            "CREATE TYPE state AS ENUM ('on', 'invited', 'locked'); CREATE DOMAIN kind AS CHAR(1);");
  EXPECT_EQ(app.shown("ada").value("active", Json()), false);
  EXPECT_EQ(app.shown("ada").value("userType", Json()), "Employee");
  EXPECT_EQ(app.found("active eq false and userType eq \"employee\""), "ada");
  EXPECT_EQ(app.found("userType eq \"nothing of these\""), "");
  EXPECT_EQ(app.patch(app.path("ada"), replace("active", true)).status, 200);
  EXPECT_EQ(app.patch(app.path("ada"), replace("userType", "guest")).status, 200);
  EXPECT_EQ(app.rows("SELECT CAST(s AS TEXT) || k AS r FROM u WHERE n = 'ada'"), "'onG'");
}

TEST(Native, EnumsAsText) {
  Users app("s state", "'on'", "title = { column = 's', absent = '' }\n", "CREATE TYPE state AS ENUM ('on', 'off');");
  EXPECT_EQ(app.found("title eq \"ON\""), "ada");
  EXPECT_EQ(app.found("title eq \"elsewhere\" or title gt \"z\""), "");
  EXPECT_EQ(app.patch(app.path("ada"), replace("title", "elsewhere")).status, 400);
  EXPECT_EQ(app.patch(app.path("ada"), replace("title", "off")).body["title"], "off");
}

TEST(Native, NumbersThatAreNotThatLarge) {
  Users app("s SMALLINT, i INT4 UNIQUE, x NUMERIC(6, 2)", "7, 70000, 1.50",
            std::string("title = 's'\n'") + kUrn + "employeeNumber' = { column = 'i', number = true }\nnickName = { column = 'x', absent = '' }\n");
  const std::string number = std::string(kUrn) + "employeeNumber";
  EXPECT_EQ(app.found("title eq \"7\""), "ada");
  EXPECT_EQ(app.found("title eq \"70000\" or title eq \"x\" or title eq \"07\" or title eq \"7 \""), "");
  EXPECT_EQ(app.found(number + " eq \"70000\""), "ada");
  EXPECT_EQ(app.found(number + " eq \"99999999999999999999\" or " + number + " eq \"9999999999\""), "");
  EXPECT_EQ(app.found(number + " sw \"70\""), "ada");
  EXPECT_EQ(app.found("nickName eq \"1.50\""), "ada");
  EXPECT_EQ(app.patch(app.path("bare"), replace(number.c_str(), "9999999999")).status, 400);
  EXPECT_EQ(app.patch(app.path("bare"), replace("title", "eight")).status, 400);
  EXPECT_EQ(app.patch(app.path("bare"), replace("title", "8")).body["title"], "8");
}

TEST(Native, Moments) {
  const char* link = "link = { created = { column = 'made', of = 'row' }, lastModified = { column = 'seen', of = 'row', format = 'epoch' } }\n";
  Users app("made TIMESTAMPTZ, seen TIMESTAMP, gone DATE", "'2020-01-02 05:04:05.678901+02', '1969-12-31 23:59:59.999', NULL",
            "active = { column = 'gone', null_means = true }\n", "", link);
  const Json ada = app.shown("ada");
  EXPECT_EQ(ada["meta"]["created"], "2020-01-02T03:04:05.678Z");
  EXPECT_EQ(ada["meta"]["lastModified"], "1969-12-31T23:59:59.999Z");
  EXPECT_FALSE(app.shown("bare")["meta"].contains("created"));
  EXPECT_EQ(app.found("meta.created eq \"2020-01-02T03:04:05.678Z\" and meta.lastModified lt \"1970-01-01T00:00:00Z\""), "ada");
  EXPECT_EQ(app.found("meta.created gt \"2020-01-02T03:04:05.678Z\""), "");
  EXPECT_EQ(app.found("meta.created pr"), "ada");
  EXPECT_EQ(app.patch(app.path("ada"), replace("active", false)).status, 200);
  EXPECT_EQ(app.rows("SELECT count(*) AS r FROM u WHERE gone IS NOT NULL AND seen > made"), "1");
  for (const char* odd : {"'infinity'", "'-infinity'", "'0044-03-15 BC'", "'20000-01-01'"}) {
    app.run(std::string("UPDATE u SET made = ") + odd + ", seen = " + odd + " WHERE n = 'ada'");
    EXPECT_FALSE(app.shown("ada")["meta"].contains("created")) << odd;
  }
}

TEST(Native, TextThatIgnoresCase) {
  Users app("t VARCHAR COLLATE alike, v VARCHAR COLLATE alike", "'Ada', 'A_b'", "displayName = { column = 't', fold = 'column' }\nnickName = 'v'\n",
            "CREATE COLLATION alike (provider = icu, locale = 'und-u-ks-level2', deterministic = false);");
  EXPECT_EQ(app.found("displayName eq \"ADA\""), "ada");
  EXPECT_EQ(app.found("displayName sw \"aD\" and displayName co \"D\" and displayName ew \"DA\""), "ada");
  EXPECT_EQ(app.found("nickName eq \"a_B\" and nickName sw \"A_\""), "ada");
  EXPECT_EQ(app.ask("GET", "/Users?sortBy=displayName").body["totalResults"], 2);
}

TEST(Native, IdsInTextThatIgnoresCaseAreExact) {
  Users app("v CITEXT UNIQUE", "'Id-1'", "", "CREATE EXTENSION citext;", "link = { id = 'v' }\n");
  EXPECT_EQ(app.ask("GET", "/Users/Id-1").status, 200);
  EXPECT_EQ(app.ask("GET", "/Users/id-1").status, 404);
  EXPECT_EQ(app.patch("/Users/ID-1", replace("title", "x")).status, 404);
  EXPECT_EQ(app.found("id eq \"id-1\""), "");
  EXPECT_EQ(app.found("id eq \"Id-1\""), "ada");
}

TEST(Native, CharactersAreNotPadded) {
  Users app("c CHAR(8)", "'code'", std::string("title = 'c'\n'") + kUrn + "costCenter' = { column = 'c', readonly = true }\n");
  EXPECT_EQ(app.shown("ada").value("title", Json()), "code");
  EXPECT_EQ(app.found("title eq \"CODE\""), "ada");
  EXPECT_EQ(app.found("title eq \"code \" or title ew \" \""), "");
}

TEST(Native, JsonAndOthersByTheirText) {
  Users app("j JSONB, a INET", "'{\"a\": 1}', '10.0.0.1'", "title = 'j'\nnickName = 'a'\n");
  EXPECT_EQ(app.shown("ada").value("title", Json()), "{\"a\": 1}");
  EXPECT_EQ(app.found("nickName eq \"10.0.0.1/32\" and title co \"\\\"a\\\"\""), "ada");
  EXPECT_EQ(app.patch(app.path("ada"), replace("title", "no JSON")).status, 400);
}

/// As the manual page has it: others are shown as their text.
TEST(Native, WhatIsShownAsTextIsNoError) {
  Users app("born DATE, opens TIME", "'1815-12-10', '09:30'", "title = 'born'\nnickName = 'opens'\n", "", "delete = 'remove'\n");
  EXPECT_EQ(errors_of(app), "");
  const Json ada = app.shown("ada");
  EXPECT_EQ(ada.value("title", ""), "1815-12-10");
  EXPECT_EQ(ada.value("nickName", ""), "09:30:00");
  EXPECT_EQ(app.patch(app.path("ada"), replace("title", "no date")).status, 400);
  EXPECT_EQ(app.patch(app.path("ada"), replace("nickName", "10:00")).body["nickName"], "10:00:00");
}

TEST(Native, KeysThatNobodyMakesAreNoConstant) {
  const std::string toml = "[database]\nurl = 'sqlite:@DB@'\n[user]\ntable = 'u'\nkey = 'id'\n[user.map]\nuserName = 'n'\nactive = 'on_flag'\n";
  const auto errors = [&](const std::string& type) {
    Application app("CREATE TABLE u (id " + type + " PRIMARY KEY, n VARCHAR UNIQUE, on_flag BOOLEAN, opens TIME NOT NULL);", toml);
    return errors_of(app);
  };
  const std::string time = "u.opens: is NOT NULL without a default, and nothing fills it in a new row: [user]: defaults = { opens = \"00:00\" }\n";
  EXPECT_EQ(errors("NUMERIC(12)"), time + "u.id: the database makes no keys here: the column needs a default that counts: \n");
  EXPECT_EQ(errors("UUID"), time + "u.id: the database makes no keys here: [user]: key = { column = \"id\", generate = \"uuid\" }\n");
  EXPECT_EQ(errors("BIGINT GENERATED BY DEFAULT AS IDENTITY"), time);
}

/// Names of users are repeated in a link table that has room for them, and what they are is asked of their type.
TEST(Native, TextIsTextWhereverItsTypeHasBeenPut) {
  Users app("c \"Ext\".citext, i INT", "'x', 7", "", "CREATE SCHEMA \"Ext\"; CREATE EXTENSION citext SCHEMA \"Ext\";");
  const sql::Dialect& dialect = app.store().db().dialect();
  const auto is_text = [&](const std::string& expression) {
    return app.rows("SELECT " + std::string(dialect.is_text_start) + expression + std::string(dialect.is_text_end) + " AS r FROM u WHERE n = 'ada'");
  };
  EXPECT_EQ(is_text("(SELECT c)"), "1");
  EXPECT_EQ(is_text("(SELECT n)"), "1");
  EXPECT_EQ(is_text("i"), "0");
}

TEST(Native, ListsNeedAKey) {
  const std::string tables = "CREATE TABLE u (id INTEGER PRIMARY KEY, n TEXT); INSERT INTO u VALUES (1, 'ada'); CREATE TABLE p (u BIGINT, v TEXT";
  const std::string toml = "[database]\nurl = 'sqlite:@DB@'\n[user]\ntable = 'u'\nkey = 'id'\n[user.map]\nuserName = 'n'\n"
                           "phoneNumbers = { table = 'p', owner = 'u', value = 'v' }\n";
  try {
    Application app(tables + ");", toml);
    ADD_FAILURE() << "opened";
  } catch (const std::runtime_error& refused) {
    EXPECT_EQ(refused.what(), std::string("[user.map] phoneNumbers: p has no primary key of one column: name the column that tells its rows apart, key = \"...\""));
  }
  Application app(tables + ", k UUID PRIMARY KEY DEFAULT gen_random_uuid()); INSERT INTO p VALUES (1, '+1');", toml);
  const Json ada = app.only("/Users", "phoneNumbers.value eq \"+1\"");
  const Json numbers = Json::parse(R"([{"value": "+1", "type": "work"}, {"value": "+2"}])");
  const Answer changed = app.patch("/Users/" + ada["id"].get<std::string>(), replace("phoneNumbers", numbers));
  ASSERT_EQ(changed.status, 200) << changed.detail();
  EXPECT_EQ(changed.body["phoneNumbers"].size(), 2U);
  EXPECT_EQ(app.ask("GET", "/Users?sortBy=phoneNumbers").body["totalResults"], 1);
}

TEST(Native, WhoMayNotMakeTablesServesWhatIsThere) {
  Users app("t TEXT", "'x'", "title = 't'\n");
  (void)app.ask("GET", "/Users");
  app.run("REVOKE CREATE ON SCHEMA public FROM PUBLIC");
  const std::string role = "server_" + std::to_string(::getpid());
  app.run("CREATE ROLE " + role + " LOGIN");
  app.run("GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO " + role);
  app.run("GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO " + role);
  Config config = app.config();
  const auto user = config.database_url.find("user=");
  config.database_url.replace(user, config.database_url.find('&', user) - user, "user=" + role);
  {
    const auto store = sql::open_store(config, app.mapping(), app.env());
    ASSERT_TRUE(store) << store.error().detail;
    EXPECT_EQ(app.ask(**store, "POST", "/Users", {{"schemas", {urn::kUser}}, {"userName", "new"}}).status, 201);
  }
  app.run("REVOKE ALL ON ALL TABLES IN SCHEMA public FROM " + role);
  app.run("REVOKE ALL ON ALL SEQUENCES IN SCHEMA public FROM " + role);
  app.run("DROP ROLE " + role);
}

TEST(Native, NodesThatStartAtOnceMakeTheTablesOnce) {
  Users app("t TEXT", "'x'", "title = 't'\n");
  app.run("DROP TABLE scim_user, scim_tokens, scim_token_tolerances, scim_secrets, scim_locks");
  app.run("DROP FUNCTION scim_version(text[]), scim_fold(text)");
  std::vector<std::thread> nodes;
  std::vector<std::string> refused(6);
  for (std::string& error : refused) {
    nodes.emplace_back([&] {
      const auto store = sql::open_store(app.config(), app.mapping(), app.env());
      if (!store) error = store.error().detail;
    });
  }
  for (std::thread& node : nodes) node.join();
  for (const std::string& error : refused) EXPECT_EQ(error, "");
  EXPECT_EQ(app.ask("GET", "/Users").body["totalResults"], 2);
}

}  // namespace
}  // namespace scim::test
