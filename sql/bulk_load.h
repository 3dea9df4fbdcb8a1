// SPDX-License-Identifier: MIT
// A connection that is to write very many rows.
#pragma once

#include "sql/db.h"

namespace scim::sql {

/// Prepares the connection for transactions of many rows: a large cache, since ids are random and every part of their
/// index is written again and again, and with Sync::normal, where the database has a WAL, commits that wait for no disk: a
/// crash leaves a good database without the last transactions. Other connections notice nothing.
DbResult<void> begin_load(Db& db, Sync sync);

/// Puts on the disk what the commits did not wait for, and does not leave a WAL of its size behind.
DbResult<void> end_load(Db& db);

}  // namespace scim::sql
