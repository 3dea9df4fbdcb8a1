// SPDX-License-Identifier: MIT
#include "fcgi/installation.h"

#include <unistd.h>

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "core/crypto.h"
#include "core/handler.h"
#include "core/jwks.h"
#include "core/plugin.h"
#include "core/text.h"
#include "fcgi/gateway.h"
#include "fcgi/journal.h"
#include "fcgi/retention.h"
#include "fcgi/tolerance_writer.h"
#include "sql/installation_check.h"
#include "sql/served.h"

namespace scim::fcgi {
namespace {

/// What all threads share, read-only once they run.
struct Shared {
  Config config;
  Env& env;
  sql::Served served;
  PasswordCache passwords;
  ToleranceCounts tolerances;
  Clients& clients;
  std::unique_ptr<JwksFile> keys;  ///< nullptr: JWTs are not taken
  std::unique_ptr<const RequestCheck> check;
  std::unique_ptr<const Adapter> adapter;
  std::unique_ptr<Journal> journal;  ///< nullptr: none is kept
  Gateway gateway;

  Shared(Config of, Env& with, Clients& of_process)
      : config(std::move(of)), env(with), passwords(with), clients(of_process), gateway(fcgi::gateway(config)) {}
};

/// Before anything is written: what is wrong now would be an error of every request.
Result<void> refuse_errors(const Shared& shared) {
  SCIM_ASSIGN(const sql::Findings errors, sql::check_installation(shared.config, shared.served.mapping, shared.env, sql::Depth::errors));
  if (errors.empty()) return {};
  std::string text = "does not start, see `scimctl check`:";
  for (const sql::Finding& error : errors) text += "\n  " + printable(error.place) + ": " + printable(error.text);
  return fail(ErrorKind::invalid_value, std::move(text));
}

Result<std::unique_ptr<Shared>> make_shared(Config config, Env& env, Clients& clients) {
  SCIM_TRY(load_crypto());
  auto shared = std::make_unique<Shared>(std::move(config), env, clients);
  SCIM_ASSIGN(shared->served, sql::load_served(shared->config));
  if (shared->config.access.basic && !sql::has_accounts(shared->served.mapping)) {
    return fail(ErrorKind::invalid_value, "access.basic needs users of an application: a [user] table that maps userName");
  }
  SCIM_ASSIGN(shared->keys, open_keys(shared->config.access.jwt.keys, env));
  SCIM_ASSIGN(shared->check, load_check(shared->config, env));
  SCIM_ASSIGN(shared->adapter, load_adapter(shared->config, env));
  SCIM_TRY(Journal::check(shared->config.journal));
  SCIM_TRY(refuse_errors(*shared));
  return shared;
}

/// Once all else is well: what is not going to serve makes no file, which might belong to another user than who serves.
Result<void> open_journal(Shared& shared) {
  SCIM_ASSIGN(shared.journal, Journal::open(shared.config.journal, *shared.served.registry, shared.env));
  return {};
}

std::string missing_database(const Shared& shared) { return sql::missing_database(shared.config, shared.served.mapping); }

tl::unexpected<Error> is_missing(const std::string& database) {
  return fail(ErrorKind::invalid_value, "database.url: there is no file " + printable(database) +
                                            ", and only a start makes one: is its name right, or has it been moved away?");
}

/// What each thread has of its own.
class Worker {
 public:
  /// With the connection of `writers`, or one of its own (nullptr).
  static Result<std::unique_ptr<Worker>> make(Shared& shared, sql::WriteQueue* writers, const sql::BeforeWait& before_wait) {
    auto env = std::make_unique<RequestEnv>(shared.env);
    SCIM_ASSIGN(auto store, sql::open_store(shared.config, shared.served.mapping, *env, writers, before_wait));
    return std::unique_ptr<Worker>(new Worker(shared, std::move(env), std::move(store)));
  }
  /// For the one request of a process.
  static Result<std::unique_ptr<Worker>> make_alone(Shared& shared) {
    auto env = std::make_unique<RequestEnv>(shared.env);
    SCIM_ASSIGN(auto store, sql::open_store(shared.config, shared.served.mapping, *env));
    return std::unique_ptr<Worker>(new Worker(shared, std::move(env), std::move(store)));
  }

  Answered respond(Exchange& exchange) { return fcgi::respond(exchange, shared_.gateway, handle_, *env_); }
  TokenStore& tokens() { return *store_; }

 private:
  Worker(Shared& shared, std::unique_ptr<RequestEnv> env, std::unique_ptr<sql::SqlStore> store)
      : shared_(shared), env_(std::move(env)), store_(std::move(store)), app_{shared.config, *shared.served.registry, *store_, *store_, *env_} {
    app_.accounts = store_->accounts();
    app_.passwords = &shared.passwords;
    app_.tolerances = &shared.tolerances;
    app_.clients = &shared.clients;
    app_.keys = shared.keys.get();
    app_.check = shared.check.get();
    app_.adapter = shared.adapter.get();
    handle_ = [this](const Request& request) {
      Response response = scim::handle(request, app_);
      if (shared_.journal) shared_.journal->write(request, response);
      return response;
    };
  }

  Shared& shared_;
  std::unique_ptr<RequestEnv> env_;
  std::unique_ptr<sql::SqlStore> store_;
  App app_;
  Handle handle_;
};

using Workers = std::vector<std::unique_ptr<Worker>>;

/// One for each thread.
Result<Workers> make_workers(Shared& shared, sql::WriteQueue* writers, const Surroundings& around) {
  Workers workers;
  while (workers.size() < around.threads) {
    SCIM_ASSIGN(auto worker, Worker::make(shared, writers, around.before_wait));
    workers.push_back(std::move(worker));
  }
  return workers;
}

/// Until `stop` or the end: what older programs and imports have left to be done, beside the threads that serve. Other
/// processes look every 100 ms whether they can write (SQLite's busy handler), and without a rest would hardly ever find it so.
void keep_renderings(const std::stop_token& stop, const Shared& shared, sql::WriteQueue* writers) {
  using Clock = std::chrono::steady_clock;
  constexpr std::chrono::milliseconds kWork{500};
  constexpr std::chrono::milliseconds kRest{120};
  constexpr std::chrono::seconds kPause{1};  // after others have had the database for too long
  const auto store = sql::open_store(shared.config, shared.served.mapping, shared.env, writers);
  if (!store) return;  // nothing but speed is lost
  std::mutex mutex;
  std::condition_variable_any ends;
  const auto wait = [&](std::chrono::milliseconds time) {
    std::unique_lock lock(mutex);
    ends.wait_for(lock, stop, time, [] { return false; });
  };
  auto rested = Clock::now();
  while (!stop.stop_requested()) {
    const Result<bool> kept = (*store)->keep_missing_renderings();
    const bool goes_on = kept ? *kept : kept.error().kind == ErrorKind::unavailable;
    if (!goes_on) return;  // the store has logged what is wrong
    if (kept && Clock::now() - rested < kWork) continue;
    wait(kept ? kRest : kPause);
    rested = Clock::now();
  }
}

/// Its members end in the order in which they need each other.
class Installation final : public Generation {
 public:
  struct Parts {
    std::unique_ptr<Shared> shared;
    std::unique_ptr<sql::WriteQueue> writers;
    Workers workers;
    std::unique_ptr<sql::SqlStore> counting;
  };
  Installation(Parts parts, Metrics& metrics)
      : parts_(std::move(parts)),
        metrics_(metrics),
        keeper_([this](const std::stop_token& until) { keep_renderings(until, *parts_.shared, parts_.writers.get()); }),
        tolerances_({parts_.shared->tolerances, parts_.shared->clients.uses, *parts_.counting, parts_.shared->env, parts_.shared->config.access.warn_days}),
        retention_(parts_.shared->config,
                   [this] { return sql::open_store(parts_.shared->config, parts_.shared->served.mapping, parts_.shared->env, parts_.writers.get()); },
                   parts_.shared->env) {}

  void respond(std::size_t thread, Exchange& exchange) override {
    const Answered answered = parts_.workers[thread]->respond(exchange);
    metrics_.count(thread, answered);
  }

  /// As the first thing that a request does: the token is looked for.
  Result<void> ask_database() override {
    if (!asking_) {
      SCIM_ASSIGN(asking_, sql::open_store(parts_.shared->config, parts_.shared->served.mapping, parts_.shared->env, parts_.writers.get()));
    }
    const auto found = asking_->find_token("");
    asking_->end_request();  // and nothing is held until the next time
    if (!found) return fail(found.error());
    return {};
  }

  Result<void> reopen_journal() override { return parts_.shared->journal ? parts_.shared->journal->reopen() : Result<void>(); }

  Writers writers() const override {
    if (parts_.writers == nullptr) return {};
    const sql::WriteQueue::Counts counts = parts_.writers->counts();
    return {parts_.writers->waiting(), counts.commits, counts.turns};
  }

 private:
  const Parts parts_;
  Metrics& metrics_;
  std::unique_ptr<sql::SqlStore> asking_;  ///< opened when somebody asks: most are asked by nobody
  const std::jthread keeper_;
  const ToleranceWriter tolerances_;
  const Retention retention_;
};

}  // namespace

Result<std::unique_ptr<Generation>> open_installation(Config config, const Surroundings& around, MissingDatabase missing) {
  Installation::Parts parts;
  SCIM_ASSIGN(parts.shared, make_shared(std::move(config), around.env, around.clients));
  Shared& shared = *parts.shared;
  const std::string database = missing_database(shared);
  if (!database.empty() && missing == MissingDatabase::is_refused) return is_missing(database);
  SCIM_ASSIGN(parts.writers, sql::open_write_queue(shared.config, shared.served.mapping, around.env, around.before_wait));
  SCIM_ASSIGN(parts.workers, make_workers(shared, parts.writers.get(), around));
  SCIM_ASSIGN(parts.counting, sql::open_store(shared.config, shared.served.mapping, around.env, parts.writers.get()));
  if (!database.empty()) around.env.log(LogLevel::info, "made the database " + printable(database) + ", which was not there");
  SCIM_TRY(open_journal(shared));
  return std::make_unique<Installation>(std::move(parts), around.metrics);
}

Result<std::string> test_installation(Config config, Env& env) {
  Clients none;
  SCIM_ASSIGN(const auto shared, make_shared(std::move(config), env, none));
  const std::string database = missing_database(*shared);
  if (database.empty()) return std::string();
  return "the database " + printable(database) + " is not there: the next start makes it, and a reload is refused";
}

Result<void> answer_cgi(Config config, Env& env) {
  Clients clients;
  SCIM_ASSIGN(const auto shared, make_shared(std::move(config), env, clients));
  SCIM_ASSIGN(const auto worker, Worker::make_alone(*shared));
  SCIM_TRY(open_journal(*shared));
  CgiExchange exchange(environ, STDIN_FILENO, STDOUT_FILENO);
  worker->respond(exchange);
  // The web server has its answer when this end is closed. What cannot be counted now is not counted.
  ::close(STDOUT_FILENO);
  static_cast<void>(shared->tolerances.write(worker->tokens()));
  static_cast<void>(clients.uses.write(worker->tokens()));
  return {};
}

}  // namespace scim::fcgi
