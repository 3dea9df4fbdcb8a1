// SPDX-License-Identifier: MIT
#include "fcgi/watch.h"

#include <array>
#include <chrono>
#include <utility>

#include "core/text.h"

namespace scim::fcgi {
namespace {

constexpr int kUnavailable = 503;

double seconds_since_1970() { return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count(); }

struct Gauge {
  std::string_view name, type, help;
  double value;
};

}  // namespace

Watch::Watch(const Metrics& metrics, Generations& generations, const Server& server, const CountedEnv& env)
    : metrics_(metrics), generations_(generations), server_(server), env_(env), started_(seconds_since_1970()) {}

Page Watch::page(std::string_view path) {
  if (path == "/healthz") return {200, "ok\n"};
  if (path == "/readyz") return ready();
  if (path == "/metrics") return {200, metrics()};
  return {404, "/metrics, /healthz and /readyz are here\n"};
}

Page Watch::ready() {
  if (state_ == State::stopping) return {kUnavailable, "stopping\n"};
  const Result<void> answer = generations_.ask_database();
  return answer ? Page{200, "ready\n"} : Page{kUnavailable, printable(answer.error().detail) + "\n"};
}

std::string Watch::metrics() const {
  std::string text;
  append_metric_head(text, "scim_build_info", "gauge", "The program that runs.");
  append_metric(text, "scim_build_info", metric_label("version", SCIMCTL_VERSION), 1);
  append_metric_head(text, "scim_log_lines_total", "counter", "Warnings and errors of the log.");
  append_metric(text, "scim_log_lines_total", metric_label("level", "warning"), static_cast<double>(env_.lines(LogLevel::warning)));
  append_metric(text, "scim_log_lines_total", metric_label("level", "error"), static_cast<double>(env_.lines(LogLevel::error)));
  constexpr std::string_view kGuard = "scim_guard_total";
  append_metric_head(text, kGuard, "counter", "Writes beyond a limit of the guard, those that come again included.");
  for (const auto& [incident, action] : {std::pair(Incident::guard_warned, "warn"), {Incident::guard_held, "hold"}, {Incident::guard_refused, "refuse"}}) {
    append_metric(text, kGuard, metric_label("action", action), static_cast<double>(env_.times(incident)));
  }
  const Server::Connections connections = server_.connections();
  const Generation::Writers writers = generations_.writers();
  const std::array gauges = {
      Gauge{"process_start_time_seconds", "gauge", "When it was started, in seconds since 1970.", started_},
      Gauge{"scim_threads", "gauge", "Requests that can be served at a time.", static_cast<double>(server_.threads())},
      Gauge{"scim_connections", "gauge", "Connections of the web server that are open.", static_cast<double>(connections.open)},
      Gauge{"scim_connections_busy", "gauge", "Connections on which a request is being served.", static_cast<double>(connections.busy)},
      Gauge{"scim_heads_refused_total", "counter", "Requests with more than limits.header_bytes of parameters, which are 431.",
            static_cast<double>(env_.times(Incident::head_too_large))},
      Gauge{"scim_generations", "gauge", "Configurations that serve: the last one, and those whose requests have not ended.",
            static_cast<double>(generations_.count())},
      Gauge{"scim_writers_waiting", "gauge", "Requests that wait for their turn to write.", static_cast<double>(writers.waiting)},
      Gauge{"scim_write_commits_total", "counter", "Commits of the queue of writers (SQLite).", static_cast<double>(writers.commits)},
      Gauge{"scim_writes_total", "counter", "Transactions for which these commits were: more than commits where writers shared one.",
            static_cast<double>(writers.turns)},
  };
  for (const Gauge& gauge : gauges) {
    append_metric_head(text, gauge.name, gauge.type, gauge.help);
    append_metric(text, gauge.name, "", gauge.value);
  }
  return text + metrics_.text();
}

}  // namespace scim::fcgi
