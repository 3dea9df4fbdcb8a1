// SPDX-License-Identifier: MIT
#include "cli/files/document_lines.h"

#include <algorithm>

#include "core/json.h"
#include "core/text.h"

namespace scim::cli {
namespace {

/// Walks over JSON that is known to be right.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}

  void scan() {
    while (at_ < text_.size()) step(text_[at_]);
  }

  std::vector<std::size_t> top;        ///< objects beside each other: one, or one a line
  std::vector<std::size_t> elements;   ///< objects of an array
  std::vector<std::size_t> resources;  ///< objects of the member Resources of an object

 private:
  void step(char c) {
    switch (c) {
      case '"': string(); return;
      case '\n': ++line_; break;
      case '{':
      case '[':
        open(c);
        break;
      case '}':
      case ']':
        if (!open_.empty()) open_.pop_back();
        break;
      default: break;
    }
    ++at_;
  }
  void open(char c) {
    const bool in_resources = open_ == "{[" && name_ == "Resources";
    if (c == '{' && open_.empty()) top.push_back(line_);
    if (c == '{' && open_ == "[") elements.push_back(line_);
    if (c == '{' && in_resources) resources.push_back(line_);
    open_ += c;
  }
  /// Also the name of a member: the last one of the outermost object is kept.
  void string() {
    const std::size_t begin = ++at_;
    while (at_ < text_.size() && text_[at_] != '"') at_ += text_[at_] == '\\' ? 2 : 1;
    if (open_ == "{" && at_ <= text_.size()) name_ = text_.substr(begin, at_ - begin);
    ++at_;
  }

  const std::string_view text_;
  std::size_t at_ = 0;
  std::size_t line_ = 1;
  std::string open_;  // the brackets around
  std::string_view name_;
};

/// Of what the parser of JSON says: not what it has read last, which may be a password.
std::string_view reason_in(std::string_view words) {
  for (const std::string_view before : {"] ", "column ", ": ", " - "}) {
    const std::size_t at = words.find(before);
    if (at != std::string_view::npos) words.remove_prefix(at + before.size());
  }
  return words;
}

std::string without_last_read(std::string_view reason) {
  const std::size_t begin = reason.find("; last read: ");
  if (begin == std::string_view::npos) return std::string(reason);
  const std::size_t expected = reason.rfind("; expected ");
  return std::string(reason.substr(0, begin)).append(expected == std::string_view::npos || expected < begin ? "" : reason.substr(expected));
}

}  // namespace

std::vector<std::size_t> document_lines(std::string_view text, std::size_t count) {
  Scanner scanner(text);
  scanner.scan();
  for (auto* lines : {&scanner.resources, &scanner.elements, &scanner.top}) {
    if (lines->size() == count) return std::move(*lines);
  }
  return std::vector<std::size_t>(count, 1);
}

std::size_t line_of(std::string_view text, std::size_t offset) {
  const std::string_view before = text.substr(0, offset);
  return 1 + static_cast<std::size_t>(std::count(before.begin(), before.end(), '\n'));
}

JsonMistake json_mistake(std::string_view text, std::size_t offset) {
  JsonMistake mistake;
  mistake.place.line = line_of(text, offset);
  const std::string_view before = text.substr(0, offset);
  const std::size_t line_feed = before.rfind('\n');
  const std::string_view in_line = before.substr(line_feed == std::string_view::npos ? 0 : line_feed + 1);
  mistake.place.column = 1 + static_cast<std::size_t>(std::count_if(in_line.begin(), in_line.end(), [](char c) { return (c & 0xC0) != 0x80; }));
  try {
    [[maybe_unused]] const Json never = Json::parse(text);
  } catch (const Json::exception& e) {
    mistake.reason = without_last_read(reason_in(e.what()));
  }
  return mistake;
}

std::string json_mistake_in(std::string_view text, const Error& error, TextPlace begin) {
  if (error.offset == std::string::npos) return ':' + std::to_string(begin.line) + ": " + error.detail;
  JsonMistake mistake = json_mistake(text, error.offset);
  if (mistake.place.line == 1) mistake.place.column += begin.column - 1;
  const std::size_t line = begin.line - 1 + mistake.place.line;
  return ':' + std::to_string(line) + ':' + std::to_string(mistake.place.column) + ": not JSON: " + printable(mistake.reason);
}

}  // namespace scim::cli
