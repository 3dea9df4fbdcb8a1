// SPDX-License-Identifier: MIT
// Text is cut into objects by brackets and quotes; whether it is JSON the parser says.
#include "cli/files/documents.h"

#include <fstream>
#include <istream>

#include "cli/files/document_lines.h"
#include "cli/files/input.h"

namespace scim::cli {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
constexpr std::string_view kList = "\"Resources\"";

class DocumentReader {
 public:
  DocumentReader(std::istream& in, std::string_view name, const std::function<void(Json)>& take)
      : buffer_(*in.rdbuf()), name_(name), take_(take) {}

  Result<void> read() {
    for (const char c : kByteOrderMark) {
      if (!next_is(c)) break;
      get();
    }
    while (skip_blanks() != kEnd) {
      if (next_is('[')) SCIM_TRY(read_array());
      else SCIM_TRY(read_object(Lists::apart));
    }
    return {};
  }

 private:
  static constexpr int kEnd = std::char_traits<char>::eof();
  /// Whether a list under `Resources` is read element by element.
  enum class Lists { apart, whole };

  int peek() { return buffer_.sgetc(); }
  bool next_is(char c) { return peek() == std::char_traits<char>::to_int_type(c); }
  char get() {
    const char c = std::char_traits<char>::to_char_type(buffer_.sbumpc());
    if ((c & 0xC0) != 0x80) ++column_;  // the first byte of a character
    if (c == '\n') {
      ++line_;
      column_ = 1;
    }
    return c;
  }
  int skip_blanks() {
    while (next_is(' ') || next_is('\t') || next_is('\r') || next_is('\n')) get();
    return peek();
  }

  tl::unexpected<Error> error(std::size_t line, const std::string& what) const {
    return fail(ErrorKind::invalid_syntax, std::string(name_) + ':' + std::to_string(line) + ": " + what);
  }
  tl::unexpected<Error> no_object() const { return error(line_, "a JSON object is wanted"); }

  Result<void> read_array() {
    get();
    if (skip_blanks(), next_is(']')) {
      get();
      return {};
    }
    while (true) {
      if (skip_blanks() == kEnd) return no_object();
      SCIM_TRY(read_object(Lists::whole));
      skip_blanks();
      const bool is_last = next_is(']');
      if (!is_last && !next_is(',')) return error(line_, "`,` or `]` is wanted after an object");
      get();
      if (is_last) return {};
    }
  }

  Result<void> read_object(Lists lists) {
    if (!next_is('{')) return no_object();
    const std::size_t line = line_;
    const std::size_t column = column_;
    std::string text;
    bool is_list = false;
    for (int depth = 0; text.empty() || depth > 0;) {
      if (peek() == kEnd) return error(line, "this object is not closed");
      if (next_is('"')) {
        const std::size_t start = text.size();
        copy_string(text);
        if (lists == Lists::whole || depth != 1 || std::string_view(text).substr(start) != kList) continue;
        SCIM_ASSIGN(const bool was_read, read_list(text));
        is_list = is_list || was_read;
        continue;
      }
      const char c = get();
      depth += (c == '{' || c == '[') - (c == '}' || c == ']');
      text += c;
    }
    auto object = parse_json(text, kFileLimits);
    if (!object && is_list) return error(line, object.error().detail);  // `text` is not as the file has it
    if (!object) return fail(ErrorKind::invalid_syntax, std::string(name_) + json_mistake_in(text, object.error(), {line, column}));
    if (!object->is_object()) return error(line, "a JSON object is wanted");
    if (!is_list) take_(*std::move(object));
    return {};
  }

  void copy_string(std::string& text) {
    text += get();
    while (peek() != kEnd) {
      const char c = get();
      text += c;
      if (c == '"') return;
      if (c == '\\' && peek() != kEnd) text += get();
    }
  }

  /// What follows the name of a list: its elements, for which `[]` stands in the text. False: it is no such name.
  Result<bool> read_list(std::string& text) {
    skip_blanks();
    if (!next_is(':')) return false;
    text += get();
    skip_blanks();
    if (!next_is('[')) return false;
    SCIM_TRY(read_array());
    text += "[]";
    return true;
  }

  std::streambuf& buffer_;
  std::string_view name_;
  const std::function<void(Json)>& take_;
  std::size_t line_ = 1;
  std::size_t column_ = 1;
};

}  // namespace

Result<void> for_each_document(std::istream& in, std::string_view name, const std::function<void(Json)>& take) {
  return DocumentReader(in, name, take).read();
}

Result<void> for_each_document_in(const std::string& file, std::istream& in, const std::function<void(Json)>& take) {
  if (file == "-") return for_each_document(in, "standard input", take);
  std::ifstream stream;
  SCIM_TRY(open_file(file, stream));
  return for_each_document(stream, file, take);
}

}  // namespace scim::cli
