// SPDX-License-Identifier: MIT
// scim-fcgi: reads the command line and the configuration, opens the database, and serves.
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "core/config.h"
#include "core/crypto.h"
#include "core/handler.h"
#include "core/plugin.h"
#include "fcgi/crew.h"
#include "fcgi/gateway.h"
#include "fcgi/options.h"
#include "fcgi/server.h"
#include "fcgi/socket.h"
#include "fcgi/tolerance_writer.h"
#include "sql/installation_check.h"
#include "sql/served.h"
#include "sql/sql_store.h"

namespace {

using namespace scim;

constexpr int kOk = 0;
constexpr int kError = 1;
constexpr int kUsage = 2;

int stop_with(int code, const std::string& message) {
  std::fprintf(stderr, "scim-fcgi: %s\n", message.c_str());
  return code;
}

/// What all threads share, read-only once they run, but for the log.
struct Shared {
  Config config;
  sql::Served served;
  std::unique_ptr<Env> env;
  std::unique_ptr<PasswordCache> passwords;
  std::unique_ptr<ToleranceCounts> tolerances;
  std::unique_ptr<const RequestCheck> check;
  std::unique_ptr<const Adapter> adapter;
  fcgi::Gateway gateway;
};

/// What each thread has of its own.
struct Worker {
  std::unique_ptr<sql::SqlStore> store;
  App app;
};

Result<std::unique_ptr<Shared>> make_shared(const fcgi::Options& options) {
  const std::string path = options.config.empty() ? default_config_path() : options.config;
  SCIM_TRY(load_crypto());
  auto shared = std::make_unique<Shared>();
  if (!path.empty()) {
    SCIM_ASSIGN(shared->config, load_config(path));
  }
  SCIM_ASSIGN(shared->served, sql::load_served(shared->config));
  shared->env = system_env(shared->config.log_level);
  shared->passwords = std::make_unique<PasswordCache>(*shared->env);
  shared->tolerances = std::make_unique<ToleranceCounts>();
  SCIM_ASSIGN(shared->check, load_check(shared->config, *shared->env));
  SCIM_ASSIGN(shared->adapter, load_adapter(shared->config, *shared->env));
  shared->gateway = fcgi::gateway(shared->config);
  return shared;
}

/// Before anything is written: what is wrong now would be an error of every request.
Result<void> refuse_errors(const Shared& shared) {
  SCIM_ASSIGN(const sql::Findings errors,
              sql::check_installation(shared.config, shared.served.mapping, *shared.env, sql::Depth::errors));
  if (errors.empty()) return {};
  std::string text = "does not start, see `scimctl check`:";
  for (const sql::Finding& error : errors) text += "\n  " + printable(error.place) + ": " + printable(error.text);
  return fail(ErrorKind::invalid_value, std::move(text));
}

Result<std::unique_ptr<Worker>> make_worker(const Shared& shared, std::unique_ptr<sql::SqlStore> store) {
  sql::SqlStore& kept = *store;
  App app{shared.config, *shared.served.registry, kept, kept, *shared.env};
  app.accounts = kept.accounts();
  if (shared.config.access.basic && app.accounts == nullptr) {
    return fail(ErrorKind::invalid_value, "access.basic needs users of an application: a [user] table that maps userName");
  }
  app.passwords = shared.passwords.get();
  app.tolerances = shared.tolerances.get();
  app.check = shared.check.get();
  app.adapter = shared.adapter.get();
  return std::make_unique<Worker>(Worker{std::move(store), app});
}

/// One for each thread.
Result<std::vector<std::unique_ptr<Worker>>> make_workers(const Shared& shared, sql::WriteQueue* writers, const sql::BeforeWait& before_wait,
                                                          std::size_t count) {
  std::vector<std::unique_ptr<Worker>> workers;
  while (workers.size() < count) {
    SCIM_ASSIGN(auto store, sql::open_store(shared.config, shared.served.mapping, *shared.env, writers, before_wait));
    SCIM_ASSIGN(auto worker, make_worker(shared, std::move(store)));
    workers.push_back(std::move(worker));
  }
  return workers;
}

fcgi::Responder responder(const Shared& shared, App& app) {
  return [&shared, handle = fcgi::Handle([&app](const Request& request) { return scim::handle(request, app); })](
             fcgi::Exchange& exchange) { fcgi::respond(exchange, shared.gateway, handle, *shared.env); };
}

/// Blocked in every thread, so that only the server's loop sees them.
fcgi::Fd stop_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  return fcgi::Fd(::signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK));
}

/// Until `stop` or the end: what older programs and imports have left to be done, beside the threads that serve. Other
/// processes look every 100 ms whether they can write (SQLite's busy handler), and without a rest would hardly ever find it so.
void keep_renderings(const std::stop_token& stop, const Shared& shared, sql::WriteQueue* writers) {
  using Clock = std::chrono::steady_clock;
  constexpr std::chrono::milliseconds kWork{500};
  constexpr std::chrono::milliseconds kRest{120};
  constexpr std::chrono::seconds kPause{1};  // after others have had the database for too long
  const auto store = sql::open_store(shared.config, shared.served.mapping, *shared.env, writers);
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

Result<void> serve(const fcgi::Options& options, std::optional<fcgi::Listener> inherited, fcgi::Fd stop) {
  SCIM_ASSIGN(const auto shared, make_shared(options));
  SCIM_TRY(refuse_errors(*shared));
  fcgi::Crew crew;
  const sql::BeforeWait relieve = [&crew] { crew.relieve(); };
  SCIM_ASSIGN(const auto writers, sql::open_write_queue(shared->config, shared->served.mapping, *shared->env, relieve));
  SCIM_ASSIGN(const auto workers, make_workers(*shared, writers.get(), relieve, options.threads));
  SCIM_TRY(fcgi::start_fcgi());
  signal(SIGPIPE, SIG_IGN);  // after libfcgi, which has a handler of its own
  if (!inherited) {
    SCIM_ASSIGN(inherited, fcgi::open_listener(options.listen));
  }
  std::vector<fcgi::Responder> responders;
  for (const auto& worker : workers) responders.push_back(responder(*shared, worker->app));
  shared->env->log(LogLevel::info, "scim-fcgi " SCIMCTL_VERSION " serves " + inherited->name + " with " +
                                       std::to_string(options.threads) + " threads");
  SCIM_ASSIGN(const auto counting, sql::open_store(shared->config, shared->served.mapping, *shared->env, writers.get()));
  const std::jthread keeper([&](const std::stop_token& until) { keep_renderings(until, *shared, writers.get()); });
  const fcgi::ToleranceWriter writer(*shared->tolerances, *counting);
  fcgi::Server server(std::move(*inherited), std::move(stop), std::move(responders), crew, *shared->env);
  return server.run();
}

Result<void> answer_cgi(const fcgi::Options& options) {
  SCIM_ASSIGN(const auto shared, make_shared(options));
  SCIM_TRY(refuse_errors(*shared));
  SCIM_ASSIGN(auto store, sql::open_store(shared->config, shared->served.mapping, *shared->env));
  SCIM_ASSIGN(const auto worker, make_worker(*shared, std::move(store)));
  fcgi::CgiExchange exchange(environ, STDIN_FILENO, STDOUT_FILENO);
  responder(*shared, worker->app)(exchange);
  // The web server has its answer when this end is closed. What cannot be counted now is not counted.
  ::close(STDOUT_FILENO);
  static_cast<void>(shared->tolerances->write(*worker->store));
  return {};
}

int report(const Result<void>& result) { return result ? kOk : stop_with(kError, result.error().detail); }

}  // namespace

int main(int argc, char** argv) {
  const auto options = fcgi::parse_options(argc, argv);
  if (!options) return stop_with(kUsage, options.error().detail + "\n" + fcgi::usage());
  switch (options->action) {
    case fcgi::Options::Action::version:
      std::puts("scim-fcgi " SCIMCTL_VERSION);
      return kOk;
    case fcgi::Options::Action::help:
      std::fputs(fcgi::help().c_str(), stdout);
      return kOk;
    case fcgi::Options::Action::serve:
      break;
  }
  fcgi::Fd stop = stop_signals();
  if (!options->listen.empty()) return report(serve(*options, std::nullopt, std::move(stop)));

  const fcgi::CgiVariables environment(environ);
  auto inherited = fcgi::inherited_listener(environment);
  if (!inherited) return stop_with(kError, inherited.error().detail);
  if (*inherited) return report(serve(*options, std::move(*inherited), std::move(stop)));
  if (environment.has("GATEWAY_INTERFACE") && environment.has("REQUEST_METHOD")) return report(answer_cgi(*options));
  return stop_with(kUsage, "no --listen, no inherited socket, no CGI request\n" + fcgi::usage());
}
