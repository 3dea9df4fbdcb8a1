// SPDX-License-Identifier: MIT
// What differs between databases, as data.
#pragma once

#include <string_view>

namespace scim::sql {

struct Dialect {
  std::string_view name;
  std::string_view distinct;     ///< NULL-safe "is not equal": `a IS NOT b`
  std::string_view fold;         ///< function for Collation::folded
  std::string_view username;     ///< function for Collation::username
  std::string_view instant;      ///< function from dateTime text to microseconds
  std::string_view position;     ///< function (haystack, needle) -> 1-based position in characters, 0 if absent
  std::string_view tail;         ///< function (text, tail_sign n) -> the last n characters, all if there are fewer
  std::string_view tail_sign;
};

extern const Dialect kSqliteDialect;

}  // namespace scim::sql
