// SPDX-License-Identifier: MIT
// PATCH: every case of tests/data/scim/patch-cases.json, and the rules that these do not reach.
#include "core/patch.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "case_file.h"
#include "core/validate.h"

namespace scim {
namespace {

const Registry& registry() {
  static const Registry kRegistry = test::registry_with_widget();
  return kRegistry;
}

Resource resource_of(const std::string& type, Json body) {
  Resource resource;
  resource.type = registry().type_by_name(type);
  resource.body = std::move(body);
  return resource;
}

Json patch_message(Json operations) {
  return {{"schemas", Json::array({urn::kPatchOp})}, {"Operations", std::move(operations)}};
}

Result<Changes> plan(const Json& message, const Resource& before, Leniency leniency = Leniency()) {
  SCIM_ASSIGN(const auto operations, parse_patch(message, *before.type, {}, leniency));
  return plan_patch(operations, before, {}, leniency);
}

/// What the case file's "about" says does not count: meta, and what the server fills in of members.
Json comparable(const Resource& resource) {
  Json body = resource.body;
  body.erase("meta");
  if (body.contains("members")) {
    for (Json& member : body["members"]) member = {{"value", member["value"]}};
  }
  return body;
}

std::string key_of_body(const Resource& resource) {
  const Json body = comparable(resource);
  Json keys = Json::object();
  for (const Attribute& attribute : resource.type->attributes) {
    if (const Json* value = find_value(body, attribute)) keys[attribute.name] = equality_key(attribute, *value);
  }
  return keys.dump();
}

/// A case, and what its client speaks.
struct Spoken {
  Json given;
  Dialect dialect = Dialect::any;
};
class PatchCase : public testing::TestWithParam<Spoken> {};

// Requirements: PA-5, PA-6, PA-7, PA-8, PA-9, PA-13, PA-14, PA-15, PA-16, PA-17, PA-19, PA-20, PA-21, PA-22, PA-23
// Requirements: PA-25, PA-27, PA-28, H-15
TEST_P(PatchCase, AsInFile) {
  const auto& [given, dialect] = GetParam();
  const std::string type = given["resourceType"];
  const Resource before = resource_of(type, given["resource"]);
  const Json message = given.contains("body") ? given["body"] : patch_message(given["ops"]);
  const Result<Changes> changes = plan(message, before, Leniency(dialect));

  if (const Json& expected = given["expect"]; expected.contains("error")) {
    ASSERT_FALSE(changes) << given["why"];
    const Json& error = expected["error"];
    Json types = error.value("scimTypeAlt", Json::array());
    types.push_back(error["scimType"]);
    const std::string scim_type = info(changes.error().kind).scim_type;
    EXPECT_NE(std::find(types.begin(), types.end(), Json(scim_type)), types.end()) << scim_type << ": " << changes.error().detail;
    EXPECT_EQ(before.body, given["resource"]);
    return;
  }
  ASSERT_TRUE(changes) << changes.error().detail;
  Resource after = before;
  scim::apply(*changes, after);
  const Resource expected = resource_of(type, given["expect"]);
  EXPECT_EQ(key_of_body(after), key_of_body(expected)) << after.body.dump(1);
  EXPECT_TRUE(difference(*before.type, after.body, expected.body).empty()) << after.body.dump(1);
  EXPECT_EQ(after.body["schemas"], expected.body["schemas"]);
  EXPECT_EQ(!changes->empty(), given["modified"].get<bool>());
}

/// All of the file; those that follow from the text of the RFC hold without any tolerance too.
std::vector<Spoken> cases_for(Dialect dialect) {
  std::vector<Spoken> cases;
  const Json file = test::read_cases("scim/patch-cases.json");
  for (const Json& given : file["cases"]) {
    if (dialect == Dialect::any || given["basis"] == "rfc") cases.push_back({given, dialect});
  }
  return cases;
}

std::string case_name(const testing::TestParamInfo<Spoken>& tested) {
  std::string id = tested.param.given["id"];
  std::replace(id.begin(), id.end(), '-', '_');
  return id;
}
INSTANTIATE_TEST_SUITE_P(File, PatchCase, testing::ValuesIn(cases_for(Dialect::any)), case_name);
INSTANTIATE_TEST_SUITE_P(Rfc, PatchCase, testing::ValuesIn(cases_for(Dialect::rfc)), case_name);


const Json kUserBody = {{"schemas", Json::array({urn::kUser})},
                        {"id", "p1"},
                        {"meta", {{"resourceType", "User"}, {"created", "2024-01-01T00:00:00.000Z"}}},
                        {"userName", "ada"},
                        {"title", "Countess"},
                        {"active", true},
                        {"name", {{"givenName", "Ada"}, {"familyName", "King"}}},
                        {"emails", Json::array({{{"value", "a@x"}, {"type", "work"}, {"primary", true}}})},
                        {"groups", Json::array({{{"value", "g1"}, {"display", "Staff"}}})},
                        {std::string(urn::kEnterpriseUser),
                         {{"department", "Maths"},
                          {"manager", {{"value", "m1"}, {"$ref", "../Users/m1"}, {"displayName", "Boss"}}}}}};
const Json kGroupBody = {{"id", "g1"}, {"displayName", "Staff"}};

std::string enterprise(const std::string& name) { return std::string(urn::kEnterpriseUser) + ":" + name; }

/// One operation on a user; the resource after it, or the error as "keyword: detail".
Json after_patch(const std::string& type, const Json& body, const std::vector<Json>& operations) {
  Resource resource = resource_of(type, body);
  const Result<Changes> changes = plan(patch_message(operations), resource);
  if (!changes) return std::string(info(changes.error().kind).scim_type) + ": " + changes.error().detail;
  scim::apply(*changes, resource);
  return resource.body;
}

Json patched_user(const Json& operation) { return after_patch("User", kUserBody, {operation}); }

/// The error keyword of one operation on a user, "" if it works.
std::string keyword(const Json& operation) {
  const Json result = patched_user(operation);
  if (result.is_object()) return "";
  const std::string text = result;
  return text.substr(0, text.find(':'));
}

/// The changes of a membership as text, without reading the stored members.
std::string group_changes(const std::vector<Json>& operations, const Json& body = kGroupBody) {
  const Result<Changes> changes = plan(patch_message(operations), resource_of("Group", body));
  if (!changes) return std::string(info(changes.error().kind).scim_type);
  std::string text;
  for (const Change& change : *changes) {
    constexpr const char* kKinds[] = {"set", "clear", "add", "remove"};
    text += std::string(text.empty() ? "" : " ") + kKinds[static_cast<int>(change.kind)] + ' ' + change.attribute->name;
    if (!change.attribute->is_membership()) continue;
    for (const Json& member : change.value) text += ' ' + member_id(member);
  }
  return text;
}

bool reads_members(const std::vector<Json>& operations) {
  return needs_members(parse_patch(patch_message(operations), *registry().type_by_name("Group")).value());
}

Json op(const std::string& name, const std::string& path) { return {{"op", name}, {"path", path}}; }
Json op(const std::string& name, const std::string& path, Json value) {
  return {{"op", name}, {"path", path}, {"value", std::move(value)}};
}

TEST(Patch, MembershipIsADeltaWithoutReading) {
  const Json add_two = op("add", "members", Json::parse(R"([{"value": "a", "display": "A", "$ref": null}, "b"])"));
  EXPECT_EQ(group_changes({add_two}), "add members a b");
  EXPECT_EQ(group_changes({op("add", "members", "a")}), "add members a");
  EXPECT_EQ(group_changes({op("remove", "members", Json::parse(R"([{"$ref": null, "value": "a"}])"))}), "remove members a");
  EXPECT_EQ(group_changes({op("remove", "members[value eq \"a\"]")}), "remove members a");
  EXPECT_EQ(group_changes({op("remove", "members[value eq \"a\" or VALUE eq \"b\"]")}), "remove members a b");
  EXPECT_EQ(group_changes({op("remove", "members")}), "clear members");
  EXPECT_EQ(group_changes({op("replace", "members", nullptr)}), "clear members");
  EXPECT_EQ(group_changes({op("replace", "members", Json::array())}), "clear members");
  EXPECT_EQ(group_changes({op("replace", "members", Json::array({"a", "b", "a"}))}), "set members a b");
  EXPECT_EQ(group_changes({op("remove", "members", Json::array())}), "");
}

TEST(Patch, LaterMembershipOperationsOverrideEarlierOnes) {
  EXPECT_EQ(group_changes({op("add", "members", "a"), op("remove", "members[value eq \"a\"]")}), "remove members a");
  EXPECT_EQ(group_changes({op("remove", "members", "a"), op("add", "members", "a")}), "add members a");
  EXPECT_EQ(group_changes({op("add", "members", "a"), op("remove", "members"), op("add", "members", "b")}), "set members b");
  EXPECT_EQ(group_changes({op("replace", "members", "a"), op("remove", "members", "a")}), "clear members");
  EXPECT_EQ(group_changes({op("remove", "members", "x"), op("add", "members", "y")}), "add members y remove members x");
}

TEST(Patch, MembersThatWereReadDropWhatIsDone) {
  Json body = kGroupBody;
  body["members"] = Json::parse(R"([{"value": "a", "type": "User"}, {"value": "b", "type": "Group"}])");
  EXPECT_EQ(group_changes({op("add", "members", Json::array({"a", "c"}))}, body), "add members c");
  EXPECT_EQ(group_changes({op("remove", "members", Json::array({"a", "c"}))}, body), "remove members a");
  EXPECT_EQ(group_changes({op("replace", "members", Json::array({"b", "a"}))}, body), "");
  EXPECT_EQ(group_changes({op("add", "members", "c"), op("remove", "members", "c")}, body), "");
  EXPECT_EQ(group_changes({op("remove", "members[type eq \"Group\"]")}, body), "remove members b");
  EXPECT_EQ(group_changes({op("add", "members", "c"), op("remove", "members[not (type eq \"Group\")]")}, body),
            "remove members a");
  EXPECT_EQ(group_changes({op("replace", "members[value eq \"a\"]", nullptr)}, body), "remove members a");
  EXPECT_EQ(group_changes({op("replace", "members[value eq \"a\"]", {{"value", "z"}})}, body), "mutability");
  EXPECT_EQ(group_changes({op("replace", "members[value eq \"a\"]", {{"value", "a"}})}, body), "");
  EXPECT_EQ(group_changes({op("replace", "members[value eq \"z\"]", {{"value", "z"}})}, body), "noTarget");
}

TEST(Patch, ReadsMembersOnlyForFiltersOverThem) {
  EXPECT_FALSE(reads_members({op("add", "members", "a")}));
  EXPECT_FALSE(reads_members({op("replace", "members", "a"), op("remove", "members")}));
  EXPECT_FALSE(reads_members({op("remove", "members[value eq \"a\" or value eq \"b\"]")}));
  EXPECT_FALSE(reads_members({op("add", "members[value eq \"a\"]", {{"value", "a"}})}));
  EXPECT_FALSE(reads_members({op("replace", "members[value eq \"a\"].type", "User")}));
  EXPECT_TRUE(reads_members({op("remove", "members[type eq \"User\"]")}));
  EXPECT_TRUE(reads_members({op("remove", "members[value eq \"a\" and type eq \"User\"]")}));
  EXPECT_TRUE(reads_members({op("remove", "members[value sw \"a\"]")}));
  EXPECT_TRUE(reads_members({op("replace", "members[value eq \"a\"]", {{"value", "a"}})}));
}

TEST(Patch, MembersMustBeIds) {
  for (const char* value : {"[null]", "[{}]", "[{\"display\": \"x\"}]", "[{\"value\": null}]", "[{\"value\": \"\"}]", "[7]", "7",
                            "[{\"value\": 7}]", "\"\""}) {
    const Json json = Json::parse(value);
    EXPECT_EQ(group_changes({op("add", "members", json)}), "invalidValue") << value;
    EXPECT_EQ(group_changes({op("replace", "members", json)}), "invalidValue") << value;
  }
  EXPECT_EQ(group_changes({op("replace", "members.value", "x")}), "mutability");
  EXPECT_EQ(group_changes({op("remove", "members.value")}), "mutability");
}

TEST(Patch, PathLessValueWithoutMembersLeavesThemAlone) {
  const Json value = {{"schemas", Json::array({urn::kGroup})}, {"id", "g1"}, {"displayName", "New"}};
  const Json named = {{"op", "replace"}, {"value", value}};
  EXPECT_EQ(group_changes({named}), "set displayName");
  const Json emptied = {{"op", "replace"}, {"path", nullptr}, {"value", {{"members", Json::array()}}}};
  EXPECT_EQ(group_changes({emptied}), "clear members");
}

TEST(Patch, OperationsOnOneMissingElementBuildOneElement) {
  const Json result = after_patch("User", kUserBody,
                                  {op("Add", "addresses[type eq \"work\"].streetAddress", "4 Quay"),
                                   op("Add", "addresses[type eq \"work\"].Locality", "Brill"),
                                   op("Add", "addresses[type eq \"work\"].primary", "True")});
  EXPECT_EQ(result["addresses"], Json::parse(R"([{"type": "work", "streetAddress": "4 Quay", "locality": "Brill", "primary": true}])"));
}

TEST(Patch, SeedsFromBooleansInStrings) {
  const Json result = patched_user(op("add", "roles[primary eq \"True\"].value", "admin"));
  EXPECT_EQ(result["roles"], Json::parse(R"([{"primary": true, "value": "admin"}])"));
}

// Requirements: PA-28
TEST(Patch, SeedsAWholeElement) {
  const Json result = patched_user(op("add", "emails[type eq \"home\"]", {{"value", "h@x"}, {"primary", true}}));
  EXPECT_EQ(result["emails"], Json::parse(R"([{"value": "a@x", "type": "work", "primary": false},
                                              {"type": "home", "value": "h@x", "primary": true}])"));
  EXPECT_EQ(keyword(op("add", "emails[type eq \"home\" or type eq \"other\"].value", "x")), "noTarget");
  EXPECT_EQ(keyword(op("add", "emails[type eq \"a\" and type eq \"b\"].value", "x")), "noTarget");
  EXPECT_EQ(keyword(op("add", "emails[type eq null].value", "x")), "noTarget");
  EXPECT_EQ(keyword(op("add", "phoneNumbers.type", "work")), "noTarget");
}

TEST(Patch, AddOfASameTypeAndValueMergesIntoTheElement) {
  const Json again = patched_user(op("add", "emails", {{"value", "A@X"}}));
  EXPECT_EQ(again["emails"], kUserBody["emails"]);
  const Json named = patched_user(op("add", "emails", {{"value", "a@x"}, {"type", "work"}, {"display", "Ada"}}));
  EXPECT_EQ(named["emails"].size(), 1U);
  EXPECT_EQ(named["emails"][0]["display"], "Ada");
}

TEST(Patch, RemoveWithValueRemovesOnlyThat) {
  Json body = kUserBody;
  body["emails"].push_back({{"value", "b@x"}, {"type", "home"}});
  const auto left = [&](const Json& value) {
    return after_patch("User", body, {op("remove", "emails", value)}).value("emails", Json::array()).size();
  };
  EXPECT_EQ(left(Json::parse(R"([{"value": "a@x"}])")), 1U);
  EXPECT_EQ(left("b@x"), 1U);
  EXPECT_EQ(left(Json::parse(R"([{"value": "a@x", "type": "home"}])")), 2U);
  EXPECT_EQ(left(Json::parse(R"([{"type": "work"}, {"type": "home"}])")), 0U);
  EXPECT_EQ(left(Json::array()), 2U);
  EXPECT_EQ(left(Json::parse("[{}]")), 2U);
  EXPECT_EQ(left(nullptr), 0U);
  // The value next to a selected part says nothing, and is never set.
  const Json result = patched_user(op("remove", "emails[type eq \"work\"].value", "zz@x"));
  EXPECT_EQ(result["emails"], Json::parse(R"([{"type": "work", "primary": true}])"));
}

/// A value beside a remove never makes more go than it names.
TEST(Patch, RemoveWithValueOfSomethingElseIsRefused) {
  for (const Json& operation : {op("remove", "emails.value", "a@x"), op("remove", "name", {{"givenName", "Ada"}}),
                                op("remove", std::string(urn::kEnterpriseUser), {{"department", "IT"}})}) {
    EXPECT_EQ(keyword(operation), "invalidSyntax") << operation;
  }
}

TEST(Patch, ManagerInTheFormsOfClients) {
  const auto manager = [](const Json& value) {
    return patched_user(op("replace", enterprise("manager"), value))[std::string(urn::kEnterpriseUser)].value("manager", Json());
  };
  // displayName and $ref told of the old one: read-only parts are the server's, a stale $ref goes.
  EXPECT_EQ(manager("m2")["value"], "m2");
  EXPECT_FALSE(manager("m2").contains("$ref"));
  EXPECT_EQ(manager(Json::array({{{"value", "m2"}, {"$ref", "x"}}}))["$ref"], "x");
  EXPECT_EQ(manager({{"managerId", "m9"}})["value"], "m1");
  for (const Json& nothing : {Json(""), Json(nullptr), Json({{"value", nullptr}}), Json({{"value", ""}}), Json::object()}) {
    EXPECT_TRUE(manager(nothing).is_null()) << nothing;
  }
  EXPECT_EQ(keyword(op("remove", enterprise("manager"), {{"value", "m1"}})), "");
  EXPECT_FALSE(patched_user(op("replace", enterprise("manager.value"), ""))[std::string(urn::kEnterpriseUser)].contains("manager"));
  EXPECT_TRUE(patched_user(op("remove", enterprise("manager.value")))[std::string(urn::kEnterpriseUser)].value("manager", Json()).is_null());
}

// Requirements: PA-13, PA-19, PA-25
TEST(Patch, PathLessKeys) {
  const Json value = {{"name.givenName", "Augusta"},
                      {"emails[type eq \"work\"].value", "w@x"},
                      {enterprise("costCenter"), "7"},
                      {std::string(urn::kEnterpriseUser), {{"division", "D"}, {"manager.value", "m2"}}},
                      {std::string(urn::kUser), {{"NICKNAME", "Ad"}}},
                      {std::string(urn::kUser) + ":active", "False"}};
  const Json result = patched_user({{"op", "replace"}, {"value", value}});
  EXPECT_EQ(result["name"]["givenName"], "Augusta");
  EXPECT_EQ(result["emails"][0]["value"], "w@x");
  const Json& extension = result[std::string(urn::kEnterpriseUser)];
  EXPECT_EQ(extension["costCenter"], "7");
  EXPECT_EQ(extension["division"], "D");
  EXPECT_EQ(extension["department"], "Maths");
  EXPECT_EQ(extension["manager"]["value"], "m2");
  EXPECT_EQ(result["nickName"], "Ad");
  EXPECT_EQ(result["active"], false);
}

TEST(Patch, BaseUrnAsPathIsNoPath) {
  EXPECT_EQ(patched_user(op("replace", std::string(urn::kUser), {{"title", "T"}}))["title"], "T");
  EXPECT_EQ(keyword(op("remove", std::string(urn::kUser))), "noTarget");
  EXPECT_EQ(keyword(op("replace", std::string(urn::kUser), "T")), "invalidValue");
}

// Requirements: EX-4
TEST(Patch, ExtensionAsAWhole) {
  const std::string urn(urn::kEnterpriseUser);
  for (const Json& operation : {op("remove", urn), op("replace", urn, nullptr), op("remove", "schemas", Json::array({urn})),
                                op("replace", "schemas", Json::array({urn::kUser}))}) {
    const Json result = patched_user(operation);
    EXPECT_FALSE(result.contains(urn)) << operation;
    EXPECT_EQ(result["schemas"], Json::array({urn::kUser}));
  }
  EXPECT_EQ(keyword(op("replace", urn, "x")), "invalidValue");
  EXPECT_EQ(keyword(op("add", urn, {{"nosuch", 1}})), "invalidPath");
}

TEST(Patch, SchemasMustKeepTheBase) {
  EXPECT_EQ(keyword(op("remove", "schemas[value eq \"" + std::string(urn::kUser) + "\"]")), "mutability");
  EXPECT_EQ(keyword(op("replace", "schemas", Json::array({urn::kEnterpriseUser}))), "mutability");
  EXPECT_EQ(keyword(op("replace", "schemas", 7)), "invalidValue");
  EXPECT_EQ(keyword(op("add", "schemas", Json::array({"urn:x:y"}))), "");
  // In a value without a path the list says what the client knows, not what shall go.
  const Json kept = patched_user({{"op", "replace"}, {"value", {{"schemas", Json::array({urn::kUser})}}}});
  EXPECT_TRUE(kept.contains(std::string(urn::kEnterpriseUser)));
}

TEST(Patch, ReadOnlyInAValueMayBeRepeated) {
  const auto whole = [](Json value) { return keyword({{"op", "replace"}, {"value", std::move(value)}}); };
  EXPECT_EQ(whole({{"id", "p1"}, {"meta", {{"created", "2024-01-01T00:00:00Z"}, {"ResourceType", "User"}}}}), "");
  EXPECT_EQ(whole({{"id", nullptr}}), "");
  EXPECT_EQ(whole({{"groups", Json::array({{{"value", "g1"}}})}}), "");
  EXPECT_EQ(whole({{"groups", Json::array()}}), "");
  EXPECT_EQ(whole({{"groups", Json::array({{{"value", "g2"}}})}}), "mutability");
  EXPECT_EQ(whole({{"ID", "p2"}}), "mutability");
  EXPECT_EQ(keyword(op("replace", "id", "p1")), "mutability");
  EXPECT_EQ(keyword(op("add", "groups[value eq \"g1\"].display", "x")), "mutability");
  EXPECT_EQ(keyword(op("remove", "meta")), "mutability");
  // Parts within a value that the client may write are passed over.
  EXPECT_EQ(keyword(op("replace", enterprise("manager"), {{"value", "m1"}, {"displayName", "Chief"}})), "");
}

// Requirements: H-15, H-32
TEST(Patch, ImmutableParts) {
  const Json body = {{"id", "w1"}, {"label", "l"}, {"serial", "S1"}, {"box", {{"stamp", "st"}, {"owner", "o"}}}};
  const auto result = [&](const Json& operation) { return after_patch("Widget", body, {operation}); };
  EXPECT_TRUE(result(op("replace", "box", {{"stamp", "ST"}, {"colour", "red"}})).is_object());
  EXPECT_EQ(result(op("replace", "box", {{"stamp", "other"}})), "mutability: Operations[0]: box.stamp: is immutable and has a value");
  EXPECT_EQ(result(op("remove", "box")), "mutability: Operations[0]: box.stamp: is immutable and has a value");
  EXPECT_TRUE(result(op("add", "tags", "t")).is_object());
  EXPECT_EQ(result(op("replace", "serial", nullptr)).get<std::string>().substr(0, 10), "mutability");
}

// Requirements: PA-17, PA-30
TEST(Patch, RequiredAttributes) {
  const Json body = {{"id", "w1"}, {"label", "l"}, {"box", {{"owner", "o"}}}};
  const auto result = [&](const Json& operation) {
    const Json json = after_patch("Widget", body, {operation});
    return json.is_string() ? json.get<std::string>() : std::string();
  };
  EXPECT_EQ(result(op("replace", "label", nullptr)), "mutability: Operations[0]: label: is required");
  EXPECT_EQ(result(op("replace", "box", {{"owner", nullptr}})), "mutability: Operations[0]: box.owner: is required");
  EXPECT_EQ(result(op("remove", "box")), "");
  EXPECT_EQ(after_patch("Widget", {{"id", "w1"}, {"label", "l"}}, {op("add", "box", {{"length", 1}})}),
            "invalidValue: Operations[0]: box.owner: is required");
  // A row of the application that lacks it can still be changed otherwise.
  EXPECT_TRUE(after_patch("Widget", {{"id", "w1"}}, {op("add", "count", 1)}).is_object());
  EXPECT_EQ(keyword(op("replace", "userName", "  ")), "invalidValue");
}

TEST(Patch, WriteOnlyIsChangedUnseen) {
  const Resource before = resource_of("User", kUserBody);
  const auto changes_of = [&](const Json& operation) { return plan(patch_message(Json::array({operation})), before).value(); };
  const Changes set = changes_of(op("replace", "password", "pw"));
  ASSERT_EQ(set.size(), 1U);
  EXPECT_EQ(set[0].attribute->name, "password");
  EXPECT_EQ(set[0].value, "pw");
  const Changes clear = changes_of(op("remove", "password"));
  ASSERT_EQ(clear.size(), 1U);
  EXPECT_EQ(clear[0].kind, Change::Kind::clear);
  const auto both = plan(patch_message({op("remove", "password"), op("add", "password", "pw")}), before).value();
  ASSERT_EQ(both.size(), 1U);
  EXPECT_EQ(both[0].kind, Change::Kind::set);
}

TEST(Patch, BooleansInStrings) {
  EXPECT_EQ(patched_user(op("Replace", "active", "False"))["active"], false);
  EXPECT_EQ(patched_user({{"op", "add"}, {"value", {{"active", "fAlse"}}}})["active"], false);
  EXPECT_EQ(keyword(op("replace", "active", "banana")), "invalidValue");
  EXPECT_EQ(keyword(op("replace", "active", Json::array({false}))), "invalidValue");
}

TEST(Patch, RolesWithJsonInStringsAreTakenApart) {
  const std::string role = R"({"id":"r-1","value":"Editor","displayName":"The editor"})";
  const Json result = patched_user(op("Add", "roles", Json::array({{{"value", role}, {"displayName", "Editor"}}})));
  EXPECT_EQ(result["roles"], Json::parse(R"([{"value": "Editor", "display": "The editor"}])"));
}

TEST(Patch, OneObjectInAnArrayForASelectedElement) {
  const Json result = patched_user(op("replace", "emails[type eq \"work\"]", Json::array({{{"value", "n@x"}}})));
  EXPECT_EQ(result["emails"][0]["value"], "n@x");
}

TEST(Patch, FilterOnASingularComplexValue) {
  EXPECT_EQ(patched_user(op("replace", "name[givenName eq \"ada\"].familyName", "Lovelace"))["name"]["familyName"], "Lovelace");
  EXPECT_EQ(keyword(op("replace", "name[givenName eq \"Eve\"].familyName", "L")), "noTarget");
  EXPECT_EQ(keyword(op("add", "name[givenName eq \"Eve\"].familyName", "L")), "noTarget");
  EXPECT_FALSE(patched_user(op("remove", "name[givenName eq \"Ada\"]")).contains("name"));
}

TEST(Patch, AnotherCapitalIsAChange) {
  EXPECT_EQ(patched_user(op("replace", "name.givenName", "ADA"))["name"]["givenName"], "ADA");
}

TEST(Patch, ErrorsNameTheOperation) {
  EXPECT_EQ(after_patch("User", kUserBody, {op("replace", "title", "T"), op("replace", "userNmae", "x")}),
            "invalidPath: Operations[1].path: unknown attribute \"userNmae\" at 0, did you mean \"userName\"?");
  EXPECT_EQ(patched_user({{"op", "add"}, {"value", {{"titlle", "x"}}}}),
            "invalidPath: Operations[0].value: unknown attribute \"titlle\" at 0, did you mean \"title\"?");
  EXPECT_EQ(patched_user(op("replace", "emails[type eq \"work\"].vlaue", "x")),
            "invalidPath: Operations[0].path: \"vlaue\" is not a sub-attribute of \"emails\"");
  EXPECT_EQ(patched_user(op("add", "emails", Json::array({{{"value", "x"}}, {{"value", 7}}}))),
            "invalidValue: Operations[0]: emails[1].value: must be a string");
  EXPECT_EQ(patched_user({{"op", "remove"}}), "noTarget: Operations[0]: remove needs a path");
}

/// What is checked when all are done is the fault of the operation after which it was wrong, and stayed so.
TEST(Patch, ErrorsOfTheWholeNameTheOperation) {
  const auto user = [](const std::vector<Json>& operations) { return after_patch("User", kUserBody, operations); };
  const Json title = op("replace", "title", "T");
  EXPECT_EQ(user({title, op("remove", "userName"), op("replace", "nickName", "N")}), "mutability: Operations[1]: userName: is required");
  EXPECT_TRUE(user({op("remove", "userName"), op("add", "userName", "eve")}).is_object());
  EXPECT_EQ(user({op("remove", "userName"), op("add", "userName", "eve"), title, op("replace", "userName", " ")}),
            "invalidValue: Operations[3]: userName: must not be empty");
  EXPECT_EQ(user({op("replace", "userName", " "), op("replace", "userName", "")}), "invalidValue: Operations[0]: userName: must not be empty");
  // A part of what was not right before either: whoever touches it.
  EXPECT_EQ(after_patch("Widget", {{"id", "w1"}, {"label", "l"}, {"box", {{"colour", "red"}}}},
                        {op("add", "count", 1), op("add", "box.length", 1), op("add", "box.length", 2)}),
            "invalidValue: Operations[1]: box.owner: is required");
  const auto failed = plan(patch_message({title, op("remove", "userName")}), resource_of("User", kUserBody));
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().operation, 1U);
  const auto unread = plan(patch_message({title, title, op("replace", "userNmae", "x")}), resource_of("User", kUserBody));
  ASSERT_FALSE(unread);
  EXPECT_EQ(unread.error().operation, 2U);
}

TEST(Patch, MessageFaults) {
  const ResourceType& type = *registry().type_by_name("User");
  for (const char* body : {"[]", "7", "{}", R"({"schemas": 7, "Operations": []})"}) {
    const auto operations = parse_patch(Json::parse(body), type);
    ASSERT_FALSE(operations) << body;
    EXPECT_EQ(operations.error().kind, ErrorKind::invalid_syntax) << body;
  }
  for (const char* operation : {"7", "null", "[]", R"({"op": 7})", R"({"op": "test", "path": "title"})"}) {
    const auto operations = parse_patch(patch_message(Json::array({Json::parse(operation)})), type);
    ASSERT_FALSE(operations) << operation;
    EXPECT_EQ(operations.error().kind, ErrorKind::invalid_syntax) << operation;
  }
  PatchLimits limits;
  limits.operations = 1;
  EXPECT_FALSE(parse_patch(patch_message({op("remove", "title"), op("remove", "title")}), type, limits));
  limits.filter.terms = 1;
  EXPECT_TRUE(parse_patch(patch_message(Json::array({op("remove", "emails[type pr]")})), type, limits));
  EXPECT_FALSE(parse_patch(patch_message(Json::array({op("remove", "emails[type pr or type pr]")})), type, limits));
}

TEST(Patch, ListsAndTheWorkOnThemHaveALimit) {
  Json tags = Json::array();
  for (std::size_t i = 0; i < kListLimit; ++i) tags.push_back(std::to_string(i));
  const Json body = {{"id", "w1"}, {"label", "l"}, {"tags", tags}};
  const auto result = [&](const std::vector<Json>& operations) { return after_patch("Widget", body, operations); };
  EXPECT_TRUE(result({op("add", "tags", tags)}).is_object());
  EXPECT_TRUE(result({op("add", "tags", "one more")}).is_string());
  EXPECT_TRUE(result({op("remove", "tags", tags)}).is_object());
  EXPECT_TRUE(result({op("remove", "tags", tags), op("remove", "tags", "0")}).is_string());
}

TEST(Patch, TheValuesOfAnAttributeAreCountedInAllOperations) {
  const ResourceType& type = *registry().type_by_name("Group");
  PatchLimits limits;
  limits.members = 3;
  const Json two = {{{"value", "a"}}, {{"value", "b"}}};
  const auto refused = [&](const std::vector<Json>& operations) {
    const auto parsed = parse_patch(patch_message(operations), type, limits);
    return parsed ? "" : parsed.error().detail;
  };
  EXPECT_EQ(refused({op("add", "members", two), op("remove", "members", {{"value", "c"}})}), "");
  EXPECT_EQ(refused({op("add", "members", two), op("add", "members", two)}), "\"members\" has more values than 3 (limits.members)");
}

TEST(Patch, DoesNotMakeAResourceLargerThanABody) {
  Json emails = Json::array();
  for (int i = 0; i < 10; ++i) emails.push_back({{"value", std::to_string(i)}});
  const Resource before = resource_of("User", {{"id", "1"}, {"userName", "u"}, {"emails", emails}});
  PatchLimits limits;
  limits.resource_bytes = 1000;
  const auto refused = [&](const Json& operation) {
    Leniency leniency;
    const auto operations = parse_patch(patch_message(Json::array({operation})), *before.type);
    const auto changes = plan_patch(*operations, before, limits, leniency);
    return changes ? "" : changes.error().detail;
  };
  const std::string too_large = "the resource would have more than 1000 bytes (limits.body_bytes)";
  EXPECT_EQ(refused(op("replace", "emails.display", std::string(80, 'x'))), "");
  EXPECT_EQ(refused(op("replace", "emails.display", std::string(100, 'x'))), "Operations[0]: " + too_large);
  EXPECT_EQ(refused(op("replace", "title", std::string(800, 'x'))), "");
  EXPECT_EQ(refused(op("replace", "title", std::string(1000, 'x'))), too_large);
}

/// What is refused, other writers would wait for.
TEST(Patch, ComparesNoMoreThanItMay) {
  Json values = Json::array();
  for (int i = 0; i < 10; ++i) values.push_back({{"value", std::to_string(i)}, {"display", "d" + std::to_string(i)}});
  const Resource user = resource_of("User", {{"id", "1"}, {"userName", "u"}, {"emails", values}});
  const Resource group = resource_of("Group", {{"id", "1"}, {"displayName", "g"}, {"members", values}});
  // To write ten elements anew is worth 160 comparisons.
  const auto cost = [](const Resource& before, const std::vector<Json>& operations) {
    Leniency leniency;
    const auto parsed = parse_patch(patch_message(operations), *before.type);
    PatchLimits limits;
    for (limits.comparisons = 0;; ++limits.comparisons) {
      const auto changes = plan_patch(*parsed, before, limits, leniency);
      if (changes) return limits.comparisons;
      EXPECT_EQ(changes.error().kind, ErrorKind::payload_too_large);
      EXPECT_NE(changes.error().detail.find("more than " + std::to_string(limits.comparisons) + " comparisons (limits.comparisons)"), std::string::npos);
    }
  };
  EXPECT_EQ(cost(user, {op("remove", "emails[value eq \"x\"]")}), 170U);
  EXPECT_EQ(cost(user, {op("remove", "emails[value eq \"x\" or not (type eq \"y\" and display co \"z\")]")}), 170U + 20);
  EXPECT_EQ(cost(user, {op("replace", "emails.display", "x"), op("add", "emails", {{"value", "new"}})}), 320U);
  EXPECT_EQ(cost(user, {op("remove", "title"), op("replace", "emails", Json::array())}), 0U);
  EXPECT_EQ(cost(group, {op("remove", "members[display eq \"x\"]"), op("remove", "members[display eq \"y\"]")}), 20U);
  EXPECT_EQ(cost(group, {op("add", "members", {{"value", "x"}}), op("remove", "members[value eq \"y\"]")}), 0U);
}

TEST(Patch, AppliedTwiceChangesNothingTheSecondTime) {
  for (const auto& [given, dialect] : cases_for(Dialect::any)) {
    if (given["expect"].contains("error") || !given.contains("ops")) continue;
    Resource resource = resource_of(given["resourceType"], given["resource"]);
    const Changes changes = plan(patch_message(given["ops"]), resource).value();
    scim::apply(changes, resource);
    Resource again = resource;
    scim::apply(changes, again);
    EXPECT_EQ(again.body, resource.body) << given["id"];
  }
}

}  // namespace
}  // namespace scim
