// SPDX-License-Identifier: MIT
// Rows that a new or renamed resource may be the same as: of a deactivated resource, of the application, of another.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "sql/write_columns.h"

namespace scim::sql {

struct Candidate {
  Cell key;
  std::string id;          ///< "": nobody has seen the row yet
  bool is_living = true;
  bool is_claimed = false; ///< a SCIM client has made it, taken it over or changed it
  bool is_superuser = false;
  std::string external_id; ///< "": none
  std::string name;        ///< what people know it by: userName, else displayName
};

/// The values of a match attribute (a leaf, of a list too) in a body.
std::vector<std::string> match_values(const Attribute& attribute, const Json& body);

/// Rows that satisfy `where`, those of deactivated resources too; at most `limit`.
Result<std::vector<Candidate>> find_rows(const WriteContext& context, const TypeMapping& type, const Predicate& where,
                                         std::int64_t limit);

/// Rows with this value in `attribute` (a leaf, of a list too), by the attribute's own comparison; at most `limit`.
Result<std::vector<Candidate>> find_rows(const WriteContext& context, const TypeMapping& type, const Attribute& attribute,
                                         const Json& value, std::int64_t limit);

/// What a POST of `body` is to become instead of a new row: a deactivated resource that had its name, or, with
/// TypeMapping::adopt, the row of the application that `match` finds. uniqueness: it belongs to a living resource, or
/// several rows match.
Result<std::optional<Candidate>> find_same(const WriteContext& context, const TypeMapping& type, const Json& body);

/// Rows of deleted resources, in tables of our own, that have a value which another, with `key`, is to have alone: they must make
/// way (RFC 7644 3.6). uniqueness: a living resource has it, or a row of the application, whatever became of it there. The
/// application's constraint, if there is one, may compare in another way than SCIM does; a folded column has an index that
/// compares as SCIM does.
Result<std::vector<Candidate>> find_deleted_holders(const WriteContext& context, const TypeMapping& type,
                                                    const std::vector<ColumnValue>& columns, const Cell& key);

}  // namespace scim::sql
