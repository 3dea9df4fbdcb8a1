// SPDX-License-Identifier: MIT
// The link between a row of the application and SCIM: made when the row is first seen.
#pragma once

#include <array>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "sql/rows.h"
#include "sql/write_columns.h"

namespace scim::sql {

/// Gives ids to these rows, in the caller's transaction for writing. Rows that have gone or have an id are left alone.
Result<void> link_rows(const WriteContext& context, const TypeMapping& type, const std::set<Cell>& keys);

/// The id of a row of the application, a new one if nobody has seen the row yet.
Result<std::string> linked_id(const WriteContext& context, const TypeMapping& type, const Cell& key);

/// Columns of the link table that repeat a text of the row (Link::copies), made true again where the application has
/// renamed or deleted rows and an old copy stands in the way of the copy for `key`.
Result<void> renew_copies(const WriteContext& context, const TypeMapping& type, const Cell& key);

/// Rows that have no id yet, at most `limit`.
Result<std::set<Cell>> unseen_rows(const WriteContext& context, const TypeMapping& type, std::int64_t limit);

/// Whether a predicate speaks of what only a link has: `id co "a"`, `meta.created gt ...`.
bool mentions_link(const Predicate& predicate);

/// SELECT of the id of one row.
Sql id_select(const TypeMapping& type, const Cell& key, const Dialect& dialect);

/// Our own tables, and the columns that they have.
inline constexpr std::string_view kTokenTable = "scim_tokens";
/// Those of the first version: later ones are added at the start.
inline constexpr std::array<std::string_view, 6> kTokenColumns = {"id", "name", "hash", "read_only", "created", "expires"};
inline constexpr std::array<std::string_view, 8> kOwnColumns = {"owner",         "id",          "external_id", "created",
                                                                "last_modified", "deactivated", "claimed",     "document"};

/// Whether a table lasts, or this connection alone sees it.
enum class Lifetime { lasting, connection };
/// CREATE TABLE and its index for the table of our own that belongs to a type, whose key is of `key_type`.
std::string own_table_script(const std::string& name, const std::string& key_type, const Dialect& dialect, Lifetime lifetime = Lifetime::lasting);

/// Something of our own that a database of the application lacks.
struct Missing {
  std::string title;   ///< "table scim_user"
  std::string script;  ///< that makes it
};
/// In the order in which they are made: functions where the database has them (PostgreSQL), tables of tokens, links and documents.
Result<std::vector<Missing>> missing_of_own(Db& db, const Mapping& mapping);

/// Makes that, and says what it was. Nothing is tried where all is there already: it takes rights that serving does not.
Result<std::vector<std::string>> make_own_tables(Db& db, const Mapping& mapping);

}  // namespace scim::sql
