// SPDX-License-Identifier: MIT
// One application without a fault, and each fault put into it: what check_mapping() says of it, and that the line it
// gives mends it.
#include "sql/mapping_check.h"

#include <gtest/gtest.h>

#include <span>
#include <sstream>

#include "core/config.h"
#include "sql/links.h"
#include "sql/served.h"
#include "tests/unit/case_file.h"
#include "tests/unit/temp_dir.h"

namespace scim::test {
namespace {

using sql::Depth;
using sql::Finding;
using sql::Findings;
using Severity = Finding::Severity;

constexpr std::string_view kSchema = R"(
CREATE TABLE person (id INTEGER PRIMARY KEY AUTOINCREMENT, login TEXT NOT NULL, mail TEXT, nick TEXT, badge TEXT,
  enabled INTEGER NOT NULL DEFAULT 1, hash VARCHAR(200), boss INTEGER, seen TEXT /* extra */);
CREATE UNIQUE INDEX person_login ON person (lower(login));
CREATE TABLE team (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL);
CREATE UNIQUE INDEX team_name ON team (lower(name));
CREATE TABLE team_person (team INTEGER NOT NULL REFERENCES team (id), person INTEGER NOT NULL, PRIMARY KEY (team, person));
CREATE INDEX team_person_person ON team_person (person);
)";

// # marks a place for more lines.
constexpr std::string_view kMapping = R"(
[user]
table = "person"
key = "id"
#user
[user.map]
userName = { column = "login", unique = true, fold = "lower" }
active = "enabled"
password = "hash"
#map
[group]
table = "team"
key = "id"
#group
[group.map]
displayName = { column = "name", fold = "lower" }
members = { table = "team_person", owner = "team", value = "person" }
)";

/// Replaces `from` by `to`; from "": `to` comes at the end.
struct Edit {
  std::string from;
  std::string to;
};

std::string edited(std::string text, const Edit& edit) {
  if (edit.from.empty()) return text + edit.to;
  const std::size_t at = text.find(edit.from);
  if (at == std::string::npos) throw std::runtime_error("nothing to edit: " + edit.from);
  return text.replace(at, edit.from.size(), edit.to);
}

struct Case {
  const char* name;
  Severity severity;
  Edit schema;
  Edit mapping;
  std::string place;
  std::string text;  ///< part of it
  std::string fix = {};
  Edit cure = {};    ///< of the mapping, where the fix has lines for it
};

class MappingCheck : public ::testing::Test {
 protected:
  std::unique_ptr<sql::Db> make(const std::string& schema) {
    auto db = sql::open_sqlite(dir_.file("app" + std::to_string(++count_) + ".db"), sql::Open::create, sql::Journal::wal, sql::Sync::normal, 100);
    if (!db) throw std::runtime_error(db.error().detail);
    run(**db, schema);
    return std::move(*db);
  }
  static void run(sql::Db& db, const std::string& script) {
    if (const auto done = db.run_script(script); !done) throw std::runtime_error(done.error().detail + " in " + script);
  }
  static Config config(const std::string& toml) {
    auto config = parse_config(toml, "app.toml");
    if (!config) throw std::runtime_error(config.error().detail);
    return std::move(*config);
  }
  static sql::Served served(const std::string& toml) {
    auto served = sql::load_served(config(toml));
    if (!served) throw std::runtime_error(served.error().detail);
    return std::move(*served);
  }
  static Findings check(sql::Db& db, const std::string& toml, Depth depth = Depth::everything) {
    const sql::Served used = served(toml);
    auto found = sql::check_mapping(db, used.mapping, sql::store_options(config(toml)), depth);
    if (!found) throw std::runtime_error(found.error().detail);
    return std::move(*found);
  }
  static std::string shown(const Findings& findings) {
    std::string text;
    for (const Finding& f : findings) text.append(to_string(f.severity)).append(": " + f.place + ": " + f.text + "\n    " + f.fix + '\n');
    return text;
  }
  static const Finding* find(const Findings& findings, const Case& wanted) {
    for (const Finding& f : findings) {
      if (f.severity == wanted.severity && f.place == wanted.place && f.text.find(wanted.text) != std::string::npos) return &f;
    }
    return nullptr;
  }
  /// The statements among the lines of a fix.
  static std::string statements(const std::string& fix) {
    std::string out;
    std::istringstream lines(fix);
    for (std::string line; std::getline(lines, line);) {
      if (line.ends_with(';')) out += line + '\n';
    }
    return out;
  }

  TempDir dir_;
  int count_ = 0;
};

TEST_F(MappingCheck, NothingToSayOfWhatIsRight) {
  const auto db = make(std::string(kSchema));
  EXPECT_EQ(shown(check(*db, std::string(kMapping))), "");
  sql::Served used = served(std::string(kMapping));
  ASSERT_TRUE(sql::make_own_tables(*db, used.mapping));
  EXPECT_EQ(shown(check(*db, std::string(kMapping))), "") << "with our own tables";
}

const Case kErrors[] = {
    {"table", Severity::error, {}, {"\"person\"", "\"persons\""}, "[user] key", "the database has no table persons, did you mean person?"},
    {"column", Severity::error, {}, {"\"enabled\"", "\"enbaled\""}, "[user.map] active", "the table person has no column enbaled, did you mean enabled?"},
    {"default column", Severity::error, {}, {"#user", "defaults = { nothing = 1 }"}, "[user] defaults", "has no column nothing"},
    {"member column", Severity::error, {}, {"value = \"person\"", "value = \"persom\""}, "[group.map] members value", "did you mean person?"},
    {"superuser", Severity::error, {}, {"#user", "superuser = \"root\""}, "[user] superuser", "has no column root"},
    {"view", Severity::error, {"", "CREATE VIEW people AS SELECT * FROM person;"}, {"\"person\"\nkey", "\"people\"\nkey"}, "[user.map] userName", "people is a view that cannot be written"},
    {"generated", Severity::error, {"/* extra */", ", twice TEXT AS (login || login)"}, {"#map", "nickName = \"twice\""}, "[user.map] nickName", "computed by the database"},
    {"key", Severity::error, {"id INTEGER PRIMARY KEY AUTOINCREMENT, login", "id INTEGER, login"}, {}, "[user] key", "person.id can have the same value in several rows", "CREATE UNIQUE INDEX \"person_id_unique\" ON \"person\" (\"id\");"},
    {"nobody makes keys", Severity::error, {"id INTEGER PRIMARY KEY AUTOINCREMENT, login", "id CHAR(32) PRIMARY KEY, login"}, {}, "person.id", "makes no keys", "[user]: key = { column = \"id\", generate = \"uuid_hex\" }"},
    {"link owner", Severity::error, {"", "CREATE TABLE l (o INTEGER, id TEXT UNIQUE);"}, {"#user", "link = { table = \"l\", owner = \"o\", id = \"id\" }"}, "[user] owner", "l.o can have the same value in several rows", "CREATE UNIQUE INDEX \"l_o_unique\" ON \"l\" (\"o\");"},
    {"link column", Severity::error, {"", "CREATE TABLE l (o INTEGER UNIQUE, id TEXT UNIQUE, tenant INTEGER NOT NULL);"}, {"#user", "link = { table = \"l\", owner = \"o\", id = \"id\" }"}, "l.tenant", "`link` says nothing about it"},
    {"not null", Severity::error, {"/* extra */", ", tenant INTEGER NOT NULL"}, {}, "person.tenant", "nothing fills it", "[user]: defaults = { tenant = 0 }", {"#user", "defaults = { tenant = 0 }"}},
    {"not null time", Severity::error, {"/* extra */", ", joined_at TEXT NOT NULL"}, {"#user", "defaults = { boss = 0 }"}, "person.joined_at", "nothing fills it", "[user]: defaults = { ..., joined_at = { generate = \"now\", format = \"sql\" } }", {"boss = 0", "boss = 0, joined_at = { generate = \"now\", format = \"sql\" }"}},
    {"not null member", Severity::error, {"person INTEGER NOT NULL,", "person INTEGER NOT NULL, since REAL NOT NULL,"}, {}, "team_person.since", "nothing fills it", "[group.map] members: defaults = { since = 0.0 }", {"value = \"person\"", "value = \"person\", defaults = { since = 0.0 }"}},
    {"not null attribute", Severity::error, {"nick TEXT", "nick TEXT NOT NULL"}, {"#map", "nickName = \"nick\""}, "person.nick", "leaves out nickName", "[user.map] nickName: absent = \"\"", {"\"nick\"", "{ column = \"nick\", absent = \"\" }"}},
    {"deleted users log in", Severity::error, {}, {"active = \"enabled\"", ""}, "[user.map] active", "the deleted user could still log in", "[user]: delete = \"remove\""},
    {"boolean over text", Severity::error, {"enabled INTEGER NOT NULL DEFAULT 1", "enabled TEXT NOT NULL DEFAULT 'yes'"}, {}, "[user.map] active", "person.enabled (TEXT) holds text, and would get integers; say what it holds, as in values", "", {"\"enabled\"", "{ column = \"enabled\", values = { true = \"yes\", false = \"no\" } }"}},
    {"epoch over text", Severity::error, {}, {"#user", "link = { created = { column = \"seen\", of = \"row\", format = \"epoch\" } }"}, "[user] link created", "text needs format"},
    {"iso over integer", Severity::error, {}, {"#user", "link = { created = { column = \"boss\", of = \"row\", format = \"iso\" } }"}, "[user] link created", "numbers need format"},
    {"text over integer", Severity::error, {}, {"#map", "nickName = \"boss\""}, "[user.map] nickName", "007 would become 7", "", {"\"boss\"", "{ column = \"boss\", readonly = true }"}},
    {"refers to another type", Severity::error, {"boss INTEGER", "boss TEXT"}, {"#map", "\"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.value\" = { column = \"boss\", refers = \"user\" }"}, "[user.map] urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.value", "person.boss holds text, but person.id, which it is to name, holds integers"},
    {"member of another type", Severity::error, {"person INTEGER NOT NULL,", "person TEXT NOT NULL,"}, {}, "[group.map] members value", "team_person.person holds text"},
    {"not our table", Severity::error, {"", "CREATE TABLE scim_user (owner INTEGER, name TEXT);"}, {}, "scim_user", "is not a table that scimctl has made: it has no column id", "", {"#user", "own_table = \"scim_person\""}},
    {"no rowid", Severity::error, {"", "CREATE TABLE phone (person INTEGER, number TEXT, PRIMARY KEY (person, number)) WITHOUT ROWID;"}, {"#map", "phoneNumbers = { table = \"phone\", owner = \"person\", value = \"number\" }"}, "[user.map] phoneNumbers key", "phone has no rowid"},
};

const Case kWarnings[] = {
    {"no constraint", Severity::warning, {"UNIQUE INDEX person_login", "INDEX person_login"}, {}, "[user.map] userName", "`unique` is said of person.login", "CREATE UNIQUE INDEX \"person_login_unique\" ON \"person\" (lower(\"login\"));"},
    {"short passwords", Severity::warning, {"VARCHAR(200)", "varchar(60)"}, {}, "[user.map] password", "hashes of the scheme yescrypt have 73 characters", "", {"\"hash\"", "{ column = \"hash\", scheme = \"bcrypt\" }"}},
    {"cleared", Severity::warning, {"nick TEXT", "nick TEXT NOT NULL DEFAULT ''"}, {"#map", "nickName = \"nick\""}, "person.nick", "clears nickName is refused", "[user.map] nickName: absent = \"\"", {"\"nick\"", "{ column = \"nick\", absent = \"\" }"}},
    {"joined row", Severity::warning, {"", "CREATE TABLE p (person INTEGER UNIQUE, title TEXT NOT NULL, zone TEXT);"}, {"#map", "title = { table = \"p\", owner = \"person\", column = \"title\", absent = \"\" }\ntimezone = { table = \"p\", owner = \"person\", column = \"zone\" }"}, "p.title", "a row that SCIM adds later"},
    {"reused keys, later", Severity::warning, {" AUTOINCREMENT, login", ", login -- no AUTOINCREMENT\n"}, {}, "[user] key", "is given out again"},
    {"active is nowhere", Severity::warning, {}, {"#user\n[user.map]\nuserName = { column = \"login\", unique = true, fold = \"lower\" }\nactive = \"enabled\"", "delete = \"remove\"\n[user.map]\nuserName = { column = \"login\", unique = true, fold = \"lower\" }"}, "[user.map] active", "changes nothing for the application", "[user.map] active = { constant = true }"},
    {"unknown word", Severity::warning, {"", "INSERT INTO person (login, enabled) VALUES ('Ada', 7);"}, {"\"enabled\"", "{ column = \"enabled\", values = { true = 1, false = 0 } }"}, "[user.map] active", "nothing is said about \"7\""},
    {"capitals", Severity::warning, {"", "INSERT INTO person (login, nick) VALUES ('Ada', 'C');"}, {"#map", "nickName = { column = \"nick\", lower = true }"}, "[user.map] nickName", "holds \"C\": no filter finds it", "[user.map] nickName: fold = \"lower\" instead of lower = true", {"lower = true", "fold = \"lower\""}},
    {"column that folds not", Severity::warning, {}, {"#map", "nickName = { column = \"nick\", fold = \"column\" }"}, "[user.map] nickName", "tells capitals apart", "[user.map] nickName: fold = \"lower\"", {"\"column\"", "\"lower\""}},
    {"members twice", Severity::warning, {", PRIMARY KEY (team, person)", ""}, {}, "[group.map] members", "in team_person twice", "CREATE UNIQUE INDEX \"team_person_team_person\" ON \"team_person\" (\"team\", \"person\");"},
    {"members backwards", Severity::warning, {"CREATE INDEX team_person_person ON team_person (person);", ""}, {}, "[group.map] members", "reads all of team_person", "CREATE INDEX \"team_person_person\" ON \"team_person\" (\"person\");"},
    {"list owner", Severity::warning, {"", "CREATE TABLE phone (person INTEGER, number TEXT);"}, {"#map", "phoneNumbers = { table = \"phone\", owner = \"person\", value = \"number\" }"}, "[user.map] phoneNumbers", "reads all of phone", "CREATE INDEX \"phone_person\" ON \"phone\" (\"person\");"},
    {"rows that refer", Severity::warning, {"", "CREATE TABLE room (team INTEGER REFERENCES team (id));"}, {}, "[group] remove_also", "rows of room refer to the group", "[group]: remove_also = { room = \"team\" }", {"#group", "remove_also = { room = \"team\" }"}},
    {"unicode", Severity::warning, {"CREATE UNIQUE INDEX person_login ON person (lower(login));", "CREATE UNIQUE INDEX person_login ON person (login);"}, {", fold = \"lower\" }\nactive", " }\nactive"}, "[user.map] userName", "no index serves its comparison", "[user.map] userName: fold = \"lower\"\nCREATE INDEX \"person_login_lower\" ON \"person\" (lower(\"login\"));", {"unique = true", "unique = true, fold = \"lower\""}},
    {"unicode over NOCASE", Severity::warning, {"login TEXT NOT NULL", "login TEXT NOT NULL COLLATE NOCASE UNIQUE"}, {", fold = \"lower\" }\nactive", " }\nactive"}, "[user.map] userName", "the column itself ignores case", "[user.map] userName: fold = \"column\"", {"unique = true", "unique = true, fold = \"column\""}},
    {"lower without index", Severity::warning, {"CREATE UNIQUE INDEX team_name ON team (lower(name));", ""}, {}, "[group.map] displayName", "reads all of team", "CREATE INDEX \"team_name_lower\" ON \"team\" (lower(\"name\"));"},
    {"lower case without index", Severity::warning, {"CREATE UNIQUE INDEX team_name ON team (lower(name));", ""}, {"fold = \"lower\" }\nmembers", "lower = true }\nmembers"}, "[group.map] displayName", "reads all of team", "CREATE INDEX \"team_name\" ON \"team\" (\"name\");"},
    {"folded without index", Severity::warning, {"name TEXT NOT NULL", "name TEXT NOT NULL, key TEXT NOT NULL"}, {"fold = \"lower\" }\nmembers", "folded = \"key\" }\nmembers"}, "[group.map] displayName", "reads all of team", "CREATE INDEX \"team_key\" ON \"team\" (\"key\");"},
    {"e-mail in a child table", Severity::warning, {"", "CREATE TABLE mail (person INTEGER, value TEXT); CREATE INDEX mail_person ON mail (person);"}, {"#map", "emails = { table = \"mail\", owner = \"person\", value = { column = \"value\", fold = \"lower\" } }"}, "[user.map] emails value", "the filter emails.value eq reads all of mail", "CREATE INDEX \"mail_value_lower\" ON \"mail\" (lower(\"value\"));"},
    {"e-mail column", Severity::warning, {}, {"#user\n[user.map]", "unmapped = \"ignore\"\n[user.map]\nemails = { column = \"mail\", type = \"work\", absent = \"\" }"}, "[user.map] emails", "the filter emails.value eq reads all of person", "[user.map] emails: fold = \"lower\"\nCREATE INDEX \"person_mail_lower\" ON \"person\" (lower(\"mail\"));", {"absent = \"\"", "absent = \"\", fold = \"lower\""}},
    {"link without index", Severity::warning, {"", "CREATE TABLE l (o INTEGER UNIQUE, id TEXT UNIQUE, ext TEXT);"}, {"#user", "link = { table = \"l\", owner = \"o\", id = \"id\", externalId = \"ext\" }"}, "[user] link externalId", "the filter externalId eq reads all of", "CREATE INDEX \"l_ext\" ON \"l\" (\"ext\");"},
    {"id without index", Severity::warning, {}, {"#user", "link = { id = \"badge\" }"}, "[user] link id", "the filter id eq reads all of person", "CREATE INDEX \"person_badge\" ON \"person\" (\"badge\");"},
};

const Case kHints[] = {
    {"e-mail and documents", Severity::hint, {}, {"#map", "emails = { column = \"mail\", type = \"work\", fold = \"lower\" }"}, "[user.map] emails", "values beyond the first are in documents", "[user]: unmapped = \"ignore\"", {"#user", "unmapped = \"ignore\""}},
    {"dropped", Severity::hint, {}, {"#user", "unmapped = \"ignore\""}, "[user] unmapped", "what clients send is dropped: name, displayName"},
};

class MappingCheckCases : public MappingCheck {
 protected:
  void find_and_mend(std::span<const Case> cases);
};

void MappingCheckCases::find_and_mend(std::span<const Case> cases) {
  for (const Case& each : cases) {
    SCOPED_TRACE(each.name);
    const std::string schema = edited(std::string(kSchema), each.schema);
    std::string mapping = edited(std::string(kMapping), each.mapping);
    const auto db = make(schema);
    const Findings findings = check(*db, mapping);
    const Finding* found = find(findings, each);
    ASSERT_NE(found, nullptr) << shown(findings);
    EXPECT_EQ(found->fix, each.fix.empty() ? found->fix : each.fix);
    const bool is_error = each.severity == Severity::error;
    EXPECT_EQ(find(check(*db, mapping, Depth::errors), each) != nullptr, is_error) << "what stops the server is known at once";

    const std::string cure = statements(found->fix);
    if (cure.empty() && each.cure.to.empty()) continue;
    run(*db, cure);
    if (!each.cure.to.empty()) mapping = edited(mapping, each.cure);
    const Findings after = check(*db, mapping);
    EXPECT_EQ(find(after, each), nullptr) << shown(after);
  }
}

TEST_F(MappingCheckCases, Errors) { find_and_mend(kErrors); }
TEST_F(MappingCheckCases, Warnings) { find_and_mend(kWarnings); }
TEST_F(MappingCheckCases, Hints) { find_and_mend(kHints); }

/// Before tokens had users and dialects. What is missing is added at the start, which the check comes before.
TEST_F(MappingCheck, TokensOfAnEarlierVersionAreBroughtUpToDate) {
  const auto db = make(edited(std::string(kSchema), {"", "CREATE TABLE scim_tokens (id TEXT PRIMARY KEY, name TEXT NOT NULL UNIQUE, "
                                                        "hash TEXT NOT NULL, read_only INTEGER NOT NULL, created INTEGER NOT NULL, expires INTEGER);"}));
  EXPECT_EQ(shown(check(*db, std::string(kMapping))), "");
  ASSERT_TRUE(sql::make_own_tables(*db, served(std::string(kMapping)).mapping));
  run(*db, "INSERT INTO scim_tokens (id, name, hash, read_only, created, user_name, dialect) VALUES ('1', 'a', 'h', 0, 0, 'ada', 'okta')");
  EXPECT_EQ(shown(check(*db, std::string(kMapping))), "");
}

TEST_F(MappingCheck, TriggerForReusedKeys) {
  const auto db = make(edited(std::string(kSchema), {" AUTOINCREMENT, login", ", login"}));
  EXPECT_EQ(check(*db, std::string(kMapping)).front().fix, "") << "there is no table yet to delete from";
  ASSERT_TRUE(sql::make_own_tables(*db, served(std::string(kMapping)).mapping));
  const Findings findings = check(*db, std::string(kMapping));
  ASSERT_EQ(findings.size(), 1U) << shown(findings);
  run(*db, findings.front().fix);
  EXPECT_EQ(shown(check(*db, std::string(kMapping))), "");
  run(*db, "INSERT INTO person (login) VALUES ('ada'); INSERT INTO scim_user (owner, id) SELECT id, 'x' FROM person; DELETE FROM person");
  const auto cursor = db->query({"SELECT count(*) FROM scim_user", {}});
  ASSERT_TRUE(*(*cursor)->next());
  EXPECT_EQ((*cursor)->integer(0), 0);
}

TEST_F(MappingCheck, JournalModeIsAHint) {
  auto db = make(std::string(kSchema) + ";PRAGMA journal_mode = DELETE");
  const Findings findings = check(*db, std::string(kMapping));
  ASSERT_EQ(findings.size(), 1U) << shown(findings);
  EXPECT_EQ(findings.front().severity, Severity::hint);
  run(*db, findings.front().fix);
  EXPECT_EQ(shown(check(*db, std::string(kMapping))), "");
}

TEST_F(MappingCheck, WritesNothing) {
  const auto db = make(std::string(kSchema));
  check(*db, std::string(kMapping));
  const auto cursor = db->query({"SELECT count(*) FROM main.sqlite_master WHERE name LIKE 'scim%'", {}});
  ASSERT_TRUE(*(*cursor)->next());
  EXPECT_EQ((*cursor)->integer(0), 0);
}

/// What helps a filter is said of its own terms, whichever they are.
TEST_F(MappingCheck, AFilterIsChecked) {
  const std::string toml = std::string(kMapping).replace(kMapping.find("#map"), 4, "title = { column = \"nick\", fold = \"lower\" }");
  const auto db = make(std::string(kSchema));
  sql::Served used = served(toml);
  ASSERT_TRUE(sql::make_own_tables(*db, used.mapping));
  const ResourceType& user = *used.registry->type_by_name("User");
  const auto fixes = [&](const std::string& filter) {
    std::string out;
    const auto found = sql::check_filter(*db, used.mapping, sql::store_options(config(toml)), user, parse_filter(filter).value());
    for (const Finding& finding : found.value()) out += finding.fix;
    return out;
  };
  EXPECT_EQ(fixes("userName eq \"x\""), "");
  EXPECT_EQ(fixes("title eq \"x\" and (userName eq \"y\" or title eq \"z\")"), "CREATE INDEX \"person_nick_lower\" ON \"person\" (lower(\"nick\"));");
  EXPECT_EQ(fixes("title co \"x\""), "") << "no index would help";
  run(*db, fixes("not (title eq \"x\")"));
  EXPECT_EQ(fixes("title eq \"x\""), "");
}

TEST_F(MappingCheck, PresetsFitTheirSchemas) {
  const std::string folder = std::string(SCIMCTL_TEST_DATA) + "/mapping/";
  const std::pair<const char*, std::string> kSites[] = {{"laravel", "mapping = 'laravel'"},
                                                        {"rails", "mapping = 'rails-devise'"},
                                                        {"flat", read_file(folder + "flat.toml")},
                                                        {"children", read_file(folder + "children.toml")},
                                                        {"joined", read_file(folder + "joined.toml")}};
  for (const auto& [name, toml] : kSites) {
    SCOPED_TRACE(name);
    const auto db = make(read_file(folder + name + ".sql"));
    EXPECT_EQ(shown(check(*db, toml, Depth::errors)), "");
    const Findings all = check(*db, toml);
    for (const Finding& finding : all) EXPECT_NE(finding.severity, Severity::error) << finding.text;
    ASSERT_TRUE(sql::make_own_tables(*db, served(toml).mapping));
    EXPECT_EQ(shown(check(*db, toml, Depth::errors)), "") << "with our own tables";
  }
}

TEST_F(MappingCheck, RenderingsAreOfTablesOfOurOwn) {
  const auto refused = sql::load_served(config("[database]\nurl = \"sqlite:app.db\"\n[user]\ntable = \"people\"\nkey = \"id\"\n"
                                               "renderings = \"kept\"\n[user.map]\nuserName = \"name\"\n"));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().detail, "app.toml: [user] renderings: is for tables of our own");
}

}  // namespace
}  // namespace scim::test
