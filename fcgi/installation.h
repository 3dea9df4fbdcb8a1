// SPDX-License-Identifier: MIT
// A configuration with all that belongs to it: database, mapping, plug-ins, and a store for each thread.
#pragma once

#include <cstddef>
#include <memory>

#include "core/clients.h"
#include "core/config.h"
#include "core/env.h"
#include "fcgi/generation.h"
#include "fcgi/metrics.h"
#include "sql/sql_store.h"

namespace scim::fcgi {

/// The process that an installation is a part of; outlives it.
struct Surroundings {
  Env& env;
  Metrics& metrics;
  Clients& clients;
  std::size_t threads = 0;
  sql::BeforeWait before_wait;  ///< called by a thread that is about to wait for others or the disk
};

/// What becomes of a database of ours that is not there.
enum class MissingDatabase {
  is_made,     ///< at the first start
  is_refused,  ///< where there was one before: it has been moved away, or its name is mistyped
};

/// Ready to serve. invalidValue, unavailable: what is wrong now would be an error of every request.
Result<std::unique_ptr<Generation>> open_installation(Config config, const Surroundings& around, MissingDatabase missing);

/// Whether it could be opened, as far as that can be said without writing anything; the same errors. What the start would make: a
/// sentence, or "".
Result<std::string> test_installation(Config config, Env& env);

/// The one request of this process, by CGI.
Result<void> answer_cgi(Config config, Env& env);

}  // namespace scim::fcgi
