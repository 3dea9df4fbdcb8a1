// SPDX-License-Identifier: MIT
// What a verb talks to: the configured database, through the same handler that serves the web.
#pragma once

#include <memory>
#include <string>

#include "cli/options.h"
#include "core/handler.h"
#include "sql/served.h"
#include "sql/sql_store.h"

namespace scim::cli {

/// --config (else where it is looked for), then --db over it.
Try<Config> configuration(const Globals& globals);

/// --db and its like: a plain path is one of SQLite.
std::string full_url(const std::string& url);

/// Whether the configured database is there already: open() would make a file.
bool database_exists(const Config& config);

/// What meta.location and $ref begin with.
std::string base_url(const Config& config);

class Backend {
 public:
  static Try<std::unique_ptr<Backend>> open(const Globals& globals, Console& console);

  /// Makes no database and brings none up to date: notFound if there is something to do first. For looking at it while
  /// somebody types.
  static Try<std::unique_ptr<Backend>> open_existing(const Globals& globals);

  /// The resource, list or nothing that the server answers with. `request` needs method, path, query, body, if_match.
  Try<Json> send(Request request);

  /// notFound: the application has no such table, or the mapping does not name it.
  Try<const ResourceType*> type(Kind kind) const;
  const Config& config() const { return config_; }
  const sql::Mapping& mapping() const { return served_.mapping; }
  const Registry& registry() const { return *served_.registry; }
  /// nullptr: no plug-in changes resources.
  const Adapter* adapter() const { return adapter_.get(); }
  sql::SqlStore& store() { return *store_; }
  TokenStore& tokens() { return *store_; }
  sql::Linker& linker() { return *store_; }
  Env& env() { return *env_; }

 private:
  Backend(Config config, sql::Served served);

  Config config_;
  sql::Served served_;
  std::unique_ptr<Env> env_;
  std::unique_ptr<const Adapter> adapter_;
  std::unique_ptr<sql::SqlStore> store_;
};

Try<const ResourceType*> type_of(const Registry& registry, Kind kind);

/// "filter=...&count=...": name and value are encoded here. Nothing for an empty value.
void append_parameter(std::string& query, std::string_view name, std::string_view value);

/// "/Users/ID".
std::string resource_path(const ResourceType& type, std::string_view id);

}  // namespace scim::cli
