// SPDX-License-Identifier: MIT
// A connection that is to write very many rows.
#pragma once

#include "sql/db.h"
#include "sql/mapping.h"

namespace scim::sql {

/// Prepares the connection for transactions of many rows: a large cache, since ids are random and every part of their
/// index is written again and again, and with Sync::normal, where the database has a WAL, commits that wait for no disk: a
/// crash leaves a good database without the last transactions. Other connections notice nothing.
DbResult<void> begin_load(Db& db, Sync sync);

/// At the beginning of a transaction of many inserts, and before its commit: in our own tables the indexes of trigrams get
/// all new rows at once. Nothing in those of an application.
DbResult<void> defer_indexes(Db& db, const Mapping& mapping);
DbResult<void> write_indexes(Db& db, const Mapping& mapping);

/// Puts on the disk what the commits did not wait for, and does not leave a WAL of its size behind.
DbResult<void> end_load(Db& db);

}  // namespace scim::sql
