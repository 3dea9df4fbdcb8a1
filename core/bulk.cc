// SPDX-License-Identifier: MIT
// parse -> order -> each step: one operation, or a circle of operations as one -> the answer.
#include "core/bulk.h"

#include <algorithm>
#include <chrono>
#include <memory>
#include <unordered_map>
#include <utility>

#include "core/attempts.h"
#include "core/bulk_order.h"
#include "core/bulk_parse.h"
#include "core/bulk_references.h"
#include "core/bulk_response.h"
#include "core/json.h"
#include "core/shared_store.h"
#include "core/text.h"

namespace scim {
namespace {

constexpr std::size_t kNobody = static_cast<std::size_t>(-1);
/// Operations of a job that share a commit: as many as of other requests do. Other writers wait meanwhile, so whoever has
/// very large groups to change commits before.
constexpr std::size_t kMostShared = 32;
constexpr std::chrono::milliseconds kLongestShared{50};

/// The first operation of a circle that could not be carried out.
struct Failure {
  std::size_t task = kNobody;
  Error error;
};

bool is_create(const BulkTask& task) { return task.operation.route.operation == Operation::create; }

/// Not the fault of the operation: the next ones would fare no better.
bool is_down(const Error& error) { return error.kind == ErrorKind::unavailable; }
bool is_ours(const Error& error) { return is_down(error) || error.kind == ErrorKind::internal; }

Json patch_message(std::vector<Postponed> postponed) {
  Json message = {{"schemas", {urn::kPatchOp}}, {"Operations", Json::array()}};
  for (Postponed& part : postponed) {
    message["Operations"].push_back({{"op", "add"}, {"path", part.attribute->path()}, {"value", std::move(part.value)}});
  }
  return message;
}

class Run {
 public:
  Run(BulkJob job, const Request& request, App& app, const BulkSteps& steps)
      : fail_on_errors_(job.fail_on_errors), atomicity_(job.atomicity), base_url_(request.base_url), app_(app), steps_(steps) {
    for (BulkOperation& operation : job.operations) tasks_.emplace_back().operation = std::move(operation);
    template_ = request;
    template_.body.clear();
    template_.query = "attributes=id";  // an entry tells no more
    template_.if_none_match.clear();
    template_.sink = nullptr;
  }

  Result<Outcome> run() {
    index_bulk_ids();
    for (std::size_t i = 0; i < tasks_.size(); ++i) {
      authorize(tasks_[i].operation);
      connect(i);
    }
    switch (atomicity_) {
      case Atomicity::each_operation: SCIM_TRY(run_each()); break;
      case Atomicity::whole_job: SCIM_TRY(run_whole()); break;
    }
    if (const BulkTask* held = held_job()) return fail(held->error);
    for (BulkTask& task : tasks_) task.location = location_of(task);
    Outcome outcome;
    outcome.body = bulk_response(tasks_);
    return outcome;
  }

 private:
  /// The operation for which an atomic job has to wait for an administrator; nullptr: there is none.
  const BulkTask* held_job() const {
    if (atomicity_ == Atomicity::each_operation) return nullptr;
    const auto is_held = [](const BulkTask& task) { return task.state == BulkTask::State::failed && task.error.kind == ErrorKind::held; };
    const auto held = std::find_if(tasks_.begin(), tasks_.end(), is_held);
    return held == tasks_.end() ? nullptr : &*held;
  }

  // What refers to what

  void index_bulk_ids() {
    for (std::size_t i = 0; i < tasks_.size(); ++i) {
      const BulkOperation& operation = tasks_[i].operation;
      const auto* bulk_id = operation.bulk_id.get_ptr<const std::string*>();
      if (bulk_id != nullptr && operation.method == "POST") by_bulk_id_.emplace(*bulk_id, i);
    }
    edges_.resize(tasks_.size());
    required_.resize(tasks_.size());
  }

  void authorize(BulkOperation& operation) const {
    if (operation.error) return;
    const Result<void> allowed = steps_.authorize(operation.route);
    if (!allowed) operation.error = allowed.error();
  }

  std::size_t find(const std::string& bulk_id) const {
    const auto found = by_bulk_id_.find(bulk_id);
    return found == by_bulk_id_.end() ? kNobody : found->second;
  }

  void connect(std::size_t i) {
    BulkOperation& operation = tasks_[i].operation;
    if (operation.error) return;
    if (operation.target) connect(i, *operation.target);
    for (const std::string& bulk_id : operation.references) connect(i, bulk_id);
    for (const std::string& bulk_id : operation.required) {
      if (find(bulk_id) != kNobody) required_[i].push_back(find(bulk_id));
    }
    // What is not carried out waits for nobody.
    if (operation.error) edges_[i].clear();
  }

  void connect(std::size_t i, const std::string& bulk_id) {
    const std::size_t to = find(bulk_id);
    if (to == kNobody) {
      tasks_[i].operation.error = Error{ErrorKind::invalid_value, "no POST of this request has the bulkId " + quote(bulk_id), {}};
    } else if (std::find(edges_[i].begin(), edges_[i].end(), to) == edges_[i].end()) {
      edges_[i].push_back(to);
    }
  }

  // The two ways of a job

  Result<void> run_each() {
    std::vector<BulkStep> late;
    coming_ = order_steps(edges_);
    for (BulkStep& step : coming_) {
      carry_out_late(late, step.members.front());
      if (should_stop()) break;
      if (carry_out_early(step) == Turn::must_wait) late.push_back(std::move(step));
    }
    carry_out_late(late, tasks_.size());
    commit_shared();
    // Nothing has happened: the request as a whole can come again.
    const auto is_done = [](const BulkTask& task) { return task.state == BulkTask::State::done; };
    if (down_ && std::none_of(tasks_.begin(), tasks_.end(), is_done)) return fail(*down_);
    return {};
  }

  enum class Turn { taken, must_wait };

  /// What is referred to comes before its place in the request. If a name that it needs is taken, an operation between may
  /// be about to free it: then it waits, and so does what refers to it (requirements B-13).
  Turn carry_out_early(const BulkStep& step) {
    if (waits_for_others(step)) return Turn::must_wait;
    if (step.kind == BulkStep::Kind::circle) {
      carry_out_circle(step.members);
      return Turn::taken;
    }
    const std::size_t i = step.members.front();
    Result<void> done = attempt_shared(i);
    if (done) return Turn::taken;
    if (done.error().kind == ErrorKind::uniqueness && is_early(i)) return Turn::must_wait;
    set_failed(i, std::move(done).error());
    return Turn::taken;
  }

  /// What had to wait and whose place in the request is before `place`, with what refers to it.
  void carry_out_late(std::vector<BulkStep>& late, std::size_t place) {
    std::vector<BulkStep> later;
    for (BulkStep& step : late) {
      const bool must_wait = should_stop() || step.members.front() >= place || waits_for_others(step);
      if (must_wait) later.push_back(std::move(step));
      else carry_out_step(step);
    }
    late = std::move(later);
  }

  bool waits_for_others(const BulkStep& step) const {
    const auto is_waiting = [&](std::size_t i) {
      return tasks_[i].state == BulkTask::State::waiting && !std::binary_search(step.members.begin(), step.members.end(), i);
    };
    return std::any_of(step.members.begin(), step.members.end(), [&](std::size_t i) {
      return std::any_of(edges_[i].begin(), edges_[i].end(), is_waiting);
    });
  }

  /// Whether a change of what there is stands before it in the request and has not been carried out yet.
  bool is_early(std::size_t i) const {
    return std::any_of(tasks_.begin(), tasks_.begin() + static_cast<std::ptrdiff_t>(i),
                       [](const BulkTask& task) { return task.state == BulkTask::State::waiting && !is_create(task); });
  }

  void carry_out_step(const BulkStep& step) {
    switch (step.kind) {
      case BulkStep::Kind::single: carry_out_shared(step.members.front()); break;
      case BulkStep::Kind::circle: carry_out_circle(step.members); break;
    }
  }

  // Operations that share a commit: each is a part of one transaction, and nobody hears of any before that is committed

  Result<void> attempt_shared(std::size_t i) {
    // What cannot be tried does not wait for the database.
    if (auto error = obstacle(i)) return fail(*std::move(error));
    SCIM_TRY(begin_shared(i));
    sharing_.push_back(i);
    SharedStore shared(*shared_, SharedStore::Failure::fails_none);
    App app = app_.with_store(shared);
    Result<void> done = attempt(i, app);
    if (!done && app_.store.has_lost_conflict()) return attempt_alone(i);
    if (sharing_.size() >= kMostShared || app_.env.now() - shared_since_ >= kLongestShared) commit_shared();
    // Its error may be told already, since it rests on what could not be committed.
    if (!done && tasks_[i].state == BulkTask::State::failed) return {};
    return done;
  }

  /// A conflict with another transaction: the locks of those that it shares with may be what the other one waits for.
  Result<void> attempt_alone(std::size_t i) {
    std::erase(sharing_, i);
    commit_shared();
    Attempts attempts = this->attempts();
    while (true) {
      prepare_task(i);
      Result<void> done = attempt(i, app_);
      if (done || !attempts.may_repeat()) return done;
    }
  }

  Attempts attempts() { return {app_.store, app_.env, app_.config.busy_timeout_ms}; }

  void carry_out_shared(std::size_t i) {
    if (tasks_[i].state != BulkTask::State::waiting) return;  // what it was first refused for could not be committed
    Result<void> done = attempt_shared(i);
    if (!done) set_failed(i, std::move(done).error());
  }

  Result<void> begin_shared(std::size_t first) {
    if (shared_) return {};
    prepare_task(first);
    std::size_t prepared = 1;
    for (const BulkStep& step : coming_) {
      if (prepared == kMostShared) break;
      if (step.members.empty()) continue;
      const std::size_t i = step.members.front();
      // It ends the transaction before its time, and what is not used by then would be hashed again.
      if (step.kind == BulkStep::Kind::circle && tasks_[i].state == BulkTask::State::waiting) break;
      if (step.kind == BulkStep::Kind::circle) continue;
      if (i == first || tasks_[i].state != BulkTask::State::waiting) continue;
      prepare_task(i);
      ++prepared;
    }
    SCIM_ASSIGN(shared_, app_.store.begin(Store::Mode::write));
    shared_since_ = app_.env.now();
    return {};
  }

  /// If it fails, so do all that share it, and what they were told rests on nothing.
  void commit_shared() {
    if (!shared_) return;
    const Result<void> committed = shared_->commit();
    shared_.reset();
    for (const std::size_t i : std::exchange(sharing_, {})) {
      if (committed) continue;
      if (tasks_[i].state == BulkTask::State::failed) tasks_[i].error = committed.error();
      else set_failed(i, committed.error());
    }
  }

  Result<void> run_whole() {
    for (std::size_t i = 0; i < tasks_.size(); ++i) {
      if (tasks_[i].operation.error) set_failed(i, *tasks_[i].operation.error);
    }
    if (errors_ > 0) return {};
    Attempts attempts = this->attempts();
    Result<void> done = attempt_whole();
    while (!done && attempts.may_repeat()) {
      for (BulkTask& task : tasks_) forget(task);
      errors_ = 0;
      down_.reset();
      done = attempt_whole();
    }
    return done;
  }

  static void forget(BulkTask& task) {
    task.state = BulkTask::State::waiting;
    task.created = {};
  }

  Result<void> attempt_whole() {
    for (std::size_t i = 0; i < tasks_.size(); ++i) prepare_task(i);
    SCIM_ASSIGN(auto transaction, app_.store.begin(Store::Mode::write));
    SharedStore shared(*transaction, SharedStore::Failure::fails_all);
    App app = app_.with_store(shared);
    for (const BulkStep& step : order_steps(edges_)) {
      switch (step.kind) {
        case BulkStep::Kind::single: carry_out(step.members.front(), app); break;
        case BulkStep::Kind::circle: settle(step.members, tie(step.members, app)); break;
      }
      if (down_) return fail(*down_);
      if (errors_ > 0) {
        transaction.reset();
        undo();
        return app_.store.confirm_refusal();
      }
    }
    return transaction->commit();
  }

  /// Another operation of an atomic job has failed.
  void undo() {
    for (std::size_t i = 0; i < tasks_.size(); ++i) {
      if (tasks_[i].state != BulkTask::State::done) continue;
      set_failed(i, {ErrorKind::conflict, "undone: the request is atomic and another operation failed", {}});
    }
  }

  bool should_stop() const { return fail_on_errors_ && errors_ >= *fail_on_errors_; }

  void set_failed(std::size_t i, Error error) {
    if (is_down(error) && !down_) down_ = error;
    tasks_[i].state = BulkTask::State::failed;
    tasks_[i].created = {};
    tasks_[i].error = std::move(error);
    ++errors_;
  }

  // One operation

  /// Why the operation cannot even be tried.
  std::optional<Error> obstacle(std::size_t i) const {
    if (tasks_[i].operation.error) return tasks_[i].operation.error;
    for (const std::size_t needed : edges_[i]) {
      if (tasks_[needed].state != BulkTask::State::failed) continue;
      const Json& bulk_id = tasks_[needed].operation.bulk_id;
      return Error{ErrorKind::conflict, "the operation with the bulkId " + quote(bulk_id.get<std::string>()) + " failed", {}};
    }
    return down_;
  }

  Result<void> attempt(std::size_t i, App& app) {
    if (auto error = obstacle(i)) return fail(*std::move(error));
    BulkTask& task = tasks_[i];
    const Route route = resolved_route(task.operation);
    SCIM_ASSIGN(task.outcome, steps_.perform(route, request_for(task.operation, route, resolved_data(task.operation)), app, atomicity_));
    if (is_create(task)) task.created = created_at(task.outcome.location);
    task.state = BulkTask::State::done;
    return {};
  }

  void carry_out(std::size_t i, App& app) {
    Result<void> done = attempt(i, app);
    if (!done) set_failed(i, std::move(done).error());
  }

  static BulkTarget created_at(const std::string& location) {
    return {percent_decode(std::string_view(location).substr(location.rfind('/') + 1), Plus::literal).value_or(""), location};
  }

  BulkLookup lookup() const {
    return [this](const std::string& bulk_id) -> const BulkTarget* {
      const std::size_t i = find(bulk_id);
      return i == kNobody || tasks_[i].created.id.empty() ? nullptr : &tasks_[i].created;
    };
  }

  Route resolved_route(const BulkOperation& operation) const {
    Route route = operation.route;
    const BulkTarget* target = operation.target ? lookup()(*operation.target) : nullptr;
    if (target != nullptr) route.id = target->id;
    return route;
  }

  Json resolved_data(const BulkOperation& operation) const {
    Json data = operation.data;
    if (!operation.references.empty()) resolve_bulk_ids(*operation.route.type, operation.route.operation, data, lookup());
    return data;
  }

  Request request_for(const BulkOperation& operation, const Route& route, const Json& data) const {
    Request request = template_;
    request.method = operation.method.get<std::string>();
    request.path = route.type->endpoint + (route.id.empty() ? "" : '/' + percent_encode(route.id));
    request.if_match = operation.version;
    if (!data.is_null()) request.body = to_text(data);
    return request;
  }

  /// Passwords are hashed before the transaction that keeps other writers waiting.
  void prepare_task(std::size_t i) {
    const BulkOperation& operation = tasks_[i].operation;
    if (operation.error || operation.route.operation == Operation::remove) return;
    steps_.prepare(operation.route, request_for(operation, operation.route, operation.data), app_);
  }

  // Circles of POSTs: all are created, then what they say of each other is added, in one transaction (ambiguities A-74)

  void carry_out_circle(const std::vector<std::size_t>& members) {
    for (const std::size_t i : members) {
      auto error = obstacle(i);
      if (error) return settle(members, Failure{i, *std::move(error)});
    }
    commit_shared();
    Attempts attempts = this->attempts();
    std::optional<Failure> failure = attempt_circle(members);
    while (failure && attempts.may_repeat()) {
      for (const std::size_t i : members) forget(tasks_[i]);
      failure = attempt_circle(members);
    }
    settle(members, std::move(failure));
  }

  std::optional<Failure> attempt_circle(const std::vector<std::size_t>& members) {
    for (const std::size_t i : members) prepare_task(i);
    auto transaction = app_.store.begin(Store::Mode::write);
    if (!transaction) return Failure{members.front(), std::move(transaction).error()};
    SharedStore shared(**transaction, SharedStore::Failure::fails_all);
    App app = app_.with_store(shared);
    std::optional<Failure> failure = tie(members, app);
    if (!failure) {
      Result<void> committed = (*transaction)->commit();
      if (!committed) failure = Failure{members.front(), std::move(committed).error()};
    }
    if (failure) {
      transaction->reset();
      Result<void> confirmed = app_.store.confirm_refusal();
      if (!confirmed) failure->error = std::move(confirmed).error();
    }
    return failure;
  }

  /// What has become of a circle. If one of its operations failed, none of them has been carried out.
  void settle(const std::vector<std::size_t>& members, std::optional<Failure> failure) {
    if (!failure) {
      for (const std::size_t i : members) tasks_[i].state = BulkTask::State::done;
      return;
    }
    set_failed(failure->task, failure->error);
    for (const std::size_t i : members) {
      if (i == failure->task) continue;
      if (atomicity_ == Atomicity::each_operation && should_stop()) {
        tasks_[i].created = {};
        continue;
      }
      if (is_down(failure->error)) set_failed(i, failure->error);
      else set_failed(i, {ErrorKind::conflict, "an operation that it refers to in a circle failed", {}});
    }
  }

  std::optional<Failure> tie(const std::vector<std::size_t>& members, App& app) {
    for (const std::size_t i : members) {
      if (auto error = obstacle(i)) return Failure{i, *std::move(error)};
    }
    std::vector<std::vector<Postponed>> postponed(members.size());
    for (const BulkStep& step : order_steps(required_within(members))) {
      const std::size_t at = step.members.front();
      if (step.kind == BulkStep::Kind::circle) {
        return Failure{members[at], {ErrorKind::conflict, "a circle of references in required attributes cannot be created", {}}};
      }
      Result<void> created = create_part(members[at], app, postponed[at]);
      if (!created) return Failure{members[at], std::move(created).error()};
    }
    for (std::size_t at = 0; at < members.size(); ++at) {
      if (postponed[at].empty()) continue;
      Result<void> added = add_postponed(members[at], app, std::move(postponed[at]));
      if (!added) return Failure{members[at], std::move(added).error()};
    }
    return std::nullopt;
  }

  /// The edges between the members, by their positions, that no later addition can stand for.
  BulkEdges required_within(const std::vector<std::size_t>& members) const {
    BulkEdges edges(members.size());
    for (std::size_t at = 0; at < members.size(); ++at) {
      for (const std::size_t to : required_[members[at]]) {
        const auto found = std::lower_bound(members.begin(), members.end(), to);
        if (found != members.end() && *found == to) edges[at].push_back(static_cast<std::size_t>(found - members.begin()));
      }
    }
    return edges;
  }

  /// Creates the resource without what refers to those that are not there yet.
  Result<void> create_part(std::size_t i, App& app, std::vector<Postponed>& postponed) {
    BulkTask& task = tasks_[i];
    const Route& route = task.operation.route;
    Json data = task.operation.data;
    const BulkLookup look = lookup();
    postponed = postpone(*route.type, data, [&](const std::string& bulk_id) { return look(bulk_id) == nullptr; });
    resolve_bulk_ids(*route.type, route.operation, data, look);
    SCIM_ASSIGN(task.outcome, steps_.perform(route, request_for(task.operation, route, data), app, atomicity_));
    task.created = created_at(task.outcome.location);
    return {};
  }

  /// An update within the same operation: its version is the one that counts.
  Result<void> add_postponed(std::size_t i, App& app, std::vector<Postponed> postponed) {
    BulkTask& task = tasks_[i];
    Route route = task.operation.route;
    route.operation = Operation::patch;
    route.id = task.created.id;
    Json message = patch_message(std::move(postponed));
    resolve_bulk_ids(*route.type, route.operation, message, lookup());
    Request request = request_for(task.operation, route, message);
    request.method = "PATCH";
    request.if_match = "*";
    Result<Outcome> patched = steps_.perform(route, request, app, atomicity_);
    if (!patched && is_ours(patched.error())) return fail(std::move(patched).error());
    if (!patched) return fail(ErrorKind::conflict, "the circular reference cannot be resolved: " + patched.error().detail);
    task.outcome.version = patched->version;
    return {};
  }

  /// "" of a POST that failed, or if it is not known where the operation was to go.
  std::string location_of(const BulkTask& task) const {
    if (is_create(task)) return task.state == BulkTask::State::done ? task.outcome.location : "";
    if (task.operation.route.type == nullptr) return {};
    const Route route = resolved_route(task.operation);
    const bool is_known = !task.operation.target || route.id != task.operation.route.id;
    return is_known ? base_url_ + route.type->endpoint + '/' + percent_encode(route.id) : "";
  }

  std::optional<std::int64_t> fail_on_errors_;
  Atomicity atomicity_;
  std::string base_url_;
  App& app_;
  const BulkSteps& steps_;
  Request template_;  // of each operation
  std::vector<BulkTask> tasks_;
  std::unordered_map<std::string, std::size_t> by_bulk_id_;
  BulkEdges edges_;
  std::vector<BulkStep> coming_;          ///< those that had to wait are empty
  std::unique_ptr<Transaction> shared_;   ///< nullptr: none is open
  Instant shared_since_;
  std::vector<std::size_t> sharing_;      ///< the operations that have been tried in it
  BulkEdges required_;  // those of edges_ that stand in required attributes
  std::int64_t errors_ = 0;
  std::optional<Error> down_;  // the store was not available: nothing more is tried
};

}  // namespace

std::int64_t max_bulk_bytes(const Config& config) { return std::min(config.bulk.max_payload_bytes, config.max_body_bytes); }

Result<void> check_bulk_message(const Request& request, const Config& config) {
  if (!config.bulk.enabled) return fail(ErrorKind::not_implemented, "this server does not offer bulk requests");
  const std::int64_t limit = max_bulk_bytes(config);
  if (!request.body_too_large && request.body.size() <= static_cast<std::size_t>(limit)) return {};
  return fail(ErrorKind::payload_too_large, "the body is larger than maxPayloadSize, " + std::to_string(limit) + " bytes");
}

Result<Outcome> bulk(const Request& request, App& app, const BulkSteps& steps) {
  SCIM_ASSIGN(Json body, parse_json(request.body, app.config.json));
  SCIM_ASSIGN(BulkJob job, parse_bulk(std::move(body), request.base_url, app.registry, app.config.bulk));
  return Run(std::move(job), request, app, steps).run();
}

}  // namespace scim
