// SPDX-License-Identifier: MIT
// The configured database, through the same handler that serves the web.
#pragma once

#include <memory>

#include "cli/backend.h"
#include "core/adapter.h"
#include "sql/served.h"
#include "sql/sql_store.h"

namespace scim::cli {

/// Whether the configured database is there already: open() would make a file.
bool database_exists(const Config& config);
/// Refused, ExitCode::usage: what is to be written into `file` would replace the database.
Try<void> check_is_no_database(const std::string& file, const Config& config);

class LocalBackend final : public Backend {
 public:
  /// reverting: users that DELETE has deactivated can be seen, and what is asked of clients, If-Match and few operations, is
  /// not asked of who knows what was there.
  enum class Use { as_configured, reverting };
  /// For verbs that work on the database alone. Refused: --url and --profile.
  static Try<std::unique_ptr<LocalBackend>> open(const Globals& globals, Console& console, Absent absent = Absent::is_refused,
                                                 Use use = Use::as_configured);

  /// Makes no database and brings none up to date: notFound if there is something to do first. For looking at it while
  /// somebody types.
  static Try<std::unique_ptr<LocalBackend>> open_existing(const Globals& globals);

  Try<Response> exchange(Request request) override;
  /// What a client with that permission, and that token, has asked for, done by who runs scimctl.
  Response exchange_on_behalf_of(const Permission& permission, const std::string& token, Request request);
  std::unique_ptr<Backend> asked_by(Stranger) override { return nullptr; }
  Try<const Registry*> types() override { return served_.registry.get(); }
  /// By index: who only reads writes nothing, and a cursor is sealed with a secret, which the first one would put into the database.
  Try<Features> features() override;
  Try<void> check_is_scim(const Response&) override { return {}; }

  const sql::Mapping& mapping() const { return served_.mapping; }
  const Registry& registry() const { return *served_.registry; }
  /// nullptr: no plug-in changes resources.
  const Adapter* adapter() const { return adapter_.get(); }
  sql::SqlStore& store() { return *store_; }
  TokenStore& tokens() { return *store_; }
  sql::Linker& linker() { return *store_; }
  Env& env() { return *env_; }
  /// For what is written past exchange(), as one request.
  Recorder recorder();

 private:
  Response answer(const Scope& scope, Request request);
  LocalBackend(Config config, sql::Served served, std::unique_ptr<Env> env);

  sql::Served served_;
  std::unique_ptr<Env> env_;
  const std::string login_;
  std::unique_ptr<const Adapter> adapter_;
  std::unique_ptr<sql::SqlStore> store_;
};

}  // namespace scim::cli
