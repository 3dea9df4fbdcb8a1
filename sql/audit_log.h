// SPDX-License-Identifier: MIT
// The audit log in the database: appended to, read, verified, shortened. See migrations/009_audit.sql for its tables.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/audit.h"
#include "core/error.h"
#include "sql/db.h"

namespace scim::sql {

/// Appends `entries`, in the caller's transaction for writing, as the last thing before its commit: on PostgreSQL the end of
/// a chain is locked from here on.
Result<void> append_entries(Db& db, const std::vector<AuditEntry>& entries);

/// An entry as it is kept.
struct LoggedEntry {
  std::int64_t position = 0;  ///< its place among all
  std::int64_t chain = 0;
  std::int64_t number = 0;    ///< its place in its chain, from 1
  std::string hash;           ///< of the hash before it and of `text`, hexadecimal
  std::string text;           ///< entry_from_text() reads it
};

/// Which entries; what is empty is not asked for.
struct LogQuery {
  std::string resource;  ///< id
  std::string name;      ///< userName or displayName at the time of the write
  std::string request;   ///< id
  std::string actor;     ///< token:NAME, scimctl:LOGIN
  std::optional<Instant> since;   ///< the first moment
  std::optional<Instant> before;  ///< the moment behind the last one
  std::optional<std::int64_t> chain;
  std::optional<std::int64_t> number;
  std::int64_t after_position = 0;
  std::int64_t limit = -1;  ///< most entries, the last ones of them; -1: all
};

/// Calls `take` for each, in the order in which they were written, until it says false.
Result<void> for_each_entry(Db& db, const LogQuery& query, const std::function<Result<bool>(const LoggedEntry&)>& take);

/// The end of a chain: who keeps it elsewhere can tell later that nothing before it has been changed.
struct ChainHead {
  std::int64_t chain = 0;
  std::int64_t number = 0;
  std::string hash;
};
struct LogVerification {
  std::int64_t entries = 0;
  std::vector<ChainHead> heads;       ///< as they are found
  std::vector<std::string> findings;  ///< sentences; empty: the log is as it was written
  std::vector<std::string> not_compared;  ///< sentences: heads that were known, of entries that have been forgotten
};
/// Reads all of it in one snapshot. `known`: heads of before, which must still be there.
Result<LogVerification> verify_log(Db& db, const std::vector<ChainHead>& known);

/// Removes entries that are older than `before`, at most some thousands, in a transaction of its own; how many. Nothing is
/// removed behind an entry that is to be kept, nor what a reader has not read yet (change_feed.h). `tell` is called before the end
/// of the transaction, if there were any.
Result<std::int64_t> forget_entries(Db& db, Instant before, const std::function<Result<void>()>& tell = nullptr);

/// What the actor has taken away since then, as far as it is in the database.
Result<LossesByType> losses_since(Db& db, const std::string& actor, Instant since);

}  // namespace scim::sql
