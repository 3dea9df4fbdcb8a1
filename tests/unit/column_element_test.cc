// SPDX-License-Identifier: MIT
// A list that is one column and some constants, which hold where a client says nothing else: Django's e-mail address.
#include "tests/unit/application.h"

namespace scim::test {
namespace {

const std::string kTables = "CREATE TABLE u (id INTEGER PRIMARY KEY, n TEXT UNIQUE, mail TEXT);";
const std::string kMapping =
    "[database]\nurl = 'sqlite:@DB@'\n[user]\ntable = 'u'\nkey = 'id'\n[user.map]\nuserName = { column = 'n', unique = true }\n"
    "emails = { column = 'mail', type = 'work', primary = true }\n";

class ColumnElement : public ::testing::Test {
 protected:
  std::string create(const char* name, const char* emails) {
    return app_.create_user({{"userName", name}, {"emails", Json::parse(emails)}}).id();
  }
  Json emails(const std::string& id) { return app_.ask("GET", "/Users/" + id).body["emails"]; }
  Json patched(const std::string& id, const char* operation) {
    return app_.patch("/Users/" + id, Json::array({Json::parse(operation)})).body["emails"];
  }
  Json found(const char* filter) { return app_.find("/Users", filter).body["totalResults"]; }

  Application app_{kTables, kMapping};
};

TEST_F(ColumnElement, ConstantsAreForWhoSaysNothing) {
  EXPECT_EQ(emails(create("ada", R"([{"value": "a@x"}])")), Json::parse(R"([{"value": "a@x", "type": "work", "primary": true}])"));
  EXPECT_EQ(app_.rows("SELECT mail AS r FROM u"), "'a@x'");
  app_.run("INSERT INTO u (n, mail) VALUES ('bob', 'b@x')");
  EXPECT_EQ(found("emails[type eq \"work\" and primary eq true]"), 2);
}

TEST_F(ColumnElement, ALabelIsTheClients) {
  const std::string id = create("ada", R"([{"value": "h@x", "type": "home"}])");
  EXPECT_EQ(emails(id), Json::parse(R"([{"value": "h@x", "type": "home", "primary": true}])"));
  EXPECT_EQ(app_.rows("SELECT mail AS r FROM u"), "'h@x'") << "the application has but one place";
  EXPECT_EQ(found("emails[type eq \"home\" and value eq \"h@x\"]"), 1);
  EXPECT_EQ(found("emails.type eq \"work\""), 0);
  EXPECT_EQ(patched(id, R"({"op": "add", "path": "emails", "value": [{"value": "w@x", "type": "work"}]})"),
            Json::parse(R"([{"value": "w@x", "type": "work", "primary": false}, {"value": "h@x", "type": "home", "primary": true}])"));
}

TEST_F(ColumnElement, WhatRemainsKeepsItsLabel) {
  const std::string id = create("ada", R"([{"value": "w@x", "type": "work"}, {"value": "h@x", "type": "home"}])");
  EXPECT_EQ(patched(id, R"({"op": "remove", "path": "emails[type eq \"work\"]"})"), Json::parse(R"([{"value": "h@x", "type": "home", "primary": true}])"));
}

TEST_F(ColumnElement, AnotherCanBePrimary) {
  const std::string id = create("ada", R"([{"value": "w@x", "type": "work"}])");
  const Json both = Json::parse(R"([{"value": "w@x", "type": "work", "primary": false}, {"value": "h@x", "type": "home", "primary": true}])");
  EXPECT_EQ(patched(id, R"({"op": "add", "path": "emails", "value": [{"value": "h@x", "type": "home", "primary": true}]})"), both);
  EXPECT_EQ(app_.rows("SELECT mail AS r FROM u"), "'w@x'");
  EXPECT_EQ(found("emails[primary eq true and value eq \"w@x\"]"), 0);
  EXPECT_EQ(found("emails[primary eq true and value eq \"h@x\"]"), 1);
  EXPECT_EQ(patched(id, R"({"op": "remove", "path": "emails[type eq \"home\"]"})"), Json::parse(R"([{"value": "w@x", "type": "work", "primary": false}])"));
}

}  // namespace
}  // namespace scim::test
