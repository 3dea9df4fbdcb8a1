// SPDX-License-Identifier: MIT
#include "tests/fuzz/sample_store.h"

#include <stdexcept>

#include "core/forwarding_transaction.h"
#include "core/handler.h"
#include "core/validate.h"
#include "tests/unit/case_file.h"

namespace scim::fuzz {
namespace {

template <class T>
T taken(Result<T> result) {
  if (!result) throw std::runtime_error(result.error().detail);
  return *std::move(result);
}

/// Commits nothing.
class ForgetfulTransaction final : public ForwardingTransaction {
 public:
  explicit ForgetfulTransaction(std::unique_ptr<Transaction> inner) : ForwardingTransaction(*inner), owned_(std::move(inner)) {}
  Result<void> commit() override { return {}; }

 private:
  const std::unique_ptr<Transaction> owned_;
};

class ForgetfulStore final : public Store {
 public:
  explicit ForgetfulStore(Store& inner) : inner_(inner) {}
  Result<std::unique_ptr<Transaction>> begin(Mode mode) override {
    SCIM_ASSIGN(auto transaction, inner_.begin(mode));
    return std::make_unique<ForgetfulTransaction>(std::move(transaction));
  }
  Result<void> confirm_refusal() override { return inner_.confirm_refusal(); }
  bool has_lost_conflict() override { return inner_.has_lost_conflict(); }
  void end_request() noexcept override { inner_.end_request(); }

 private:
  Store& inner_;
};

}  // namespace

Config config_with_widgets(const test::TempDir& dir) {
  const std::string data = SCIMCTL_TEST_DATA;
  Config config;
  config.database_url = "sqlite:" + dir.file("scim.db");
  config.synchronous = Synchronous::normal;
  config.schemas = {data + "/scim/Widget.json"};
  config.resource_types = {data + "/schemas/types-widget.json"};
  return config;
}

SampleStore::SampleStore() : config_(config_with_widgets(dir_)), served_(taken(sql::load_served(config_))) {
  store_ = taken(sql::open_store(config_, served_.mapping, env_));
  const NewToken token = make_token("fuzzer", Rights::read_and_write, {}, env_);
  taken(tokens_.insert_token(token.kept).map([] { return 0; }));
  authorization_ = "Bearer " + token.text;
  const Json cases = test::read_cases("scim/filters-cases.json");
  for (const char* name : {"User", "Widget"}) {
    for (const Json& body : cases["resources"][name]) insert(type(name), body);
  }
  const Json first_user = {{"value", std::string(taken(find(type("User"), Predicate())).front().id())}};
  insert(type("Group"), {{"schemas", {urn::kGroup}}, {"displayName", "Tour Guides"}, {"members", {first_user}}});
  for (const auto& each : served_.registry->types()) {
    types_.push_back(each.get());
    resources_.push_back(taken(find(*each, Predicate())));
  }
}

const ResourceType& SampleStore::type(std::string_view name) const { return *served_.registry->type_by_name(name); }

const std::vector<Resource>& SampleStore::resources(const ResourceType& type) const {
  for (std::size_t i = 0; i < types_.size(); ++i) {
    if (types_[i] == &type) return resources_[i];
  }
  throw std::logic_error("no type of this store");
}

void SampleStore::insert(const ResourceType& type, const Json& body) {
  const Resource resource = taken(resource_from_body(body, type));
  const auto transaction = taken(store_->begin(Store::Mode::write));
  taken(transaction->insert(resource));
  taken(transaction->commit().map([] { return 0; }));
  env_.advance(std::chrono::seconds(1));
}

Result<std::vector<Resource>> SampleStore::find(const ResourceType& type, const Predicate& where) {
  const Projection everything = Projection::for_planning(type, Members::read);
  SCIM_ASSIGN(const auto transaction, store_->begin(Store::Mode::read));
  return transaction->read({&type, &where, &everything, kBaseUrl, 0, 1000});
}

Result<Found> SampleStore::search(const Query& query) {
  SCIM_ASSIGN(const auto transaction, store_->begin(Store::Mode::read));
  JsonWriter out;
  out.begin_array();
  return transaction->search(query, out);
}

Response SampleStore::handle(const Request& request) {
  ForgetfulStore store(*store_);
  App app{config_, *served_.registry, store, tokens_, env_};
  return scim::handle(request, app);
}

}  // namespace scim::fuzz
