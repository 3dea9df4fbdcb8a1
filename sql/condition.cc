// SPDX-License-Identifier: MIT
#include "sql/condition.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "core/text.h"
#include "sql/expression.h"
#include "sql/trigrams.h"

namespace scim::sql {
namespace {

using Kind = Predicate::Kind;

std::string_view symbol(Op op, const Dialect& dialect) {
  switch (op) {
    case Op::eq: return " = ";
    case Op::ne: return dialect.distinct;
    case Op::gt: return " > ";
    case Op::ge: return " >= ";
    case Op::lt: return " < ";
    case Op::le: return " <= ";
    case Op::co:
    case Op::sw:
    case Op::ew: break;  // have no symbol: text_test()
  }
  return {};
}

/// A literal that is not null.
Cell cell_of(const Value& value) {
  struct Converter {
    Cell operator()(std::monostate) const { return {}; }
    Cell operator()(bool v) const { return std::int64_t{v ? 1 : 0}; }
    Cell operator()(std::int64_t v) const { return v; }
    Cell operator()(double v) const { return v; }
    Cell operator()(const std::string& v) const { return v; }
    Cell operator()(Instant v) const { return std::int64_t{v.time_since_epoch().count()}; }
  };
  return std::visit(Converter{}, value);
}

std::size_t count_characters(std::string_view text) {
  std::size_t count = 0;
  for (const char c : text) count += (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  return count;
}

Condition is_assigned(const Operand& operand) {
  Sql sql;
  sql << operand.raw << " IS NOT NULL";
  return atom(std::move(sql), Condition::Null::impossible);
}

Condition is_unassigned(const Operand& operand) {
  Sql sql;
  sql << operand.raw << " IS NULL";
  return atom(std::move(sql), Condition::Null::impossible);
}

/// What `text` is compared with.
const Sql& key_for(const Operand& operand, Op op, std::string_view text) {
  // "" stands for no value: it is below every text, so only `lt` and `le` would find it among the values.
  if (operand.fast_key.text.empty() || text.empty() || op == Op::lt || op == Op::le) return operand.key;
  switch (operand.fast_for) {
    case Operand::FastFor::all: return operand.fast_key;
    case Operand::FastFor::lower: return op == Op::eq || op == Op::sw ? operand.fast_key : operand.key;
    case Operand::FastFor::ascii: return (op == Op::eq || op == Op::sw) && is_ascii(text) ? operand.fast_key : operand.key;
    case Operand::FastFor::alike: return op == Op::eq ? operand.fast_key : operand.key;
  }
  return operand.key;
}

/// How text whose folded form is `text` may stand in a column that is only in lower case: with "\u00df" for "ss". Folding
/// makes ASCII of a few other characters too, which no keyboard has.
std::vector<std::string> spellings(const Operand& operand, const Sql& key, const std::string& text) {
  constexpr std::size_t kMostSpellings = 16;
  std::vector<std::string> all = {text};
  if (operand.fast_for == Operand::FastFor::all || &key != &operand.fast_key) return all;
  for (std::size_t at = text.find("ss"); at != std::string::npos && all.size() < kMostSpellings; at = text.find("ss", at + 2)) {
    const std::size_t tail = text.size() - at;  // a spelling differs before it
    for (std::size_t i = all.size(); i > 0; --i) {
      std::string spelling = all[i - 1];
      all.push_back(spelling.replace(spelling.size() - tail, 2, "\u00df"));
    }
  }
  return all;
}

Condition starts_with(const Sql& key, const std::string& text, const Dialect& dialect) {
  Sql sql;
  sql << key << dialect.in_order << " >= " << Bind{text};
  Condition from = atom(std::move(sql), Condition::Null::possible);
  const auto end = prefix_end(text);
  if (!end) return from;
  Sql below;
  below << key << dialect.in_order << " < " << Bind{*end};
  return all_of({std::move(from), atom(std::move(below), Condition::Null::possible)});
}

Sql is_one_of(const Sql& key, const std::vector<std::string>& texts) {
  Sql sql = key;
  return sql << one_of(texts);
}

/// `exact`, asked only of rows that may have the text, where an index tells those.
Condition among_candidates(const Operand& operand, const std::string& text, Condition exact) {
  const auto query = operand.substring_index.empty() ? std::nullopt : trigram_query(text);
  if (!query) return exact;
  const std::string index = identifier(operand.substring_index);
  Sql sql;
  sql << operand.row_key << " IN (SELECT rowid FROM " << index << " WHERE " << index << " MATCH " << Bind{*query};
  if (!operand.substring_tail.empty()) {
    sql << " UNION ALL SELECT " << identifier(kTailKey) << " FROM " << identifier(operand.substring_tail);
  }
  sql << ")";
  return all_of({atom(std::move(sql), Condition::Null::impossible), std::move(exact)});
}

/// co, sw, ew.
Condition text_test(const Operand& operand, Op op, const std::string& text, const Dialect& dialect) {
  if (text.empty()) return is_assigned(operand);  // part of every text
  const Sql& key = key_for(operand, op, text);
  Sql sql;
  if (op == Op::co) {
    sql << dialect.position << "(" << key << ", " << Bind{text} << ") > 0";
    return among_candidates(operand, text, atom(std::move(sql), Condition::Null::possible));
  }
  if (op == Op::ew) {
    const auto count = static_cast<std::int64_t>(count_characters(text));
    sql << dialect.tail << "(" << key << ", " << dialect.tail_sign << Bind{count} << ") = " << Bind{text};
    return among_candidates(operand, text, atom(std::move(sql), Condition::Null::possible));
  }
  std::vector<Condition> ranges;
  for (const std::string& spelling : spellings(operand, key, text)) ranges.push_back(starts_with(key, spelling, dialect));
  Condition found = any_of(std::move(ranges));
  if (operand.fast_for == Operand::FastFor::all || &key != &operand.fast_key) return found;
  // The index tells candidates: "e" with an accent of its own after it starts with "\u00e9", not with "e".
  return all_of({std::move(found), starts_with(operand.key, text, dialect)});
}

Condition compare_cell(const Operand& operand, Op op, Cell value, const Dialect& dialect) {
  const auto* text = std::get_if<std::string>(&value);
  const Sql& key = text != nullptr ? key_for(operand, op, *text) : operand.key;
  if (op == Op::eq && text != nullptr && !operand.own.text.empty()) return own_is_one_of(operand.own, operand.native, operand.key, {*text});
  if (op == Op::eq && text != nullptr) {
    Condition found = atom(is_one_of(key, spellings(operand, key, *text)), Condition::Null::possible);
    if (&key == &operand.key || operand.fast_for != Operand::FastFor::alike) return found;
    return all_of({std::move(found), atom(is_one_of(operand.key, {*text}), Condition::Null::possible)});
  }
  Sql sql;
  sql << key;
  const bool is_ordering = op != Op::eq && op != Op::ne;
  if (text != nullptr && is_ordering) sql << dialect.in_order;
  if (op == Op::ne) sql << " " << symbol(op, dialect) << " ";
  else sql << symbol(op, dialect);
  const bool is_decimal = std::holds_alternative<double>(value);
  if (is_decimal) sql << dialect.number_start;
  sql << Bind{std::move(value)};
  if (is_decimal) sql << dialect.number_end;
  return atom(std::move(sql), op == Op::ne ? Condition::Null::impossible : Condition::Null::possible);
}

/// The part of a shown text that the column holds; nullopt: no row shows this text.
std::optional<Cell> without_affixes(const Operand& operand, std::string_view text) {
  if (text.size() < operand.prefix.size() + operand.suffix.size()) return std::nullopt;
  if (!text.starts_with(operand.prefix) || !text.ends_with(operand.suffix)) return std::nullopt;
  text.remove_prefix(operand.prefix.size());
  text.remove_suffix(operand.suffix.size());
  if (operand.kind == Operand::Kind::affixed_text) {
    auto decoded = percent_decode(text, Plus::literal);
    if (!decoded || percent_encode(*decoded) != text) return std::nullopt;
    return Cell(*std::move(decoded));
  }
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || std::to_string(number) != text) return std::nullopt;
  return Cell(number);
}

/// A column with affixes as the text that it is shown as.
Operand as_text(const Operand& operand) {
  Operand text;
  text.raw << "(" << Bind{operand.prefix} << " || " << operand.raw;
  if (!operand.suffix.empty()) text.raw << " || " << Bind{operand.suffix};
  text.raw << ")";
  text.key = text.raw;
  return text;
}

bool is_affixed(const Operand& operand) {
  return operand.kind == Operand::Kind::affixed_text || operand.kind == Operand::Kind::affixed_integer;
}

Condition compare_affixed(const Operand& operand, Op op, const std::string& text, const Dialect& dialect) {
  if (op == Op::eq || op == Op::ne) {
    auto value = without_affixes(operand, text);
    return value ? compare_cell(operand, op, *std::move(value), dialect) : constant(op == Op::ne);
  }
  const Operand shown = as_text(operand);
  if (op == Op::co || op == Op::sw || op == Op::ew) return text_test(shown, op, text, dialect);
  return compare_cell(shown, op, text, dialect);
}

/// Kept as 32 digits: a literal in the same form meets an index.
Condition compare_uuid(const Operand& operand, Op op, const std::string& text, const Dialect& dialect) {
  Operand shown = operand;
  shown.kind = Operand::Kind::plain;
  shown.fast_key = Sql();
  const auto hex = uuid_to_hex(text);
  if (op == Op::eq) shown.key = operand.fast_key;
  if (op == Op::eq && hex) return atom(is_one_of(shown.key, {text, *hex}), Condition::Null::possible);
  if (op == Op::co || op == Op::sw || op == Op::ew) return text_test(shown, op, text, dialect);
  return compare_cell(shown, op, text, dialect);
}

Condition compare(const Predicate& p, Scope& scope, const Dialect& dialect) {
  const bool wants_null = std::holds_alternative<std::monostate>(p.value);
  const std::optional<Operand> operand = scope.operand(*p.attribute);
  if (!operand) return constant((p.op == Op::ne) != wants_null);
  if (wants_null) return p.op == Op::ne ? is_assigned(*operand) : is_unassigned(*operand);
  const std::string* text = std::get_if<std::string>(&p.value);
  if (text != nullptr && operand->kind == Operand::Kind::uuid) return compare_uuid(*operand, p.op, *text, dialect);
  if (text != nullptr && is_affixed(*operand)) return compare_affixed(*operand, p.op, *text, dialect);
  if (p.op == Op::co || p.op == Op::sw || p.op == Op::ew) {
    return text != nullptr ? text_test(*operand, p.op, *text, dialect) : constant(false);
  }
  return compare_cell(*operand, p.op, cell_of(p.value), dialect);
}

Condition present(const Predicate& p, Scope& scope) {
  const std::optional<Operand> operand = scope.operand(*p.attribute);
  if (!operand) return constant(false);
  if (operand->kind != Operand::Kind::text) return is_assigned(*operand);
  Sql sql;
  sql << operand->raw << " <> ''";
  return atom(std::move(sql), Condition::Null::possible);
}

/// From so deep on conditions are written so that SQLite's parser, whose stack has 100 places, needs one for each level: what is
/// deepest comes first, where nothing waits on the stack for its end.
constexpr std::size_t kDeep = 3;

void put_deepest_first(std::vector<Condition>& conditions) {
  const auto deepest = std::max_element(conditions.begin(), conditions.end(), [](const Condition& a, const Condition& b) { return a.depth < b.depth; });
  if (deepest != conditions.end() && deepest->depth >= kDeep) std::rotate(conditions.begin(), deepest, deepest + 1);
}

/// and, or: constants fall out, what binds less stands in parentheses.
Condition join(std::vector<Condition> conditions, Condition::Kind kind) {
  const bool is_and = kind == Condition::Kind::conjunction;
  const Condition::Kind neutral = is_and ? Condition::Kind::always : Condition::Kind::never;
  const Condition::Kind deciding = is_and ? Condition::Kind::never : Condition::Kind::always;
  put_deepest_first(conditions);
  Condition joined;
  joined.kind = kind;
  std::size_t count = 0;
  Condition* last = nullptr;
  for (Condition& condition : conditions) {
    if (condition.kind == neutral) continue;
    if (condition.kind == deciding) return constant(!is_and);
    const bool needs_parentheses = condition.kind != Condition::Kind::atom && condition.kind != kind;
    if (count++ > 0) joined.sql << (is_and ? " AND " : " OR ");
    if (needs_parentheses) joined.sql << "(" << condition.sql << ")";
    else joined.sql << condition.sql;
    if (condition.null == Condition::Null::possible) joined.null = Condition::Null::possible;
    joined.depth = std::max(joined.depth, condition.depth + 1);
    last = &condition;
  }
  if (count == 0) return constant(is_and);
  if (count == 1) return std::move(*last);
  return joined;
}

Condition ids(const Predicate& p, Scope& scope) {
  const std::optional<Operand> operand = scope.id();
  std::vector<std::string> possible;
  std::copy_if(p.ids.begin(), p.ids.end(), std::back_inserter(possible), can_be_id);
  if (!operand || possible.empty()) return constant(false);
  if (!operand->own.text.empty()) return own_is_one_of(operand->own, operand->native, operand->key, possible);
  const bool is_uuid = operand->kind == Operand::Kind::uuid;
  std::vector<std::string> kept;
  for (const std::string& id : possible) {
    kept.push_back(id);
    if (auto hex = uuid_to_hex(id); is_uuid && hex) kept.push_back(*std::move(hex));
  }
  return atom(is_one_of(is_uuid ? operand->fast_key : operand->key, kept), Condition::Null::possible);
}

/// One character of UTF-8 -> the next in code point order; nullopt after the last one.
std::optional<std::string> next_character(std::string_view character) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned>(static_cast<unsigned char>(character[i])); };
  unsigned code_point = byte(0);
  if (character.size() > 1) code_point &= 0x7FU >> character.size();
  for (std::size_t i = 1; i < character.size(); ++i) code_point = (code_point << 6) | (byte(i) & 0x3F);
  ++code_point;
  if (code_point == 0xD800) code_point = 0xE000;  // surrogates are no characters
  if (code_point > 0x10FFFF) return std::nullopt;
  const auto continuation = [&](unsigned shift) { return static_cast<char>(0x80 | ((code_point >> shift) & 0x3F)); };
  if (code_point < 0x80) return std::string{static_cast<char>(code_point)};
  if (code_point < 0x800) return std::string{static_cast<char>(0xC0 | (code_point >> 6)), continuation(0)};
  if (code_point < 0x10000) {
    return std::string{static_cast<char>(0xE0 | (code_point >> 12)), continuation(6), continuation(0)};
  }
  return std::string{static_cast<char>(0xF0 | (code_point >> 18)), continuation(12), continuation(6), continuation(0)};
}

}  // namespace

Condition constant(bool value) {
  Condition condition;
  condition.kind = value ? Condition::Kind::always : Condition::Kind::never;
  condition.sql.text = value ? "true" : "false";
  return condition;
}

Condition atom(Sql sql, Condition::Null null) { return {Condition::Kind::atom, null, std::move(sql)}; }
Condition all_of(std::vector<Condition> conditions) { return join(std::move(conditions), Condition::Kind::conjunction); }
Condition any_of(std::vector<Condition> conditions) { return join(std::move(conditions), Condition::Kind::disjunction); }

Condition negate(Condition condition) {
  if (condition.kind == Condition::Kind::always || condition.kind == Condition::Kind::never) {
    return constant(condition.kind == Condition::Kind::never);
  }
  Sql sql;
  if (condition.depth >= kDeep) sql << "(" << condition.sql << ") IS NOT TRUE";
  else if (condition.null == Condition::Null::impossible) sql << "NOT (" << condition.sql << ")";
  else sql << "NOT coalesce(" << condition.sql << ", false)";
  Condition negated = atom(std::move(sql), Condition::Null::impossible);
  negated.depth = condition.depth + 1;
  return negated;
}

Sql one_of(const std::vector<std::string>& texts) {
  Sql sql;
  if (texts.size() == 1) return sql << " = " << Bind{texts.front()};
  sql << " IN (";
  for (std::size_t i = 0; i < texts.size(); ++i) {
    if (i > 0) sql << ", ";
    sql << Bind{texts[i]};
  }
  return sql << ")";
}

Condition own_is_one_of(const Sql& column, Native native, const Sql& key, const std::vector<std::string>& texts) {
  std::vector<std::string> possible;
  for (const std::string& text : texts) {
    if (auto own = own_text(native, text)) possible.push_back(*std::move(own));
  }
  if (possible.empty()) return constant(false);
  Sql sql = column;
  sql << " IN (";
  for (std::size_t i = 0; i < possible.size(); ++i) {
    sql.text.append(i > 0 ? ", " : "").append(own_placeholder(native));
    sql.binds.emplace_back(possible[i]);
  }
  sql << ")";
  Condition found = atom(std::move(sql), Condition::Null::possible);
  if (native != Native::alike) return found;
  return all_of({std::move(found), atom(is_one_of(key, possible), Condition::Null::possible)});
}

Sql& operator<<(Sql& sql, std::string_view text) {
  sql.text += text;
  return sql;
}

Sql& operator<<(Sql& sql, const Sql& part) {
  sql.text += part.text;
  sql.binds.insert(sql.binds.end(), part.binds.begin(), part.binds.end());
  return sql;
}

Sql& operator<<(Sql& sql, Bind bind) {
  sql.text += '?';
  sql.binds.push_back(std::move(bind.value));
  return sql;
}

Condition compile_condition(const Predicate& predicate, Scope& scope, const Dialect& dialect) {
  switch (predicate.kind) {
    case Kind::always: return constant(true);
    case Kind::never: return constant(false);
    case Kind::and_:
    case Kind::or_: {
      std::vector<Condition> children;
      for (const Predicate& child : predicate.children) children.push_back(compile_condition(child, scope, dialect));
      return predicate.kind == Kind::and_ ? all_of(std::move(children)) : any_of(std::move(children));
    }
    case Kind::not_: return negate(compile_condition(predicate.children.front(), scope, dialect));
    case Kind::compare: return compare(predicate, scope, dialect);
    case Kind::present: return present(predicate, scope);
    case Kind::any: return scope.any(predicate);
    case Kind::id: return ids(predicate, scope);
  }
  return constant(false);
}

std::optional<std::string> prefix_end(std::string_view prefix) {
  std::string end(prefix);
  while (!end.empty()) {
    std::size_t start = end.size() - 1;
    while (start > 0 && (static_cast<unsigned char>(end[start]) & 0xC0) == 0x80) --start;
    const auto next = next_character(std::string_view(end).substr(start));
    end.resize(start);
    if (next) return end + *next;
  }
  return std::nullopt;
}

}  // namespace scim::sql
