// SPDX-License-Identifier: MIT
// The audit log as a queue: each reader has a place of its own, in the database, and hears of each entry at least once. Of one
// resource in the order in which it was written.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "sql/audit_log.h"

namespace scim::sql {

/// How far somebody has read: chain -> number of the last entry.
using ReadPositions = std::map<std::int64_t, std::int64_t>;

struct LogReader {
  std::string name;
  ReadPositions positions;
};

/// Before the first entry that is still kept.
Result<ReadPositions> beginning_of_log(Db& db);
/// Behind the last entry of all.
Result<ReadPositions> end_of_log(Db& db);
/// At most `limit` entries behind `positions`, in their order, of one moment.
Result<std::vector<LoggedEntry>> entries_after(Db& db, const ReadPositions& positions, std::int64_t limit);

/// Those that are known, by name.
Result<std::vector<LogReader>> list_readers(Db& db);
/// How many entries are behind that place.
Result<std::int64_t> count_entries_after(Db& db, const ReadPositions& positions);
/// Where the reader is, who is made if there is none, at `otherwise`.
Result<ReadPositions> open_reader(Db& db, const std::string& name, const ReadPositions& otherwise);
/// It has read so far. Never backwards: somebody else may read by the same name.
Result<void> move_reader(Db& db, const std::string& name, const ReadPositions& positions);
/// False: there is none of that name.
Result<bool> forget_reader(Db& db, const std::string& name);

}  // namespace scim::sql
