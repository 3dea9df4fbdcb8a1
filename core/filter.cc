// SPDX-License-Identifier: MIT
#include "core/filter.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "core/filter_words.h"
#include "core/text.h"

namespace scim {
namespace {

constexpr std::array<std::pair<std::string_view, Op>, 9> kOps = {{{"eq", Op::eq},
                                                                  {"ne", Op::ne},
                                                                  {"co", Op::co},
                                                                  {"sw", Op::sw},
                                                                  {"ew", Op::ew},
                                                                  {"gt", Op::gt},
                                                                  {"ge", Op::ge},
                                                                  {"lt", Op::lt},
                                                                  {"le", Op::le}}};

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_path_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || is_digit(c) || c == '-' || c == '_' || c == '$' ||
         c == '.' || c == ':';
}

/// Text in quotes that stands for itself: no escapes, nothing that JSON refuses.
bool is_plain_string(std::string_view slice) {
  if (slice.size() < 2 || slice.front() != '"') return false;
  const std::string_view inner = slice.substr(1, slice.size() - 2);
  return std::all_of(inner.begin(), inner.end(), [](char c) { return c >= ' ' && c <= '~' && c != '"' && c != '\\'; });
}

/// Recursive descent over the grammar of filter-grammar.md; recursion is bounded by limits.depth.
class Parser {
 public:
  Parser(std::string_view text, const FilterLimits& limits) : text_(text), limits_(limits) {}

  Result<Filter> parse() {
    SCIM_ASSIGN(Filter filter, or_expression());
    skip_blanks();
    if (at_ != text_.size()) return refuse_what_follows("the end");
    return filter;
  }

 private:
  enum class Inside { filter, brackets };

  tl::unexpected<Error> error(std::size_t offset, const std::string& what) const {
    return fail_at(ErrorKind::invalid_filter, offset, what);
  }
  /// "`what`, found "rest"" at the current place.
  tl::unexpected<Error> unexpected(const std::string& what) const {
    if (at_ >= text_.size()) return error(text_.size(), what + ", found the end");
    return error(at_, what + ", found " + quote(word_here()));
  }

  char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  bool skip_blanks() {
    const std::size_t start = at_;
    while (at_ < text_.size() && is_blank(text_[at_])) ++at_;
    return at_ > start;
  }
  /// After a term, where no `and` or `or` stands that something follows. `end`: what else may stand here.
  tl::unexpected<Error> refuse_what_follows(const std::string& end) const {
    const std::string_view word = word_here();
    const std::string_view meant = meant_keyword(word);
    const std::string_view rest = trim(text_.substr(std::min(at_ + word.size(), text_.size())));
    const bool joins = meant == "and" || meant == "or";
    if (joins && (rest.empty() || rest.front() == ')' || rest.front() == ']')) return error(at_, "nothing follows " + quote(word));
    if (!joins) return unexpected("expected `and`, `or` or " + end);
    return error(at_, "expected `and`, `or` or " + end + ", found " + quote(word) + ", did you mean `" + std::string(meant) + "`?");
  }
  /// Up to the next blank or bracket, for messages; at least one character.
  std::string_view word_here() const {
    std::size_t end = at_;
    while (end < text_.size() && !is_blank(text_[end]) && text_[end] != '(' && text_[end] != ')' && text_[end] != ']') ++end;
    return text_.substr(at_, end == at_ ? 1 : end - at_);
  }
  /// The letters that stand here.
  std::string_view letters_here() const {
    std::size_t end = at_;
    while (end < text_.size() && is_path_char(text_[end])) ++end;
    return text_.substr(at_, end - at_);
  }

  /// After an expression: `and` or `or`, if it stands here as a whole word. A blank before it may be missing after a
  /// bracket only.
  bool take_keyword(std::string_view keyword) {
    const std::size_t start = at_;
    const bool separated = skip_blanks() || (at_ > 0 && (text_[at_ - 1] == ')' || text_[at_ - 1] == ']'));
    const std::string_view word = letters_here();
    const std::size_t end = at_ + word.size();
    const bool followed = end < text_.size() && (is_blank(text_[end]) || text_[end] == '(');
    if (separated && followed && equal_ignoring_case(word, keyword)) {
      at_ = end;
      return true;
    }
    at_ = start;
    return false;
  }

  using Step = Result<Filter> (Parser::*)();

  Result<Filter> chain(std::string_view keyword, Filter::Kind kind, Step operand) {
    SCIM_ASSIGN(Filter left, (this->*operand)());
    while (take_keyword(keyword)) {
      SCIM_ASSIGN(Filter right, (this->*operand)());
      Filter both;
      both.kind = kind;
      both.offset = left.offset;
      both.children.push_back(std::move(left));
      both.children.push_back(std::move(right));
      left = std::move(both);
    }
    return left;
  }
  Result<Filter> or_expression() { return chain("or", Filter::Kind::or_, &Parser::and_expression); }
  Result<Filter> and_expression() { return chain("and", Filter::Kind::and_, &Parser::not_expression); }

  Result<Filter> not_expression() {
    skip_blanks();
    if (peek() == '(') return group();
    const std::size_t start = at_;
    const std::string_view word = letters_here();
    if (const std::string_view keyword = meant_keyword(word); !keyword.empty()) {
      at_ += word.size();
      skip_blanks();
      if (keyword == "not" && peek() == '(') {
        SCIM_ASSIGN(Filter inner, group());
        Filter negation;
        negation.kind = Filter::Kind::not_;
        negation.offset = start;
        negation.children.push_back(std::move(inner));
        return negation;
      }
      if (keyword == "not" && !is_operator_here()) return error(start, "`not` wants parentheses: not (...)");
      if (!is_operator_here()) return error(start, "expected an attribute, found " + quote(word));
      at_ = start;
    }
    if (peek() == '!') return error(start, "expected an attribute, found " + quote(word_here()) + ", did you mean `not (...)`?");
    return term();
  }
  /// Whether what was read before may be an attribute.
  bool is_operator_here() const {
    const std::string_view word = letters_here();
    return at_ >= text_.size() || op_of(word) || equal_ignoring_case(word, "pr") || (word.empty() && peek() != '"');
  }

  Result<Filter> group() {
    const std::size_t open = at_++;
    if (++depth_ > limits_.depth) return error(open, "nested deeper than " + named_limit(limits_.depth, limits_.of, "filter_depth"));
    SCIM_ASSIGN(Filter inner, or_expression());
    skip_blanks();
    if (at_ >= text_.size()) return error(open, "this parenthesis is not closed");
    if (peek() == ']' && inside_ == Inside::brackets) return error(open, "this parenthesis is not closed");
    if (peek() != ')') return refuse_what_follows("`)`");
    ++at_;
    --depth_;
    return inner;
  }

  Result<PathName> attribute_path() {
    skip_blanks();
    const std::size_t start = at_;
    const std::string_view word = letters_here();
    if (word.empty()) return unexpected("expected an attribute");
    Result<PathName> name = parse_path_name(word);
    const std::size_t end = start + word.size();
    const bool ends_well = end >= text_.size() || is_blank(text_[end]) || text_[end] == '[' || text_[end] == ')' ||
                           text_[end] == ']' || text_[end] == '=' || text_[end] == '!' || text_[end] == '<' ||
                           text_[end] == '>';
    if (!name || !ends_well) return error(start, quote(word_here()) + " is not an attribute name");
    name->offset = start;
    at_ = end;
    return name;
  }

  Result<Filter> term() {
    if (++terms_ > limits_.terms) return error(at_, "more terms than " + named_limit(limits_.terms, limits_.of, "filter_terms"));
    SCIM_ASSIGN(PathName path, attribute_path());
    if (peek() == '[') return value_path(std::move(path));
    return comparison(std::move(path));
  }

  Result<Filter> value_path(PathName path) {
    const std::size_t open = at_++;
    if (inside_ == Inside::brackets) return error(open, "brackets do not nest");
    inside_ = Inside::brackets;
    SCIM_ASSIGN(Filter inner, or_expression());
    inside_ = Inside::filter;
    skip_blanks();
    if (at_ >= text_.size()) return error(open, "this bracket is not closed");
    if (peek() == ')' && depth_ > 0) return error(open, "this bracket is not closed");
    if (peek() != ']') return refuse_what_follows("`]`");
    ++at_;
    Filter filter;
    filter.kind = Filter::Kind::value_path;
    filter.offset = path.offset;
    filter.path = std::move(path);
    filter.children.push_back(std::move(inner));
    if (peek() != '.') return filter;
    // Not in the RFC's grammar, but Entra sends it (ambiguities A-8).
    ++at_;
    SCIM_ASSIGN(PathName sub, attribute_path());
    if (!sub.urn.empty() || !sub.sub.empty()) return error(sub.offset, quote(sub.text()) + " is not a sub-attribute");
    SCIM_ASSIGN(Filter comparison_of_sub, comparison(std::move(sub)));
    filter.children.push_back(std::move(comparison_of_sub));
    return filter;
  }

  Result<Filter> comparison(PathName path) {
    Filter filter;
    filter.offset = path.offset;
    if (!skip_blanks() && at_ >= text_.size()) return unexpected("expected an operator after " + quote(path.text()));
    const std::size_t op_offset = at_;
    const std::string_view word = letters_here();
    filter.path = std::move(path);
    if (equal_ignoring_case(word, "pr")) {
      at_ += word.size();
      filter.kind = Filter::Kind::present;
      return filter;
    }
    const std::optional<Op> op = op_of(word);
    if (!op) return unknown_operator(op_offset);
    at_ += word.size();
    filter.kind = Filter::Kind::compare;
    filter.op = *op;
    filter.op_offset = op_offset;
    // RFC 7644 3.5.2.2 itself prints `value eq"2819c223"`: before a string the blank may be missing.
    if (!skip_blanks() && peek() != '"') return unexpected("expected a blank and a value after `" + std::string(to_string(*op)) + '`');
    filter.literal_offset = at_;
    SCIM_ASSIGN(filter.literal, literal());
    return filter;
  }

  tl::unexpected<Error> unknown_operator(std::size_t offset) const {
    if (offset >= text_.size()) return error(offset, "expected an operator, found the end");
    std::string_view word = letters_here();
    if (word.empty()) {
      std::size_t end = offset;
      while (end < text_.size() && std::string_view("=!<>~&|").find(text_[end]) != std::string_view::npos) ++end;
      word = text_.substr(offset, end - offset);
    }
    if (word.empty()) word = word_here();
    const auto meant = meant_operator(word);
    const std::string hint = meant ? ", did you mean `" + std::string(written(*meant)) + "`?" : "";
    return error(offset, "unknown operator " + quote(word) + hint);
  }

  Result<Json> literal() {
    const std::size_t start = at_;
    std::size_t end = at_;
    if (peek() == '"') {
      end = end_of_string();
      if (end == std::string_view::npos) return error(start, "this string is not closed");
    } else {
      while (end < text_.size() && !is_blank(text_[end]) && text_[end] != ')' && text_[end] != ']') ++end;
    }
    const std::string_view slice = text_.substr(start, end - start);
    if (slice.empty()) return unexpected("expected a value");
    if (is_plain_string(slice)) {
      at_ = end;
      return Json(std::string(slice.substr(1, slice.size() - 2)));
    }
    const Result<Json> json = parse_json(slice);
    if (!json || json->is_structured()) return error(start, not_a_value(slice));
    at_ = end;
    return *json;
  }

  /// The offset after the closing quote, or npos.
  std::size_t end_of_string() const {
    for (std::size_t i = at_ + 1; i < text_.size(); ++i) {
      if (text_[i] == '\\') ++i;
      else if (text_[i] == '"') return i + 1;
    }
    return std::string_view::npos;
  }

  static std::string not_a_value(std::string_view slice) {
    if (slice.front() == '"') return quote(slice) + " is not a JSON string";
    if (slice.front() == '\'') return "strings stand in double quotes, found " + quote(slice);
    if (equal_ignoring_case(slice, "true") || equal_ignoring_case(slice, "false") || equal_ignoring_case(slice, "null")) {
      return quote(slice) + " must be in lower case";
    }
    return quote(slice) + " is not a value; strings stand in double quotes";
  }

  std::string_view text_;
  const FilterLimits& limits_;
  std::size_t at_ = 0;
  std::size_t depth_ = 0;
  std::size_t terms_ = 0;
  Inside inside_ = Inside::filter;
};

}  // namespace

std::string_view to_string(Op op) { return kOps[static_cast<std::size_t>(op)].first; }

namespace {

/// "(eq TARGET LITERAL)" or "(pr TARGET)".
std::string term_to_sexpr(const Filter& term, const std::string& target) {
  std::string out = "(";
  if (term.kind == Filter::Kind::present) return out.append("pr ").append(target).append(")");
  return out.append(to_string(term.op)).append(" ").append(target).append(" ").append(to_text(term.literal)).append(")");
}

}  // namespace

Result<Filter> parse_filter(std::string_view text, const FilterLimits& limits) {
  if (text.size() > limits.bytes) {
    return fail(ErrorKind::invalid_filter, "the filter has more bytes than " + named_limit(limits.bytes, limits.of, "filter_bytes"));
  }
  if (!is_utf8(text)) return fail(ErrorKind::invalid_filter, "the filter is not UTF-8");
  if (text.find('\0') != std::string_view::npos) return fail(ErrorKind::invalid_filter, "the filter holds a NUL character");
  if (text.find_first_not_of(" \t\r\n") == std::string_view::npos) {
    return fail_at(ErrorKind::invalid_filter, 0, "the filter is empty");
  }
  return Parser(text, limits).parse();
}

namespace {

std::string chain_text(const Filter& filter, std::string_view word) {
  std::string out;
  for (const Filter& child : filter.children) {
    if (!out.empty()) out.append(" ").append(word).append(" ");
    const bool needs_parentheses = filter.kind == Filter::Kind::and_ && child.kind == Filter::Kind::or_;
    out += needs_parentheses ? '(' + to_text(child) + ')' : to_text(child);
  }
  return out;
}

}  // namespace

std::string to_text(const Filter& filter) {
  switch (filter.kind) {
    case Filter::Kind::and_: return chain_text(filter, "and");
    case Filter::Kind::or_: return chain_text(filter, "or");
    case Filter::Kind::not_: return "not (" + to_text(filter.children.front()) + ')';
    case Filter::Kind::present: return filter.path.text() + " pr";
    case Filter::Kind::compare: return filter.path.text() + ' ' + std::string(to_string(filter.op)) + ' ' + to_text(filter.literal);
    case Filter::Kind::value_path: {
      const std::string before = filter.path.text() + '[' + to_text(filter.children.front()) + ']';
      return filter.children.size() == 1 ? before : before + '.' + to_text(filter.children[1]);
    }
  }
  return {};
}

std::string to_sexpr(const Filter& filter) {
  const auto list = [&](std::string_view head) {
    std::string out = "(" + std::string(head);
    for (const Filter& child : filter.children) out += ' ' + to_sexpr(child);
    return out + ')';
  };
  switch (filter.kind) {
    case Filter::Kind::and_: return list("and");
    case Filter::Kind::or_: return list("or");
    case Filter::Kind::not_: return list("not");
    case Filter::Kind::present:
    case Filter::Kind::compare: return term_to_sexpr(filter, filter.path.text());
    case Filter::Kind::value_path: {
      std::string path = "(vp ";
      path.append(filter.path.text()).append(" ").append(to_sexpr(filter.children[0])).append(")");
      if (filter.children.size() == 1) return path;
      return term_to_sexpr(filter.children[1], path.insert(0, "(sub ").append(" ").append(filter.children[1].path.text()).append(")"));
    }
  }
  return {};
}

}  // namespace scim
