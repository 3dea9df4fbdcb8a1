// SPDX-License-Identifier: MIT
// Shared objects, the examples of man/ among them, through handle(); and those that do what they must not.
#include "core/plugin.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <map>
#include <thread>

#include "core/handler.h"
#include "frozen_env.h"
#include "memory_store.h"
#include "token_map.h"

namespace scim {
namespace {

std::string plugin_path(const std::string& name) { return std::string(SCIMCTL_TEST_PLUGINS) + '/' + name + ".so"; }

class PluginTest : public testing::Test {
 protected:
  PluginTest() {
    NewToken token = make_token("okta", Rights::read_and_write, {}, env_);
    EXPECT_TRUE(tokens_.insert_token(token.kept));
    token_ = "Bearer " + token.text;
  }
  void use_check(const std::string& name) {
    config_.access.check = AccessCheck::plugin;
    config_.access.plugin = plugin_path(name);
    auto loaded = load_check(config_, env_);
    ASSERT_TRUE(loaded) << loaded.error().detail;
    check_ = *std::move(loaded);
  }
  void use_adapter(const std::string& name) {
    config_.adapter = plugin_path(name);
    auto loaded = load_adapter(config_, env_);
    ASSERT_TRUE(loaded) << loaded.error().detail;
    adapter_ = *std::move(loaded);
  }
  Response ask(Request request) {
    request.base_url = "https://example.com/scim/v2";
    App app{config_, registry_, store_, tokens_, env_};
    app.check = check_.get();
    app.adapter = adapter_.get();
    return handle(request, app);
  }
  std::string last_line() {
    const auto lines = env_.lines();
    return lines.empty() ? "" : lines.back();
  }

  test::FrozenEnv env_;
  test::TokenMap tokens_;
  test::MemoryStore store_;
  const Registry registry_ = Registry::standard();
  Config config_;
  std::unique_ptr<const RequestCheck> check_;
  std::unique_ptr<const Adapter> adapter_;
  std::string token_;
};

using Headers = std::map<std::string, std::string>;

class CheckPlugin : public PluginTest {
 protected:
  static Request request(const std::string& method, const Headers& headers) {
    Request r;
    r.method = method;
    r.path = "/Users";
    r.body = R"({"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"ada"})";
    r.header = [headers](std::string_view name) {
      for (const auto& [key, value] : headers) {
        if (equal_ignoring_case(key, name)) return value;
      }
      return std::string();
    };
    return r;
  }
  int status(const Request& r) { return ask(r).status; }
  int status(const std::string& method, const Headers& headers) { return status(request(method, headers)); }
  Result<Scope> scope(const Request& r) {
    return Access(config_.access, {tokens_, nullptr, nullptr, check_.get()}, env_).authenticate(r);
  }
};

TEST_F(CheckPlugin, DecidesWhatARequestMayDo) {
  use_check("check_scripted");
  EXPECT_EQ(status("GET", {{"X-Rights", "2"}}), 200);
  EXPECT_EQ(status("POST", {{"X-Rights", "2"}}), 201);
  EXPECT_EQ(status("GET", {{"X-Rights", "1"}}), 200);
  EXPECT_EQ(status("POST", {{"X-Rights", "1"}}), 403);
  EXPECT_EQ(scope(request("GET", {{"X-Rights", "2"}, {"X-Name", "ada"}}))->name(), "plugin:ada");
}

TEST_F(CheckPlugin, Denies) {
  use_check("check_scripted");
  config_.access.superusers = {"ada"};
  Request r = request("GET", {});
  const Response challenged = ask(r);
  EXPECT_EQ(challenged.status, 401);
  EXPECT_EQ(challenged.header("WWW-Authenticate"), "Bearer realm=\"scim\"");
  r.remote_user = "ada";
  EXPECT_EQ(status(r), 403) << "it replaces the superusers";
  r.remote_user.clear();
  r.authorization = "Bearer eyJhbGciOiJub25lIn0.e30.";
  EXPECT_EQ(status(r), 403);
  r.header = [](std::string_view name) { return std::string(name == "X-Name" ? "eve\n" : ""); };
  EXPECT_EQ(status(r), 403);
  EXPECT_NE(last_line().find("eve"), std::string::npos);
  EXPECT_EQ(last_line().find('\n'), std::string::npos);
}

TEST_F(CheckPlugin, OurTokensAreNotItsBusiness) {
  use_check("check_scripted");
  Request r = request("GET", {{"X-Result", "1"}});
  r.authorization = token_;
  EXPECT_EQ(status(r), 200);
  r = request("GET", {{"X-Rights", "2"}});
  r.authorization = token_ + "x";
  EXPECT_EQ(status(r), 401) << "and one that is wrong gets no second chance";
  r.authorization = "Bearer eyJhbGciOiJub25lIn0.e30.";
  EXPECT_EQ(status(r), 200);
  r.authorization = "Basic YTpi";
  EXPECT_EQ(status(r), 200);
  r.authorization = "Bearer a, Bearer b";
  EXPECT_EQ(status(r), 400);
}

TEST_F(CheckPlugin, SeesTheRequest) {
  use_check("check_scripted");
  Request r = request("PUT", {{"X-Rights", "2"}, {"X-SEE", "1"}});
  r.path = "/Users/a%2Fb";
  r.query = "count=1";
  r.remote_user = "ada";
  r.remote_addr = "::1";
  r.content_type = "text/x";
  EXPECT_EQ(scope(r)->name(), "plugin:PUT /Users/a%2Fb count=1 ada ::1 text/x");
  r.header = nullptr;
  EXPECT_EQ(status(r), 403) << "a carrier without headers";
}

TEST_F(CheckPlugin, WhatItMustNotDoLetsNobodyIn) {
  use_check("check_scripted");
  for (const Headers& headers : {Headers{{"X-Rights", "2"}, {"X-Result", "7"}}, Headers{{"X-Rights", "2"}, {"X-Result", "-1"}},
                                 Headers{{"X-Rights", "3"}}, Headers{{"X-Rights", "-1"}}}) {
    const Response response = ask(request("GET", headers));
    EXPECT_EQ(response.status, 500);
    EXPECT_EQ((*parse_json(response.body))["detail"], "the access check failed");
    EXPECT_TRUE(last_line().starts_with("access.check: scim_check ")) << last_line();
  }
  EXPECT_EQ(scope(request("GET", {{"X-Rights", "2"}, {"X-Name", "long"}}))->name(), "plugin:" + std::string(64, 'x'));
  check_.reset();
  EXPECT_EQ(status("GET", {{"X-Rights", "2"}}), 500) << "not loaded";
}

TEST_F(CheckPlugin, SeveralThreads) {
  use_check("check_scripted");
  std::vector<std::thread> threads;
  std::array<int, 4> admitted{};
  for (std::size_t t = 0; t < admitted.size(); ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 100; ++i) {
        const auto decision = check_->check(request("GET", {{"X-Rights", "2"}, {"X-Name", std::to_string(t)}}));
        if (decision && decision->rights && decision->name == std::to_string(t)) ++admitted[t];
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(admitted, (std::array<int, 4>{100, 100, 100, 100}));
}

TEST_F(CheckPlugin, TheExample) {
  use_check("check");
  ::unsetenv("SCIM_INTERNAL_KEY");
  EXPECT_EQ(status("GET", {{"X-Internal-Key", "k"}}), 500) << "not configured";
  ::setenv("SCIM_INTERNAL_KEY", "0123456789abcdef", 1);
  ::setenv("SCIM_REPORT_KEY", "fedcba9876543210", 1);
  EXPECT_EQ(status("POST", {{"X-Internal-Key", "0123456789abcdef"}}), 201);
  EXPECT_EQ(status("GET", {{"X-Internal-Key", "fedcba9876543210"}}), 200);
  EXPECT_EQ(status("POST", {{"X-Internal-Key", "fedcba9876543210"}}), 403);
  EXPECT_EQ(status("GET", {{"X-Internal-Key", "0123456789abcdeX"}}), 401);
  EXPECT_EQ(status("GET", {{"X-Internal-Key", "0123456789abcde"}}), 401);
  EXPECT_EQ(status("GET", {}), 401);
  ::setenv("SCIM_INTERNAL_KEY", "", 1);
  EXPECT_EQ(status("GET", {{"X-Internal-Key", ""}}), 401) << "an empty key is none";
  ::unsetenv("SCIM_INTERNAL_KEY");
  ::unsetenv("SCIM_REPORT_KEY");
}

class AdapterPlugin : public PluginTest {
 protected:
  Response send(const std::string& method, const std::string& path, const Json& body = {}) {
    Request r;
    r.method = method;
    r.path = path;
    r.authorization = token_;
    if (!body.is_null()) r.body = to_text(body);
    return ask(r);
  }
  static Json user(const Json& more) {
    Json body = {{"schemas", Json::array({urn::kUser})}, {"userName", "ada"}};
    body.update(more);
    return body;
  }
  Response create(const std::string& nick_name) { return send("POST", "/Users", user({{"nickName", nick_name}})); }
  static Json body_of(const Response& response) { return *parse_json(response.body); }
  static std::string detail(const Response& response) {
    return std::to_string(response.status) + ' ' + body_of(response).value("scimType", "") + ": " + body_of(response)["detail"].get<std::string>();
  }
  static Json patch(const Json& value) {
    return {{"schemas", Json::array({urn::kPatchOp})}, {"Operations", {{{"op", "replace"}, {"value", value}}}}};
  }
};

TEST_F(AdapterPlugin, FromScimBeforeValidation) {
  use_adapter("adapter_scripted");
  const Response made = create("from:0:{'schemas':['urn:ietf:params:scim:schemas:core:2.0:User'],'USERNAME':'bob','active':'true'}");
  ASSERT_EQ(made.status, 201) << made.body;
  EXPECT_EQ(store_.body("1")["userName"], "bob");
  EXPECT_EQ(store_.body("1")["active"], true);
  EXPECT_FALSE(store_.body("1").contains("nickName"));
  EXPECT_EQ(create("from:1:{'a':1}").status, 201);
  EXPECT_EQ(store_.body("2")["userName"], "ada") << "unchanged, whatever it gave";
  EXPECT_EQ(detail(create("from:0:{'userName':'bob'}")), "400 invalidSyntax: schemas: missing");

  EXPECT_EQ(send("PUT", "/Users/2", user({{"nickName", "from:0:{'schemas':['urn:ietf:params:scim:schemas:core:2.0:User'],'userName':'eve'}"}})).status, 200);
  EXPECT_EQ(store_.body("2")["userName"], "eve");
  EXPECT_EQ(send("PUT", "/Users/9", user({{"nickName", "from:2:no"}})).status, 404) << "first of all, it is not there";
}

TEST_F(AdapterPlugin, FromScimRefuses) {
  use_adapter("adapter_scripted");
  EXPECT_EQ(detail(create("from:2:not from here")), "400 invalidValue: not from here");
  EXPECT_EQ(detail(create("from:2")), "400 invalidValue: the adapter refuses this resource");
  EXPECT_EQ(detail(create("from:2:" + std::string(300, 'x'))), "400 invalidValue: " + std::string(200, 'x'));
  EXPECT_EQ(detail(create("from:2:" + std::string(199, 'x') + "\xC3\xA4")), "400 invalidValue: " + std::string(199, 'x'))
      << "cut between characters";
  EXPECT_TRUE(store_.resources.empty());
}

TEST_F(AdapterPlugin, FailuresAre500AndChangeNothing) {
  use_adapter("adapter_scripted");
  for (const char* way : {"from", "to"}) {
    for (const char* fault : {":3:secret", ":7", ":-1", ":0", ":0:[]", ":0:null", ":0:{", ":0:{'a':1,'a':2}", ":0:{} {}"}) {
      const Response response = create(std::string(way) + fault);
      EXPECT_EQ(detail(response), "500 : the adapter failed") << way << fault;
      EXPECT_TRUE(last_line().starts_with("adapter: " + std::string(way) + "_scim ")) << last_line();
    }
  }
  EXPECT_EQ(create("to:2:refused").status, 500) << "an answer cannot be refused";
  EXPECT_TRUE(store_.resources.empty());
}

TEST_F(AdapterPlugin, ToScimInEveryAnswer) {
  ASSERT_EQ(create("to:0:{'seen':1}").status, 201);  // without the adapter
  use_adapter("adapter_scripted");
  EXPECT_EQ(send("GET", "/Users/1").body, R"({"seen":1})");
  EXPECT_EQ(create("plain").status, 201);
  const Json list = body_of(send("GET", "/Users"));
  EXPECT_EQ(list["totalResults"], 2);
  EXPECT_EQ(list["itemsPerPage"], 2);
  ASSERT_EQ(list["Resources"].size(), 2U);
  EXPECT_EQ(list["Resources"][0], Json({{"seen", 1}}));
  EXPECT_EQ(list["Resources"][1]["nickName"], "plain");
  EXPECT_EQ(create("to:0:{'seen':2}").body, R"({"seen":2})");
  EXPECT_EQ(send("PUT", "/Users/1", user({{"nickName", "to:0:{'seen':3}"}})).body, R"({"seen":3})");
  EXPECT_EQ(send("PATCH", "/Users/1", patch({{"nickName", "to:0:{'seen':4}"}})).body, R"({"seen":4})");
  EXPECT_EQ(send("GET", "/Users/1").header("ETag"), "W/\"1\"");
  EXPECT_EQ(send("GET", "/Users/9").status, 404);
  EXPECT_EQ(send("DELETE", "/Users/1").status, 204);
  ASSERT_EQ(send("PATCH", "/Users/2", patch({{"nickName", "plain"}, {"title", "x"}})).status, 200);
  const Json hidden = body_of(send("GET", "/Users/3"));
  EXPECT_EQ(hidden, Json({{"seen", 2}}));
}

TEST_F(AdapterPlugin, ToScimGetsWhatTheClientAskedFor) {
  ASSERT_EQ(create("to:0:{'seen':1}").status, 201);
  use_adapter("adapter_scripted");
  Request r;
  r.method = "GET";
  r.path = "/Users/1";
  r.query = "attributes=userName";
  r.authorization = token_;
  EXPECT_EQ(body_of(ask(r))["userName"], "ada") << "it saw no nickName";
}

TEST_F(AdapterPlugin, FromScimOfAPatch) {
  use_adapter("adapter_scripted");
  ASSERT_EQ(send("POST", "/Users", user({{"title", "Countess"}, {"password", "secret"}})).status, 201);
  Response response = send("PATCH", "/Users/1", patch({{"nickName", "from:0:{'userName':'ADA','displayName':'Ada','id':'7'}"}}));
  ASSERT_EQ(response.status, 200) << response.body;
  EXPECT_EQ(store_.body("1")["userName"], "ADA");
  EXPECT_EQ(store_.body("1")["displayName"], "Ada");
  EXPECT_EQ(store_.body("1")["password"], "secret") << "which the adapter never saw";
  EXPECT_FALSE(store_.body("1").contains("title"));
  EXPECT_FALSE(store_.body("1").contains("nickName"));
  EXPECT_EQ(detail(send("PATCH", "/Users/1", patch({{"nickName", "from:2:no"}}))), "400 invalidValue: no");
  EXPECT_EQ(detail(send("PATCH", "/Users/1", patch({{"nickName", "from:0:{'userName':7}"}}))),
            "400 invalidValue: userName: must be a string");
  EXPECT_EQ(detail(send("PATCH", "/Users/1", patch({{"nickName", "from:3"}}))), "500 : the adapter failed");
  EXPECT_EQ(store_.body("1")["userName"], "ADA");
}

TEST_F(AdapterPlugin, TheExample) {
  use_adapter("adapter");
  const std::string enterprise(urn::kEnterpriseUser);
  Response response = send("POST", "/Users", user({{"emails", {{{"value", "ada@mail.example.com"}}, {{"value", "ada@mail.example.com.org"}}}},
                                                   {enterprise, {{"department", "r&d \"a\nb\" \xC3\xA4"}}}}));
  ASSERT_EQ(response.status, 201) << response.body;
  EXPECT_EQ(store_.body("1")["emails"], Json::parse(R"([{"value":"ada@example.com"},{"value":"ada@mail.example.com.org"}])"));
  EXPECT_EQ(store_.body("1")[enterprise]["department"], "r&d \"a\nb\" \xC3\xA4");
  EXPECT_EQ(body_of(response)[enterprise]["department"], "R&D \"A\nB\" \xC3\xA4");
  response = send("PATCH", "/Users/1", patch({{"emails", {{{"value", "al@mail.example.com"}, {"type", "work"}}}}}));
  EXPECT_EQ(body_of(response)["emails"], Json::parse(R"([{"value":"al@example.com","type":"work"}])")) << response.body;
  EXPECT_EQ(store_.body("1")[enterprise]["department"], "r&d \"a\nb\" \xC3\xA4") << "what is shown is not what is kept";
  EXPECT_EQ(detail(send("POST", "/Users", user({{"userName", "bob@partners.example"}}))),
            "400 invalidValue: addresses of partners.example belong into the partners' directory");
  EXPECT_EQ(send("POST", "/Groups", {{"schemas", Json::array({urn::kGroup})}, {"displayName", "x@mail.example.com"}}).status, 201);
  EXPECT_EQ(store_.body("2")["displayName"], "x@mail.example.com");
}

TEST(LoadPlugin, FaultsAreTold) {
  test::FrozenEnv env;
  const auto check_fault = [&](const std::string& name) {
    Config config;
    config.access.check = AccessCheck::plugin;
    config.access.plugin = plugin_path(name);
    const auto loaded = load_check(config, env);
    return loaded ? "loaded" : loaded.error().detail;
  };
  const auto adapter_fault = [&](const std::string& name) {
    Config config;
    config.adapter = plugin_path(name);
    const auto loaded = load_adapter(config, env);
    return loaded ? "loaded" : loaded.error().detail;
  };
  EXPECT_EQ(check_fault("check_later_version"),
            "access.check: " + plugin_path("check_later_version") + ": is made for version 2 of scim_plugin.h, not 1");
  EXPECT_EQ(check_fault("nothing"), "access.check: " + plugin_path("nothing") + ": has no function scim_check");
  EXPECT_EQ(check_fault("adapter_scripted"), "access.check: " + plugin_path("adapter_scripted") + ": has no function scim_check");
  EXPECT_EQ(check_fault("no_plugin"), "access.check: " + plugin_path("no_plugin") + ": has no function scim_plugin_version");
  EXPECT_EQ(check_fault("none"), "access.check: " + plugin_path("none") + ": cannot open shared object file: No such file or directory");
  EXPECT_EQ(adapter_fault("nothing"), "adapter: " + plugin_path("nothing") + ": has no function from_scim");
  EXPECT_EQ(adapter_fault("adapter_without_free"), "adapter: " + plugin_path("adapter_without_free") + ": has no function scim_free");
  EXPECT_EQ(adapter_fault("check_later_version"),
            "adapter: " + plugin_path("check_later_version") + ": is made for version 2 of scim_plugin.h, not 1");
}

TEST(LoadPlugin, NothingWithoutAName) {
  test::FrozenEnv env;
  EXPECT_EQ(load_check(Config(), env).value(), nullptr);
  EXPECT_EQ(load_adapter(Config(), env).value(), nullptr);
}

}  // namespace
}  // namespace scim
