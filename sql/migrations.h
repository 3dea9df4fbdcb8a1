// SPDX-License-Identifier: MIT
// Our own tables, brought up to date when the database is opened. All may run in several threads and
// processes at once, and take the write lock only if there is something to do.
#pragma once

#include <string>
#include <vector>

#include "core/error.h"
#include "sql/db.h"
#include "sql/mapping.h"

namespace scim::sql {

/// What has been made, in words: "version 3 of the tables". Not what another process has made meanwhile.
using Titles = std::vector<std::string>;

/// "version 3 of the tables".
std::string title_of_version(std::size_t version);

/// Runs the numbered texts of sql/migrations that the database has not seen, all in one transaction. `PRAGMA user_version`
/// counts them, on PostgreSQL the table scim_schema. unavailable: the database is busy, or was made by a newer program.
Result<Titles> migrate(Db& db);
/// The same up to a version, as an older program would have done it: for tests of upgrades.
Result<Titles> migrate_to(Db& db, std::size_t version);

/// How many migrations the database has seen, of those that this program knows.
struct TableVersion {
  std::size_t seen = 0;
  std::size_t known = 0;
  bool is_current() const { return seen == known; }
};
/// unavailable if a newer program has made it.
Result<TableVersion> version_of_tables(Db& db);
/// The scripts that migrate() would run, in their order.
Result<std::vector<std::string>> missing_migrations(Db& db);

/// Whether two groups may have the same displayName.
enum class GroupNames { free, unique };
Result<GroupNames> current_group_names(Db& db);
std::string title_of(GroupNames names);

/// Makes or drops the unique index on the displayName of groups. invalidValue names a duplicate that stands in the way.
Result<Titles> apply_group_names(Db& db, const Mapping& mapping, GroupNames names);

}  // namespace scim::sql
