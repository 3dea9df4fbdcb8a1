// SPDX-License-Identifier: MIT
// The tokens of a wrong filter -> the Filter that is meant. What is not clear is left alone: the answer is tried by the parser
// and the binder that have refused what was written.
#include "core/filter_repair.h"

#include <algorithm>
#include <array>
#include <optional>

#include "core/filter_tokens.h"
#include "core/filter_words.h"
#include "core/predicate.h"
#include "core/registry.h"

namespace scim {
namespace {

using Token = FilterToken;
using TokenKind = FilterToken::Kind;

/// Deeper is nobody's mistake.
constexpr int kDepth = 32;

Filter negated(Filter inner) {
  Filter filter;
  filter.kind = Filter::Kind::not_;
  filter.children.push_back(std::move(inner));
  return filter;
}

/// What is written for a value of the type; the literal itself where that is not known.
Json value_for(Type type, const Json& literal) {
  static constexpr std::array<std::string_view, 4> kYes = {"true", "yes", "on", "1"};
  static constexpr std::array<std::string_view, 4> kNo = {"false", "no", "off", "0"};
  const std::string text = literal.is_string() ? literal.get<std::string>() : to_text(literal);
  const auto is_one_of = [&](const auto& words) {
    return std::any_of(words.begin(), words.end(), [&](std::string_view word) { return equal_ignoring_case(word, text); });
  };
  if (literal.is_null()) return literal;
  switch (type) {
    case Type::boolean:
      if (is_one_of(kYes)) return true;
      return is_one_of(kNo) ? Json(false) : literal;
    case Type::integer:
    case Type::decimal: {
      const auto number = parse_json(text);
      return number && number->is_number() ? *number : literal;
    }
    case Type::date_time: {
      if (parse_instant(text)) return text;
      std::string moment = text;
      if (const std::size_t blank = moment.find(' '); blank != std::string::npos) moment[blank] = 'T';
      for (const char* rest : {"Z", "T00:00:00Z", ":00Z"}) {
        if (parse_instant(moment + rest)) return moment + rest;
      }
      return literal;
    }
    case Type::string:
    case Type::binary:
    case Type::reference: return text;
    case Type::complex: break;
  }
  return literal;
}

class Repair {
 public:
  Repair(std::vector<Token> tokens, const ResourceType& type) : tokens_(std::move(tokens)), type_(type) {}

  std::optional<Filter> read() {
    auto filter = either();
    while (here().kind == TokenKind::close || here().kind == TokenKind::close_bracket || here().text == ";") ++at_;
    return here().kind == TokenKind::end ? filter : std::nullopt;
  }

 private:
  using Step = std::optional<Filter> (Repair::*)();

  const Token& here(std::size_t ahead = 0) const { return tokens_[std::min(at_ + ahead, tokens_.size() - 1)]; }
  bool is_keyword(std::string_view keyword) const {
    const bool may_be = here().kind == TokenKind::word || here().kind == TokenKind::sign;
    return may_be && meant_keyword(here().text) == keyword;
  }
  bool is_end() const {
    return here().kind == TokenKind::end || here().kind == TokenKind::close || here().kind == TokenKind::close_bracket;
  }
  void skip_joins() {
    while (is_keyword("and") || is_keyword("or")) ++at_;
  }

  /// Words between terms that say nothing, before the first and after the last, are left out.
  std::optional<Filter> chain(std::string_view keyword, Filter::Kind kind, Step operand) {
    skip_joins();
    auto left = (this->*operand)();
    while (left && is_keyword(keyword)) {
      skip_joins();
      if (is_end()) break;
      auto right = (this->*operand)();
      if (!right) return std::nullopt;
      Filter both;
      both.kind = kind;
      both.children = {*std::move(left), *std::move(right)};
      left = std::move(both);
    }
    return left;
  }
  std::optional<Filter> either() { return chain("or", Filter::Kind::or_, &Repair::both); }
  std::optional<Filter> both() { return chain("and", Filter::Kind::and_, &Repair::one); }

  std::optional<Filter> one() {
    if (++depth_ > kDepth) return std::nullopt;
    auto filter = negation();
    --depth_;
    return filter;
  }

  std::optional<Filter> negation() {
    if (is_keyword("not")) {
      ++at_;
      auto inner = one();
      return inner ? std::optional(negated(*std::move(inner))) : std::nullopt;
    }
    if (here().kind != TokenKind::open) return term();
    ++at_;
    auto inner = either();
    if (here().kind == TokenKind::close) ++at_;
    return inner;
  }

  std::optional<Filter> term() {
    const Token name = here();
    const bool may_be_name = name.kind == TokenKind::word || name.kind == TokenKind::string;
    if (!may_be_name || name.text.empty()) return std::nullopt;
    ++at_;
    auto path = path_of(name.text);
    if (!path) return std::nullopt;
    if (here().kind == TokenKind::open_bracket) return in_brackets(*std::move(path));
    return comparison(*std::move(path));
  }

  std::optional<Filter> in_brackets(PathName path) {
    const Attribute* attribute = resolve(type_, path);
    if (owner_ != nullptr || attribute == nullptr) return std::nullopt;
    ++at_;
    owner_ = attribute;
    Filter filter;
    filter.kind = Filter::Kind::value_path;
    filter.path = std::move(path);
    auto inner = either();
    if (here().kind == TokenKind::close_bracket) ++at_;
    if (inner) filter.children.push_back(std::move(*inner));
    const bool goes_on = here().kind == TokenKind::word && here().text.starts_with('.');
    auto after = goes_on ? part_after_brackets() : std::nullopt;
    owner_ = nullptr;
    if (!inner || (goes_on && !after)) return std::nullopt;
    if (after) filter.children.push_back(*std::move(after));
    return filter;
  }
  std::optional<Filter> part_after_brackets() {
    const std::string name = here().text.substr(1);
    ++at_;
    auto path = path_of(name);
    return path ? comparison(*std::move(path)) : std::nullopt;
  }

  /// As written, if there is such an attribute, else the nearest; nullopt: none is near.
  std::optional<PathName> path_of(const std::string& text) const {
    const auto parsed = parse_path_name(text);
    PathName name = parsed.value_or(PathName{"", text, "", 0});
    if (owner_ != nullptr) return part_of(*owner_, name);
    if (parsed && resolve(type_, *parsed) != nullptr) return with_part(*parsed);
    const auto near = parse_path_name(nearest_name(type_, name));
    return near ? std::optional(*near) : std::nullopt;
  }
  static std::optional<PathName> part_of(const Attribute& owner, const PathName& name) {
    const bool is_value = owner.type != Type::complex && equal_ignoring_case(name.text(), "value");
    if (is_value || owner.find(name.text()) != nullptr) return name;
    const std::string near = nearest_part(owner, name);
    return near.empty() ? std::nullopt : std::optional(PathName{"", near, "", 0});
  }
  /// `name` is compared by what shows all of it.
  std::optional<PathName> with_part(PathName name) const {
    const Attribute* attribute = resolve(type_, name);
    const bool is_whole = attribute->type == Type::complex && !attribute->is_extension && compared_part(*attribute) == nullptr;
    const bool is_compared = here().kind != TokenKind::open_bracket && !is_present();
    if (is_whole && is_compared && attribute->find("formatted") != nullptr) name.sub = "formatted";
    return name;
  }
  bool is_present() const {
    const auto meant = known_operator(here().text);
    return meant && meant->kind == MeantOperator::Kind::present;
  }

  const Attribute* attribute_of(const PathName& path) const {
    const Attribute* attribute = resolve(type_, path);
    if (owner_ != nullptr) attribute = owner_->type == Type::complex ? owner_->find(path.name) : owner_;
    if (attribute == nullptr || attribute->type != Type::complex) return attribute;
    return compared_part(*attribute);
  }

  /// The longest run of words that is an operator, as in "is not null".
  std::optional<MeantOperator> operator_here() {
    for (std::size_t count = 3; count > 0; --count) {
      const std::string words = words_here(count);
      const auto meant = count == 1 ? meant_operator(words) : known_operator(words);
      if (!meant) continue;
      like_ = ascii_lower(words).ends_with("like");
      at_ += count;
      return meant;
    }
    return std::nullopt;
  }
  /// "": there are fewer.
  std::string words_here(std::size_t count) const {
    std::string words;
    for (std::size_t i = 0; i < count; ++i) {
      if (here(i).kind != TokenKind::word && here(i).kind != TokenKind::sign) return {};
      words += (i > 0 ? " " : "") + here(i).text;
    }
    return words;
  }

  std::optional<Filter> comparison(PathName path) {
    const auto meant = operator_here();
    if (!meant) return std::nullopt;
    auto filter = comparison_by(*meant, std::move(path));
    if (!filter || meant->sense == MeantOperator::Sense::plain) return filter;
    return negated(*std::move(filter));
  }

  std::optional<Filter> comparison_by(const MeantOperator& meant, PathName path) {
    Filter filter;
    filter.path = std::move(path);
    filter.op = meant.op;
    switch (meant.kind) {
      case MeantOperator::Kind::present: return filter;
      case MeantOperator::Kind::absent: filter.kind = Filter::Kind::compare; return filter;
      case MeantOperator::Kind::any_of: return any_of(filter);
      case MeantOperator::Kind::compare: break;
    }
    filter.kind = Filter::Kind::compare;
    if (!take_value(filter)) return std::nullopt;
    return filter;
  }

  /// in ("a", "b")
  std::optional<Filter> any_of(Filter filter) {
    filter.kind = Filter::Kind::compare;
    const bool has_brackets = here().kind == TokenKind::open || here().kind == TokenKind::open_bracket;
    if (has_brackets) ++at_;
    std::optional<Filter> all;
    do {
      if (all) ++at_;
      if (!take_value(filter)) return std::nullopt;
      Filter more;
      more.kind = Filter::Kind::or_;
      if (all) more.children = {*std::move(all), filter};
      all = more.children.empty() ? filter : std::move(more);
    } while (here().kind == TokenKind::comma);
    if (has_brackets && is_end() && here().kind != TokenKind::end) ++at_;
    return all;
  }

  /// A string, a JSON value, or words without quotes up to the next `and` or `or`. Words that could be another term are unclear.
  bool take_value(Filter& filter) {
    const Attribute* attribute = attribute_of(filter.path);
    if (attribute == nullptr) return false;
    if (here().kind == TokenKind::string) {
      filter.literal = here().text;
      ++at_;
    } else if (!take_words(filter.literal)) {
      return false;
    }
    if (like_) take_pattern(filter);
    filter.literal = value_for(attribute->type, filter.literal);
    return true;
  }
  bool take_words(Json& literal) {
    std::string text;
    while (here().kind == TokenKind::word && meant_keyword(here().text).empty()) {
      if (!text.empty() && known_operator(here().text)) return false;
      text += (text.empty() ? "" : " ") + here().text;
      ++at_;
    }
    if (text.empty()) return false;
    const auto json = parse_json(text);
    const auto word = parse_json(ascii_lower(text));
    literal = text;
    if (json && !json->is_structured()) literal = *json;
    else if (word && (word->is_boolean() || word->is_null())) literal = *word;
    return true;
  }
  /// LIKE of SQL: where `%` stands decides.
  void take_pattern(Filter& filter) {
    like_ = false;
    if (!filter.literal.is_string()) return;
    std::string text = filter.literal.get<std::string>();
    const bool before = text.starts_with('%');
    if (before) text.erase(0, 1);
    const bool after = text.ends_with('%');
    if (after) text.pop_back();
    if (before != after) filter.op = before ? Op::ew : Op::sw;
    filter.literal = text;
  }

  std::vector<Token> tokens_;
  const ResourceType& type_;
  const Attribute* owner_ = nullptr;  // whose brackets these are
  std::size_t at_ = 0;
  int depth_ = 0;
  bool like_ = false;  // the operator was LIKE
};

bool is_right(std::string_view text, const ResourceType& type) {
  const auto filter = parse_filter(text);
  return filter && bind(*filter, type);
}

/// What to begin with, who asks for nothing.
std::string first_filter(const ResourceType& type) {
  return type.find("userName") != nullptr ? "userName pr" : type.find("displayName") != nullptr ? "displayName pr" : "id pr";
}

}  // namespace

std::string repaired_filter(std::string_view text, const ResourceType& type) {
  if (text.size() > FilterLimits().bytes || !is_utf8(text) || text.find('\0') != std::string_view::npos) return {};
  const std::string decoded = decoded_filter(text);
  if (trim(decoded).empty()) return first_filter(type);
  if (is_right(decoded, type)) return decoded == text ? "" : decoded;
  auto tokens = filter_tokens(decoded);
  if (!tokens) return {};
  const auto filter = Repair(*std::move(tokens), type).read();
  if (!filter) return {};
  const std::string repaired = to_text(*filter);
  return is_right(repaired, type) ? repaired : "";
}

}  // namespace scim
