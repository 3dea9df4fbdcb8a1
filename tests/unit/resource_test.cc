// SPDX-License-Identifier: MIT
// Values by attribute: find, assign, equality, difference and apply.
#include "core/resource.h"

#include <gtest/gtest.h>

#include "case_file.h"
#include "core/validate.h"

namespace scim {
namespace {

const Registry& registry() {
  static const Registry kRegistry = test::registry_with_widget();
  return kRegistry;
}

const ResourceType& type_of(const char* name) { return *registry().type_by_name(name); }

const Attribute& attribute_of(const char* type, const char* path) {
  return *resolve(type_of(type), parse_path_name(path).value());
}

bool equal(const char* type, const char* path, const char* a, const char* b) {
  return equal_values(attribute_of(type, path), Json::parse(a), Json::parse(b));
}

const std::string kEnterprise(urn::kEnterpriseUser);

/// "set title, clear emails"
std::string difference_text(const char* type, const Json& before, const Json& after) {
  std::string text;
  for (const Change& change : difference(type_of(type), before, after)) {
    text += (text.empty() ? "" : ", ") + std::string(change.kind == Change::Kind::clear ? "clear " : "set ") +
            change.attribute->path();
  }
  return text;
}

TEST(Resource, FindsAndAssignsAtEveryDepth) {
  Json body = Json::object();
  const Attribute& title = attribute_of("User", "title");
  const Attribute& given_name = attribute_of("User", "name.givenName");
  const Attribute& manager = attribute_of("User", (kEnterprise + ":manager.value").c_str());
  for (const Attribute* attribute : {&title, &given_name, &manager}) {
    EXPECT_EQ(find_value(body, *attribute), nullptr);
    assign_value(body, *attribute, "x");
    ASSERT_NE(find_value(body, *attribute), nullptr);
    EXPECT_EQ(*find_value(body, *attribute), "x");
  }
  EXPECT_EQ(body, Json({{"title", "x"}, {"name", {{"givenName", "x"}}}, {kEnterprise, {{"manager", {{"value", "x"}}}}}}));
  for (const Attribute* attribute : {&title, &given_name, &manager}) assign_value(body, *attribute, nullptr);
  EXPECT_EQ(body, Json::object());
}

TEST(Resource, PartsOfListElementsAreNotFound) {
  const Json body = Json::parse(R"({"emails": [{"value": "a"}]})");
  EXPECT_EQ(find_value(body, attribute_of("User", "emails.value")), nullptr);
}

// Requirements: Z-1, Z-4
TEST(Resource, UnassignedStates) {
  for (const char* text : {"null", "[]", "{}", "[null]", "{\"a\": null}", "[{\"a\": []}]"}) {
    EXPECT_TRUE(is_unassigned(Json::parse(text))) << text;
  }
  for (const char* text : {"\"\"", "0", "false", "[\"\"]", "{\"a\": false}"}) EXPECT_FALSE(is_unassigned(Json::parse(text))) << text;
}

TEST(Resource, EqualValuesByTypeAndCollation) {
  EXPECT_TRUE(equal("User", "nickName", "\"STRASSE\"", "\"straße\""));
  EXPECT_FALSE(equal("User", "externalId", "\"A\"", "\"a\""));
  EXPECT_TRUE(equal("User", "userName", "\"ａｄａ\"", "\"ADA\""));
  EXPECT_TRUE(equal("Widget", "weight", "3", "3.0"));
  EXPECT_FALSE(equal("Widget", "weight", "3", "3.01"));
  EXPECT_FALSE(equal("Widget", "count", "9007199254740993", "9007199254740992"));
  EXPECT_TRUE(equal("Widget", "builtAt", "\"2024-01-01T01:00:00+01:00\"", "\"2024-01-01T00:00:00Z\""));
  EXPECT_FALSE(equal("Widget", "enabled", "true", "false"));
  EXPECT_FALSE(equal("User", "nickName", "\"1\"", "1"));
}

// Requirements: P-16
TEST(Resource, EqualObjectsAndLists) {
  EXPECT_TRUE(equal("User", "name", R"({"givenName": "A", "familyName": "B"})", R"({"familyName": "b", "givenName": "a", "formatted": null})"));
  EXPECT_FALSE(equal("User", "name", R"({"givenName": "A", "familyName": "B"})", R"({"givenName": "B", "familyName": "A"})"));
  EXPECT_TRUE(equal("User", "emails", R"([{"value": "a", "primary": false}, {"value": "b"}])", R"([{"value": "B"}, {"value": "a"}])"));
  EXPECT_FALSE(equal("User", "emails", R"([{"value": "a"}, {"value": "a"}])", R"([{"value": "a"}, {"value": "b"}])"));
  EXPECT_FALSE(equal("User", "emails", R"([{"value": "a"}])", R"([{"value": "a", "primary": true}])"));
  EXPECT_TRUE(equal("Widget", "tags", R"(["a", "B"])", R"(["b", "A"])"));
  EXPECT_FALSE(equal("Widget", "tags", R"(["ab", "c"])", R"(["a", "bc"])"));
  // A list and one of its elements share keys.
  EXPECT_EQ(equality_key(attribute_of("Widget", "tags"), "RED"), equality_key(attribute_of("Widget", "tags"), "red"));
}

// Requirements: EX-2
TEST(Resource, SchemasFollowTheData) {
  EXPECT_EQ(schemas_of(type_of("User"), {{"userName", "a"}}), Json::array({urn::kUser}));
  EXPECT_EQ(schemas_of(type_of("User"), {{kEnterprise, {{"department", "x"}}}}), Json::array({urn::kUser, urn::kEnterpriseUser}));
  EXPECT_EQ(schemas_of(type_of("User"), {{kEnterprise, Json::object()}}), Json::array({urn::kUser}));
}

TEST(Resource, DifferenceNamesTopAttributes) {
  const Json before = {{"userName", "a"}, {"title", "T"}, {"name", {{"givenName", "A"}}},
                       {kEnterprise, {{"department", "D"}, {"costCenter", "1"}}}};
  const Json after = {{"userName", "A"}, {"name", {{"givenName", "A"}, {"familyName", "B"}}}, {"active", false},
                      {kEnterprise, {{"department", "D"}, {"division", "x"}}}};
  EXPECT_EQ(difference_text("User", before, after), "set userName, set name, clear title, set active, clear " + kEnterprise +
                                                        ":costCenter, set " + kEnterprise + ":division");
}

// Requirements: U-4
TEST(Resource, DifferencePassesOverWhatTheClientCannotChange) {
  const Json before = Json::parse(R"({"schemas": ["x"], "id": "1", "meta": {"version": "1"}, "groups": [{"value": "g"}],
    "emails": [{"value": "a", "primary": false}, {"value": "b"}]})");
  const Json after = Json::parse(R"({"emails": [{"value": "b"}, {"value": "a"}]})");
  EXPECT_EQ(difference_text("User", before, after), "");
  EXPECT_EQ(difference_text("Group", Json::parse(R"({"members": [{"value": "a"}]})"), Json::object()), "");
}

TEST(Resource, ReadOnlyPartsAreNoDifference) {
  const Json before = {{kEnterprise, {{"manager", {{"value", "m"}, {"displayName", "Boss"}}}}}};
  EXPECT_EQ(difference_text("User", before, {{kEnterprise, {{"manager", {{"value", "m"}}}}}}), "");
  const Changes changes = difference(type_of("User"), Json::object(), before);
  ASSERT_EQ(changes.size(), 1U);
  EXPECT_EQ(changes[0].value, Json({{"value", "m"}}));
  const Json only_read_only = {{kEnterprise, {{"manager", {{"displayName", "Boss"}}}}}};
  EXPECT_EQ(difference_text("User", Json::object(), only_read_only), "");
}

// Requirements: U-15
TEST(Resource, PutOfWhatGetReturnedChangesNothing) {
  const Json file = test::read_cases("scim/patch-cases.json");
  for (const Json& given : file["cases"]) {
    const ResourceType& type = type_of(given["resourceType"].get<std::string>().c_str());
    const Json& body = given["resource"];
    EXPECT_EQ(difference(type, body, body).size(), 0U) << given["id"];
    const Result<Resource> put = resource_from_body(body, type);
    ASSERT_TRUE(put) << given["id"] << put.error().detail;
    EXPECT_EQ(difference(type, body, put->body).size(), 0U) << given["id"];
  }
}

TEST(Resource, ApplyUndoesADifference) {
  const Json before = {{"schemas", Json::array({urn::kUser})}, {"id", "1"}, {"userName", "a"}, {"title", "T"}};
  const Json after = {{"userName", "b"}, {"emails", Json::array({{{"value", "x"}}})}, {kEnterprise, {{"department", "D"}}}};
  Resource resource;
  resource.type = &type_of("User");
  resource.body = before;
  scim::apply(difference(*resource.type, before, after), resource);
  EXPECT_EQ(resource.body["userName"], "b");
  EXPECT_EQ(resource.body["schemas"].size(), 2U);
  EXPECT_FALSE(resource.body.contains("title"));
  scim::apply(difference(*resource.type, resource.body, before), resource);
  EXPECT_EQ(resource.body, before);
}

TEST(Resource, ApplyOfMembershipDeltas) {
  Resource group;
  group.type = &type_of("Group");
  group.body = Json::parse(R"({"id": "g", "displayName": "G"})");
  const Attribute& members = attribute_of("Group", "members");
  const auto ids = [&] {
    std::string text;
    for (const Json& member : group.body.value("members", Json::array())) text += member_id(member);
    return text;
  };
  scim::apply({{&members, Change::Kind::add, Json::parse(R"([{"value": "a"}, {"value": "b"}])")}}, group);
  EXPECT_EQ(ids(), "ab");
  scim::apply({{&members, Change::Kind::add, Json::parse(R"([{"value": "b"}, {"value": "c"}])")},
         {&members, Change::Kind::remove, Json::parse(R"([{"value": "a"}, {"value": "z"}])")}}, group);
  EXPECT_EQ(ids(), "bc");
  scim::apply({{&members, Change::Kind::remove, Json::parse(R"([{"value": "b"}, {"value": "c"}])")}}, group);
  EXPECT_FALSE(group.body.contains("members"));
  EXPECT_EQ(group.id(), "g");
}

}  // namespace
}  // namespace scim
