// SPDX-License-Identifier: MIT
// A connection that is to write very many rows.
#pragma once

#include "sql/db.h"

namespace scim::sql {

/// Prepares the connection for transactions of many rows: a large cache, since ids are random and every part of their
/// index is written again and again, and commits that wait for no disk. A crash leaves a good database without the last
/// transactions. Other connections notice nothing.
DbResult<void> begin_load(Db& db);

/// Puts on the disk what the commits did not wait for.
DbResult<void> end_load(Db& db);

}  // namespace scim::sql
