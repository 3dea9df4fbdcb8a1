// SPDX-License-Identifier: MIT
// scim-fcgi: reads the command line and the configuration, opens the database, and serves.
#include <signal.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/clients.h"
#include "core/config_file.h"
#include "core/env.h"
#include "fcgi/control.h"
#include "fcgi/counted_env.h"
#include "fcgi/crew.h"
#include "fcgi/fcgi_request.h"
#include "fcgi/gateway.h"
#include "fcgi/generations.h"
#include "fcgi/installation.h"
#include "fcgi/metrics.h"
#include "fcgi/monitor.h"
#include "fcgi/notifier.h"
#include "fcgi/options.h"
#include "fcgi/server.h"
#include "fcgi/socket.h"
#include "fcgi/watch.h"

namespace {

using namespace scim;

constexpr int kOk = 0;
constexpr int kError = 1;
constexpr int kUsage = 2;

int stop_with(int code, const std::string& message) {
  static_cast<void>(std::fprintf(stderr, "scim-fcgi: %s\n", message.c_str()));
  return code;
}

/// Of a pipe that is the configuration: nothing else is done meanwhile.
constexpr std::chrono::seconds kPatience{5};

Result<Config> load(const fcgi::Options& options) {
  SCIM_ASSIGN(const ConfigFile file, find_config(options.config, kPatience));
  return read_config(file);
}

LogOptions log_options(const Config& config) { return {config.log_level, config.log.format}; }

fcgi::RequestLimits request_limits(const Config& config) {
  return {static_cast<std::size_t>(config.max_header_bytes), fcgi::refusal_of_headers(config.max_header_bytes), std::chrono::seconds(config.request_s)};
}

Result<fcgi::Sockets> own_socket(const std::string& address) {
  SCIM_ASSIGN(fcgi::Listener listener, fcgi::open_listener(address));
  return fcgi::Sockets{std::move(listener)};
}

/// Where whoever watches the program asks; nullopt: nobody does.
Result<std::optional<fcgi::Listener>> metrics_listener(const std::string& address) {
  if (address.empty()) return std::nullopt;
  auto listener = fcgi::open_local_listener(address);
  if (!listener) return fail(listener.error().kind, "metrics.listen: " + listener.error().detail);
  return std::optional(*std::move(listener));
}

/// What stays when the configuration changes.
class Process {
 public:
  Process(const fcgi::Options& options, const Config& config)
      : options_(options), metrics_listen_(config.metrics_listen), system_(log_options(config)), env_(system_), metrics_(options.threads) {}

  Result<std::unique_ptr<fcgi::Generation>> open(Config config, fcgi::MissingDatabase missing) {
    const LogOptions log = log_options(config);
    fcgi::RequestLimits limits = request_limits(config);
    SCIM_ASSIGN(auto generation, fcgi::open_installation(std::move(config), {env_, metrics_, clients_, options_.threads, [this] { crew_.relieve(); }}, missing));
    system_.set_log(log);
    limits_ = std::move(limits);
    return generation;
  }

  /// Until `stop`.
  Result<void> serve(std::unique_ptr<fcgi::Generation> first, fcgi::Sockets sockets, std::optional<fcgi::Listener> observed,
                     const fcgi::Fd& stop, fcgi::Fd reload) {
    env_.log(LogLevel::info, "scim-fcgi " SCIMCTL_VERSION " serves " + sockets.listener.name + " with " +
                                 std::to_string(options_.threads) + " threads");
    fcgi::Generations generations(std::move(first));
    fcgi::Server server(std::move(sockets.listener), stop, responders(generations), crew_, env_);
    server.set_limits(limits_);
    const bool has_connections = !sockets.connections.empty();
    server.adopt(std::move(sockets.connections));
    fcgi::Watch watch(metrics_, generations, server, env_);
    std::optional<fcgi::Monitor> monitor;
    if (observed) monitor.emplace(*std::move(observed), [&watch](std::string_view path) { return watch.page(path); });
    fcgi::Notifier notifier(fcgi::CgiVariables(environ).get("NOTIFY_SOCKET"));
    if (has_connections) notifier.take_kept();
    notifier.ready();
    {
      const fcgi::Control control({std::move(reload), stop.get()}, generations, [this, &server] { return load_next(server); },
                                  [&watch] { watch.stop(); }, notifier, env_);
      SCIM_TRY(server.run());
    }
    if (sockets.leaves == fcgi::Sockets::Leaves::connections) notifier.keep(server.take_idle());
    return {};
  }

 private:
  Result<std::unique_ptr<fcgi::Generation>> load_next(fcgi::Server& server) {
    SCIM_ASSIGN(Config config, load(options_));
    if (config.metrics_listen != metrics_listen_) env_.log(LogLevel::warning, "SIGHUP: metrics.listen stays as it is until a restart");
    SCIM_ASSIGN(auto generation, open(std::move(config), fcgi::MissingDatabase::is_refused));
    server.set_limits(limits_);
    return generation;
  }

  std::vector<fcgi::Responder> responders(fcgi::Generations& generations) const {
    std::vector<fcgi::Responder> all;
    while (all.size() < options_.threads) {
      all.emplace_back([&generations, thread = all.size()](fcgi::Exchange& exchange) { generations.respond(thread, exchange); });
    }
    return all;
  }

  const fcgi::Options& options_;
  const std::string metrics_listen_;
  fcgi::RequestLimits limits_;  ///< of the last configuration
  SystemEnv system_;
  fcgi::CountedEnv env_;
  fcgi::Crew crew_;
  fcgi::Metrics metrics_;
  Clients clients_;
};

Result<void> serve(const fcgi::Options& options, std::optional<fcgi::Sockets> inherited, const fcgi::Fd& stop) {
  fcgi::Fd reload = fcgi::block_signals({SIGHUP});
  SCIM_ASSIGN(Config config, load(options));
  Process process(options, config);
  SCIM_ASSIGN(auto observed, metrics_listener(config.metrics_listen));
  SCIM_ASSIGN(auto first, process.open(std::move(config), fcgi::MissingDatabase::is_made));
  SCIM_TRY(fcgi::start_fcgi());
  static_cast<void>(signal(SIGPIPE, SIG_IGN));  // after libfcgi, which has a handler of its own
  SCIM_ASSIGN(fcgi::Sockets sockets, inherited ? *std::move(inherited) : own_socket(options.listen));
  return process.serve(std::move(first), std::move(sockets), std::move(observed), stop, std::move(reload));
}

int test(const fcgi::Options& options) {
  const auto tested = load(options).and_then([](Config config) {
    SystemEnv env(log_options(config));
    return fcgi::test_installation(std::move(config), env);
  });
  if (!tested) return stop_with(kError, tested.error().detail);
  return stop_with(kOk, "this configuration can be served" + (tested->empty() ? "" : "; " + *tested));
}

Result<void> answer_cgi(const fcgi::Options& options) {
  SCIM_ASSIGN(Config config, load(options));
  SystemEnv env(log_options(config));
  return fcgi::answer_cgi(std::move(config), env);
}

int report(const Result<void>& result) { return result ? kOk : stop_with(kError, result.error().detail); }

}  // namespace

int main(int argc, char** argv) {
  const auto options = fcgi::parse_options(argc, argv);
  if (!options) return stop_with(kUsage, options.error().detail + "\n" + fcgi::usage());
  switch (options->action) {
    case fcgi::Options::Action::version:
      static_cast<void>(std::puts("scim-fcgi " SCIMCTL_VERSION));
      return kOk;
    case fcgi::Options::Action::help:
      static_cast<void>(std::fputs(fcgi::help().c_str(), stdout));
      return kOk;
    case fcgi::Options::Action::test:
      return test(*options);
    case fcgi::Options::Action::serve:
      break;
  }
  const fcgi::Fd stop = fcgi::block_signals({SIGTERM, SIGINT});
  if (!options->listen.empty()) return report(serve(*options, std::nullopt, stop));

  const fcgi::CgiVariables environment(environ);
  auto inherited = fcgi::inherited_sockets(environment);
  if (!inherited) return stop_with(kError, inherited.error().detail);
  if (*inherited) return report(serve(*options, std::move(*inherited), stop));
  if (environment.has("GATEWAY_INTERFACE") && environment.has("REQUEST_METHOD")) return report(answer_cgi(*options));
  return stop_with(kUsage, "no --listen, no inherited socket, no CGI request\n" + fcgi::usage());
}
