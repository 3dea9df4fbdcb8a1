// SPDX-License-Identifier: MIT
// What people write in filters where RFC 7644 has another word: `==`, `&&`, `contains`, `is not null`.
#pragma once

#include <optional>
#include <string_view>

#include "core/filter.h"

namespace scim {

/// An operator of the RFC, in whatever case; nullopt: `word` is none.
std::optional<Op> op_of(std::string_view word);

/// What an operator of others means: "== " is eq, "is not null" is ne null.
struct MeantOperator {
  enum class Kind {
    compare,
    any_of,   ///< `in`: eq one of several values
    present,  ///< pr
    absent,   ///< eq null
  };
  enum class Sense { plain, negated };
  Kind kind = Kind::compare;
  Op op = Op::eq;
  Sense sense = Sense::plain;  ///< negated: not (...)
};
/// `words`: up to three, with single blanks between them. Also what is near to one of the words; nullopt: nothing is, or several
/// things are.
std::optional<MeantOperator> meant_operator(std::string_view words);
/// The same for words that are exactly one of the table.
std::optional<MeantOperator> known_operator(std::string_view words);
/// As a filter has it: "eq", "pr", "eq null".
std::string_view written(const MeantOperator& meant);

/// "and", "or" or "not" for what means it, the words themselves included; "" for what does not.
std::string_view meant_keyword(std::string_view word);

}  // namespace scim
