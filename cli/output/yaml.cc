// SPDX-License-Identifier: MIT
// Values -> blocks of lines.
#include "cli/output/yaml.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "core/text.h"

namespace scim::cli {
namespace {

constexpr std::size_t kIndent = 2;
/// A key may have 1024 characters before its colon (YAML 1.2, 8.2.2); longer ones are written with a question mark.
constexpr std::size_t kLongestKey = 1000;

/// What YAML 1.1 or one of its readers takes for a boolean, nothing, or a number.
constexpr std::array<std::string_view, 14> kWords = {"y",    "n",     "yes", "no",   "on",   "off", "true",
                                                     "false", "null", "nil", "none", "nan",  "inf", "infinity"};

/// Characters that JSON writes as they are and YAML does not, and what both read.
constexpr std::array<std::pair<std::string_view, std::string_view>, 3> kUnprintable = {
    {{"\xEF\xBB\xBF", "\\ufeff"}, {"\xEF\xBF\xBE", "\\ufffe"}, {"\xEF\xBF\xBF", "\\uffff"}}};

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

/// Never anything but itself within a text that begins with a letter.
bool is_plain(char c) {
  const bool is_digit = c >= '0' && c <= '9';
  return is_letter(c) || is_digit || std::string_view(" :_-./@+").find(c) != std::string_view::npos;
}

/// A few texts that need no quotes get them: what is left is beyond doubt.
bool needs_quotes(std::string_view text) {
  if (text.empty() || !is_letter(text.front()) || !std::all_of(text.begin(), text.end(), is_plain)) return true;
  const bool ends_badly = text.back() == ' ' || text.back() == ':';
  if (ends_badly || text.find(": ") != std::string_view::npos) return true;
  return std::any_of(kWords.begin(), kWords.end(), [&](std::string_view word) { return equal_ignoring_case(word, text); });
}

/// In double quotes, where YAML has the escapes of JSON; nothing stands there that a terminal would obey.
std::string quoted(const std::string& text) {
  std::string out = printable(to_text(Json(text)));
  for (const auto& [character, escape] : kUnprintable) {
    for (auto at = out.find(character); at != std::string::npos; at = out.find(character, at)) out.replace(at, character.size(), escape);
  }
  return out;
}

std::string text_of(const std::string& text) { return needs_quotes(text) ? quoted(text) : text; }

/// YAML 1.1 knows no number with an exponent but without a point: 1e+20 is a text to it.
std::string number_of(const Json& number) {
  std::string text = to_text(number);
  const std::size_t exponent = text.find('e');
  if (exponent != std::string::npos && text.find('.') == std::string::npos) text.insert(exponent, ".0");
  return text;
}

bool is_block(const Json& value) { return value.is_structured() && !value.empty(); }

std::string scalar(const Json& value) {
  if (value.is_string()) return text_of(value.get_ref<const std::string&>());
  return value.is_number_float() ? number_of(value) : to_text(value);  // [] and {} too
}

class Writer {
 public:
  /// The first line begins where the writer stands, the others behind `indent` blanks.
  void block(const Json& value, std::size_t indent) {
    bool is_first = true;
    const auto begin_line = [&] {
      if (!std::exchange(is_first, false)) out_.append(indent, ' ');
    };
    if (value.is_array()) {
      for (const Json& element : value) {
        begin_line();
        out_ += "- ";
        same_line(element, indent + kIndent);
      }
      return;
    }
    for (const auto& [name, part] : value.items()) {
      begin_line();
      member(name, part, indent);
    }
  }

  /// A scalar, or a block that begins here.
  void same_line(const Json& value, std::size_t indent) {
    if (is_block(value)) return block(value, indent);
    out_ += scalar(value);
    out_ += '\n';
  }

  std::string take() { return std::move(out_); }

 private:
  void member(const std::string& name, const Json& value, std::size_t indent) {
    const std::string key = text_of(name);
    if (key.size() > kLongestKey) {
      out_.append("? ").append(key).append("\n").append(indent, ' ').append(": ");
      return same_line(value, indent + kIndent);
    }
    out_.append(key).append(":");
    if (!is_block(value)) {
      out_ += ' ';
      return same_line(value, indent);
    }
    out_.append("\n").append(indent + kIndent, ' ');
    block(value, indent + kIndent);
  }

  std::string out_;
};

}  // namespace

std::string to_yaml(const Json& value) {
  Writer writer;
  writer.same_line(value, 0);
  return writer.take();
}

}  // namespace scim::cli
