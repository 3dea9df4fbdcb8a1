// SPDX-License-Identifier: MIT
// Configuration, database and handler, wired for one process.
#include "cli/local.h"

#include <filesystem>
#include <limits>
#include <utility>

#include "cli/console_env.h"
#include "cli/login.h"
#include "core/handler.h"
#include "core/plugin.h"
#include "core/text.h"
#include "sql/database_status.h"
#include "sql/database_url.h"
#include "sql/native.h"

namespace scim::cli {
namespace {

/// What a --dry-run that finds no database works on.
constexpr const char* kNoFile = "sqlite::memory:";

/// Whoever has named none is told how.
Failure with_naming_hint(Failure failure, const Config& config) {
  const bool is_named = config.database_url != Config().database_url;
  if (!is_named) failure.detail += "\nName a database with --db sqlite:FILE, with SCIMCTL_CONFIG, or as database.url in a configuration file.";
  return failure;
}

Failure cannot_open(const Error& error, const Config& config, Console& console) {
  Failure failure = error;
  const std::string reason = std::exchange(console.reason, "");
  const bool is_said = error.detail.find(reason) != std::string::npos;
  if (!is_said) failure = failure_because(reason, failure);
  return with_naming_hint(std::move(failure), config);
}

/// A name that is mistyped must not look like an empty database.
Failure no_database(const Config& config) {
  std::error_code why;  // none where it is clear that there is no such file
  const bool is_there = std::filesystem::exists(sql::database_file(config), why);
  const std::string name = printable(config.database_url);
  if (!is_there && why) return Failure(ExitCode::usage, {ErrorKind::bad_request, "the database " + name + " cannot be seen: " + why.message(), ""});
  return with_naming_hint(Failure(ExitCode::usage, {ErrorKind::bad_request, "there is no database " + name + "; create, import, apply, replay and token create make one", ""}), config);
}

void ease_for_reverting(Config& config) {
  config.deleted_visible = true;
  config.require_if_match = false;
  config.max_operations = std::numeric_limits<std::int64_t>::max();
}

/// What [limits] says of bodies and filters is said to clients. Of whoever owns the database is taken what the programs take.
Config without_limits(Config config) {
  config.json = {};
  config.filter = {};
  config.max_members = std::numeric_limits<std::int64_t>::max();
  config.max_body_bytes = std::numeric_limits<std::int64_t>::max();
  return config;
}

}  // namespace

bool database_exists(const Config& config) {
  const std::string file = sql::database_file(config);
  std::error_code ignored;
  if (file.empty()) return true;  // made by a server, not by us
  return std::filesystem::exists(file, ignored);
}

Try<void> check_is_no_database(const std::string& file, const Config& config) {
  const std::string database = sql::database_file(config);
  std::error_code not_there;
  const auto is_same = [&] {
    const auto place = [&](const std::string& path) { return std::filesystem::weakly_canonical(std::filesystem::absolute(path, not_there), not_there); };
    return place(file) == place(database) || std::filesystem::equivalent(file, database, not_there);
  };
  const bool is_it = !database.empty() && !file.empty() && is_same();
  if (is_it) return fail(Failure(ExitCode::usage, {ErrorKind::bad_request, file + " is the database", ""}));
  return {};
}

LocalBackend::LocalBackend(Config config, sql::Served served, std::unique_ptr<Env> env)
    : Backend(without_limits(std::move(config))), served_(std::move(served)), env_(std::move(env)), login_(login_name()) {}

Recorder LocalBackend::recorder() {
  return {config().audit, *env_, {Scope::unrestricted_for_cli(login_).name(), "", env_->new_id(), ""}};
}

Try<std::unique_ptr<LocalBackend>> LocalBackend::open(const Globals& globals, Console& console, Absent absent, Use use) {
  SCIM_TRY(check_is_local(globals));
  SCIM_ASSIGN(Config loaded, configuration(globals));
  if (use == Use::reverting) ease_for_reverting(loaded);
  const bool is_missing = !database_exists(loaded);
  if (is_missing && absent == Absent::is_refused) return fail(no_database(loaded));
  auto served = sql::load_served(loaded);
  if (!served) return fail(Failure(ExitCode::usage, served.error()));
  const bool is_for_show = is_missing && globals.effect == Effect::preview && served->mapping.is_embedded;
  if (is_for_show) loaded.database_url = kNoFile;
  auto env = console_env(console, loaded.log_level);
  std::unique_ptr<LocalBackend> backend(new LocalBackend(std::move(loaded), *std::move(served), std::move(env)));
  const Config& config = backend->config();
  auto adapter = load_adapter(config, *backend->env_);
  if (!adapter) return fail(Failure(ExitCode::usage, adapter.error()));
  backend->adapter_ = *std::move(adapter);
  auto store = sql::open_store(config, backend->served_.mapping, *backend->env_);
  if (!store) return fail(cannot_open(store.error(), config, console));
  backend->store_ = *std::move(store);
  if (is_missing && !is_for_show) console.say("scimctl: made the database " + printable(config.database_url));
  return backend;
}

Try<std::unique_ptr<LocalBackend>> LocalBackend::open_existing(const Globals& globals) {
  SCIM_ASSIGN(Config loaded, configuration(globals));
  const Failure not_there = Error{ErrorKind::not_found, "there is no database that is up to date", {}};
  if (!database_exists(loaded)) return fail(not_there);
  SCIM_ASSIGN(sql::Served served, sql::load_served(loaded));
  std::unique_ptr<LocalBackend> backend(new LocalBackend(std::move(loaded), std::move(served), silent_env()));
  sql::Mapping& mapping = backend->served_.mapping;
  const sql::StoreOptions options = sql::store_options(backend->config());
  SCIM_ASSIGN(auto db, sql::open_database(backend->config(), sql::Open::existing, sql::Journal::as_it_is, *backend->env_));
  SCIM_ASSIGN(const sql::DatabaseStatus status, sql::database_status(*db, mapping, options));
  if (!status.steps.empty()) return fail(not_there);
  SCIM_TRY(sql::learn_columns(*db, mapping));
  backend->store_ = std::make_unique<sql::SqlStore>(std::move(db), mapping, options, *backend->env_);
  return backend;
}

Try<Response> LocalBackend::exchange(Request request) { return answer(Scope::unrestricted_for_cli(login_), std::move(request)); }

Response LocalBackend::exchange_on_behalf_of(const Permission& permission, const std::string& token, Request request) {
  return answer(Access::on_behalf_of(permission, token, login_), std::move(request));
}

Response LocalBackend::answer(const Scope& scope, Request request) {
  request.base_url = base_url(config());
  App app{config(), *served_.registry, *store_, *store_, *env_};
  app.adapter = adapter_.get();
  return handle_as(scope, request, app);
}

Try<Features> LocalBackend::features() {
  Features features;
  if (!config().bulk.enabled) return features;
  features.bulk_operations = config().bulk.max_operations;
  features.bulk_bytes = config().bulk.max_payload_bytes;
  return features;
}

}  // namespace scim::cli
