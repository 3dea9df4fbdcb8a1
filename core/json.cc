// SPDX-License-Identifier: MIT
#include "core/json.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstring>
#include <limits>
#include <unordered_set>

#include "core/text.h"

namespace scim {
namespace {

/// Which names an object has, whatever the letters' case.
class Names {
 public:
  /// False: it is there already. `members`: of the object so far, each under one of the names.
  bool insert(std::string_view name, const Json::object_t& members) {
    if (members.size() < kFew) {
      return std::none_of(members.begin(), members.end(), [&](const auto& member) { return equal_ignoring_case(member.first, name); });
    }
    if (many_.empty()) {
      for (const auto& member : members) many_.insert(ascii_lower(member.first));
    }
    return many_.insert(ascii_lower(name)).second;
  }

 private:
  /// So many are faster compared than kept a second time.
  static constexpr std::size_t kFew = 24;
  std::unordered_set<std::string> many_;
};

/// Builds the tree from the parser's events, and refuses on the way what the library would let pass.
class TreeBuilder : public nlohmann::json_sax<Json> {
 public:
  explicit TreeBuilder(const JsonLimits& limits) : limits_(limits) {}

  bool null() override { return add(Json(nullptr)); }
  bool boolean(bool value) override { return add(Json(value)); }
  bool number_integer(number_integer_t value) override { return add(Json(value)); }
  bool number_unsigned(number_unsigned_t value) override {
    if (value > static_cast<number_unsigned_t>(std::numeric_limits<std::int64_t>::max())) {
      return refuse("a number is out of range");
    }
    return add(Json(static_cast<std::int64_t>(value)));
  }
  bool number_float(number_float_t value, const string_t&) override {
    if (!std::isfinite(value)) return refuse("a number is out of range");
    return add(Json(value));
  }
  bool string(string_t& value) override {
    if (value.find('\0') != string_t::npos) return refuse("a string holds a NUL character");
    return add(Json(std::move(value)));
  }
  bool binary(binary_t&) override { return refuse("binary value"); }

  bool start_object(std::size_t) override { return open(Json::object()); }
  bool start_array(std::size_t) override { return open(Json::array()); }
  bool end_object() override { return close(); }
  bool end_array() override { return close(); }

  bool key(string_t& name) override {
    if (name.find('\0') != string_t::npos) return refuse("a member name holds a NUL character");
    if (!names_.back().insert(name, open_.back()->get_ref<const Json::object_t&>())) {
      return refuse("the member " + quote(name) + " occurs twice in one object");
    }
    key_ = std::move(name);
    return true;
  }

  bool parse_error(std::size_t position, const std::string&, const nlohmann::detail::exception&) override {
    if (!error_.empty()) return false;
    offset_ = position > 0 ? position - 1 : 0;
    return refuse("not JSON in UTF-8, at byte " + std::to_string(offset_));
  }

  const std::string& error() const { return error_; }
  /// Of what is no JSON, else npos.
  std::size_t offset() const { return offset_; }
  Json take() { return std::move(root_); }

 private:
  bool refuse(std::string why) {
    error_ = std::move(why);
    return false;
  }

  bool count() {
    if (++nodes_ <= limits_.nodes) return true;
    return refuse("more values than " + named_limit(limits_.nodes, limits_.of, "json_nodes"));
  }

  /// Where the next value goes.
  Json* place(Json value) {
    if (open_.empty()) {
      root_ = std::move(value);
      return &root_;
    }
    Json& parent = *open_.back();
    if (parent.is_array()) {
      parent.push_back(std::move(value));
      return &parent.back();
    }
    // Names are known to be new, so the linear search of operator[] is not needed.
    auto& members = parent.get_ref<Json::object_t&>();
    if (members.size() == members.capacity()) grow(members);
    members.push_back(Json::object_t::value_type(std::move(key_), std::move(value)));
    return &members.back().second;
  }

  /// A member's name cannot be moved, so that the library would copy members to grow, with all that is below them.
  static void grow(Json::object_t& members) {
    Json::object_t more;
    more.reserve(std::max<std::size_t>(2, 2 * members.size()));
    for (auto& member : members) more.push_back(Json::object_t::value_type(member.first, std::move(member.second)));
    members.swap(more);
  }

  bool add(Json value) {
    if (!count()) return false;
    place(std::move(value));
    return true;
  }

  bool open(Json container) {
    if (open_.size() >= limits_.depth) return refuse("nested deeper than " + named_limit(limits_.depth, limits_.of, "json_depth"));
    if (!count()) return false;
    open_.push_back(place(std::move(container)));
    names_.emplace_back();
    return true;
  }

  bool close() {
    open_.pop_back();
    names_.pop_back();
    return true;
  }

  const JsonLimits& limits_;
  Json root_;
  std::vector<Json*> open_;  // containers not yet closed; a parent does not grow while its child is open
  std::vector<Names> names_;  // of each open container
  std::string key_;
  std::string error_;
  std::size_t offset_ = std::string::npos;
  std::size_t nodes_ = 0;
};

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

/// Eight bytes at a time: the highest bit of each byte of the result tells of that byte, up to the first one that it is
/// true of.
constexpr std::uint64_t kOnes = 0x0101010101010101;
constexpr std::uint64_t kHighBits = kOnes * 0x80;
constexpr std::uint64_t bytes_below(std::uint64_t word, unsigned char limit) { return (word - kOnes * limit) & ~word & kHighBits; }
constexpr std::uint64_t bytes_equal(std::uint64_t word, unsigned char byte) { return bytes_below(word ^ kOnes * byte, 1); }

enum class Alphabet { ascii, any };

/// Whether a byte of `alphabet` stands in a JSON string as it is.
bool is_plain(char c, Alphabet alphabet) {
  const auto byte = static_cast<unsigned char>(c);
  return byte >= 0x20 && byte != '"' && byte != '\\' && (alphabet == Alphabet::any || byte < 0x80);
}

/// How many bytes from the beginning stand in a JSON string as they are, and belong to `alphabet`.
std::size_t plain_size(std::string_view text, Alphabet alphabet) {
  constexpr std::size_t kWord = sizeof(std::uint64_t);
  const std::uint64_t foreign = alphabet == Alphabet::ascii ? kHighBits : 0;
  const auto is_plain_word = [&](std::size_t at) {
    std::uint64_t word = 0;
    std::memcpy(&word, text.data() + at, kWord);
    return ((word & foreign) | bytes_below(word, 0x20) | bytes_equal(word, '"') | bytes_equal(word, '\\')) == 0;
  };
  std::size_t size = 0;
  while (size + kWord <= text.size() && is_plain_word(size)) size += kWord;
  const bool is_last = size + kWord > text.size();
  if (is_last && size >= kWord && is_plain_word(text.size() - kWord)) return text.size();
  while (size < text.size() && is_plain(text[size], alphabet)) ++size;
  return size;
}

void append_escape(std::string& out, char c) {
  constexpr std::string_view kHex = "0123456789abcdef";
  switch (c) {
    case '"': out += "\\\""; return;
    case '\\': out += "\\\\"; return;
    case '\n': out += "\\n"; return;
    case '\r': out += "\\r"; return;
    case '\t': out += "\\t"; return;
    case '\b': out += "\\b"; return;
    case '\f': out += "\\f"; return;
    default:
      out += "\\u00";
      out += kHex[static_cast<unsigned char>(c) >> 4];
      out += kHex[static_cast<unsigned char>(c) & 15];
  }
}

/// `text` is UTF-8.
void append_escaped(std::string& out, std::string_view text) {
  while (true) {
    const std::size_t size = plain_size(text, Alphabet::any);
    out.append(text.substr(0, size));
    if (size == text.size()) return;
    append_escape(out, text[size]);
    text.remove_prefix(size + 1);
  }
}

}  // namespace

Result<Json> parse_json(std::string_view bytes, const JsonLimits& limits) {
  if (bytes.starts_with(kByteOrderMark)) bytes.remove_prefix(kByteOrderMark.size());
  if (bytes.find_first_not_of(" \t\r\n") == std::string_view::npos) {
    return fail(ErrorKind::invalid_syntax, "JSON expected, but there is nothing");
  }
  TreeBuilder builder(limits);
  if (!Json::sax_parse(bytes.begin(), bytes.end(), &builder)) {
    return fail(Error{ErrorKind::invalid_syntax, builder.error().empty() ? "not JSON" : builder.error(), {}, builder.offset()});
  }
  return builder.take();
}

std::string to_text(const Json& value) { return value.dump(-1, ' ', false, Json::error_handler_t::replace); }

void JsonWriter::send() {
  // Once nobody wants it any more it is thrown away; whoever writes sees it at the end.
  if (sink_ && !sink_(text_)) sink_ = nullptr;
  text_.clear();
}

void JsonWriter::begin_object() {
  before_value();
  text_ += '{';
  need_comma_ = false;
}

void JsonWriter::end_object() {
  text_ += '}';
  need_comma_ = true;
}

void JsonWriter::begin_array() {
  before_value();
  text_ += '[';
  need_comma_ = false;
}

void JsonWriter::end_array() {
  text_ += ']';
  need_comma_ = true;
}

void JsonWriter::key(std::string_view name) {
  before_value();
  text_ += '"';
  append_escaped(text_, name);
  text_ += "\":";
  need_comma_ = false;
}

void JsonWriter::string(std::string_view text) {
  before_value();
  text_ += '"';
  // Most texts are of such bytes alone.
  const std::size_t plain = plain_size(text, Alphabet::ascii);
  text_.append(text.substr(0, plain));
  text.remove_prefix(plain);
  if (text.empty() || is_utf8(text)) {
    append_escaped(text_, text);
  } else {
    // Only a foreign database holds such bytes; the library replaces them.
    const std::string repaired = to_text(Json(std::string(text)));
    text_.append(repaired, 1, repaired.size() - 2);
  }
  text_ += '"';
}

void JsonWriter::integer(std::int64_t value) {
  before_value();
  std::array<char, std::numeric_limits<std::int64_t>::digits10 + 2> digits;  // and the sign
  const auto [end, error] = std::to_chars(digits.data(), digits.data() + digits.size(), value);
  text_.append(digits.data(), end);
}

void JsonWriter::decimal(double value) {
  before_value();
  text_ += to_text(Json(value));
}

void JsonWriter::boolean(bool value) {
  before_value();
  text_ += value ? "true" : "false";
}

void JsonWriter::null() {
  before_value();
  text_ += "null";
}

void JsonWriter::value(const Json& json) { raw(to_text(json)); }

void JsonWriter::raw(std::string_view json) {
  before_value();
  text_.append(json);
}

}  // namespace scim
