// SPDX-License-Identifier: MIT
// Configuration, database and handler, wired for one process.
#include "cli/backend.h"

#include <filesystem>

#include "core/plugin.h"
#include "core/text.h"
#include "sql/database_status.h"
#include "sql/database_url.h"
#include "sql/native.h"

namespace scim::cli {
namespace {

constexpr std::string_view kScheme = "sqlite:";
constexpr std::string_view kRelativeBase = "/scim/v2";

Failure cannot_open(Error error) {
  error.detail += "\nName a database with --db sqlite:FILE, with SCIMCTL_CONFIG, or as database.url in a configuration file.";
  return error;
}

}  // namespace

Try<Config> configuration(const Globals& globals) {
  const std::string path = globals.config.empty() ? default_config_path() : globals.config;
  Config config;
  if (!path.empty()) {
    auto loaded = load_config(path);
    if (!loaded) return fail(Failure(ExitCode::usage, loaded.error()));
    config = *std::move(loaded);
  }
  if (globals.database_url.empty()) return config;
  config.database_url = full_url(globals.database_url);
  return config;
}

std::string full_url(const std::string& url) {
  const bool is_plain_path = url.find(':') == std::string::npos;
  return (is_plain_path ? std::string(kScheme) : "") + url;
}

bool database_exists(const Config& config) {
  const std::string file = sql::database_file(config);
  std::error_code ignored;
  if (file.empty()) return true;  // made by a server, not by us
  return std::filesystem::exists(file, ignored);
}

std::string base_url(const Config& config) {
  return config.base_url.empty() ? std::string(kRelativeBase) : config.base_url;
}

Backend::Backend(Config config, sql::Served served)
    : config_(std::move(config)),
      served_(std::move(served)),
      env_(system_env(std::max(config_.log_level, LogLevel::warning))) {}

Try<std::unique_ptr<Backend>> Backend::open(const Globals& globals, Console& console) {
  SCIM_ASSIGN(Config config, configuration(globals));
  const bool existed = database_exists(config);
  auto served = sql::load_served(config);
  if (!served) return fail(Failure(ExitCode::usage, served.error()));
  std::unique_ptr<Backend> backend(new Backend(std::move(config), *std::move(served)));
  auto adapter = load_adapter(backend->config_, *backend->env_);
  if (!adapter) return fail(Failure(ExitCode::usage, adapter.error()));
  backend->adapter_ = *std::move(adapter);
  auto store = sql::open_store(backend->config_, backend->served_.mapping, *backend->env_);
  if (!store) return fail(cannot_open(std::move(store).error()));
  backend->store_ = *std::move(store);
  if (!existed) console.say("scimctl: made the database " + printable(backend->config_.database_url));
  return backend;
}

Try<std::unique_ptr<Backend>> Backend::open_existing(const Globals& globals) {
  SCIM_ASSIGN(Config config, configuration(globals));
  const Failure not_there = Error{ErrorKind::not_found, "there is no database that is up to date", {}};
  if (!database_exists(config)) return fail(not_there);
  SCIM_ASSIGN(sql::Served served, sql::load_served(config));
  std::unique_ptr<Backend> backend(new Backend(std::move(config), std::move(served)));
  sql::Mapping& mapping = backend->served_.mapping;
  const sql::StoreOptions options = sql::store_options(backend->config_);
  SCIM_ASSIGN(auto db, sql::open_database(backend->config_, sql::Open::existing, sql::Journal::as_it_is, *backend->env_));
  SCIM_ASSIGN(const sql::DatabaseStatus status, sql::database_status(*db, mapping, options));
  if (!status.steps.empty()) return fail(not_there);
  SCIM_TRY(sql::learn_columns(*db, mapping));
  backend->store_ = std::make_unique<sql::SqlStore>(std::move(db), mapping, options, *backend->env_);
  return backend;
}

Try<Json> Backend::send(Request request) {
  request.base_url = base_url(config_);
  App app{config_, *served_.registry, *store_, *store_, *env_};
  app.adapter = adapter_.get();
  const Response response = handle_as(Scope::unrestricted_for_cli(), request, app);
  if (response.status >= 300) return fail(Failure(response));
  if (response.body.empty()) return Json();
  // Our own text: a list of many large groups may be beyond the limits for clients.
  return Json::parse(response.body);
}

Try<const ResourceType*> Backend::type(Kind kind) const { return type_of(*served_.registry, kind); }

Try<const ResourceType*> type_of(const Registry& registry, Kind kind) {
  const char* name = kind == Kind::users ? "User" : "Group";
  if (const ResourceType* type = registry.type_by_name(name)) return type;
  return fail(Failure(ExitCode::not_found, Error{ErrorKind::not_found, "the mapping has no table for the resource type " + std::string(name), ""}));
}

void append_parameter(std::string& query, std::string_view name, std::string_view value) {
  if (value.empty()) return;
  if (!query.empty()) query += '&';
  query.append(name).append("=").append(percent_encode(value));
}

std::string resource_path(const ResourceType& type, std::string_view id) {
  return type.endpoint + '/' + percent_encode(id);
}

}  // namespace scim::cli
