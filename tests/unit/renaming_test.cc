// SPDX-License-Identifier: MIT
#include "cli/replay/renaming.h"

#include <gtest/gtest.h>

namespace scim::cli {
namespace {

const Registry& types() {
  static const Registry standard = Registry::standard();
  return standard;
}

/// Of a server whose ids are numbers, the same for users and groups, so that they stand everywhere.
Renaming renaming() {
  Renaming renaming(types());
  renaming.learn("/Users/1", "/Users/2");
  renaming.learn("/Users/2", "https://h/scim/v2/Users/3");
  renaming.learn("/Users/a%20b", "/Users/c%2Fd");
  renaming.learn("/Groups/1", "/Groups/10");
  renaming.learn("/Groups/7", "/Groups/70");
  return renaming;
}

std::string body(const char* text, const char* path) { return to_text(renaming().body(Json::parse(text), path)); }

TEST(Renaming, PathsOfATypeAndAnId) {
  EXPECT_EQ(renaming().path("/Users/1"), "/Users/2");
  EXPECT_EQ(renaming().path("/Users/1/"), "/Users/2/");
  EXPECT_EQ(renaming().path("/Groups/1"), "/Groups/10");
  EXPECT_EQ(renaming().path("https://h/scim/v2/Groups/1"), "https://h/scim/v2/Groups/10");
  EXPECT_EQ(renaming().path("/Users/a%20b"), "/Users/c%2Fd");
  for (const char* same : {"/Users/11", "/Groups/2", "/Users/%7e", "/Users", "/", "/1", "", "1", "/Users/.search", "/Users/%zz"}) EXPECT_EQ(renaming().path(same), same);
}

TEST(Renaming, FiltersOfQueries) {
  const auto query = [](const char* text, const char* path) { return renaming().query(text, path); };
  EXPECT_EQ(query("filter=id%20eq%20%221%22&count=1", "/Users"), "filter=id%20eq%20%222%22&count=1");
  EXPECT_EQ(query("filter=id%20eq%20%221%22", "/Groups"), "filter=id%20eq%20%2210%22");
  EXPECT_EQ(query("filter=members.value%20eq%20%221%22%20or%20members%5Bvalue%20eq%20%227%22%5D", "/Groups"),
            "filter=members.value%20eq%20%222%22%20or%20members%5Bvalue%20eq%20%2270%22%5D");
  EXPECT_EQ(query("filter=manager.value%20eq%20%227%22", "/Users"), "filter=manager.value%20eq%20%227%22") << "groups manage nobody";
  for (const char* same : {"filter=title%20eq%20%221%22", "filter=userName%20sw%20%221%22", "filter=emails.value%20eq%20%221%22", "filter=id%20sw%20%221%22",
                           "filter=broken%20%221%22", "count=1", "id=%221%22"}) {
    EXPECT_EQ(query(same, "/Users"), same);
  }
}

TEST(Renaming, BodiesWhereTheyRefer) {
  EXPECT_EQ(body(R"({"members":[{"value":"1"},{"value":"2"}]})", "/Groups"), R"({"members":[{"value":"2"},{"value":"3"}]})") << "each once";
  EXPECT_EQ(body(R"({"members":[{"type":"Group","value":"1"},{"$ref":"../Groups/1","value":"1"},{"value":"7"}]})", "/Groups"),
            R"({"members":[{"type":"Group","value":"10"},{"$ref":"../Groups/10","value":"10"},{"value":"70"}]})");
  EXPECT_EQ(body(R"({"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":{"department":"1","manager":{"$ref":"https://h/Users/1","value":"1"}}})", "/Users"),
            R"({"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":{"department":"1","manager":{"$ref":"https://h/Users/2","value":"2"}}})");
  EXPECT_EQ(body(R"({"Operations":[{"op":"remove","path":"members[value eq \"1\"]"}]})", "/Groups/1"), R"({"Operations":[{"op":"remove","path":"members[value eq \"2\"]"}]})");
  EXPECT_EQ(body(R"({"Operations":[{"Op":"Add","Path":"Members","Value":[{"value":"1"}]}]})", "/Groups/1"), R"({"Operations":[{"Op":"Add","Path":"Members","Value":[{"value":"2"}]}]})");
  EXPECT_EQ(body(R"({"Operations":[{"op":"add","value":{"members":[{"value":"1"}]}}]})", "/Groups/1"), R"({"Operations":[{"op":"add","value":{"members":[{"value":"2"}]}}]})");
  EXPECT_EQ(body(R"({"Operations":[{"op":"replace","path":"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager","value":"1"}]})", "/Users/2"),
            R"({"Operations":[{"op":"replace","path":"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager","value":"2"}]})");
  EXPECT_EQ(body(R"({"filter":"id eq \"1\"","count":1})", "/Groups/.search"), R"({"filter":"id eq \"10\"","count":1})");
}

TEST(Renaming, BulkRequests) {
  Renaming of_bulk = renaming();
  of_bulk.learn_version("/Users/2", "W/\"a\"", "W/\"b\"");
  const Json was = Json::parse(R"({"Operations":[
    {"method":"DELETE","path":"/Users/1","version":"W/\"a\""},
    {"method":"POST","path":"/Groups","bulkId":"g","data":{"displayName":"1","members":[{"value":"1"},{"value":"bulkId:x"}]}},
    {"method":"PATCH","path":"/Groups/1","data":{"Operations":[{"op":"add","path":"members","value":[{"value":"2"}]}]}}]})");
  EXPECT_EQ(of_bulk.body(was, "/Bulk"), Json::parse(R"({"Operations":[
    {"method":"DELETE","path":"/Users/2","version":"W/\"b\""},
    {"method":"POST","path":"/Groups","bulkId":"g","data":{"displayName":"1","members":[{"value":"2"},{"value":"bulkId:x"}]}},
    {"method":"PATCH","path":"/Groups/10","data":{"Operations":[{"op":"add","path":"members","value":[{"value":"3"}]}]}}]})"));
}

TEST(Renaming, LearnsFromTheAnswersOfBulkRequests) {
  Renaming renaming(types());
  const Response was{200, {}, R"({"Operations":[{"bulkId":"a","location":"https://old/Users/1","version":"v1"},{"bulkId":"b","location":"https://old/Groups/1"},{"location":"https://old/Users/5"},{"bulkId":"c","status":"409"}]})"};
  const Response is{200, {}, R"({"Operations":[{"bulkId":"b","location":"https://new/Groups/8"},{"bulkId":"a","location":"https://new/Users/9","version":"v9"},{"location":"https://new/Users/6"},{"bulkId":"c","location":"https://new/Users/3"}]})"};
  renaming.learn_made("/Bulk", was, is);
  EXPECT_EQ(renaming.path("/Users/1"), "/Users/9");
  EXPECT_EQ(renaming.path("/Groups/1"), "/Groups/8");
  EXPECT_EQ(renaming.path("/Users/5"), "/Users/5");
  EXPECT_EQ(renaming.version("/Users/9", "v1"), "v9");
  for (const char* broken : {"", "[]", R"({"Operations":1})", R"({"Operations":[1]})"}) renaming.learn_made("/Bulk", was, Response{200, {}, broken});
}

TEST(Renaming, LearnsWhatAPostMade) {
  Renaming renaming(types());
  renaming.learn_made("/Users/", Response{201, {}, R"({"id":"1","meta":{"version":"a"}})"}, Response{201, {{"Location", "https://h/Users/2"}, {"ETag", "b"}}, ""});
  renaming.learn_made("/Me", Response{201, {}, R"({"id":"5"})"}, Response{201, {}, R"({"id":"6"})"});
  renaming.learn_made("/Cats", Response{201, {}, R"({"id":"5"})"}, Response{201, {}, R"({"id":"7"})"});
  EXPECT_EQ(renaming.path("/Users/1"), "/Users/2");
  EXPECT_EQ(renaming.version("/Users/2", "a"), "b");
  EXPECT_EQ(renaming.path("/Users/5"), "/Users/6");
  EXPECT_EQ(renaming.path("/Cats/5"), "/Cats/7");
}

/// One of a user that has kept its id is no group's.
TEST(Renaming, WhatStaysIsKnown) {
  Renaming renaming(types());
  renaming.learn("/Users/1", "/Users/1");
  renaming.learn("/Groups/1", "/Groups/2");
  EXPECT_EQ(to_text(renaming.body(Json::parse(R"({"members":[{"value":"1"}]})"), "/Groups")), R"({"members":[{"value":"1"}]})");
}

TEST(Renaming, NothingElse) {
  for (const char* same : {R"({"employeeNumber":"1"})", R"({"userName":"1"})", R"({"count":1})", R"({"Operations":[{"op":"replace","path":"title","value":"1"}]})",
                           R"({"emails":[{"value":"1"}],"phoneNumbers":[{"value":"1"}],"externalId":"1","id":"1"})", R"({"members":[{"value":"1"}]})",
                           R"({"Operations":[{"op":"replace","path":"emails[value eq \"1\"].value","value":"1"}]})", R"([1])", R"("1")"}) {
    EXPECT_EQ(body(same, "/Users"), same) << "of users, which have no members";
  }
  EXPECT_EQ(body(R"({"members":[{"value":"1"}]})", "/Cats"), R"({"members":[{"value":"1"}]})");
}

TEST(Renaming, VersionsByPath) {
  Renaming renaming(types());
  renaming.learn_version("/Users/1", "W/\"a\"", "W/\"b\"");
  EXPECT_EQ(renaming.version("/Users/1", "W/\"a\""), "W/\"b\"");
  EXPECT_EQ(renaming.version("/Users/2", "W/\"a\""), "W/\"a\"");
}

TEST(IdOf, BodyElseLocation) {
  Response response;
  response.headers = {{"Location", "https://h/scim/v2/Users/a%20b"}};
  EXPECT_EQ(id_of(response), "a b");
  response.body = R"({"id": "7"})";
  EXPECT_EQ(id_of(response), "7");
  EXPECT_EQ(id_of(Response{201, {}, "<html>"}), "");
}

TEST(VersionOf, HeaderElseBody) {
  EXPECT_EQ(version_of(Response{200, {{"ETag", "W/\"a\""}}, R"({"meta":{"version":"b"}})"}), "W/\"a\"");
  EXPECT_EQ(version_of(Response{200, {}, R"({"meta":{"version":"b"}})"}), "b");
  for (const char* none : {"", "[]", "{}", R"({"meta":1})", R"({"meta":{"version":7}})"}) EXPECT_EQ(version_of(Response{200, {}, none}), "") << none;
}

}  // namespace
}  // namespace scim::cli
