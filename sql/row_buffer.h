// SPDX-License-Identifier: MIT
// Rows of new resources that wait to be written together: the fastest way where each statement is a round trip.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "core/predicate.h"
#include "sql/write_columns.h"

namespace scim::sql {

/// Of tables of our own, whose rows all have the same columns. What is new has no key before it is written, and no id that
/// anybody knows: no row that is in the database refers to it, and none that waits, but those that hang on it.
class RowBuffer {
 public:
  /// Whether resources of the type may wait here.
  static bool takes(const Mapping& mapping, const TypeMapping& type, const Dialect& dialect);

  /// A resource, by the row of its own. `type` is borrowed.
  void begin(const TypeMapping& type, RowStatement row);
  /// A row that hangs on it: `owner` is the column that gets its key.
  void add(std::string_view table, std::string_view owner, RowStatement row);
  /// Forgets the resources behind the first `count`, with all that hangs on them.
  void keep_first(std::size_t count);

  /// How many resources wait.
  std::size_t size() const { return keys_.size(); }
  /// Whether one of them may be of those that `where` finds: often so although it is not, never the other way round.
  bool may_find(const TypeMapping& type, const Predicate& where);

  /// Writes all of it, resources first, in the order in which they came, and forgets it. After an error part of it has been.
  Result<void> write(const WriteContext& context);

 private:
  struct Rows {
    std::string table;
    std::vector<std::string> columns;  ///< the first one is for the key of the resource
    bool is_of_resources = false;      ///< and not of what hangs on them
    std::vector<Cell> cells;           ///< of all rows
    std::vector<std::size_t> owners;   ///< the resource of each row
    std::unordered_set<std::string> texts;  ///< among the first cells
    std::size_t looked_at = 0;              ///< how many those are
  };

  Rows& rows_of(std::string_view table, std::string_view key, const RowStatement& row);
  static void append(Rows& rows, std::size_t owner, RowStatement row);
  static bool has_text(Rows& rows, const std::string& text);
  Result<void> take_keys(const WriteContext& context, const Rows& rows);
  void clear();

  std::vector<Rows> rows_;           // in the order in which they were met: what is referred to comes first
  std::vector<Cell> keys_;           // of the resources, once they are written
  const TypeMapping* type_ = nullptr;  // of the last one
};

}  // namespace scim::sql
