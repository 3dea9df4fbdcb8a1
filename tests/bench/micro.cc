// SPDX-License-Identifier: MIT
// The parts of a request, each by itself and in this process: nanoseconds and allocations of one operation.
//
// usage: bench_micro [--benchmark_filter=REGEX] ...    the options are Google Benchmark's
#include <benchmark/benchmark.h>

#include <stdexcept>

#include "core/filter.h"
#include "core/handler.h"
#include "core/match.h"
#include "core/patch.h"
#include "core/registry.h"
#include "core/validate.h"
#include "sql/mapping.h"
#include "sql/sql_store.h"
#include "tests/unit/counted_new.h"
#include "tests/unit/frozen_env.h"
#include "tests/unit/temp_dir.h"

namespace scim {
namespace {

constexpr int kUsers = 1000;
constexpr std::string_view kFilter = R"(emails[type eq "work" and value eq "grace.hopper1906@example.com"] and active eq true)";

template <class T>
T must(Result<T> result) {
  if (!result) throw std::runtime_error(result.error().detail);
  return *std::move(result);
}
void must(const Result<void>& result) {
  if (!result) throw std::runtime_error(result.error().detail);
}

/// As bench_data makes them: see data.cc for why.
std::string user_text(int number) {
  const std::string n = std::to_string(number);
  return R"({"schemas":["urn:ietf:params:scim:schemas:core:2.0:User",)"
         R"("urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"],)"
         R"("externalId":"00u10150)" + n + R"(","userName":"grace.hopper)" + n + R"(@example.com",)"
         R"("name":{"formatted":"Grace Hopper","familyName":"Hopper","givenName":"Grace"},"displayName":"Grace Hopper",)"
         R"("title":"Principal Engineer","preferredLanguage":"en-US","locale":"en-US","timezone":"America/New_York",)"
         R"("active":true,)"
         R"("emails":[{"value":"grace.hopper)" + n + R"(@example.com","type":"work","primary":true},)"
         R"({"value":"grace.hopper)" + n + R"(@mail.example.net","type":"home"}],)"
         R"("phoneNumbers":[{"value":"+1-617-55512345","type":"mobile"}],)"
         R"("addresses":[{"streetAddress":"1 Congress Street","locality":"Boston","region":"MA","postalCode":"02114",)"
         R"("country":"US","type":"work"}],"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":)"
         R"({"employeeNumber":"E100)" + n + R"(","costCenter":"CC-4711","organization":"Example Corporation",)"
         R"("division":"US Engineering","department":"Engineering","manager":{"value":"E10000001"}}})";
}

/// An embedded store with users, one group of all of them, and a token.
class Served {
 public:
  Served() {
    config_.database_url = "sqlite:" + dir_.file("scim.db");
    store_ = must(sql::open_store(config_, mapping_, env_));
    app_.emplace(App{config_, registry_, *store_, *store_, env_});
    fill();
    NewToken token = make_token("bench", Rights::read_and_write, std::nullopt, env_);
    must(store_->insert_token(token.kept));
    authorization_ = "Bearer " + token.text;
  }

  Request request(std::string method, std::string path, std::string query = "", std::string body = "") const {
    Request request;
    request.method = std::move(method);
    request.path = std::move(path);
    request.query = std::move(query);
    request.base_url = "https://scim.example.com/scim/v2";
    request.authorization = authorization_;
    request.body = std::move(body);
    if (!request.body.empty()) request.content_type = "application/scim+json";
    return request;
  }
  App& app() { return *app_; }
  const std::string& user_id() const { return user_id_; }
  const std::string& group_id() const { return group_id_; }
  const ResourceType& user() const { return *registry_.type_by_name("User"); }

 private:
  void fill() {
    const auto transaction = must(store_->begin(Store::Mode::write));
    Json members = Json::array();
    for (int i = 1; i <= kUsers; ++i) {
      user_id_ = must(transaction->insert(must(resource_from_body(must(parse_json(user_text(i))), user())))).id;
      if (i < kUsers) members.push_back({{"value", user_id_}});
    }
    const ResourceType& group = *registry_.type_by_name("Group");
    group_id_ = must(transaction->insert(Resource{&group, {{"displayName", "All"}, {"members", std::move(members)}}})).id;
    must(transaction->commit());
  }

  test::TempDir dir_;
  test::FrozenEnv env_;
  const Registry registry_ = Registry::standard();
  sql::Mapping mapping_ = must(sql::embedded_mapping(registry_));
  Config config_;
  std::unique_ptr<sql::SqlStore> store_;
  std::optional<App> app_;
  std::string authorization_, user_id_, group_id_;
};

/// Runs `operation` as often as the benchmark wants, and says how often it allocates.
template <class Operation>
void measure(benchmark::State& state, Operation operation) {
  const std::int64_t before = test::allocations.load(std::memory_order_relaxed);
  for (auto _ : state) benchmark::DoNotOptimize(operation());
  const auto count = static_cast<double>(test::allocations.load(std::memory_order_relaxed) - before);
  state.counters["allocations"] = count / static_cast<double>(state.iterations());
}

/// A request as handle() gets it, with the status that it must have.
void measure_request(benchmark::State& state, Served& served, const Request& request, int status) {
  if (handle(request, served.app()).status != status) {
    state.SkipWithError("wrong status");
    return;
  }
  measure(state, [&] { return handle(request, served.app()); });
}

const Registry& registry() {
  static const Registry standard = Registry::standard();
  return standard;
}

void register_parts() {
  const ResourceType& user = *registry().type_by_name("User");
  benchmark::RegisterBenchmark("json/parse_user", [](benchmark::State& state) {
    const std::string text = user_text(1906);
    measure(state, [&] { return parse_json(text); });
  });
  benchmark::RegisterBenchmark("json/write_user", [](benchmark::State& state) {
    const Json body = must(parse_json(user_text(1906)));
    measure(state, [&] { return to_text(body); });
  });
  benchmark::RegisterBenchmark("filter/parse", [](benchmark::State& state) {
    measure(state, [] { return parse_filter(kFilter); });
  });
  benchmark::RegisterBenchmark("filter/bind", [&user](benchmark::State& state) {
    const Filter filter = must(parse_filter(kFilter));
    measure(state, [&] { return bind(filter, user); });
  });
  benchmark::RegisterBenchmark("filter/match", [&user](benchmark::State& state) {
    const Predicate predicate = must(bind(must(parse_filter(kFilter)), user));
    const Resource resource = must(resource_from_body(must(parse_json(user_text(1906))), user));
    measure(state, [&] { return match(predicate, resource.body); });
  });
  benchmark::RegisterBenchmark("validate/user", [&user](benchmark::State& state) {
    const Json body = must(parse_json(user_text(1906)));
    measure(state, [&] { return resource_from_body(body, user); });
  });
  benchmark::RegisterBenchmark("patch/active", [&user](benchmark::State& state) {
    const Resource before = must(resource_from_body(must(parse_json(user_text(1906))), user));
    const Json body = must(parse_json(R"({"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],)"
                                      R"("Operations":[{"op":"replace","path":"active","value":false}]})"));
    measure(state, [&] { return plan_patch(must(parse_patch(body, user)), before); });
  });
}

void register_requests(Served& served) {
  struct Named {
    const char* name;
    Request request;
    int status;
  };
  const std::string users = "/Users";
  const std::string mail = "%20eq%20%22grace.hopper500%40example.com%22";
  const std::vector<Named> requests{
      {"request/get", served.request("GET", "/Users/" + served.user_id()), 200},
      {"request/userName_eq", served.request("GET", users, "filter=userName" + mail), 200},
      {"request/emails_value_eq", served.request("GET", users, "filter=emails.value" + mail), 200},
      {"request/list_100", served.request("GET", users, "count=100"), 200},
      {"request/group_of_999", served.request("GET", "/Groups/" + served.group_id()), 200},
      {"request/group_bare", served.request("GET", "/Groups/" + served.group_id(), "excludedAttributes=members"), 200},
      {"request/not_found", served.request("GET", "/Users/nobody"), 404},
      {"request/unauthorized", Request{}, 401},
  };
  for (const Named& each : requests) {
    benchmark::RegisterBenchmark(each.name, [&served, each](benchmark::State& state) {
      measure_request(state, served, each.request, each.status);
    });
  }
}

}  // namespace
}  // namespace scim

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  scim::Served served;
  scim::register_parts();
  scim::register_requests(served);
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
  return 0;
}
