// SPDX-License-Identifier: MIT
// db.h over PostgreSQL, by libpq.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "sql/db.h"

namespace scim::sql {

struct PgOptions {
  std::int64_t statement_timeout_ms = 0;  ///< 0: as the server has it
  std::int64_t lock_timeout_ms = 0;       ///< for another transaction; 0: as the server has it
  /// A pooler that gives each transaction another session (PgBouncer before 1.21 in transaction mode) knows no statements
  /// that an earlier one has prepared, and keeps no settings.
  enum class Session { own, pooled } session = Session::own;
  /// Called by a thread that is about to wait for the server. Fast, and without errors.
  std::function<void()> before_wait = [] {};
};

/// Whether the URL of a database is one of libpq's: postgresql://..., postgres://...; what it leaves open comes from the
/// environment (PGHOST ...), a service file and a password file, as for psql.
bool is_postgresql(std::string_view url);

/// Connects. A connection that is lost later is made again when the next transaction begins; what had not been sent before is
/// sent then, so that a server that has been restarted in between is not noticed. All functions of Dialect are those of
/// pg_functions.h, which the migrations make.
DbResult<std::unique_ptr<Db>> open_postgresql(const std::string& url, const PgOptions& options, ErrorSink sink = {});

}  // namespace scim::sql
