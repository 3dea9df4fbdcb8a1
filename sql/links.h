// SPDX-License-Identifier: MIT
// The link between a row of the application and SCIM: made when the row is first seen.
#pragma once

#include <set>

#include "sql/rows.h"
#include "sql/write_columns.h"

namespace scim::sql {

/// Gives ids to these rows, in the caller's transaction for writing. Rows that have gone or have an id are left alone.
Result<void> link_rows(const WriteContext& context, const TypeMapping& type, const std::set<Cell>& keys);

/// Rows that have no id yet, at most `limit`.
Result<std::set<Cell>> unseen_rows(const WriteContext& context, const TypeMapping& type, std::int64_t limit);

/// Whether a predicate speaks of what only a link has: `id co "a"`, `meta.created gt ...`.
bool mentions_link(const Predicate& predicate);

/// SELECT of the id of one row.
Sql id_select(const TypeMapping& type, const Cell& key, const Dialect& dialect);

/// Makes the tables of our own in a database of the application: links, documents, tokens. Nothing happens where they
/// are there already.
Result<void> make_own_tables(Db& db, const Mapping& mapping);

}  // namespace scim::sql
