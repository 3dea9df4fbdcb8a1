// SPDX-License-Identifier: MIT
// Bodies of POST and PUT, and single values, against the schema.
#include "core/validate.h"

#include <gtest/gtest.h>

#include "case_file.h"

namespace scim {
namespace {

const Registry& registry() {
  static const Registry kRegistry = test::registry_with_widget();
  return kRegistry;
}

const ResourceType& type_of(const std::string& name) { return *registry().type_by_name(name); }

Json minimum(const std::string& type) {
  if (type == "User") return {{"schemas", Json::array({urn::kUser})}, {"userName", "ada"}};
  if (type == "Group") return {{"schemas", Json::array({urn::kGroup})}, {"displayName", "Staff"}};
  return {{"schemas", Json::array({type_of("Widget").schema})}, {"label", "l"}};
}

std::string text_of(const Error& error) { return std::string(info(error.kind).scim_type) + ": " + error.detail; }

/// The canonical body, or the error as text.
Json read(const std::string& type, const Json& body) {
  const Result<Resource> resource = resource_from_body(body, type_of(type));
  return resource ? resource->body : Json(text_of(resource.error()));
}

/// The smallest body and these members (JSON text): what becomes of the first of them, or the error.
Json value_read(const std::string& type, const std::string& members) {
  Json body = minimum(type);
  const Json more = Json::parse(members);
  for (const auto& [name, value] : more.items()) body[name] = value;
  Json result = read(type, body);
  if (result.is_string()) return result;
  const Attribute* attribute = type_of(type).find(more.begin().key());
  return attribute != nullptr ? result.value(attribute->name, Json()) : Json();
}

std::string keyword(const std::string& type, const std::string& members) {
  const Json result = value_read(type, members);
  const std::string text = result.is_string() ? result.get<std::string>() : "";
  return text.substr(0, text.find(':'));
}

const std::string kEnterprise(urn::kEnterpriseUser);

// Requirements: P-15, EX-3
TEST(Validate, NamesGetTheirCase) {
  const Json body = {{"SCHEMAS", Json::array({"URN:ietf:params:scim:schemas:core:2.0:user"})},
                     {"USERNAME", "ada"},
                     {"Emails", Json::array({{{"VALUE", "a"}, {"Type", "work"}}})},
                     {"URN:IETF:params:scim:schemas:extension:enterprise:2.0:user", {{"Department", "D"}}}};
  EXPECT_EQ(read("User", body), Json({{"userName", "ada"},
                                      {"emails", Json::array({{{"value", "a"}, {"type", "work"}}})},
                                      {kEnterprise, {{"department", "D"}}},
                                      {"schemas", Json::array({urn::kUser, urn::kEnterpriseUser})}}));
}

// Requirements: P-21, H-34, C-4, T-2, T-8, EX-6
TEST(Validate, WhatIsNotTheClientsFallsOut) {
  EXPECT_EQ(value_read("User", R"({"id": "x"})"), nullptr);
  EXPECT_EQ(value_read("User", R"({"meta": 7})"), nullptr);
  EXPECT_EQ(value_read("User", R"({"groups": "x"})"), nullptr);
  EXPECT_EQ(value_read("User", R"({"nosuch": {"a": 1}})"), nullptr);
  EXPECT_EQ(value_read("User", R"({"urn:example:unknown": {"a": 1}})"), nullptr);
  EXPECT_EQ(value_read("User", R"({"name": {"givenName": "A", "nosuch": 1}})"), Json({{"givenName", "A"}}));
  EXPECT_EQ(value_read("User", "{\"" + kEnterprise + R"(": {"manager": {"value": "m", "displayName": "B", "managerId": 7}}})"),
            Json({{"manager", {{"value", "m"}}}}));
}

// Requirements: Z-1, Z-2, Z-4
TEST(Validate, UnassignedValues) {
  for (const char* value : {"null", "[]"}) EXPECT_EQ(value_read("User", "{\"emails\": " + std::string(value) + "}"), nullptr);
  for (const char* value : {"null", "{}", R"({"givenName": null})", R"({"nosuch": 1})"}) {
    EXPECT_EQ(value_read("User", "{\"name\": " + std::string(value) + "}"), nullptr) << value;
  }
  EXPECT_EQ(value_read("User", R"({"title": null})"), nullptr);
  EXPECT_EQ(value_read("User", R"({"title": ""})"), "");
  EXPECT_EQ(value_read("User", R"({"emails": [{"value": null, "type": null}, {"value": "a", "display": null}]})"),
            Json::parse(R"([{"value": "a"}])"));
}

// Requirements: H-3
TEST(Validate, Booleans) {
  EXPECT_EQ(value_read("User", R"({"active": "True"})"), true);
  EXPECT_EQ(value_read("User", R"({"active": "FALSE"})"), false);
  EXPECT_EQ(value_read("User", R"({"emails": [{"value": "a", "primary": "true"}]})")[0]["primary"], true);
  for (const char* value : {"1", "\"yes\"", "\"\"", "[true]", "{}"}) {
    EXPECT_EQ(keyword("User", "{\"active\": " + std::string(value) + "}"), "invalidValue") << value;
  }
}

// Requirements: H-4, H-5
TEST(Validate, Numbers) {
  EXPECT_EQ(value_read("Widget", R"({"count": -7})"), -7);
  EXPECT_EQ(value_read("Widget", R"({"count": 9223372036854775807})"), INT64_MAX);
  for (const char* value : {"1.5", "1e2", "7.0", "\"7\"", "true", "9223372036854775808", "18446744073709551615"}) {
    EXPECT_EQ(keyword("Widget", "{\"count\": " + std::string(value) + "}"), "invalidValue") << value;
  }
  EXPECT_EQ(value_read("Widget", R"({"weight": 3})"), 3);
  EXPECT_EQ(value_read("Widget", R"({"weight": 1e2})"), 100.0);
  EXPECT_EQ(keyword("Widget", R"({"weight": "3"})"), "invalidValue");
}

// Requirements: H-6, H-7
TEST(Validate, DatesAndBinaries) {
  for (const char* good : {"2024-02-29T00:00:00Z", "2024-01-01T24:00:00", "2024-01-01T00:00:00.123456789+02:00"}) {
    EXPECT_EQ(value_read("Widget", "{\"builtAt\": \"" + std::string(good) + "\"}"), good);
  }
  for (const char* bad : {"2011-05-13", "2023-02-29T00:00:00Z", "now", ""}) {
    EXPECT_EQ(keyword("Widget", "{\"builtAt\": \"" + std::string(bad) + "\"}"), "invalidValue") << bad;
  }
  EXPECT_EQ(value_read("Widget", R"({"blob": "aGk="})"), "aGk=");
  EXPECT_EQ(keyword("Widget", R"({"blob": "a b"})"), "invalidValue");
  EXPECT_EQ(keyword("User", R"({"x509Certificates": [{"value": "***"}]})"), "invalidValue");
}

// Requirements: P-23
TEST(Validate, Lists) {
  EXPECT_EQ(keyword("User", R"({"emails": {"value": "a"}})"), "invalidValue");
  EXPECT_EQ(keyword("User", R"({"emails": ["a"]})"), "invalidValue");
  EXPECT_EQ(keyword("User", R"({"emails": [null]})"), "invalidValue");
  EXPECT_EQ(keyword("User", R"({"emails": [[]]})"), "invalidValue");
  EXPECT_EQ(keyword("Widget", R"({"tags": "red"})"), "invalidValue");
  EXPECT_EQ(keyword("Widget", R"({"tags": [7]})"), "invalidValue");
  EXPECT_EQ(keyword("User", R"({"nickName": ["a"]})"), "invalidValue");
  EXPECT_EQ(keyword("User", R"({"name": "Ada"})"), "invalidValue");
  EXPECT_EQ(keyword("User", R"({"name": [{"givenName": "Ada"}]})"), "invalidValue");
}

// Requirements: H-27
TEST(Validate, EqualElementsAreOne) {
  EXPECT_EQ(value_read("User", R"({"emails": [{"value": "a", "type": "work"}, {"type": "WORK", "value": "A", "primary": false}]})"),
            Json::parse(R"([{"value": "a", "type": "work"}])"));
  EXPECT_EQ(value_read("Widget", R"({"tags": ["red", "RED", "blue"]})"), Json::parse(R"(["red", "blue"])"));
  EXPECT_EQ(value_read("Widget", R"({"codes": ["x", "X"]})"), Json::parse(R"(["x", "X"])"));
}

// Requirements: H-25
TEST(Validate, OnePrimary) {
  EXPECT_EQ(value_read("User", R"({"emails": [{"value": "a", "primary": true}, {"value": "b", "primary": "True"}]})"),
            "invalidValue: emails: only one value can be primary");
}

// Requirements: SEC-10
TEST(Validate, ListsHaveALimit) {
  Json body = minimum("Widget");
  for (std::size_t i = 0; i <= kListLimit; ++i) body["tags"].push_back(std::to_string(i));
  EXPECT_TRUE(read("Widget", body).is_string());
  body["tags"].erase(0);
  EXPECT_TRUE(read("Widget", body).is_object());
}

TEST(Validate, Members) {
  EXPECT_EQ(value_read("Group", R"({"members": ["a", {"VALUE": "b", "$ref": null, "display": 7}, {"value": "a", "type": "User"}]})"),
            Json::parse(R"([{"value": "a"}, {"value": "b"}])"));
  for (const char* value : {"[null]", "[{}]", "[{\"value\": null}]", "[{\"value\": 7}]", "[\"\"]", "\"a\"", "{\"value\": \"a\"}"}) {
    EXPECT_EQ(keyword("Group", "{\"members\": " + std::string(value) + "}"), "invalidValue") << value;
  }
  EXPECT_EQ(value_read("Group", R"({"members": []})"), nullptr);
}

TEST(Validate, Manager) {
  const auto manager = [](const std::string& value) { return value_read("User", "{\"" + kEnterprise + "\": {\"manager\": " + value + "}}"); };
  for (const char* value : {"\"m\"", "[\"m\"]", "[{\"value\": \"m\"}]", "{\"value\": \"m\", \"$ref\": null}"}) {
    EXPECT_EQ(manager(value), Json({{"manager", {{"value", "m"}}}})) << value;
  }
  for (const char* value : {"null", "\"\"", "{}", "{\"value\": null}", "{\"value\": \"\"}"}) EXPECT_EQ(manager(value), nullptr) << value;
  EXPECT_TRUE(manager("7").is_string());
  EXPECT_TRUE(manager("[]").is_string());
  EXPECT_TRUE(manager("{\"value\": 7}").is_string());
}

// Requirements: H-23, H-24, H-36
TEST(Validate, RequiredAttributes) {
  EXPECT_EQ(read("User", {{"schemas", Json::array({urn::kUser})}}), "invalidValue: userName: is required");
  EXPECT_EQ(read("Group", {{"schemas", Json::array({urn::kGroup})}}), "invalidValue: displayName: is required");
  for (const char* name : {"", "  ", "\t"}) {
    Json body = minimum("User");
    body["userName"] = name;
    EXPECT_EQ(read("User", body), "invalidValue: userName: must not be empty");
  }
  EXPECT_EQ(value_read("Widget", R"({"box": {"length": 1}})"), "invalidValue: box.owner: is required");
  EXPECT_EQ(value_read("Widget", R"({"box": {"owner": "o"}})"), Json({{"owner", "o"}}));
}

// Requirements: C-9, EX-5
TEST(Validate, RequiredExtensions) {
  std::vector<ResourceType> types = standard_resource_types();
  types.front().extensions.front().required = true;
  const Registry strict = Registry::make(standard_schemas(), types).value();
  const ResourceType& user = *strict.type_by_name("User");
  EXPECT_EQ(text_of(resource_from_body(minimum("User"), user).error()), "invalidValue: " + kEnterprise + ": is required");
  Json body = minimum("User");
  body[kEnterprise] = {{"department", "D"}};
  EXPECT_TRUE(resource_from_body(body, user));
}

// Requirements: P-17, P-18, P-19
TEST(Validate, Schemas) {
  const auto with = [](const Json& schemas) {
    const Json result = read("User", {{"schemas", schemas}, {"userName", "ada"}});
    return result.is_string() ? result.get<std::string>().substr(0, 13) : result["schemas"].dump();
  };
  const std::string base = Json::array({urn::kUser}).dump();
  EXPECT_EQ(read("User", {{"userName", "ada"}}), "invalidSyntax: schemas: missing");
  for (const Json& bad : {Json(nullptr), Json::array(), Json(std::string(urn::kUser)), Json::array({7}), Json::array({urn::kGroup}),
                          Json::array({urn::kEnterpriseUser})}) {
    EXPECT_EQ(with(bad), "invalidSyntax") << bad;
  }
  EXPECT_EQ(with(Json::array({urn::kUser, urn::kUser, "urn:unknown", urn::kEnterpriseUser})), base);
  EXPECT_EQ(with(Json::array({"urn:scim:schemas:core:2.0", "urn:scim:schemas:extension:enterprise:2.0"})), base);
  EXPECT_EQ(with(Json::array({"urn:scim:schemas:core:1.0"})), base);
  EXPECT_EQ(with(Json::array({"urn:scim:schemas:core:2.0:User"})), base);
}

// Requirements: C-8
TEST(Validate, ExtensionDataNeedsNoUrn) {
  EXPECT_EQ(value_read("User", "{\"" + kEnterprise + R"(": {"department": "D"}})"), Json({{"department", "D"}}));
  Json body = minimum("User");
  body["urn:scim:schemas:extension:enterprise:2.0"] = {{"department", "D"}};
  EXPECT_EQ(read("User", body)[kEnterprise], Json({{"department", "D"}}));
  EXPECT_EQ(keyword("User", "{\"" + kEnterprise + "\": 7}"), "invalidValue");
}

TEST(Validate, BodiesThatAreNoObjects) {
  for (const char* body : {"[]", "7", "null", "\"x\""}) {
    EXPECT_EQ(read("User", Json::parse(body)), "invalidSyntax: the body must be a JSON object");
  }
}

TEST(Validate, DetailsNameThePlace) {
  EXPECT_EQ(value_read("User", R"({"emails": [{"value": "a"}, {"value": 7}]})"), "invalidValue: emails[1].value: must be a string");
  EXPECT_EQ(value_read("User", "{\"" + kEnterprise + R"(": {"manager": {"value": 7}}})"),
            "invalidValue: " + kEnterprise + ":manager.value: must be a string");
}

TEST(Validate, ShapesOfOneValue) {
  const Attribute& emails = *type_of("User").find("emails");
  const Attribute& name = *type_of("User").find("name");
  const Json one = {{"value", "a"}, {"display", nullptr}};
  EXPECT_FALSE(canonical_value(emails, one, Shape::whole));
  EXPECT_EQ(canonical_value(emails, one, Shape::lenient).value(), Json::parse(R"([{"value": "a"}])"));
  EXPECT_EQ(canonical_value(emails, one, Shape::element).value(), one);
  EXPECT_EQ(canonical_value(emails, Json::array({one}), Shape::element).value(), one);
  EXPECT_EQ(canonical_value(emails, nullptr, Shape::lenient).value(), nullptr);
  EXPECT_EQ(canonical_value(name, {{"givenName", nullptr}}, Shape::lenient).value(), Json({{"givenName", nullptr}}));
  EXPECT_EQ(canonical_value(name, {{"givenName", nullptr}}, Shape::whole).value(), nullptr);
  EXPECT_EQ(canonical_value(name, {{"nosuch", 1}}, Shape::lenient).value(), Json::object());
  EXPECT_EQ(canonical_value(name, Json::object(), Shape::lenient).value(), nullptr);
}

}  // namespace
}  // namespace scim
