// SPDX-License-Identifier: MIT
// A whole service in memory but for the database file: requests in, answers out, over the embedded store or over the
// tables of another application (tests/data/mapping), and a look at those tables past the service.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <thread>

#include "core/handler.h"
#include "sql/expression.h"
#include "sql/served.h"
#include "sql/sql_store.h"
#include "tests/unit/case_file.h"
#include "tests/unit/frozen_env.h"
#include "tests/unit/test_database.h"

namespace scim::test {

struct Answer {
  int status = 0;
  Json body;
  std::string version;

  std::string id() const { return body.value("id", ""); }
  std::string detail() const { return body.value("detail", ""); }
  std::string scim_type() const { return body.value("scimType", ""); }
};

class Application {
 public:
  using Change = std::function<std::string(std::string)>;

  /// "embedded", or a schema of tests/data/mapping; `change` edits its scimctl.toml.
  explicit Application(const std::string& name, const Change& change = [](std::string toml) { return toml; }) {
    const std::string folder = std::string(SCIMCTL_TEST_DATA) + "/mapping/";
    const bool is_embedded = name == "embedded";
    if (!is_embedded) make_tables(read_file(folder + name + ".sql"));
    open(change(with_file(is_embedded ? "[database]\nurl = \"@URL@\"\n" : read_file(folder + name + ".toml"))));
  }
  /// Tables and a scimctl.toml of the test's own, with @DB@ for the database.
  Application(const std::string& tables, const std::string& toml) {
    make_tables(tables);
    open(with_file(toml));
  }

  /// The service is started again on the same database, with another scimctl.toml.
  Result<void> restart(const std::string& toml) {
    store_.reset();
    SCIM_ASSIGN(config_, parse_config(with_file(toml), "scimctl.toml"));
    SCIM_ASSIGN(served_, sql::load_served(config_));
    SCIM_ASSIGN(store_, sql::open_store(config_, served_.mapping, env_));
    return {};
  }

  /// A second process on the same database.
  std::unique_ptr<sql::SqlStore> open_another() { return sql::open_store(config_, served_.mapping, env_).value(); }

  Answer ask(const std::string& method, const std::string& path, const Json& body = nullptr, const std::string& if_match = "") {
    return ask(*store_, method, path, body, if_match);
  }
  Answer ask(sql::SqlStore& store, const std::string& method, const std::string& path, const Json& body = nullptr,
             const std::string& if_match = "") {
    Request request;
    request.method = method;
    const auto question = path.find('?');
    request.path = path.substr(0, question);
    if (question != std::string::npos) request.query = path.substr(question + 1);
    request.base_url = "https://example.com/v2";
    request.if_match = if_match;
    if (!body.is_null()) request.body = body.dump();
    env_.advance(std::chrono::milliseconds(10));
    const Response response = handle(store, request);
    Answer answer{response.status, nullptr, std::string(response.header("ETag"))};
    if (!response.body.empty()) answer.body = Json::parse(response.body);
    return answer;
  }

  Response handle(const Request& request) { return handle(*store_, request); }
  Response handle(sql::SqlStore& store, const Request& request) {
    App app{config_, *served_.registry, store, store, env_};
    return handle_as(Scope::unrestricted_for_cli(), request, app);
  }

  Answer create_user(Json body) {
    body["schemas"] = {urn::kUser};
    if (body.contains(std::string(urn::kEnterpriseUser))) body["schemas"].push_back(urn::kEnterpriseUser);
    return ask("POST", "/Users", body);
  }
  Answer create_group(Json body) {
    body["schemas"] = {urn::kGroup};
    return ask("POST", "/Groups", body);
  }
  Answer patch(const std::string& path, const Json& operations) {
    return ask("PATCH", path, {{"schemas", {urn::kPatchOp}}, {"Operations", operations}});
  }
  Answer find(const std::string& endpoint, const std::string& filter) {
    return ask("GET", endpoint + "?filter=" + percent_encode(filter));
  }
  /// The one resource that a filter finds.
  Json only(const std::string& endpoint, const std::string& filter) {
    const Answer answer = find(endpoint, filter);
    EXPECT_EQ(answer.body.value("totalResults", -1), 1) << filter << ": " << answer.body.dump();
    return answer.body.value("totalResults", -1) == 1 ? answer.body["Resources"][0] : Json::object();
  }

  /// What the application does, on a connection of its own.
  void run(const std::string& sql) {
    const auto db = connect();
    const auto done = db->run({sql, {}});
    if (!done) throw std::runtime_error(done.error().detail + ": " + sql);
  }
  /// Column r of all rows of a query: "1;'text';NULL".
  std::string rows(const std::string& sql) {
    const auto db = connect();
    auto cursor = db->query({"SELECT r FROM (" + sql + ") rows", {}});
    if (!cursor) throw std::runtime_error(cursor.error().detail + ": " + sql);
    std::string all;
    while ((*cursor)->next().value()) all += (all.empty() ? "" : ";") + sql::literal((*cursor)->cell(0));
    return all;
  }

  bool is_postgresql() const { return database_.is_postgresql(); }
  Config& config() { return config_; }
  const Registry& registry() const { return *served_.registry; }
  sql::Mapping& mapping() { return served_.mapping; }
  sql::SqlStore& store() { return *store_; }
  FrozenEnv& env() { return env_; }

 private:
  std::string with_file(std::string toml) const {
    constexpr std::string_view kFile = "sqlite:@DB@";
    for (const std::string_view url : {kFile, std::string_view("@URL@")}) {
      const auto at = toml.find(url);
      if (at != std::string::npos) toml.replace(at, url.size(), database_.url());
    }
    return toml;
  }
  std::unique_ptr<sql::Db> connect() {
    Config config;
    config.database_url = database_.url();
    config.synchronous = Synchronous::normal;
    return sql::open_database(config, sql::Open::create, sql::Journal::as_it_is, env_).value();
  }
  void make_tables(const std::string& script) {
    const auto done = connect()->run_script(database_.script(script));
    if (!done) throw std::runtime_error(done.error().detail);
  }
  void open(const std::string& toml) {
    const auto started = restart(toml);
    if (!started) throw std::runtime_error(started.error().detail);
  }

  TestDatabase database_;
  FrozenEnv env_;
  Config config_;
  sql::Served served_;
  std::unique_ptr<sql::SqlStore> store_;
};

}  // namespace scim::test
