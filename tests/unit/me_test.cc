// SPDX-License-Identifier: MIT
// /Me: the resource of who is asking (RFC 7644 3.11).
#include <gtest/gtest.h>

#include "account_map.h"
#include "core/handler.h"
#include "frozen_env.h"
#include "memory_store.h"
#include "token_map.h"

namespace scim {
namespace {

class Me : public testing::Test {
 protected:
  Me() {
    config_.access.superusers = {"ada", "grace", "Bob"};
    for (const char* name : {"ada", "bob", "Bob"}) add(name);
  }
  void add(const std::string& name) {
    const Json body = {{"schemas", {urn::kUser}}, {"id", "id-" + name}, {"userName", name}, {"meta", {{"version", "W/\"1\""}}}};
    store_.resources.push_back({registry_.type_by_name("User"), body});
  }
  Response ask(const std::string& method, const std::string& user, const Json& body = nullptr, const std::string& path = "/Me") {
    Request request;
    request.method = method;
    request.path = path;
    request.base_url = "https://example.com/scim/v2";
    request.remote_user = user;
    if (!body.is_null()) request.body = to_text(body);
    return ask(request);
  }
  Response ask(const Request& request) {
    App app{config_, registry_, store_, tokens_, env_};
    return handle(request, app);
  }
  std::string token_of(const std::string& user) {
    NewToken token = make_token("t" + user, Rights::read_and_write, {}, env_);
    token.kept.user_name = user;
    EXPECT_TRUE(tokens_.insert_token(token.kept));
    return "Bearer " + token.text;
  }

  Config config_;
  Registry registry_ = Registry::standard();
  test::MemoryStore store_;
  test::TokenMap tokens_;
  test::FrozenEnv env_;
};

// Requirements: ME-3, ME-4
TEST_F(Me, IsTheResourceOfTheUser) {
  const Response got = ask("GET", "ada");
  ASSERT_EQ(got.status, 200) << got.body;
  EXPECT_EQ(parse_json(got.body).value()["id"], "id-ada");
  EXPECT_EQ(got.header("Location"), "https://example.com/scim/v2/Users/id-ada");
  const Json patch = {{"schemas", {urn::kPatchOp}}, {"Operations", {{{"op", "replace"}, {"path", "title"}, {"value", "Countess"}}}}};
  EXPECT_EQ(ask("PATCH", "ada", patch).status, 200);
  EXPECT_EQ(store_.body("id-ada")["title"], "Countess");
  EXPECT_EQ(ask("PUT", "ada", {{"schemas", {urn::kUser}}, {"userName", "ada"}, {"nickName", "A"}}).status, 200);
  EXPECT_EQ(store_.body("id-ada")["nickName"], "A");
  EXPECT_EQ(ask("DELETE", "ada").status, 204);
  EXPECT_EQ(ask("GET", "ada").status, 404);
}

TEST_F(Me, IsSpeltTheSameWhereNamesDifferByCaseAlone) {
  EXPECT_EQ(ask("GET", "Bob").header("Location"), "https://example.com/scim/v2/Users/id-Bob");
  config_.access.superusers = {"BOB"};
  EXPECT_EQ(ask("GET", "BOB").status, 404) << "two could be meant";
}

// Requirements: ME-4
TEST_F(Me, IsNotThereForWhoHasNoResource) {
  const Response got = ask("GET", "grace");
  EXPECT_EQ(got.status, 404);
  EXPECT_NE(got.body.find("grace"), std::string::npos);
  EXPECT_EQ(ask("POST", "grace", {{"schemas", {urn::kUser}}, {"userName", "mallory"}}).status, 403);
  EXPECT_EQ(ask("POST", "grace", {{"schemas", {urn::kUser}}}).status, 403);
  EXPECT_EQ(ask("POST", "grace", {{"schemas", {urn::kUser}}, {"userName", "GRACE"}}).status, 201);
  EXPECT_EQ(ask("GET", "grace").status, 200);
}

TEST_F(Me, IsThatOfTheUserWhoseTokenItIs) {
  Request request;
  request.method = "GET";
  request.path = "/Me";
  request.authorization = token_of("ada");
  EXPECT_EQ(parse_json(ask(request).body).value()["id"], "id-ada");
  request.authorization = token_of("");
  EXPECT_EQ(ask(request).status, 404);
  request.authorization.clear();
  EXPECT_EQ(ask(request).status, 401);
}

// Requirements: ME-1
TEST_F(Me, IsNotOfferedWithoutUsers) {
  registry_ = Registry::make(standard_schemas(), {standard_resource_types().back()}).value();
  ASSERT_EQ(registry_.type_by_name("User"), nullptr);
  EXPECT_EQ(ask("GET", "ada").status, 501);
}

}  // namespace
}  // namespace scim
