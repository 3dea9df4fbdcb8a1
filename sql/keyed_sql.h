// SPDX-License-Identifier: MIT
// A statement about a set of keys, made once and run for many sets.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "sql/db.h"

namespace scim::sql {

class KeyedSql {
 public:
  /// Where the keys go while the statement is being made: ` IN (...)`. As often as it takes.
  static Sql keys();

  KeyedSql() = default;
  /// `sql` contains keys().
  explicit KeyedSql(const Sql& sql);

  /// The statement for these keys, at least one. The number of its placeholders is rounded up, so that few different
  /// statements are prepared. Valid until the next call.
  const Sql& with(const std::vector<Cell>& keys);
  /// The same for all keys from `first` to `last`.
  const Sql& between(const Cell& first, const Cell& last);

 private:
  std::string text_for(std::size_t count) const;
  std::string text_with(std::string_view keys) const;

  std::vector<Sql> pieces_;                   // what stands around the keys
  std::map<std::size_t, std::string> texts_;  // by number of placeholders
  Sql sql_;
  std::size_t count_ = 0;  // of placeholders in sql_
  Sql between_;
};

}  // namespace scim::sql
