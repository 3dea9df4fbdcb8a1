// SPDX-License-Identifier: MIT
// JSON at the door: bytes -> Json within limits, and Json or single values -> bytes.
#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "core/error.h"
#include "core/limits.h"

namespace scim {

/// Members keep the order in which they were sent.
using Json = nlohmann::ordered_json;

/// Refused with invalidSyntax and the offset: anything but one JSON value in UTF-8 (a BOM before it is skipped), member
/// names that occur twice in one object, whatever their case (two parsers must never see different values), lone
/// surrogates, NUL characters, and what is beyond the limits.
Result<Json> parse_json(std::string_view bytes, const JsonLimits& limits = {});

std::string to_text(const Json& value);  ///< compact; invalid UTF-8 becomes U+FFFD

/// Appends JSON to a string, without a tree. The caller opens and closes in balance; commas come by themselves.
class JsonWriter {
 public:
  /// Takes a piece of the text; false: nobody wants it, nor what follows.
  using Sink = std::function<bool(std::string_view piece)>;
  /// How much is kept before it is sent, in bytes: enough that a piece is worth the call, little beside what a thread needs.
  static constexpr std::size_t kPiece = 64 << 10;

  /// From now on whatever there is goes to `sink` as soon as it is a piece, and there is no rewind() to before that.
  void send_to(Sink sink) {
    sink_ = std::move(sink);
    most_kept_ = kPiece;
  }
  void reserve(std::size_t bytes) { text_.reserve(bytes); }

  void begin_object();
  void end_object();
  void begin_array();
  void end_array();
  void key(std::string_view name);
  /// key() of a name that stands there already quoted and escaped: `"userName"`.
  void quoted_key(std::string_view quoted) {
    before_value();
    text_.append(quoted);
    text_ += ':';
    need_comma_ = false;
  }
  void string(std::string_view text);
  void integer(std::int64_t value);
  void decimal(double value);
  void boolean(bool value);
  void null();
  void value(const Json& json);
  /// Text that is already JSON, as one value.
  void raw(std::string_view json);
  /// More of what began with raw(): a member that is written in between stands behind a comma.
  void append(std::string_view text) {
    text_.append(text);
    need_comma_ = true;
  }

  /// A place to go back to: what is written after it is taken back.
  struct Mark {
    std::size_t size;
    bool need_comma;
  };
  Mark mark() const { return {text_.size(), need_comma_}; }
  void rewind(const Mark& mark) {
    text_.resize(mark.size);
    need_comma_ = mark.need_comma;
  }

  /// What has not been sent.
  const std::string& text() const { return text_; }
  std::string take() { return std::move(text_); }

 private:
  void before_value() {
    if (text_.size() >= most_kept_) send();
    if (need_comma_) text_ += ',';
    need_comma_ = true;
  }
  void send();

  std::string text_;
  bool need_comma_ = false;
  std::size_t most_kept_ = std::numeric_limits<std::size_t>::max();
  Sink sink_;
};

}  // namespace scim

// Compiled once, in json_template.cc: else every file that touches Json has code of its own for it.
extern template class nlohmann::basic_json<nlohmann::ordered_map>;
