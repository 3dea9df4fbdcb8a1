// SPDX-License-Identifier: MIT
#include "cli/renaming.h"

#include <gtest/gtest.h>

namespace scim::cli {
namespace {

/// Of a server whose ids are numbers, so that they stand everywhere.
Renaming renaming() {
  Renaming renaming;
  renaming.learn_id("1", "2");
  renaming.learn_id("2", "3");
  renaming.learn_id("a b", "c/d");
  return renaming;
}

std::string body(const char* text) { return to_text(renaming().body(Json::parse(text))); }

TEST(Renaming, PathsBySegment) {
  EXPECT_EQ(renaming().path("/Users/1"), "/Users/2");
  EXPECT_EQ(renaming().path("/Users/11"), "/Users/11");
  EXPECT_EQ(renaming().path("/Users/a%20b"), "/Users/c%2Fd");
  EXPECT_EQ(renaming().path("/Users/%7e"), "/Users/%7e") << "stays as it is written";
  EXPECT_EQ(renaming().path("/Users"), "/Users");
}

TEST(Renaming, QueriesInQuotes) {
  EXPECT_EQ(renaming().query("filter=members.value%20eq%20%221%22&count=1"), "filter=members.value%20eq%20%222%22&count=1");
  EXPECT_EQ(renaming().query("filter=title%20eq%20%2211%22"), "filter=title%20eq%20%2211%22");
}

TEST(Renaming, BodiesWhereTheyRefer) {
  EXPECT_EQ(body(R"({"members":[{"value":"1"},{"value":"2"}]})"), R"({"members":[{"value":"2"},{"value":"3"}]})") << "each once";
  EXPECT_EQ(body(R"({"manager":{"$ref":"https://h/scim/v2/Users/1","value":"1"}})"), R"({"manager":{"$ref":"https://h/scim/v2/Users/2","value":"2"}})");
  EXPECT_EQ(body(R"({"Operations":[{"op":"remove","path":"members[value eq \"1\"]"}]})"), R"({"Operations":[{"op":"remove","path":"members[value eq \"2\"]"}]})");
  EXPECT_EQ(body(R"({"Operations":[{"op":"add","path":"members","value":[{"value":"1"}]}]})"), R"({"Operations":[{"op":"add","path":"members","value":[{"value":"2"}]}]})");
  EXPECT_EQ(body(R"({"Operations":[{"method":"DELETE","path":"/Users/1"}]})"), R"({"Operations":[{"method":"DELETE","path":"/Users/2"}]})");
}

TEST(Renaming, NothingElse) {
  for (const char* same : {R"({"employeeNumber":"1"})", R"({"userName":"1"})", R"({"count":1})", R"({"Operations":[{"op":"replace","path":"title","value":"1"}]})"}) {
    EXPECT_EQ(body(same), same);
  }
}

TEST(Renaming, VersionsByPath) {
  Renaming renaming;
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
