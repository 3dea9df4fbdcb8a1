// SPDX-License-Identifier: MIT
// What a client can write of a resource, and the PATCH from one state to another.
#include "cli/writable.h"

#include <gtest/gtest.h>

#include "core/patch.h"
#include "core/registry.h"
#include "core/validate.h"
#include "tests/unit/random_filters.h"

namespace scim::test {
namespace {

class WritableTest : public ::testing::Test {
 protected:
  static std::string text(const Json& value) { return to_text(value); }
  std::string operations(const char* before, const char* after) const {
    return text(cli::operations_between(user_, Json::parse(before), Json::parse(after)));
  }
  /// As a POST makes it.
  static Json canonical(const ResourceType& type, Json body) {
    body["schemas"] = schemas_of(type, body);
    auto resource = resource_from_body(body, type);
    EXPECT_TRUE(resource) << resource.error().detail;
    return std::move(resource->body);
  }
  /// `before` after the PATCH to `after`, as the server plans it.
  static Json patched(const ResourceType& type, const Json& before, const Json& after) {
    Json between = cli::operations_between(type, before, after);
    if (between.empty()) return before;
    const Json message = cli::patch_message(std::move(between));
    Resource resource{&type, before};
    const auto operations = parse_patch(message, type);
    EXPECT_TRUE(operations) << operations.error().detail << '\n' << text(message);
    if (!operations) return {};
    const auto changes = plan_patch(*operations, resource);
    EXPECT_TRUE(changes) << changes.error().detail << '\n' << text(message);
    if (changes) apply(*changes, resource);
    return std::move(resource.body);
  }
  static std::vector<std::string> member_ids(const Json& group) {
    std::vector<std::string> ids;
    for (const Json& member : group.value("members", Json::array())) ids.push_back(member_id(member));
    std::sort(ids.begin(), ids.end());
    return ids;
  }

  const Registry registry_ = Registry::standard();
  const ResourceType& user_ = *registry_.type_by_name("User");
  const ResourceType& group_ = *registry_.type_by_name("Group");
};

TEST_F(WritableTest, WhatTheServerSaysOfItsOwnIsLeftOut) {
  const Json user = Json::parse(R"({"meta": {"version": "1"}, "userName": "ada", "id": "7", "groups": [{"value": "g"}], "title": null,
      "emails": [{"type": "work", "value": "a@x"}], "name": {"formatted": "A"}, "nosuch": 1,
      "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":
        {"manager": {"displayName": "Bob", "$ref": "../Users/8", "value": "8"}}})");
  EXPECT_EQ(text(cli::writable_resource(user_, user)),
            R"({"userName":"ada","name":{"formatted":"A"},"emails":[{"value":"a@x","type":"work"}],)"
            R"("urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":{"manager":{"value":"8"}}})");
  const Json group = Json::parse(R"({"displayName": "G", "members": [{"value": "7", "display": "ada", "$ref": "../Users/7", "type": "User"}]})");
  EXPECT_EQ(text(cli::writable_resource(group_, group)), R"({"displayName":"G","members":[{"value":"7"}]})");
}

TEST_F(WritableTest, EachKindOfAttribute) {
  EXPECT_EQ(operations(R"({"title": "A"})", R"({"title": "a"})"), R"([{"op":"replace","path":"title","value":"a"}])");
  EXPECT_EQ(operations(R"({"title": "A"})", "{}"), R"([{"op":"remove","path":"title"}])");
  EXPECT_EQ(operations(R"({"name": {"givenName": "A", "familyName": "B"}})", R"({"name": {"givenName": "C"}})"),
            R"([{"op":"remove","path":"name.familyName"},{"op":"replace","path":"name.givenName","value":"C"}])");
  EXPECT_EQ(operations(R"({"name": {"givenName": "A"}})", "{}"), R"([{"op":"remove","path":"name"}])");
  EXPECT_EQ(operations(R"({"emails": [{"value": "a"}]})", R"({"emails": [{"value": "a"}, {"value": "b"}]})"),
            R"([{"op":"replace","path":"emails","value":[{"value":"a"},{"value":"b"}]}])");
  EXPECT_EQ(operations(R"({"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": {"department": "D"}})", "{}"),
            R"([{"op":"remove","path":"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department"}])")
      << "few servers take the URN alone as a path";
  EXPECT_EQ(text(cli::operations_between(group_, Json::parse(R"({"members": [{"value": "1"}, {"value": "2"}]})"),
                                         Json::parse(R"({"members": [{"value": "3"}, {"value": "2", "display": "b"}]})"))),
            R"([{"op":"add","path":"members","value":[{"value":"3"}]},{"op":"remove","path":"members[value eq \"1\"]"}])");
}

TEST_F(WritableTest, NoDifferenceThatAClientSees) {
  EXPECT_EQ(operations(R"({"emails": [{"value": "a", "primary": false}, {"value": "b"}]})",
                       R"({"emails": [{"value": "b"}, {"display": null, "value": "a"}]})"), "[]");
  EXPECT_EQ(operations(R"({"title": null, "photos": [], "name": {}})", "{}"), "[]");
  const char* const manager = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
  const Json with{{manager, {{"manager", {{"value", "1"}, {"$ref", "../Users/1"}, {"displayName", "B"}}}}}};
  const Json without{{manager, {{"manager", {{"value", "1"}}}}}};
  EXPECT_EQ(text(cli::operations_between(user_, with, without)), "[]");
}

TEST_F(WritableTest, APasswordIsChangedOnlyIfItIsSaid) {
  EXPECT_EQ(operations(R"({"password": "a"})", "{}"), "[]");
  EXPECT_EQ(operations("{}", R"({"password": "a"})"), R"([{"op":"replace","path":"password","value":"a"}])");
}

TEST_F(WritableTest, ThePatchMakesOneStateIntoTheOther) {
  Random random(20260);
  for (int round = 0; round < 200; ++round) {
    Json states[2];
    for (Json& state : states) {
      state["userName"] = random.word() + "u";
      fill(state, user_.attributes, random);
      state = canonical(user_, std::move(state));
    }
    const auto& [before, after] = states;
    Json made = patched(user_, before, after);
    if (!after.contains("password")) made.erase("password");
    const Json written = cli::writable_resource(user_, made);
    const Json wanted = cli::writable_resource(user_, after);
    ASSERT_TRUE(difference(user_, written, wanted).empty()) << text(before) << '\n' << text(after) << '\n' << text(made);
    made.erase("password");
    Json rest = after;
    rest.erase("password");
    ASSERT_EQ(text(cli::operations_between(user_, made, rest)), "[]") << "the second time there is nothing to do";
  }
}

TEST_F(WritableTest, ThePatchMakesOneGroupIntoTheOther) {
  Random random(20261);
  for (int round = 0; round < 200; ++round) {
    Json states[2];
    for (Json& state : states) {
      state["displayName"] = random.word() + "g";
      state["members"] = Json::array();
      for (std::size_t i = random.below(6); i > 0; --i) state["members"].push_back({{"value", "m \"" + std::to_string(random.below(8))}});
      state = canonical(group_, std::move(state));
    }
    const auto& [before, after] = states;
    const Json made = patched(group_, before, after);
    ASSERT_EQ(member_ids(made), member_ids(after)) << text(before) << '\n' << text(after);
    ASSERT_EQ(made.at("displayName"), after.at("displayName"));
  }
}

}  // namespace
}  // namespace scim::test
