// SPDX-License-Identifier: MIT
// scim-fcgi: reads the command line and the configuration, opens the database, and serves.
#include <signal.h>
#include <unistd.h>

#include <cstdio>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/config.h"
#include "core/env.h"
#include "fcgi/control.h"
#include "fcgi/crew.h"
#include "fcgi/fcgi_request.h"
#include "fcgi/generations.h"
#include "fcgi/installation.h"
#include "fcgi/notifier.h"
#include "fcgi/options.h"
#include "fcgi/server.h"
#include "fcgi/socket.h"

namespace {

using namespace scim;

constexpr int kOk = 0;
constexpr int kError = 1;
constexpr int kUsage = 2;

int stop_with(int code, const std::string& message) {
  std::fprintf(stderr, "scim-fcgi: %s\n", message.c_str());
  return code;
}

Result<Config> load(const fcgi::Options& options) {
  const std::string path = options.config.empty() ? default_config_path() : options.config;
  return path.empty() ? Config() : load_config(path);
}

std::vector<fcgi::Responder> responders(fcgi::Generations& generations, std::size_t threads) {
  std::vector<fcgi::Responder> all;
  while (all.size() < threads) {
    all.push_back([&generations, thread = all.size()](fcgi::Exchange& exchange) { generations.respond(thread, exchange); });
  }
  return all;
}

Result<fcgi::Sockets> own_socket(const std::string& address) {
  SCIM_ASSIGN(fcgi::Listener listener, fcgi::open_listener(address));
  return fcgi::Sockets{std::move(listener)};
}

Result<void> serve(const fcgi::Options& options, std::optional<fcgi::Sockets> inherited, const fcgi::Fd& stop) {
  fcgi::Fd reload = fcgi::block_signals({SIGHUP});
  SCIM_ASSIGN(Config config, load(options));
  const auto env = system_env(config.log_level);
  fcgi::Crew crew;
  const auto open = [&](Config of) { return fcgi::open_installation(std::move(of), *env, options.threads, [&crew] { crew.relieve(); }); };
  SCIM_ASSIGN(auto first, open(std::move(config)));
  SCIM_TRY(fcgi::start_fcgi());
  signal(SIGPIPE, SIG_IGN);  // after libfcgi, which has a handler of its own
  SCIM_ASSIGN(fcgi::Sockets sockets, inherited ? *std::move(inherited) : own_socket(options.listen));
  env->log(LogLevel::info, "scim-fcgi " SCIMCTL_VERSION " serves " + sockets.listener.name + " with " +
                               std::to_string(options.threads) + " threads");
  fcgi::Generations generations(std::move(first));
  fcgi::Server server(std::move(sockets.listener), stop, responders(generations, options.threads), crew, *env);
  server.adopt(std::move(sockets.connections));
  fcgi::Notifier notifier(fcgi::CgiVariables(environ).get("NOTIFY_SOCKET"));
  notifier.ready();
  {
    const fcgi::Control control({std::move(reload), stop.get()}, generations, [&] { return load(options).and_then(open); }, notifier, *env);
    SCIM_TRY(server.run());
  }
  if (sockets.leaves == fcgi::Sockets::Leaves::connections) notifier.keep(server.take_idle());
  return {};
}

int test(const fcgi::Options& options) {
  const auto tested = load(options).and_then([](Config config) -> Result<void> {
    const auto env = system_env(config.log_level);
    return fcgi::test_installation(std::move(config), *env);
  });
  return tested ? stop_with(kOk, "this configuration can be served") : stop_with(kError, tested.error().detail);
}

Result<void> answer_cgi(const fcgi::Options& options) {
  SCIM_ASSIGN(Config config, load(options));
  const auto env = system_env(config.log_level);
  return fcgi::answer_cgi(std::move(config), *env);
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
