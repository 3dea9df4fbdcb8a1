// SPDX-License-Identifier: MIT
// What differs between databases, as data.
#pragma once

#include <string_view>

namespace scim::sql {

struct Dialect {
  std::string_view name;
  std::string_view distinct;     ///< NULL-safe "is not equal": `a IS NOT b`
  std::string_view by_bytes;     ///< after a text: it is compared by its bytes, whatever its column says
  std::string_view fold;         ///< function for Collation::folded
  std::string_view username;     ///< function for Collation::username
  std::string_view instant;      ///< function from dateTime text, of SQL or RFC 3339, to microseconds
  std::string_view uuid;         ///< function from 32 hexadecimal digits to a UUID
  std::string_view hash;         ///< function of any values to an integer below 2^40, so that many can be added up
  std::string_view version;      ///< function of any values to a short text that differs when they do
  std::string_view position;     ///< function (haystack, needle) -> 1-based position in characters, 0 if absent
  std::string_view tail;         ///< function (text, tail_sign n) -> the last n characters, all if there are fewer
  std::string_view tail_sign;
  std::string_view json_value;   ///< function (document, path) -> the value there as SQL has it, NULL if there is none
  std::string_view json_valid;   ///< function of any text: whether it is JSON
  std::string_view json_each;    ///< table function (document, path) -> rows `key` (position), `value`
};

extern const Dialect kSqliteDialect;

}  // namespace scim::sql
