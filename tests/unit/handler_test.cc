// SPDX-License-Identifier: MIT
// The flow of a request over a store that fails in chosen ways: order of checks, status codes, headers, bodies.
#include "core/handler.h"

#include <gtest/gtest.h>

#include <functional>
#include <stdexcept>

#include "account_map.h"
#include "core/json.h"
#include "frozen_env.h"
#include "token_map.h"

namespace scim {
namespace {

/// A store that counts what is asked of it, and fails when told.
class ScriptedStore : public Store {
 public:
  std::function<Result<void>()> on_begin = [] { return Result<void>(); };
  int begun = 0;

  Result<std::unique_ptr<scim::Transaction>> begin(Mode) override {
    ++begun;
    SCIM_TRY(on_begin());
    return std::make_unique<Empty>();
  }

 private:
  /// Nothing is in it.
  struct Empty : public scim::Transaction {
    Result<Found> search(const Query&, JsonWriter&) override { return Found{}; }
    Result<Found> search_all(const std::vector<Query>&, JsonWriter&) override { return Found{}; }
    Result<std::vector<Resource>> read(const Query&) override { return std::vector<Resource>{}; }
    Result<std::int64_t> count(const Query&) override { return 0; }
    Result<bool> has_more_members(const ResourceType&, std::string_view, std::int64_t) override { return false; }
    Result<Inserted> insert(const Resource&) override { return fail(ErrorKind::uniqueness, "userName is taken"); }
    Result<Update> update(const ResourceType&, std::string_view, const Changes&) override { return Update(); }
    Result<Removed> remove(const ResourceType&, std::string_view) override { return Removed{Removal::deleted, {}}; }
    Result<void> commit() override { return {}; }
    Result<void> begin_part() override { return {}; }
    Result<void> keep_part() override { return {}; }
    void undo_part() noexcept override {}
  };
};

class Handler : public testing::Test {
 protected:
  Handler() {
    NewToken writer = make_token("writer", Rights::read_and_write, {}, env_);
    NewToken reader = make_token("reader", Rights::read, {}, env_);
    EXPECT_TRUE(tokens_.insert_token(writer.kept));
    EXPECT_TRUE(tokens_.insert_token(reader.kept));
    writer_ = "Bearer " + writer.text;
    reader_ = "Bearer " + reader.text;
  }
  Request request(const std::string& method, const std::string& path) const {
    Request r;
    r.method = method;
    r.path = path;
    r.base_url = "https://example.com/scim/v2";
    r.authorization = writer_;
    return r;
  }
  /// Answers, and checks what holds for every answer.
  Response ask(const Request& r) {
    App app{config_, registry_, store_, tokens_, env_, accounts_, &passwords_};
    Response response = handle(r, app);
    EXPECT_EQ(response.header("Cache-Control"), "no-store");
    if (response.status >= 400) {
      const auto body = parse_json(response.body);
      EXPECT_TRUE(body) << response.body;
      EXPECT_EQ((*body)["schemas"], Json::array({urn::kError}));
      EXPECT_EQ((*body)["status"], std::to_string(response.status));
      EXPECT_FALSE((*body)["detail"].get<std::string>().empty());
    }
    EXPECT_EQ(response.header("Content-Type"), response.body.empty() ? "" : "application/scim+json");
    return response;
  }
  std::string scim_type(const Response& response) const { return parse_json(response.body)->value("scimType", ""); }

  Config config_;
  const Registry registry_ = Registry::standard();
  ScriptedStore store_;
  test::TokenMap tokens_;
  test::FrozenEnv env_;
  Accounts* accounts_ = nullptr;
  PasswordCache passwords_{env_};
  std::string writer_;
  std::string reader_;
};

// Requirements: AU-1
TEST_F(Handler, UnauthenticatedClientsLearnNothing) {
  for (const char* path : {"/Users", "/Nope", "/Users/x", "/ServiceProviderConfig", "/Users/%4"}) {
    Request r = request("PATCH", path);
    r.authorization.clear();
    const Response response = ask(r);
    EXPECT_EQ(response.status, 401) << path;
    EXPECT_EQ(response.header("WWW-Authenticate"), "Bearer realm=\"scim\"");
  }
  EXPECT_EQ(store_.begun, 0);
}

// Requirements: AU-9
TEST_F(Handler, PublicDiscoveryOpensDiscoveryOnly) {
  config_.public_discovery = true;
  Request r = request("GET", "/ServiceProviderConfig");
  r.authorization.clear();
  EXPECT_EQ(ask(r).status, 200);
  r.path = "/Users";
  EXPECT_EQ(ask(r).status, 401);
  r.path = "/Schemas";
  r.authorization = "Bearer wrong";
  EXPECT_EQ(ask(r).status, 401) << "wrong credentials are still wrong";
}

TEST_F(Handler, OrderOfChecks) {
  Request r = request("POST", "/Users");
  r.authorization = reader_;
  r.content_type = "text/plain";
  EXPECT_EQ(ask(r).status, 403) << "403 before 415";
  r.authorization = writer_;
  EXPECT_EQ(ask(r).status, 415);
  r.body_too_large = true;
  EXPECT_EQ(ask(r).status, 413);
  r.method = "PUT";
  EXPECT_EQ(ask(r).status, 405) << "405 before 413";
  EXPECT_EQ(ask(r).header("Allow"), "GET, HEAD, POST, OPTIONS");
  Request unacceptable = request("GET", "/Users");
  unacceptable.accept = "text/html";
  EXPECT_EQ(ask(unacceptable).status, 406);
  Request compressed = request("POST", "/Users");
  compressed.content_encoding = "gzip";
  EXPECT_EQ(ask(compressed).status, 415);
}

TEST_F(Handler, MissingResourceIsToldBeforeTheBody) {
  for (const char* method : {"PUT", "PATCH"}) {
    Request r = request(method, "/Users/none");
    r.body = "{";
    EXPECT_EQ(ask(r).status, 404) << method;
  }
  EXPECT_EQ(ask(request("DELETE", "/Users/none")).status, 404);
  EXPECT_EQ(ask(request("GET", "/Users/none")).status, 404);
}

TEST_F(Handler, BadBodies) {
  for (const char* body : {"", "{", "[]", "null", "\"x\"", "{\"userName\":\"a\"}", "{\"schemas\":[],\"userName\":\"a\"}"}) {
    Request r = request("POST", "/Users");
    r.body = body;
    const Response response = ask(r);
    EXPECT_EQ(response.status, 400) << body;
    EXPECT_EQ(scim_type(response), "invalidSyntax") << body;
  }
  EXPECT_EQ(store_.begun, 0) << "nonsense takes no lock";
}

TEST_F(Handler, ErrorsOfTheStore) {
  Request r = request("POST", "/Users");
  r.body = R"({"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"ada"})";
  Response response = ask(r);
  EXPECT_EQ(response.status, 409);
  EXPECT_EQ(scim_type(response), "uniqueness");

  store_.on_begin = []() -> Result<void> { return fail(ErrorKind::unavailable, "the database is busy", "1"); };
  response = ask(r);
  EXPECT_EQ(response.status, 503);
  EXPECT_EQ(response.header("Retry-After"), "1");
}

// Requirements: R-13, R-14
TEST_F(Handler, ExceptionsStopHere) {
  store_.on_begin = []() -> Result<void> { throw std::runtime_error("secret\nof the database"); };
  const Response response = ask(request("GET", "/Users"));
  EXPECT_EQ(response.status, 500);
  EXPECT_EQ(response.body.find("secret"), std::string::npos);
  ASSERT_EQ(env_.lines().size(), 1U);
  EXPECT_NE(env_.lines().front().find("secret\\x0aof the database"), std::string::npos) << env_.lines().front();

  // What the client is told to ask about is the name that the log has.
  Request named = request("GET", "/Users");
  named.id = "r-1";
  EXPECT_NE(ask(named).body.find("internal error, reference r-1\""), std::string::npos);
  EXPECT_NE(env_.lines().back().find("internal error r-1: "), std::string::npos);
}

TEST_F(Handler, SaysWhatTheAnswerIsAbout) {
  const Response made = ask(request("POST", "/Users"));
  EXPECT_EQ(made.about.operation, "create");
  EXPECT_EQ(made.about.type, "User");
  EXPECT_TRUE(made.about.subject.starts_with("token:")) << made.about.subject;
  const Response lost = ask(request("GET", "/Nothing"));
  EXPECT_EQ(lost.about.operation, "");
  Request unknown = request("DELETE", "/Users/x");
  unknown.authorization.clear();
  const Response refused = ask(unknown);
  EXPECT_EQ(refused.about.operation, "delete");
  EXPECT_EQ(refused.about.subject, "");
}

TEST_F(Handler, Discovery) {
  EXPECT_EQ(ask(request("GET", "/ServiceProviderConfig")).status, 200);
  Response response = ask(request("GET", "/Schemas"));
  EXPECT_EQ((*parse_json(response.body))["totalResults"], 6);
  response = ask(request("GET", "/Schemas/URN:ietf:params:scim:schemas:core:2.0:user"));
  EXPECT_EQ((*parse_json(response.body))["id"], urn::kUser);
  EXPECT_EQ(response.header("Location"), "https://example.com/scim/v2/Schemas/urn:ietf:params:scim:schemas:core:2.0:User");
  response = ask(request("GET", "/ResourceTypes/User"));
  EXPECT_EQ((*parse_json(response.body))["schemaExtensions"][0]["schema"], urn::kEnterpriseUser);
  EXPECT_EQ(ask(request("GET", "/Schemas/urn:nope")).status, 404);
  EXPECT_EQ(ask(request("GET", "/ResourceTypes/Nope")).status, 404);
  Request filtered = request("GET", "/Schemas");
  filtered.query = "filter=id+pr";
  EXPECT_EQ(ask(filtered).status, 403);
  config_.bulk.enabled = false;
  EXPECT_EQ(ask(request("POST", "/Bulk")).status, 501);
}

TEST_F(Handler, UsersOfTheApplication) {
  test::AccountMap accounts;
  accounts.add("ada", "lovelace", test::AccountMap::Is::superuser);
  accounts.add("bob", "builder", test::AccountMap::Is::active);
  accounts_ = &accounts;
  config_.access.basic = true;
  Request r = request("GET", "/Users");
  const auto status_of = [&](const std::string& login) {
    r.authorization = "Basic " + base64url_encode(login);
    return ask(r).status;
  };
  EXPECT_EQ(status_of("ada:lovelace"), 200);
  EXPECT_EQ(status_of("bob:builder"), 403);
  EXPECT_EQ(status_of("bob:wrong"), 401);
  r.authorization.clear();
  EXPECT_EQ(ask(r).header("WWW-Authenticate"), "Bearer realm=\"scim\", Basic realm=\"scim\", charset=\"UTF-8\"");
  r.remote_user = "ada";
  EXPECT_EQ(ask(r).status, 200);
  accounts.is_down = true;
  EXPECT_EQ(ask(r).status, 503);
  EXPECT_EQ(ask(r).header("Retry-After"), "1");
}

// Requirements: AU-2, D-4
TEST_F(Handler, DiscoveryNamesTheSchemesOnOffer) {
  const auto schemes = [&] {
    const Response response = ask(request("GET", "/ServiceProviderConfig"));
    Json types = Json::array();
    const Json body = *parse_json(response.body);
    for (const Json& scheme : body["authenticationSchemes"]) types.push_back(scheme["type"]);
    return types.dump();
  };
  config_.access.basic = true;
  EXPECT_EQ(schemes(), R"(["oauthbearertoken"])");
  test::AccountMap accounts;
  accounts_ = &accounts;
  EXPECT_EQ(schemes(), R"(["oauthbearertoken","httpbasic"])");
  config_.access.jwt.keys = "jwks.json";
  EXPECT_EQ(schemes(), R"(["oauthbearertoken","oauthbearertoken","httpbasic"])");
  const Json told = parse_json(ask(request("GET", "/ServiceProviderConfig")).body).value()["authenticationSchemes"];
  EXPECT_EQ(told[1]["name"], "JSON Web Token");
  EXPECT_EQ(std::count_if(told.begin(), told.end(), [](const Json& scheme) { return scheme.value("primary", false); }), 1);
}

TEST_F(Handler, OptionsNeedNoCredentials) {
  Request r = request("OPTIONS", "/Users/x");
  r.authorization.clear();
  const Response response = ask(r);
  EXPECT_EQ(response.status, 204);
  EXPECT_EQ(response.header("Allow"), "GET, HEAD, PUT, PATCH, DELETE, OPTIONS");
}

}  // namespace
}  // namespace scim
