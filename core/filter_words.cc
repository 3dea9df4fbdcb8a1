// SPDX-License-Identifier: MIT
#include "core/filter_words.h"

#include <array>
#include <utility>

#include "core/text.h"

namespace scim {
namespace {

using Kind = MeantOperator::Kind;
using Sense = MeantOperator::Sense;

struct OperatorRow {
  std::string_view words;
  MeantOperator meant;
};
constexpr MeantOperator compares(Op op, Sense sense = Sense::plain) { return {Kind::compare, op, sense}; }
constexpr MeantOperator kAnyOf = {Kind::any_of, Op::eq, Sense::plain};
constexpr MeantOperator kNoneOf = {Kind::any_of, Op::eq, Sense::negated};
constexpr MeantOperator kPresent = {Kind::present, Op::eq, Sense::plain};
constexpr MeantOperator kAbsent = {Kind::absent, Op::eq, Sense::plain};

/// Signs of programming languages and SQL, and words of other filters.
constexpr OperatorRow kOperators[] = {
    {"eq", compares(Op::eq)}, {"ne", compares(Op::ne)}, {"co", compares(Op::co)}, {"sw", compares(Op::sw)}, {"ew", compares(Op::ew)},
    {"gt", compares(Op::gt)}, {"ge", compares(Op::ge)}, {"lt", compares(Op::lt)}, {"le", compares(Op::le)}, {"pr", kPresent},
    {"=", compares(Op::eq)}, {"==", compares(Op::eq)}, {"===", compares(Op::eq)}, {"=~", compares(Op::co)}, {"~", compares(Op::co)},
    {"~=", compares(Op::co)}, {"*=", compares(Op::co)}, {"^=", compares(Op::sw)}, {"$=", compares(Op::ew)}, {"!=", compares(Op::ne)},
    {"!==", compares(Op::ne)}, {"<>", compares(Op::ne)}, {">", compares(Op::gt)}, {">=", compares(Op::ge)}, {"=>", compares(Op::ge)},
    {"<", compares(Op::lt)}, {"<=", compares(Op::le)}, {"=<", compares(Op::le)},
    {"equals", compares(Op::eq)}, {"equal", compares(Op::eq)}, {"equal to", compares(Op::eq)}, {"equals to", compares(Op::eq)},
    {"is", compares(Op::eq)}, {"is equal to", compares(Op::eq)}, {"is not", compares(Op::ne)}, {"isnot", compares(Op::ne)},
    {"neq", compares(Op::ne)}, {"not equal", compares(Op::ne)}, {"not equals", compares(Op::ne)}, {"notequals", compares(Op::ne)},
    {"not equal to", compares(Op::ne)}, {"not eq", compares(Op::eq, Sense::negated)},
    {"contains", compares(Op::co)}, {"contain", compares(Op::co)}, {"includes", compares(Op::co)}, {"like", compares(Op::co)},
    {"ilike", compares(Op::co)}, {"matches", compares(Op::co)}, {"not contains", compares(Op::co, Sense::negated)},
    {"not co", compares(Op::co, Sense::negated)}, {"not like", compares(Op::co, Sense::negated)}, {"not sw", compares(Op::sw, Sense::negated)},
    {"not ew", compares(Op::ew, Sense::negated)},
    {"startswith", compares(Op::sw)}, {"starts with", compares(Op::sw)}, {"starts_with", compares(Op::sw)}, {"starts-with", compares(Op::sw)},
    {"starts", compares(Op::sw)}, {"beginswith", compares(Op::sw)}, {"begins with", compares(Op::sw)}, {"begins", compares(Op::sw)},
    {"endswith", compares(Op::ew)}, {"ends with", compares(Op::ew)}, {"ends_with", compares(Op::ew)}, {"ends-with", compares(Op::ew)},
    {"ends", compares(Op::ew)}, {"gte", compares(Op::ge)}, {"lte", compares(Op::le)}, {"greater than", compares(Op::gt)},
    {"less than", compares(Op::lt)}, {"after", compares(Op::gt)}, {"before", compares(Op::lt)},
    {"in", kAnyOf}, {"not in", kNoneOf},
    {"present", kPresent}, {"is present", kPresent}, {"exists", kPresent}, {"is not null", kPresent}, {"not null", kPresent},
    {"is null", kAbsent}, {"isnull", kAbsent}, {"not pr", kAbsent},
};

constexpr std::pair<std::string_view, std::string_view> kKeywords[] = {
    {"and", "and"}, {"&&", "and"}, {"&", "and"}, {"or", "or"}, {"||", "or"}, {"|", "or"}, {"not", "not"}, {"!", "not"},
};

bool is_same(const MeantOperator& a, const MeantOperator& b) { return a.kind == b.kind && a.op == b.op && a.sense == b.sense; }

/// Two letters that have changed places.
bool is_swapped(std::string_view word, std::string_view other) {
  return word.size() == 2 && other.size() == 2 && word[0] == other[1] && word[1] == other[0];
}

/// The operators have two letters, of which one alone says little: they are near if nothing is missing.
bool is_near(std::string_view word, std::string_view known) {
  if (known.size() == 2) return is_swapped(word, known) || (word.size() == 3 && edit_distance(word, known, 1) == 1);
  const std::size_t most = known.size() < 6 ? 1 : 2;
  return word.size() > 2 && edit_distance(word, known, most) <= most;
}

}  // namespace

std::optional<Op> op_of(std::string_view word) {
  for (std::size_t i = 0; i <= static_cast<std::size_t>(Op::le); ++i) {
    if (equal_ignoring_case(to_string(static_cast<Op>(i)), word)) return static_cast<Op>(i);
  }
  return std::nullopt;
}

std::optional<MeantOperator> known_operator(std::string_view words) {
  for (const OperatorRow& row : kOperators) {
    if (equal_ignoring_case(row.words, words)) return row.meant;
  }
  return std::nullopt;
}

std::optional<MeantOperator> meant_operator(std::string_view words) {
  if (const auto known = known_operator(words)) return known;
  const std::string lower = ascii_lower(words);
  std::optional<MeantOperator> near;
  for (const OperatorRow& row : kOperators) {
    const bool is_word = row.words.front() >= 'a' && row.words.front() <= 'z' && row.words.find(' ') == std::string_view::npos;
    if (!is_word || !is_near(lower, row.words)) continue;
    if (near && !is_same(*near, row.meant)) return std::nullopt;
    near = row.meant;
  }
  return near;
}

std::string_view written(const MeantOperator& meant) {
  switch (meant.kind) {
    case Kind::compare:
    case Kind::any_of: return to_string(meant.op);
    case Kind::present: return "pr";
    case Kind::absent: return "eq null";
  }
  return {};
}

std::string_view meant_keyword(std::string_view word) {
  for (const auto& [known, meant] : kKeywords) {
    if (equal_ignoring_case(known, word)) return meant;
  }
  return {};
}

}  // namespace scim
