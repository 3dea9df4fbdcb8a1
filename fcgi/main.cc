// SPDX-License-Identifier: MIT
// scim-fcgi: reads the command line and the configuration, opens the database, and serves.
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <cstdio>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/config.h"
#include "core/env.h"
#include "fcgi/crew.h"
#include "fcgi/fcgi_request.h"
#include "fcgi/generations.h"
#include "fcgi/installation.h"
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

/// Blocked in every thread, so that only the server's loop sees them.
fcgi::Fd stop_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  return fcgi::Fd(::signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK));
}

std::vector<fcgi::Responder> responders(fcgi::Generations& generations, std::size_t threads) {
  std::vector<fcgi::Responder> all;
  while (all.size() < threads) {
    all.push_back([&generations, thread = all.size()](fcgi::Exchange& exchange) { generations.respond(thread, exchange); });
  }
  return all;
}

Result<void> serve(const fcgi::Options& options, std::optional<fcgi::Listener> inherited, fcgi::Fd stop) {
  SCIM_ASSIGN(Config config, load(options));
  const auto env = system_env(config.log_level);
  fcgi::Crew crew;
  const sql::BeforeWait relieve = [&crew] { crew.relieve(); };
  SCIM_ASSIGN(auto first, fcgi::open_installation(std::move(config), *env, options.threads, relieve));
  SCIM_TRY(fcgi::start_fcgi());
  signal(SIGPIPE, SIG_IGN);  // after libfcgi, which has a handler of its own
  if (!inherited) {
    SCIM_ASSIGN(inherited, fcgi::open_listener(options.listen));
  }
  env->log(LogLevel::info, "scim-fcgi " SCIMCTL_VERSION " serves " + inherited->name + " with " + std::to_string(options.threads) +
                               " threads");
  fcgi::Generations generations(std::move(first));
  fcgi::Server server(std::move(*inherited), std::move(stop), responders(generations, options.threads), crew, *env);
  return server.run();
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
