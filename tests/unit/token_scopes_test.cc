// SPDX-License-Identifier: MIT
// What a token with scopes sees and changes, through the whole handler over a database: what is hidden is not there, and stays.
#include "core/handler.h"
#include "core/sight.h"
#include "tests/unit/embedded_store.h"

namespace scim::test {
namespace {

const std::string kManager = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager";
const std::string kEmployeeNumber = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:employeeNumber";

class TokenScopes : public EmbeddedStore {
 protected:
  struct Limits {
    std::vector<std::string> types = {};
    std::vector<std::string> hidden = {};
    Rights rights = Rights::read_and_write;
  };
  /// The Authorization header of a new token.
  std::string token(const Limits& limits) {
    NewToken made = make_token("t" + std::to_string(++tokens_), limits.rights, {}, env_);
    made.kept.types = limits.types;
    made.kept.hidden = limits.hidden;
    EXPECT_TRUE(store().insert_token(made.kept));
    return "Bearer " + made.text;
  }
  Response ask(const std::string& as, const std::string& method, const std::string& target, const Json& body = nullptr) {
    Request request;
    request.method = method;
    const auto mark = target.find('?');
    request.path = target.substr(0, mark);
    if (mark != std::string::npos) request.query = target.substr(mark + 1);
    request.base_url = "https://example.com/scim/v2";
    request.authorization = as;
    if (!body.is_null()) request.body = to_text(body);
    App app{config_, registry_, store(), store(), env_};
    return handle(request, app);
  }
  Json json(const std::string& as, const std::string& method, const std::string& target, const Json& body = nullptr) {
    const Response response = ask(as, method, target, body);
    EXPECT_LT(response.status, 300) << method << ' ' << target << ": " << response.body;
    return response.body.empty() ? Json() : parse_json(response.body).value();
  }
  std::int64_t count(const std::string& as, const std::string& filter) {
    return json(as, "GET", "/Users?filter=" + percent_encode(filter))["totalResults"].get<std::int64_t>();
  }
  /// 400 with a text that says no more of the attribute than of one that does not exist.
  void expect_unknown(const Response& response, const std::string& name) {
    EXPECT_EQ(response.status, 400) << response.body;
    const std::string quoted = name.substr(0, 50);  // long ones are cut
    EXPECT_NE(response.body.find("unknown attribute \\\"" + quoted), std::string::npos) << response.body;
    EXPECT_EQ(response.body.find("did you mean"), std::string::npos) << response.body;
  }
  std::string make_ada() {
    return json(all_, "POST", "/Users", full_ada())["id"].get<std::string>();
  }
  static Json full_ada() {
    return Json::parse(R"({"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "ada", "title": "Countess",
      "name": {"givenName": "Ada", "familyName": "Lovelace"}, "phoneNumbers": [{"value": "+44 1", "type": "work"}],
      "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": {"employeeNumber": "7", "department": "Engines"}})");
  }
  static Json patch(const Json& operations) { return {{"schemas", {urn::kPatchOp}}, {"Operations", operations}}; }

  int tokens_ = 0;
  std::string all_ = token({});
  std::string some_ = token({{}, {"phoneNumbers", "name.familyName", kEmployeeNumber}});
};

TEST_F(TokenScopes, OtherTypesAreForbidden) {
  const std::string users = token({{"User"}, {}});
  const std::string group = insert_group("Staff");
  const std::string ada = make_ada();
  for (const char* method : {"GET", "DELETE"}) {
    const Response refused = ask(users, method, "/Groups/" + group);
    EXPECT_EQ(refused.status, 403);
    EXPECT_EQ(refused.header("WWW-Authenticate"), "Bearer realm=\"scim\", error=\"insufficient_scope\"");
  }
  EXPECT_EQ(ask(users, "GET", "/Groups").status, 403);
  EXPECT_EQ(ask(users, "GET", "/Users/" + ada).status, 200);
  EXPECT_EQ(json(all_, "GET", "/")["totalResults"], 2);
  EXPECT_EQ(json(users, "GET", "/")["totalResults"], 1);
  EXPECT_EQ(json(users, "POST", "/.search", {{"schemas", {urn::kSearchRequest}}})["totalResults"], 1);
  EXPECT_EQ(json(users, "GET", "/ResourceTypes")["totalResults"], 1);
  EXPECT_EQ(ask(users, "GET", "/ResourceTypes/Group").status, 404);
  EXPECT_EQ(ask(users, "GET", "/Schemas/" + std::string(urn::kGroup)).status, 404);
  EXPECT_EQ(ask(users, "GET", "/Schemas/" + std::string(urn::kEnterpriseUser)).status, 200);
  EXPECT_EQ(ask(token({{"Group"}, {}}), "GET", "/Schemas/" + std::string(urn::kEnterpriseUser)).status, 404);
  EXPECT_EQ(ask(token({{"Device"}, {}}), "GET", "/").status, 403) << "a type that is not served any more";
}

TEST_F(TokenScopes, EachOperationOfABulkRequest) {
  const std::string users = token({{"User"}, {}});
  const Json job = Json::parse(R"({"schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"], "Operations": [
    {"method": "POST", "path": "/Users", "bulkId": "u", "data": {"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "bob"}},
    {"method": "POST", "path": "/Groups", "bulkId": "g", "data": {"schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "displayName": "x"}}]})");
  const Json done = json(users, "POST", "/Bulk", job);
  EXPECT_EQ(done["Operations"][0]["status"], "201");
  EXPECT_EQ(done["Operations"][1]["status"], "403");
  EXPECT_EQ(json(all_, "GET", "/Groups")["totalResults"], 0);
}

TEST_F(TokenScopes, HiddenAttributesAreNotShown) {
  const std::string ada = make_ada();
  for (const std::string& query : {std::string(), std::string("?attributes=phoneNumbers,name,title,") + kEmployeeNumber + ",urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department",
                                   std::string("?excludedAttributes=userName")}) {
    const std::string text = ask(some_, "GET", "/Users/" + ada + query).body;
    for (const char* hidden : {"phoneNumbers", "+44 1", "Lovelace", "employeeNumber"}) EXPECT_EQ(text.find(hidden), std::string::npos) << query << text;
    for (const char* shown : {"Countess", "\"givenName\":\"Ada\"", "Engines"}) EXPECT_NE(text.find(shown), std::string::npos) << query << text;
  }
  EXPECT_EQ(json(some_, "GET", "/Users?attributes=phoneNumbers")["Resources"][0].contains("phoneNumbers"), false);
  const std::string schemas = ask(some_, "GET", "/Schemas").body;
  for (const char* hidden : {"phoneNumbers", "familyName", "employeeNumber"}) EXPECT_EQ(schemas.find('"' + std::string(hidden) + '"'), std::string::npos) << hidden;
  EXPECT_NE(schemas.find("\"givenName\""), std::string::npos);
  const std::string no_extension = token({{}, {std::string(urn::kEnterpriseUser)}});
  EXPECT_EQ(ask(no_extension, "GET", "/Users/" + ada).body.find("department"), std::string::npos);
  EXPECT_EQ(ask(no_extension, "GET", "/Schemas/" + std::string(urn::kEnterpriseUser)).status, 404);
  EXPECT_FALSE(json(no_extension, "GET", "/ResourceTypes/User").contains("schemaExtensions"));
}

TEST_F(TokenScopes, AFilterIsNoOracle) {
  make_ada();
  expect_unknown(ask(some_, "GET", "/Users?filter=" + percent_encode("phoneNumbers.value sw \"+44\"")), "phoneNumbers.value");
  expect_unknown(ask(some_, "GET", "/Users?filter=" + percent_encode("phoneNumbers[type eq \"work\"]")), "phoneNumbers");
  expect_unknown(ask(some_, "GET", "/Users?filter=" + percent_encode("name.familyName pr")), "name.familyName");
  expect_unknown(ask(some_, "GET", "/Users?filter=" + percent_encode(kEmployeeNumber + " eq \"7\"")), kEmployeeNumber);
  EXPECT_EQ(ask(some_, "GET", "/Users?filter=" + percent_encode("name[familyName eq \"Lovelace\"]")).status, 400);
  EXPECT_EQ(ask(some_, "POST", "/.search", {{"schemas", {urn::kSearchRequest}}, {"filter", "phoneNumbers pr"}}).status, 400);
  EXPECT_EQ(count(all_, "name.familyName eq \"Lovelace\""), 1);
  // Of a complex attribute counts what is seen of it.
  json(all_, "POST", "/Users", {{"schemas", {urn::kUser}}, {"userName", "bob"}, {"name", {{"familyName", "B"}}}});
  EXPECT_EQ(count(all_, "name pr"), 2);
  EXPECT_EQ(count(some_, "name pr"), 1);
  EXPECT_EQ(count(some_, "name eq null"), 1);
}

TEST_F(TokenScopes, NorIsAnOrder) {
  json(all_, "POST", "/Users", {{"schemas", {urn::kUser}}, {"userName", "z"}, {"name", {{"familyName", "A"}}}});
  json(all_, "POST", "/Users", {{"schemas", {urn::kUser}}, {"userName", "a"}, {"name", {{"familyName", "B"}}}});
  const auto first = [&](const std::string& as, const std::string& order) {
    return json(as, "GET", "/Users?sortBy=name.familyName&sortOrder=" + order)["Resources"][0]["userName"];
  };
  EXPECT_NE(first(all_, "ascending"), first(all_, "descending"));
  EXPECT_EQ(first(some_, "ascending"), first(some_, "descending"));
}

TEST_F(TokenScopes, NorDoesAnErrorTellOfIt) {
  make_ada();
  const std::string nameless = token({{}, {"name", std::string(urn::kEnterpriseUser)}});
  const Json unsorted = json(nameless, "GET", "/Users?sortBy=nobodyHasIt");
  for (const std::string& hidden : {std::string("name"), std::string("name.familyName"), std::string(urn::kEnterpriseUser), kManager}) {
    EXPECT_EQ(ask(all_, "GET", "/Users?sortBy=" + hidden).status == 400, hidden == "name" || hidden == urn::kEnterpriseUser) << hidden;
    EXPECT_EQ(json(nameless, "GET", "/Users?sortBy=" + hidden), unsorted) << hidden;
  }
  // A complex attribute without the part that stands for it is like any other.
  const std::string no_manager = token({{}, {kManager + ".value"}});
  EXPECT_EQ(ask(no_manager, "GET", "/Users?sortBy=" + kManager).status, 400);
  const Response compared = ask(no_manager, "GET", "/Users?filter=" + percent_encode(kManager + " eq \"1\""));
  EXPECT_EQ(compared.status, 400);
  EXPECT_EQ(compared.body.find("manager.value"), std::string::npos) << compared.body;
  const Response hinted = ask(some_, "GET", "/Users?filter=" + percent_encode("name[familyNam eq \"x\"]"));
  EXPECT_EQ(hinted.status, 400);
  EXPECT_EQ(hinted.body.find("familyName"), std::string::npos) << hinted.body;
}

TEST_F(TokenScopes, SchemasNamesNoExtensionOfWhichNothingIsSeen) {
  const std::string ada = make_ada();
  const std::string bob = json(all_, "POST", "/Users", Json::parse(R"({"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
    "userName": "bob", "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": {"employeeNumber": "8"}})"))["id"];
  const Json whole = {urn::kUser, urn::kEnterpriseUser};
  const Json plain = Json::array({urn::kUser});
  const auto schemas = [&](const std::string& as, const std::string& id, const std::string& query = "") {
    return json(as, "GET", "/Users/" + id + query)["schemas"];
  };
  const std::string no_extension = token({{}, {std::string(urn::kEnterpriseUser)}});
  EXPECT_EQ(schemas(all_, ada), whole);
  EXPECT_EQ(schemas(all_, bob, "?attributes=userName"), whole);
  EXPECT_EQ(schemas(some_, ada), whole);
  EXPECT_EQ(schemas(some_, bob), plain) << "there is only what is hidden";
  EXPECT_EQ(schemas(some_, bob, "?attributes=userName"), plain);
  EXPECT_EQ(schemas(no_extension, ada), plain);
  EXPECT_EQ(schemas(no_extension, ada, "?attributes=userName"), plain);
  const Json search = {{"schemas", {urn::kSearchRequest}}};
  const Json answer = json(no_extension, "POST", "/Users/.search", search);
  for (const Json& found : answer.at("Resources")) EXPECT_EQ(found["schemas"], plain);
  const Json written = json(no_extension, "PATCH", "/Users/" + ada, patch(Json::array({{{"op", "replace"}, {"path", "title"}, {"value", "x"}}})));
  EXPECT_EQ(written["schemas"], plain);
  EXPECT_EQ(count(no_extension, "schemas eq \"" + std::string(urn::kEnterpriseUser) + '"'), 0);
}

TEST_F(TokenScopes, PutLeavesWhatItDoesNotSee) {
  const std::string ada = make_ada();
  const Json before = json(all_, "GET", "/Users/" + ada);
  const Json sent = Json::parse(R"({"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "ada", "title": "Lady",
    "name": {"givenName": "Augusta", "familyName": "stolen"}, "phoneNumbers": [{"value": "stolen"}],
    "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": {"employeeNumber": "stolen", "department": "Poetry"}})");
  const Json shown = json(some_, "PUT", "/Users/" + ada, sent);
  EXPECT_FALSE(shown.contains("phoneNumbers"));
  Json after = json(all_, "GET", "/Users/" + ada);
  EXPECT_EQ(after["phoneNumbers"], before["phoneNumbers"]);
  EXPECT_EQ(after["name"], Json({{"familyName", "Lovelace"}, {"givenName", "Augusta"}}));
  EXPECT_EQ(after[std::string(urn::kEnterpriseUser)], Json({{"employeeNumber", "7"}, {"department", "Poetry"}}));
  EXPECT_EQ(after["title"], "Lady");
  // Without any of it: what is seen goes, the rest stays.
  json(some_, "PUT", "/Users/" + ada, {{"schemas", {urn::kUser}}, {"userName", "ada"}});
  after = json(all_, "GET", "/Users/" + ada);
  EXPECT_EQ(after["phoneNumbers"], before["phoneNumbers"]);
  EXPECT_EQ(after["name"], Json({{"familyName", "Lovelace"}}));
  EXPECT_EQ(after[std::string(urn::kEnterpriseUser)], Json({{"employeeNumber", "7"}}));
  EXPECT_FALSE(after.contains("title"));
  const std::string version = after["meta"]["version"].get<std::string>();
  json(some_, "PUT", "/Users/" + ada, {{"schemas", {urn::kUser}}, {"userName", "ada"}});
  EXPECT_EQ(json(all_, "GET", "/Users/" + ada)["meta"]["version"], version) << "nothing has changed";
}

TEST_F(TokenScopes, PutOfAGroupLeavesHiddenMembers) {
  const std::string ada = make_ada();
  const std::string group = insert_group("Staff", {ada});
  const std::string names = token({{"Group"}, {"members"}});
  EXPECT_FALSE(json(names, "PUT", "/Groups/" + group, {{"schemas", {urn::kGroup}}, {"displayName", "Crew"}}).contains("members"));
  EXPECT_EQ(json(all_, "GET", "/Groups/" + group)["members"].size(), 1U);
  EXPECT_EQ(json(all_, "GET", "/Groups/" + group)["displayName"], "Crew");
}

TEST_F(TokenScopes, PatchLeavesWhatItDoesNotSee) {
  const std::string ada = make_ada();
  const Json before = json(all_, "GET", "/Users/" + ada);
  const auto refused = [&](const Json& operation, const std::string& name) { expect_unknown(ask(some_, "PATCH", "/Users/" + ada, patch(Json::array({operation}))), name); };
  refused({{"op", "remove"}, {"path", "phoneNumbers"}}, "phoneNumbers");
  refused({{"op", "replace"}, {"path", "name.familyName"}, {"value", "x"}}, "name.familyName");
  refused({{"op", "add"}, {"path", kEmployeeNumber}, {"value", "x"}}, kEmployeeNumber);
  refused({{"op", "add"}, {"value", {{"phoneNumbers", {{{"value", "x"}}}}}}}, "phoneNumbers");
  refused({{"op", "remove"}, {"path", "phoneNumbers[type eq \"work\"]"}}, "phoneNumbers");
  EXPECT_EQ(json(all_, "GET", "/Users/" + ada), before);
  json(some_, "PATCH", "/Users/" + ada, patch(Json::array({{{"op", "remove"}, {"path", "name"}}, {{"op", "remove"}, {"path", std::string(urn::kEnterpriseUser)}}})));
  const Json after = json(all_, "GET", "/Users/" + ada);
  EXPECT_EQ(after["name"], Json({{"familyName", "Lovelace"}}));
  EXPECT_EQ(after[std::string(urn::kEnterpriseUser)], Json({{"employeeNumber", "7"}}));
  json(some_, "PATCH", "/Users/" + ada, patch(Json::array({{{"op", "replace"}, {"path", "name"}, {"value", {{"givenName", "Augusta"}, {"familyName", "stolen"}}}}})));
  EXPECT_EQ(json(all_, "GET", "/Users/" + ada)["name"], Json({{"familyName", "Lovelace"}, {"givenName", "Augusta"}}));
}

TEST_F(TokenScopes, WhatIsWrittenAsAWholeKeepsHiddenPartsOfAnExtension) {
  const std::string boss = json(all_, "POST", "/Users", {{"schemas", {urn::kUser}}, {"userName", "boss"}, {"displayName", "The Boss"}})["id"];
  const std::string other = insert_user("other");
  const std::string ada = make_ada();
  const auto manager = [&] { return json(all_, "GET", "/Users/" + ada)[std::string(urn::kEnterpriseUser)]["manager"]; };
  const auto send = [&](const std::string& as, const Json& operation) { json(as, "PATCH", "/Users/" + ada, patch(Json::array({operation}))); };
  send(all_, {{"op", "add"}, {"path", kManager}, {"value", {{"value", boss}, {"$ref", "../Users/boss"}}}});
  const Json before = manager();
  ASSERT_EQ(before.value("value", ""), boss);
  // What follows from a hidden part can be neither read nor written.
  const std::string no_value = token({{}, {kManager + ".value", kManager + ".displayName"}});
  send(no_value, {{"op", "replace"}, {"path", kManager}, {"value", {{"$ref", "../Users/new"}}}});
  EXPECT_EQ(manager().value("value", ""), boss);
  EXPECT_EQ(manager().value("displayName", ""), "The Boss");
  EXPECT_EQ(manager().value("$ref", "").find("boss"), std::string::npos) << "what is seen is replaced";
  send(no_value, {{"op", "replace"}, {"path", std::string(urn::kEnterpriseUser)}, {"value", {{"manager", {{"value", other}}}, {"department", "Poetry"}}}});
  EXPECT_EQ(manager().value("value", ""), boss);
  EXPECT_EQ(json(all_, "GET", "/Users/" + ada)[std::string(urn::kEnterpriseUser)]["department"], "Poetry");
  send(no_value, {{"op", "remove"}, {"path", kManager}});
  EXPECT_EQ(manager().value("value", ""), boss);
}

/// scimctl hold release: all rights, and no more to see.
TEST_F(TokenScopes, WhoCarriesItOutForTheTokenSeesNoMore) {
  const std::string ada = make_ada();
  const Token token = store().list_tokens()->back();
  const Scope scope = Access::on_behalf_of({token.types, token.hidden}, token.id, "root");
  Request request;
  request.method = "PUT";
  request.path = "/Users/" + ada;
  request.base_url = "https://example.com/scim/v2";
  request.body = to_text(Json{{"schemas", {urn::kUser}}, {"userName", "ada"}});
  App app{config_, registry_, store(), store(), env_};
  EXPECT_EQ(handle_as(scope, request, app).status, 200);
  EXPECT_TRUE(json(all_, "GET", "/Users/" + ada).contains("phoneNumbers"));
  EXPECT_EQ(handle_as(Access::on_behalf_of({{"Group"}, {}}, "", "root"), request, app).status, 403) << "outside of its scopes";
  request.method = "DELETE";
  request.path = "/Me";
  EXPECT_EQ(handle_as(Access::on_behalf_of({}, "", "root"), request, app).status, 404) << "it is nobody's";
  EXPECT_EQ(handle_as(Access::on_behalf_of({{}, {}, "ada"}, "", "root"), request, app).status, 204);
}

TEST_F(TokenScopes, WhatIsHiddenIsUnknownInABody) {
  const Json made = json(some_, "POST", "/Users", full_ada());
  const Json kept = json(all_, "GET", "/Users/" + made["id"].get<std::string>());
  EXPECT_FALSE(kept.contains("phoneNumbers"));
  EXPECT_EQ(kept["name"], Json({{"givenName", "Ada"}}));
  EXPECT_EQ(kept[std::string(urn::kEnterpriseUser)], Json({{"department", "Engines"}}));
  config_.unknown = UnknownAttribute::reject;
  Json other = full_ada();
  other["userName"] = "other";
  expect_unknown(ask(some_, "POST", "/Users", other), "name.familyName");
}

TEST_F(TokenScopes, ACursorIsForTheSameScopes) {
  insert_user("a");
  insert_user("b");
  const std::string cursor = json(some_, "GET", "/Users?cursor&count=1")["nextCursor"].get<std::string>();
  const Token before = store().list_tokens()->back();
  Token kept = before;
  EXPECT_EQ(ask(some_, "GET", "/Users?count=1&cursor=" + cursor).status, 200);
  kept.hidden.push_back("title");
  ASSERT_TRUE(store().update_token(kept, before));
  EXPECT_EQ(ask(some_, "GET", "/Users?count=1&cursor=" + cursor).status, 400);
}

TEST_F(TokenScopes, WhatCanBeHidden) {
  for (const char* path : {"phoneNumbers", "name.familyName", "externalId", "password", "groups", "active", "urn:ietf:params:scim:schemas:core:2.0:User:displayName"}) {
    EXPECT_TRUE(check_hidden(path, registry_)) << path;
  }
  EXPECT_TRUE(check_hidden(kEmployeeNumber, registry_));
  EXPECT_TRUE(check_hidden(urn::kEnterpriseUser, registry_));
  for (const char* path : {"id", "schemas", "meta", "meta.created", "userName", "displayName", "emails.value", "members.value", "nope", "", "name..x"}) {
    EXPECT_FALSE(check_hidden(path, registry_)) << path;
  }
}

}  // namespace
}  // namespace scim::test
