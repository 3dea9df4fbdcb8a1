// SPDX-License-Identifier: MIT
// Everything in our own tables from one database to another, of whatever kinds, and the proof that two have the same. Keys,
// ids, versions and moments stay, so that entity tags and cursors do.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "sql/db.h"
#include "sql/mapping.h"
#include "sql/own_tables.h"

namespace scim::sql {

struct PlannedTable {
  OwnTable table;
  std::vector<std::string> columns;  ///< that both databases have: those of the target
};
using CopyPlan = std::vector<PlannedTable>;

/// How many rows are done, of all tables.
using CopyProgress = std::function<void(std::int64_t)>;

struct CopiedTable {
  std::string name;
  std::int64_t rows = 0;
};
struct ComparedTable {
  std::string name;
  std::int64_t rows_from = 0;
  std::int64_t rows_to = 0;
  std::int64_t differences = 0;  ///< rows that only one has, or that are not the same
  std::string first;             ///< of them: its key and columns, not what is in them; "" if there is none
};

/// The tables of both; `mapping` is the target's. unavailable, invalidValue: one of them is not up to date, or they were made
/// with different configurations.
Result<CopyPlan> plan_copy(Db& from, Db& to, const Mapping& mapping);

/// Begins a transaction for all that the database has: it may take any time, and where the role would not see some rows there
/// is an error. `doing`: for the error.
Result<void> begin_whole(Db& db, Db::Begin mode, const std::string& doing);

/// Nobody else writes the tables of the target until the end of its transaction. uniqueness: one of them has rows already.
Result<void> claim_tables(Db& to, const CopyPlan& plan);

/// In transactions that begin_whole() has begun, for reading and for writing. Few rows are in memory at a time.
Result<std::vector<CopiedTable>> copy_tables(Db& from, Db& to, const CopyPlan& plan, const Mapping& mapping, const CopyProgress& progress);

/// Row by row in the order of keys, in transactions of the caller.
Result<std::vector<ComparedTable>> compare_tables(Db& from, Db& to, const CopyPlan& plan, const CopyProgress& progress);

}  // namespace scim::sql
