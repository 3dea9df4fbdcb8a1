// SPDX-License-Identifier: MIT
// Configuration, database and handler, wired for one process.
#include "cli/local.h"

#include <algorithm>
#include <filesystem>

#include "core/handler.h"
#include "core/plugin.h"
#include "core/text.h"
#include "sql/database_url.h"

namespace scim::cli {
namespace {

Failure cannot_open(Error error) {
  error.detail += "\nName a database with --db sqlite:FILE, with SCIMCTL_CONFIG, or as database.url in a configuration file.";
  return error;
}

}  // namespace

bool database_exists(const Config& config) {
  const std::string file = sql::database_file(config);
  std::error_code ignored;
  if (file.empty()) return true;  // made by a server, not by us
  return std::filesystem::exists(file, ignored);
}

LocalBackend::LocalBackend(Config config, sql::Served served)
    : Backend(std::move(config)),
      served_(std::move(served)),
      env_(system_env(std::max(this->config().log_level, LogLevel::warning))) {}

Try<std::unique_ptr<LocalBackend>> LocalBackend::open(const Globals& globals, Console& console) {
  SCIM_TRY(check_is_local(globals));
  SCIM_ASSIGN(Config loaded, configuration(globals));
  const bool existed = database_exists(loaded);
  auto served = sql::load_served(loaded);
  if (!served) return fail(Failure(ExitCode::usage, served.error()));
  std::unique_ptr<LocalBackend> backend(new LocalBackend(std::move(loaded), *std::move(served)));
  const Config& config = backend->config();
  auto adapter = load_adapter(config, *backend->env_);
  if (!adapter) return fail(Failure(ExitCode::usage, adapter.error()));
  backend->adapter_ = *std::move(adapter);
  auto store = sql::open_store(config, backend->served_.mapping, *backend->env_);
  if (!store) return fail(cannot_open(std::move(store).error()));
  backend->store_ = *std::move(store);
  if (!existed) console.say("scimctl: made the database " + printable(config.database_url));
  return backend;
}

Try<Response> LocalBackend::exchange(Request request) {
  request.base_url = base_url(config());
  App app{config(), *served_.registry, *store_, *store_, *env_};
  app.adapter = adapter_.get();
  return handle_as(Scope::unrestricted_for_cli(), request, app);
}

}  // namespace scim::cli
