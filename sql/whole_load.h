// SPDX-License-Identifier: MIT
// One transaction that writes nearly all that a type of our own tables has: the first import of a directory.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "sql/db.h"
#include "sql/mapping.h"

namespace scim::sql {

/// Most of what an insert costs is not its row: each index gets its entry at a random place, and a trigger has every
/// statement keep a journal of its own. Within the transaction of a load both are gone, and made again at its end, indexes
/// by sorting, what triggers had counted by counting. Nobody else sees any of it: until the commit readers have the database as
/// it was, and so has everybody after a crash or a rollback.
///
/// What tells whether a value is taken stays: indexes that are unique, that of ids excepted, which are random. So does what
/// others have added to our tables, triggers above all.
class WholeLoad {
 public:
  /// Whether it is worth it for a file of so many bytes: it is large, and little is there. Only in our own tables, and if
  /// nobody is deactivated, who might come back and be looked for by the id.
  static DbResult<bool> pays(Db& db, const Mapping& mapping, const TypeMapping& type, std::uint64_t bytes);

  /// `db` and `type` are borrowed.
  WholeLoad(Db& db, const TypeMapping& type) : db_(db), type_(type) {}

  /// After the transaction has begun. Until end() resources are only inserted.
  DbResult<void> begin();
  /// Before its commit. unique: the database is damaged, or two ids are the same.
  DbResult<void> end();

 private:
  DbResult<void> forget_renderings();
  DbResult<void> take_away(const std::string& table, std::string_view select);
  DbResult<void> count_blocks();

  Db& db_;
  const TypeMapping& type_;
  std::int64_t last_key_ = 0;             ///< of what was there
  std::vector<std::string> definitions_;  ///< of what was taken away, to be run in their order
};

}  // namespace scim::sql
