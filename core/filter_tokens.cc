// SPDX-License-Identifier: MIT
#include "core/filter_tokens.h"

#include <algorithm>
#include <array>

#include "core/filter_words.h"
#include "core/json.h"
#include "core/text.h"

namespace scim {
namespace {

using Kind = FilterToken::Kind;
using Tokens = std::vector<FilterToken>;

constexpr std::string_view kBlanks = " \t\r\n";
constexpr std::string_view kSigns = "=!<>~&|^$*";
constexpr std::string_view kEndsWord = " \t\r\n()[]\",=!<>~&|";

/// Quotes that word processors make, and those of programs.
constexpr std::array<std::string_view, 6> kDoubleQuotes = {"\"", "\u201c", "\u201d", "\u201e", "\u201f", "\u2033"};
constexpr std::array<std::string_view, 6> kSingleQuotes = {"'", "\u2018", "\u2019", "\u201a", "\u201b", "`"};
using Quotes = std::array<std::string_view, 6>;

/// Blanks that are none to a parser.
void replace_all(std::string& text, std::string_view from, std::string_view to) {
  for (std::size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size())) text.replace(at, from.size(), to);
}

class Lexer {
 public:
  explicit Lexer(std::string_view text) : rest_(text) {}

  std::optional<Tokens> read() {
    while (skip_blanks(), !rest_.empty()) {
      if (!read_one()) return std::nullopt;
    }
    tokens_.push_back({Kind::end, ""});
    return std::move(tokens_);
  }

 private:
  void skip_blanks() { rest_.remove_prefix(std::min(rest_.find_first_not_of(kBlanks), rest_.size())); }

  static std::optional<Kind> kind_of(char c) {
    switch (c) {
      case '(': return Kind::open;
      case ')': return Kind::close;
      case '[': return Kind::open_bracket;
      case ']': return Kind::close_bracket;
      case ',': return Kind::comma;
      default: return std::nullopt;
    }
  }
  void take(Kind kind, std::size_t size) {
    tokens_.push_back({kind, std::string(rest_.substr(0, size))});
    rest_.remove_prefix(size);
  }

  bool read_one() {
    if (const auto kind = kind_of(rest_.front())) {
      take(*kind, 1);
      return true;
    }
    for (const Quotes* quotes : {&kDoubleQuotes, &kSingleQuotes}) {
      if (starts_with_one(rest_, *quotes) != 0) return read_string(*quotes);
    }
    const bool begins_sign = kEndsWord.find(rest_.front()) != std::string_view::npos || rest_.substr(1, 1) == "=";
    const std::size_t signs = std::min(rest_.find_first_not_of(kSigns), rest_.size());
    if (begins_sign && signs > 0) take_sign(signs);
    else take(Kind::word, std::min(rest_.find_first_of(kEndsWord), rest_.size()));
    return true;
  }

  /// As many characters as make an operator: `!(` and `=!active` have several.
  void take_sign(std::size_t most) {
    std::size_t size = most;
    while (size > 1 && !known_operator(rest_.substr(0, size)) && meant_keyword(rest_.substr(0, size)).empty()) --size;
    take(Kind::sign, size);
  }

  /// The size of the quote that `text` begins with; 0: with none.
  static std::size_t starts_with_one(std::string_view text, const Quotes& quotes) {
    for (const std::string_view quote : quotes) {
      if (text.starts_with(quote)) return quote.size();
    }
    return 0;
  }

  /// An apostrophe within a word ends nothing.
  static bool ends_string(std::string_view after, const Quotes& quotes) {
    return &quotes != &kSingleQuotes || after.empty() || kEndsWord.find(after.front()) != std::string_view::npos;
  }

  bool read_string(const Quotes& quotes) {
    rest_.remove_prefix(starts_with_one(rest_, quotes));
    std::string text;
    for (std::size_t i = 0; i < rest_.size(); ++i) {
      const std::string_view here = rest_.substr(i);
      if (here.front() == '\\' && here.size() > 1) {
        text.append(here.substr(0, 2));
        ++i;
        continue;
      }
      const std::size_t size = starts_with_one(here, quotes);
      if (size > 0 && ends_string(here.substr(size), quotes)) {
        rest_.remove_prefix(i + size);
        return add_string(std::move(text));
      }
      text += here.front();
    }
    return read_open_string();
  }

  bool add_string(std::string text) {
    replace_all(text, "\\'", "'");
    std::string quoted;
    for (std::size_t i = 0; i < text.size(); ++i) {
      if (text[i] == '\\' && i + 1 < text.size()) quoted += text[i++];
      else if (text[i] == '"') quoted += '\\';
      quoted += text[i];
    }
    const auto json = parse_json('"' + quoted + '"');
    if (!json) return false;
    tokens_.push_back({Kind::string, json->get<std::string>()});
    return true;
  }

  /// A string that is not closed goes to the end, without the brackets that are open there, unless more of the filter may be in it.
  bool read_open_string() {
    std::string_view text = rest_;
    std::size_t open = 0;
    for (const FilterToken& token : tokens_) {
      open += token.kind == Kind::open || token.kind == Kind::open_bracket;
      open -= token.kind == Kind::close || token.kind == Kind::close_bracket;
    }
    while (open-- > 0 && !text.empty() && (text.back() == ')' || text.back() == ']')) text.remove_suffix(1);
    const std::string lower = ascii_lower(text);
    for (const std::string_view more : {"\"", " and ", " or ", "&&", "||"}) {
      if (lower.find(more) != std::string::npos) return false;
    }
    const std::string_view brackets = rest_.substr(text.size());
    if (!add_string(std::string(text))) return false;
    rest_ = brackets;
    return true;
  }

  std::string_view rest_;
  Tokens tokens_;
};

bool has_blank(std::string_view text) { return text.find_first_of(kBlanks) != std::string_view::npos; }

}  // namespace

std::string decoded_filter(std::string_view text) {
  constexpr std::string_view kParameter = "filter=";
  while (text.starts_with('?') || text.starts_with('&')) text.remove_prefix(1);
  if (equal_ignoring_case(text.substr(0, kParameter.size()), kParameter)) text.remove_prefix(kParameter.size());
  std::string out(text);
  const bool is_encoded = out.find('%') != std::string::npos && !has_blank(out);
  if (const auto decoded = is_encoded ? percent_decode(out, Plus::space) : std::nullopt; decoded && is_utf8(*decoded)) out = *decoded;
  replace_all(out, "\u00a0", " ");
  // A filter with no quote but these has been quoted for a shell twice.
  std::string plain = out;
  replace_all(plain, "\\\"", "");
  if (plain.find('"') == std::string::npos) replace_all(out, "\\\"", "\"");
  return out;
}

std::optional<std::vector<FilterToken>> filter_tokens(std::string_view text) { return Lexer(text).read(); }

}  // namespace scim
