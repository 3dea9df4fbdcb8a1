// SPDX-License-Identifier: MIT
#include "cli/transition.h"

#include <gtest/gtest.h>

#include "core/registry.h"

namespace scim::cli {
namespace {

constexpr const char* kEnterprise = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

std::string operations(const char* type, const Json& from, const Json& to) {
  const Registry registry = Registry::standard();
  return to_text(transition(*registry.type_by_name(type), from, to)["Operations"]);
}

TEST(Transition, NothingWhereOnlyTheServerChanges) {
  const Json from = Json::parse(R"({"schemas":["a"],"id":"1","userName":"ada","password":"x","meta":{"version":"1"},"groups":[{"value":"1"}]})");
  const Json to = Json::parse(R"({"schemas":["b"],"id":"2","userName":"ada","meta":{"version":"2"}})");
  EXPECT_EQ(operations("User", from, to), "[]");
}

TEST(Transition, ValuesComeGoAndChange) {
  EXPECT_EQ(operations("User", {{"title", "A"}, {"nickName", "N"}}, {{"title", "B"}, {"displayName", "D"}}),
            R"([{"op":"add","path":"displayName","value":"D"},{"op":"remove","path":"nickName"},{"op":"replace","path":"title","value":"B"}])");
  EXPECT_EQ(operations("User", {{"active", true}, {"title", nullptr}}, {{"active", false}}), R"([{"op":"replace","path":"active","value":false}])");
}

TEST(Transition, PartsOfAComplexValue) {
  const Json from = Json::parse(R"({"name":{"givenName":"A","familyName":"L"}})");
  EXPECT_EQ(operations("User", from, Json::parse(R"({"name":{"givenName":"A","middleName":"M"}})")),
            R"([{"op":"remove","path":"name.familyName"},{"op":"add","path":"name.middleName","value":"M"}])");
  EXPECT_EQ(operations("User", from, Json::object()), R"([{"op":"remove","path":"name"}])");
  EXPECT_EQ(operations("User", Json::object(), from), R"([{"op":"add","path":"name","value":{"familyName":"L","givenName":"A"}}])");
}

TEST(Transition, ListsAsAWhole) {
  const Json from = Json::parse(R"({"emails":[{"value":"a"},{"value":"b","type":"work"}]})");
  EXPECT_EQ(operations("User", from, Json::parse(R"({"emails":[{"type":"work","value":"b"},{"value":"a"}]})")), "[]") << "they have no order";
  EXPECT_EQ(operations("User", from, Json::parse(R"({"emails":[{"value":"a"}]})")), R"([{"op":"replace","path":"emails","value":[{"value":"a"}]}])");
  EXPECT_EQ(operations("User", from, Json::parse(R"({"emails":[]})")), R"([{"op":"remove","path":"emails"}])");
}

TEST(Transition, ExtensionsByTheirUrn) {
  const Json from{{kEnterprise, {{"department", "IT"}, {"manager", {{"value", "1"}, {"displayName", "read only"}}}}}};
  const Json to{{kEnterprise, {{"department", "HR"}, {"manager", {{"value", "2"}, {"displayName", "another"}}}}}};
  const std::string urn = kEnterprise;
  EXPECT_EQ(operations("User", from, to), R"([{"op":"replace","path":")" + urn + R"(:department","value":"HR"},{"op":"replace","path":")" + urn + R"(:manager.value","value":"2"}])");
  EXPECT_EQ(operations("User", Json::object(), Json{{kEnterprise, {{"department", "HR"}}}}), R"([{"op":"add","path":")" + urn + R"(:department","value":"HR"}])");
}

TEST(Transition, MembersOneByOne) {
  const Json from = Json::parse(R"({"members":[{"value":"1","display":"x","$ref":"/Users/1"},{"value":"2"}]})");
  const Json to = Json::parse(R"({"members":[{"value":"1","display":"y"},{"value":"3","type":"User"},{"value":"4"}]})");
  EXPECT_EQ(operations("Group", from, to),
            R"([{"op":"remove","path":"members[value eq \"2\"]"},{"op":"add","path":"members","value":[{"value":"3"},{"value":"4"}]}])");
}

TEST(WritableParts, WhatAClientMaySend) {
  const Registry registry = Registry::standard();
  const Json user = Json::parse(R"j({"schemas":["u"],"id":"1","externalId":"e","meta":{"version":"1"},"groups":[{"value":"g"}],"userName":"ada","password":"(removed)",
    "emails":[{"value":"a","type":"work"}],"nickName":null,"unknown":1,
    "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":{"department":"IT","manager":{"value":"1","$ref":"../Users/1","displayName":"M"}}})j");
  EXPECT_EQ(to_text(writable_parts(*registry.type_by_name("User"), user)),
            R"({"schemas":["u"],"externalId":"e","userName":"ada","emails":[{"value":"a","type":"work"}],)"
            R"("urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":{"department":"IT","manager":{"value":"1","$ref":"../Users/1"}}})");
}

}  // namespace
}  // namespace scim::cli
