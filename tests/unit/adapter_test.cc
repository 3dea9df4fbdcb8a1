// SPDX-License-Identifier: MIT
// What an adapter changes becomes part of a change, and nothing else does.
#include "core/adapter.h"

#include <gtest/gtest.h>

#include <functional>

#include "core/registry.h"

namespace scim {
namespace {

/// from_scim is a function of the test.
class LambdaAdapter : public Adapter {
 public:
  explicit LambdaAdapter(std::function<Json(Json)> change) : change_(std::move(change)) {}
  Result<Json> from_scim(const ResourceType&, Json resource) const override { return change_(std::move(resource)); }
  Result<Json> to_scim(const ResourceType&, Json resource) const override { return resource; }

 private:
  std::function<Json(Json)> change_;
};

const Registry& registry() {
  static const Registry kRegistry = Registry::standard();
  return kRegistry;
}
const ResourceType& user() { return *registry().type_by_name("User"); }
const ResourceType& group() { return *registry().type_by_name("Group"); }

Change set(const ResourceType& type, const char* name, Json value) {
  return {type.find(name), Change::Kind::set, std::move(value)};
}
Change clear(const ResourceType& type, const char* name) { return {type.find(name), Change::Kind::clear, nullptr}; }

/// "title=..., nickName cleared": what is left to be done, or the error.
std::string changes_of(const Changes& planned, const Resource& before, std::function<Json(Json)> change) {
  const LambdaAdapter adapter(std::move(change));
  const auto after = adapt_state(adapter, planned, before);
  if (!after) return std::string(info(after.error().kind).scim_type) + ": " + after.error().detail;
  std::string text;
  for (const Change& made : adapt_changes(planned, before, *after)) {
    constexpr std::array kKinds = {"=", " cleared ", " added ", " removed "};
    if (!text.empty()) text += ", ";
    text += made.attribute->path() + kKinds[static_cast<std::size_t>(made.kind)] + to_text(made.value);
  }
  return text;
}

Json unchanged(Json resource) { return resource; }
auto with(const char* name, Json value) {
  return [name, value](Json resource) {
    resource[name] = value;
    return resource;
  };
}
auto without(const char* name) {
  return [name](Json resource) {
    resource.erase(name);
    return resource;
  };
}

Resource ada() {
  return {&user(), {{"schemas", Json::array({urn::kUser})}, {"id", "1"}, {"userName", "ada"}, {"title", "Countess"}, {"meta", {{"version", "W/\"1\""}}}}};
}

TEST(Adapter, WhatItChangesIsChanged) {
  const Changes planned = {set(user(), "nickName", "Ada")};
  EXPECT_EQ(changes_of(planned, ada(), unchanged), "nickName=\"Ada\"");
  EXPECT_EQ(changes_of(planned, ada(), with("nickName", "ADA")), "nickName=\"ADA\"");
  EXPECT_EQ(changes_of(planned, ada(), with("title", "Dr")), "nickName=\"Ada\", title=\"Dr\"");
  EXPECT_EQ(changes_of(planned, ada(), without("title")), "nickName=\"Ada\", title cleared null");
  EXPECT_EQ(changes_of(planned, ada(), without("nickName")), "") << "taken back";
  EXPECT_EQ(changes_of({clear(user(), "title")}, ada(), with("TITLE", "Countess")), "") << "put back";
  EXPECT_EQ(changes_of(planned, ada(), with(urn::kEnterpriseUser.data(), {{"department", "IT"}})),
            "nickName=\"Ada\", " + std::string(urn::kEnterpriseUser) + ":department=\"IT\"");
}

TEST(Adapter, SeesTheResourceAsTheOperationsLeaveIt) {
  Json seen;
  changes_of({set(user(), "nickName", "Ada"), clear(user(), "title")}, ada(), [&](Json resource) { return seen = resource; });
  EXPECT_EQ(seen, Json({{"schemas", Json::array({urn::kUser})}, {"id", "1"}, {"userName", "ada"}, {"meta", {{"version", "W/\"1\""}}}, {"nickName", "Ada"}})) << seen;
}

TEST(Adapter, WhatIsTheServersStays) {
  const Changes planned = {set(user(), "nickName", "Ada")};
  for (const char* name : {"id", "meta", "groups", "schemas", "nosuch"}) {
    EXPECT_EQ(changes_of(planned, ada(), with(name, "x")), "nickName=\"Ada\"") << name;
    EXPECT_EQ(changes_of(planned, ada(), without(name)), "nickName=\"Ada\"") << name;
  }
}

TEST(Adapter, PasswordsAreNeverRead) {
  EXPECT_EQ(changes_of({set(user(), "password", "secret")}, ada(), unchanged), "password=\"secret\"");
  EXPECT_EQ(changes_of({set(user(), "password", "secret")}, ada(), without("password")), "");
  EXPECT_EQ(changes_of({clear(user(), "password")}, ada(), unchanged), "password cleared null");
  EXPECT_EQ(changes_of({clear(user(), "password")}, ada(), with("password", "x")), "password=\"x\"");
}

TEST(Adapter, MembershipsPassByIt) {
  const Resource staff{&group(), {{"schemas", Json::array({urn::kGroup})}, {"id", "2"}, {"displayName", "Staff"}, {"members", {{{"value", "1"}}}}}};
  const Changes planned = {{group().find("members"), Change::Kind::add, {{{"value", "3"}}}},
                           {group().find("members"), Change::Kind::remove, {{{"value", "1"}}}}};
  Json seen;
  const std::string deltas = "members added [{\"value\":\"3\"}], members removed [{\"value\":\"1\"}]";
  EXPECT_EQ(changes_of(planned, staff, [&](Json resource) { return seen = resource; }), deltas);
  EXPECT_FALSE(seen.contains("members"));
  EXPECT_EQ(changes_of(planned, staff, with("members", Json::array())), deltas);
  EXPECT_EQ(changes_of(planned, staff, with("displayName", "STAFF")), "displayName=\"STAFF\", " + deltas);
}

TEST(Adapter, WhatItGivesIsValidated) {
  const Changes planned = {set(user(), "nickName", "Ada")};
  EXPECT_EQ(changes_of(planned, ada(), with("title", 7)), "invalidValue: title: must be a string");
  EXPECT_EQ(changes_of(planned, ada(), with("userName", " ")), "invalidValue: userName: must not be empty");
  EXPECT_EQ(changes_of(planned, ada(), without("userName")), "invalidValue: userName: is required");
  EXPECT_EQ(changes_of(planned, ada(), with("emails", {{{"value", "a"}, {"nosuch", 1}}})),
            "nickName=\"Ada\", emails=[{\"value\":\"a\"}]");
}

TEST(Adapter, WhatItLeavesAloneIsNot) {
  Resource foreign = ada();
  foreign.body["title"] = 7;  // as a row of an application may have it
  foreign.body.erase("userName");
  EXPECT_EQ(changes_of({set(user(), "nickName", "Ada")}, foreign, unchanged), "nickName=\"Ada\"");
}

TEST(Adapter, BodiesThatAreNoObjectsAreNotItsBusiness) {
  const LambdaAdapter adapter([](Json) { return Json("called"); });
  EXPECT_EQ(*adapt_body(&adapter, user(), Json::array()), Json::array());
  EXPECT_EQ(*adapt_body(&adapter, user(), Json::object()), Json("called"));
  EXPECT_EQ(*adapt_body(nullptr, user(), Json::object()), Json::object());
}

}  // namespace
}  // namespace scim
