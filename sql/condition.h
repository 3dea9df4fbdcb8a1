// SPDX-License-Identifier: MIT
// Predicate -> SQL condition, whatever the attributes stand for: a Scope says that. Shared by rows of a resource, of
// a list and of a membership.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/predicate.h"
#include "sql/db.h"
#include "sql/dialect.h"
#include "sql/mapping.h"

namespace scim::sql {

/// An attribute as SQL.
struct Operand {
  enum class Kind {
    text,              ///< "" is possible, and not present
    plain,             ///< numbers, booleans as 0 and 1, instants as microseconds
    affixed_text,      ///< shown as prefix + value: locations
    affixed_integer,   ///< shown as prefix + value + suffix: versions
    uuid,              ///< `fast_key` holds it as 32 hexadecimal digits
  };
  Kind kind = Kind::text;
  Sql raw;  ///< the value as it is kept, NULL if there is none
  Sql key;  ///< what literals are compared with, NULL with `raw`
  /// Like `key` and quicker, since an index may serve it, but "" instead of NULL where there is no value. Empty: there is
  /// no such thing.
  Sql fast_key;
  enum class FastFor {
    all,
    lower,  ///< `eq` and `sw`: it holds text in lower case, which may be spelt as no folded text is
    ascii,  ///< `eq` and `sw` with text of ASCII: it folds the case of nothing else
    alike,  ///< `eq`: it may take more for the same than `key` does
  };
  FastFor fast_for = FastFor::all;
  std::string prefix;
  std::string suffix;
  /// A table that names rows which may have a text in `key` (trigrams.h), and the key of the row; "": there is none.
  std::string substring_index;
  /// A table whose column `key` names rows which that one does not know as they are; "": there is none.
  std::string substring_tail;
  std::string row_key;
  /// The column itself where that compares_itself() with texts, for `eq`; empty: nothing is to be had by that.
  Sql own;
  Native native = Native::any;  ///< of `own`
};

/// A condition. NULL counts as false: and, or, WHERE are fine with that, not() is told by `null`.
struct Condition {
  enum class Kind { always, never, atom, conjunction, disjunction };
  enum class Null { possible, impossible };
  Kind kind = Kind::never;
  Null null = Null::impossible;
  Sql sql;  ///< "true" and "false" for the constants
  std::size_t depth = 0;  ///< of what and, or and not have put into each other
};

Condition constant(bool value);
Condition atom(Sql sql, Condition::Null null);
Condition all_of(std::vector<Condition> conditions);
Condition any_of(std::vector<Condition> conditions);
Condition negate(Condition condition);

/// Text, then text with its parameters, and so on: `Sql sql; sql << "SELECT " << operand.raw << " FROM ..."`.
Sql& operator<<(Sql& sql, std::string_view text);
Sql& operator<<(Sql& sql, const Sql& part);
/// A placeholder and its parameter.
struct Bind {
  Cell value;
};
Sql& operator<<(Sql& sql, Bind bind);

/// ` = ?` or ` IN (?, ?)`.
Sql one_of(const std::vector<std::string>& texts);

/// That a column of this type, which compares_itself(), shows one of `texts`; `key`: the column as text.
Condition own_is_one_of(const Sql& column, Native native, const Sql& key, const std::vector<std::string>& texts);

/// What names mean in one place.
class Scope {
 public:
  virtual ~Scope() = default;
  /// nullopt: the attribute never has a value here.
  virtual std::optional<Operand> operand(const Attribute& attribute) = 0;
  /// The resource's id, for Predicate::Kind::id.
  virtual std::optional<Operand> id() { return std::nullopt; }
  virtual Condition any(const Predicate&) { return constant(false); }
};

Condition compile_condition(const Predicate& predicate, Scope& scope, const Dialect& dialect);

/// The smallest text that is above every text with this prefix, in code point order; nullopt if there is none.
std::optional<std::string> prefix_end(std::string_view prefix);

}  // namespace scim::sql
