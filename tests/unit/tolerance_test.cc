// SPDX-License-Identifier: MIT
// Every tolerance through the whole flow of a request: taken and counted where a dialect has it, refused in the RFC's
// way where it has not.
#include "core/tolerance.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "core/handler.h"
#include "core/registry.h"
#include "core/validate.h"
#include "frozen_env.h"
#include "memory_store.h"
#include "token_map.h"

namespace scim {
namespace {

/// A request that needs one tolerance and no other, and what comes of it.
struct Case {
  Tolerance tolerance;
  const char* method;
  const char* path;  ///< with the query
  const char* body;  ///< "[...]": the operations of a PATCH
  const char* pointer;  ///< into the answer: where it shows that the request was understood
  const char* value;    ///< what stands there then, as JSON
  int refused;            ///< status without the tolerance
  const char* scim_type;  ///< and the keyword
  const char* if_match = "";
};

constexpr const char* kEnterprise = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

/// Of the state in the fixture below.
const std::vector<Case> kCases = {
    {Tolerance::string_boolean, "PATCH", "/Users/1", R"([{"op": "replace", "path": "active", "value": "False"}])", "/active",
     "false", 400, "invalidValue"},
    {Tolerance::string_boolean, "PUT", "/Users/1",
     R"({"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "ada", "active": "false"})", "/active", "false",
     400, "invalidValue"},
    {Tolerance::string_boolean, "GET", "/Users?filter=active%20eq%20%22True%22", "", "/totalResults", "1", 400, "invalidFilter"},
    {Tolerance::string_boolean, "PATCH", "/Users/1",
     R"([{"op": "replace", "path": "emails[primary eq \"True\"].value", "value": "new@x"}])", "/emails/0/value", "\"new@x\"", 400,
     "invalidFilter"},
    {Tolerance::capitalised_op, "PATCH", "/Users/1", R"([{"op": "Replace", "path": "title", "value": "Dr"}])", "/title", "\"Dr\"",
     400, "invalidSyntax"},
    {Tolerance::missing_element_add, "PATCH", "/Users/1",
     R"([{"op": "add", "path": "emails[type eq \"work\"].value", "value": "w@x"}])", "/emails/1",
     R"({"type": "work", "value": "w@x"})", 400, "noTarget"},
    {Tolerance::missing_element_replace, "PATCH", "/Users/1",
     R"([{"op": "replace", "path": "emails[type eq \"work\"].value", "value": "w@x"}])", "/emails/1",
     R"({"type": "work", "value": "w@x"})", 400, "noTarget"},
    {Tolerance::manager_string, "PATCH", "/Users/1",
     R"([{"op": "add", "path": "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager", "value": "9"}])",
     "/urn:ietf:params:scim:schemas:extension:enterprise:2.0:User/manager", R"({"value": "9"})", 400, "invalidValue"},
    {Tolerance::manager_string, "PATCH", "/Users/1",
     R"([{"op": "add", "path": "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager", "value": [{"value": "9"}]}])",
     "/urn:ietf:params:scim:schemas:extension:enterprise:2.0:User/manager", R"({"value": "9"})", 400, "invalidValue"},
    {Tolerance::element_string, "PATCH", "/Users/1", R"([{"op": "add", "path": "roles", "value": ["editor"]}])", "/roles",
     R"([{"value": "editor"}])", 400, "invalidValue"},
    {Tolerance::element_string, "PATCH", "/Groups/2", R"([{"op": "replace", "path": "members", "value": ["9"]}])", "/members",
     R"([{"value": "9"}])", 400, "invalidValue"},
    {Tolerance::role_json, "PATCH", "/Users/1",
     R"([{"op": "add", "path": "roles", "value": [{"value": "{\"id\": \"r-1\", \"value\": \"editor\"}"}]}])", "/roles/0/value",
     "\"editor\"", 200, ""},
    {Tolerance::dotted_key, "PATCH", "/Users/1", R"([{"op": "replace", "value": {"name.givenName": "Augusta"}}])",
     "/name/givenName", "\"Augusta\"", 400, "invalidPath"},
    {Tolerance::urn_key, "PATCH", "/Users/1",
     R"([{"op": "add", "value": {"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department": "IT"}}])",
     "/urn:ietf:params:scim:schemas:extension:enterprise:2.0:User/department", "\"IT\"", 400, "invalidPath"},
    {Tolerance::urn_key, "PATCH", "/Users/1",
     R"([{"op": "add", "value": {"urn:ietf:params:scim:schemas:core:2.0:User": {"title": "Dr"}}}])", "/title", "\"Dr\"", 400,
     "invalidPath"},
    {Tolerance::remove_with_value, "PATCH", "/Groups/2",
     R"([{"op": "remove", "path": "members", "value": [{"value": "1"}]}])", "/members", R"([{"value": "3"}])", 400, "invalidSyntax"},
    {Tolerance::remove_with_value, "PATCH", "/Users/1",
     R"([{"op": "remove", "path": "emails", "value": [{"value": "nobody@x"}]}])", "/emails/0/value", "\"home@x\"", 400,
     "invalidSyntax"},
    {Tolerance::unchanged_read_only, "PATCH", "/Groups/2", R"([{"op": "replace", "value": {"id": "2", "displayName": "Crew"}}])",
     "/displayName", "\"Crew\"", 400, "mutability"},
    {Tolerance::legacy_urn, "PUT", "/Users/1", R"({"schemas": ["urn:scim:schemas:core:2.0"], "userName": "ada", "title": "Dr"})",
     "/title", "\"Dr\"", 400, "invalidSyntax"},
    {Tolerance::legacy_urn, "POST", "/Users",
     R"({"schemas": ["urn:scim:schemas:core:2.0:User", "urn:scim:schemas:extension:enterprise:2.0"], "userName": "eve",
         "urn:scim:schemas:extension:enterprise:2.0": {"department": "IT"}})",
     "/urn:ietf:params:scim:schemas:extension:enterprise:2.0:User/department", "\"IT\"", 400, "invalidSyntax"},
    {Tolerance::unknown_schema, "POST", "/Groups",
     R"({"schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group",
                     "http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group"], "displayName": "Crew"})",
     "/schemas", R"(["urn:ietf:params:scim:schemas:core:2.0:Group"])", 400, "invalidValue"},
    {Tolerance::undeclared_extension, "POST", "/Users",
     R"({"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "eve",
         "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": {"department": "IT"}})",
     "/urn:ietf:params:scim:schemas:extension:enterprise:2.0:User/department", "\"IT\"", 400, "invalidSyntax"},
    {Tolerance::filter_after_brackets, "GET",
     "/Users?filter=emails%5Btype%20eq%20%22home%22%5D.value%20eq%20%22home@x%22", "", "/totalResults", "1", 400, "invalidFilter"},
    {Tolerance::trailing_slash, "GET", "/Users/?filter=userName%20eq%20%22ada%22", "", "/totalResults", "1", 404, ""},
    {Tolerance::trailing_slash, "GET", "/Groups/2/", "", "/displayName", "\"Staff\"", 404, ""},
    {Tolerance::empty_parameter, "GET", "/Users?filter=userName+eq+%22ada%22&", "", "/totalResults", "1", 400, ""},
    {Tolerance::parameter_case, "GET", "/Users?Filter=userName%20eq%20%22nobody%22", "", "/totalResults", "0", 400, "invalidValue"},
    {Tolerance::attribute_brackets, "GET", "/Users/1?attributes=emails%5Btype%20eq%20%22home%22%5D", "", "/emails/0/value",
     "\"home@x\"", 400, "invalidValue"},
    {Tolerance::unquoted_etag, "PUT", "/Users/1",
     R"({"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "ada", "title": "Dr"})", "/title", "\"Dr\"", 400, "",
     "1"},
};

class Tolerances : public testing::Test {
 protected:
  Tolerances() { reset(); }

  /// User 1 and group 2, as every case finds them.
  void reset() {
    const Json meta = {{"version", std::string(test::MemoryStore::kVersion)}};
    Resource ada{registry_.type_by_name("User"),
                 {{"schemas", {urn::kUser}}, {"id", "1"}, {"userName", "ada"}, {"name", {{"givenName", "Ada"}}}, {"active", true}}};
    ada.body["emails"] = Json::parse(R"([{"value": "home@x", "type": "home", "primary": true}])");
    Resource staff{registry_.type_by_name("Group"), {{"schemas", {urn::kGroup}}, {"id", "2"}, {"displayName", "Staff"}}};
    staff.body["members"] = Json::parse(R"([{"value": "1"}, {"value": "3"}])");
    ada.body["meta"] = meta;
    staff.body["meta"] = meta;
    store_.resources = {ada, staff};
  }

  /// A token whose client speaks `dialect`.
  std::string bearer(std::optional<Dialect> dialect) {
    NewToken token = make_token("t", Rights::read_and_write, {}, env_);
    token.kept.dialect = dialect;
    token_id_ = token.kept.id;
    EXPECT_TRUE(tokens_.insert_token(token.kept));
    return "Bearer " + token.text;
  }

  Response ask(const std::string& authorization, const Case& given) {
    const std::string target = given.path;
    const auto question = target.find('?');
    Request request;
    request.method = given.method;
    request.path = target.substr(0, question);
    if (question != std::string::npos) request.query = target.substr(question + 1);
    request.base_url = "https://example.com/v2";
    request.authorization = authorization;
    request.if_match = given.if_match;
    request.body = given.body;
    if (request.method == "PATCH") {
      request.body = Json({{"schemas", {urn::kPatchOp}}, {"Operations", Json::parse(request.body)}}).dump();
    }
    App app{config_, registry_, store_, tokens_, env_};
    app.tolerances = &counts_;
    return handle(request, app);
  }

  /// The tolerances that the last token's client used, counted since the last call.
  std::vector<Tolerance> used() {
    EXPECT_TRUE(counts_.write(tokens_));
    const std::vector<ToleranceUse> uses = tokens_.tolerance_uses(token_id_).value();
    std::vector<Tolerance> used;
    for (const ToleranceUse& use : uses) used.push_back(use.tolerance);
    return used;
  }

  void expect_taken(const Case& given, const Response& response) {
    ASSERT_LT(response.status, 300) << response.body;
    const Json body = Json::parse(response.body);
    const Json::json_pointer pointer(given.pointer);
    ASSERT_TRUE(body.contains(pointer)) << response.body;
    EXPECT_EQ(body.at(pointer), Json::parse(given.value)) << response.body;
  }
  void expect_refused(const Case& given, const Response& response) {
    EXPECT_EQ(response.status, given.refused) << response.body;
    const Json body = Json::parse(response.body);
    if (given.refused < 400) {  // taken, but as the RFC reads it
      EXPECT_NE(body.at(Json::json_pointer(given.pointer)), Json::parse(given.value));
      return;
    }
    EXPECT_EQ(body.value("scimType", ""), given.scim_type) << response.body;
  }

  Config config_;
  const Registry registry_ = Registry::standard();
  test::MemoryStore store_;
  test::TokenMap tokens_;
  test::FrozenEnv env_;
  ToleranceCounts counts_;
  std::string token_id_;
};

TEST_F(Tolerances, EachIsTakenAndCountedByTheDialectsThatHaveItAndByNoOther) {
  // Requirements: P-18, H-3, PA-28
  for (const Case& given : kCases) {
    const ToleranceInfo& row = tolerances()[static_cast<std::size_t>(given.tolerance)];
    for (const Dialect dialect : {Dialect::any, Dialect::rfc, Dialect::entra, Dialect::okta}) {
      SCOPED_TRACE(std::string(row.name) + " for " + std::string(to_string(dialect)) + ": " + given.path + ' ' + given.body);
      reset();
      const Response response = ask(bearer(dialect), given);
      const bool has_it = row.dialects.test(static_cast<std::size_t>(dialect));
      if (has_it) expect_taken(given, response);
      else expect_refused(given, response);
      EXPECT_EQ(used(), has_it ? std::vector<Tolerance>{given.tolerance} : std::vector<Tolerance>{});
    }
  }
}

TEST_F(Tolerances, EachHasACase) {
  for (const ToleranceInfo& row : tolerances()) {
    EXPECT_TRUE(std::any_of(kCases.begin(), kCases.end(), [&](const Case& given) { return given.tolerance == row.tolerance; }))
        << row.name;
  }
}

TEST_F(Tolerances, NamesAreDistinctAndRfcHasNone) {
  std::set<std::string_view> names;
  for (const ToleranceInfo& row : tolerances()) {
    EXPECT_TRUE(names.insert(row.name).second) << row.name;
    EXPECT_EQ(tolerance_of(row.name), row.tolerance);
    EXPECT_FALSE(row.help.empty()) << row.name;
    EXPECT_FALSE(row.dialects.test(static_cast<std::size_t>(Dialect::rfc))) << row.name;
  }
  for (const char* name : {"any", "rfc", "entra", "okta"}) EXPECT_EQ(to_string(dialect_of(name).value()), name);
  EXPECT_FALSE(dialect_of("Okta"));
  EXPECT_FALSE(tolerance_of("politeness"));
}

TEST_F(Tolerances, WithoutADialectTheConfigurationDecides) {
  const Case& capitalised = *std::find_if(kCases.begin(), kCases.end(), [](const Case& given) {
    return given.tolerance == Tolerance::capitalised_op;
  });
  EXPECT_EQ(ask(bearer(std::nullopt), capitalised).status, 200);
  config_.strict = true;
  EXPECT_EQ(ask(bearer(std::nullopt), capitalised).status, 400);
  EXPECT_EQ(ask(bearer(Dialect::entra), capitalised).status, 200);
  EXPECT_EQ(ask(bearer(Dialect::any), capitalised).status, 200);
}

TEST_F(Tolerances, ScimctlSpeaksAnyDialect) {
  config_.strict = true;
  App app{config_, registry_, store_, tokens_, env_};
  app.tolerances = &counts_;
  Request request;
  request.method = "GET";
  request.path = "/Users/";
  EXPECT_EQ(handle_as(Scope::unrestricted_for_cli(), request, app).status, 200);
}

TEST_F(Tolerances, ReplaceMakesOnlyTheValueOfAnElementOfAType) {
  const auto keyword = [&](const char* operation) {
    reset();
    const Case given{Tolerance::missing_element_replace, "PATCH", "/Users/1", operation, "", "", 0, ""};
    const Response response = ask(bearer(Dialect::entra), given);
    return response.status == 200 ? "" : Json::parse(response.body).value("scimType", "");
  };
  EXPECT_EQ(keyword(R"([{"op": "replace", "path": "emails[type eq \"work\"].value", "value": "w@x"}])"), "");
  EXPECT_EQ(keyword(R"([{"op": "replace", "path": "emails[type eq \"work\"]", "value": {"value": "w@x"}}])"), "noTarget");
  EXPECT_EQ(keyword(R"([{"op": "replace", "path": "emails[value eq \"w@x\"].display", "value": "W"}])"), "noTarget");
  EXPECT_EQ(keyword(R"([{"op": "replace", "path": "emails[type ne \"home\"].value", "value": "w@x"}])"), "noTarget");
  EXPECT_EQ(keyword(R"([{"op": "replace", "path": "emails[type eq \"work\"].value", "value": null}])"), "noTarget");
}

TEST_F(Tolerances, AreCountedOnceForEachRequest) {
  const Case twice{Tolerance::capitalised_op, "PATCH", "/Users/1",
                   R"([{"op": "Replace", "path": "title", "value": "A"}, {"op": "Add", "path": "nickName", "value": "B"}])", "", "", 0, ""};
  const std::string token = bearer(Dialect::entra);
  ASSERT_EQ(ask(token, twice).status, 200);
  env_.advance(std::chrono::hours(1));
  ASSERT_EQ(ask(token, twice).status, 200);
  ASSERT_TRUE(counts_.write(tokens_));
  const auto uses = *tokens_.tolerance_uses(token_id_);
  ASSERT_EQ(uses.size(), 1U);
  EXPECT_EQ(uses[0].count, 2);
  EXPECT_EQ(uses[0].last, env_.now());
}

TEST_F(Tolerances, CountsAreKeptWhileTheDatabaseIsBusy) {
  const Case& given = kCases.front();
  const std::string token = bearer(Dialect::any);
  ASSERT_EQ(ask(token, given).status, 200);
  tokens_.busy = true;
  EXPECT_FALSE(counts_.write(tokens_));
  ASSERT_EQ(ask(token, given).status, 200) << "a request does not wait for it";
  tokens_.busy = false;
  EXPECT_TRUE(counts_.write(tokens_));
  EXPECT_TRUE(counts_.write(tokens_)) << "nothing is written twice";
  const auto uses = *tokens_.tolerance_uses(token_id_);
  ASSERT_EQ(uses.size(), 1U);
  EXPECT_EQ(uses[0].count, 2);
}

// Requirements: P-21, EX-6
TEST_F(Tolerances, UnknownAttributesAreIgnoredOrRefusedByPolicy) {
  const std::string unregistered = "urn:example:nobody:2.0:User";
  for (const Json& more : {Json{{"userNmae", "x"}}, Json{{"name", {{"givenNmae", "x"}}}}, Json{{"emails", {{{"value", "a@x"}, {"kind", "x"}}}}},
                           Json{{unregistered, {{"a", 1}}}}, Json{{kEnterprise, {{"departmnet", "x"}}}}}) {
    Json body = {{"schemas", {urn::kUser, kEnterprise}}, {"userName", "eve"}};
    body.update(more);
    const std::string text = body.dump();
    SCOPED_TRACE(text);
    const Case post{Tolerance::string_boolean, "POST", "/Users", text.c_str(), "", "", 0, ""};
    const Case put{Tolerance::string_boolean, "PUT", "/Users/1", text.c_str(), "", "", 0, ""};
    for (const Dialect dialect : {Dialect::any, Dialect::rfc}) {
      reset();
      config_.unknown = UnknownAttribute::ignore;
      const Response taken = ask(bearer(dialect), post);
      EXPECT_EQ(taken.status, 201) << taken.body;
      EXPECT_FALSE(Json::parse(taken.body).contains(unregistered));
      EXPECT_EQ(taken.body.find("\"x\""), std::string::npos) << taken.body;
      EXPECT_EQ(ask(bearer(dialect), put).status, 200);
      config_.unknown = UnknownAttribute::reject;
      for (const Case& given : {post, put}) {
        const Response refused = ask(bearer(dialect), given);
        EXPECT_EQ(refused.status, 400);
        EXPECT_EQ(Json::parse(refused.body).value("scimType", ""), "invalidSyntax") << refused.body;
      }
    }
  }
}

TEST_F(Tolerances, TheUnknownAttributeIsNamed) {
  config_.unknown = UnknownAttribute::reject;
  const Case given{Tolerance::string_boolean, "POST", "/Users",
                   R"({"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "eve", "emails": [{"value": "a", "kind\n": 1}]})",
                   "", "", 0, ""};
  EXPECT_EQ(Json::parse(ask(bearer(Dialect::any), given).body).value("detail", ""), "unknown attribute \"emails[0].kind\\x0a\"");
}

// Requirements: PA-27
TEST(TolerancesOfOurOwn, WhatIsPassedOverIsNoted) {
  const Registry registry = Registry::standard();
  const Json body = Json::parse(R"({"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"a","tittle":"x",
      "name":{"givenNmae":"A"},"emails":[{"value":"a@x"},{"vlaue":"b@x","value":"c@x"}]})");
  Leniency leniency(Dialect::any, UnknownAttribute::note);
  const auto resource = resource_from_body(body, *registry.type_by_name("User"), leniency);
  ASSERT_TRUE(resource);
  EXPECT_FALSE(resource->body.contains("tittle"));
  std::vector<std::string> noted = leniency.noted();
  std::sort(noted.begin(), noted.end());
  EXPECT_EQ(noted, (std::vector<std::string>{"emails[1].vlaue", "name.givenNmae", "tittle"}));
}

TEST_F(Tolerances, InAPatchAnUnknownAttributeIsAnErrorWhateverThePolicy) {
  for (const UnknownAttribute policy : {UnknownAttribute::ignore, UnknownAttribute::reject}) {
    config_.unknown = policy;
    for (const char* operation : {R"([{"op": "replace", "path": "userNmae", "value": "x"}])", R"([{"op": "add", "value": {"userNmae": "x"}}])"}) {
      const Response response = ask(bearer(Dialect::any), {Tolerance::string_boolean, "PATCH", "/Users/1", operation, "", "", 0, ""});
      EXPECT_EQ(response.status, 400);
      EXPECT_EQ(Json::parse(response.body).value("scimType", ""), "invalidPath");
    }
  }
}

}  // namespace
}  // namespace scim
