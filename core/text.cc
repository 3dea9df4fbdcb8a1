// SPDX-License-Identifier: MIT
#include "core/text.h"

#include <utf8proc.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <memory>
#include <vector>

namespace scim {
namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

int hex_value(char c) {
  if (is_digit(c)) return c - '0';
  const char l = lower(c);
  return l >= 'a' && l <= 'f' ? l - 'a' + 10 : -1;
}

struct Free {
  void operator()(utf8proc_uint8_t* p) const { std::free(p); }
};

/// Of one character; Unicode's longest decomposition has 18, with compatibility.
constexpr utf8proc_ssize_t kMostParts = 18;

/// utf8proc's mapping of `text`; nullopt if it is not UTF-8.
std::optional<std::string> mapped(std::string_view text, utf8proc_option_t options, utf8proc_custom_func custom) {
  utf8proc_uint8_t* raw = nullptr;
  const utf8proc_ssize_t length =
      utf8proc_map_custom(reinterpret_cast<const utf8proc_uint8_t*>(text.data()),
                          static_cast<utf8proc_ssize_t>(text.size()), &raw, options, custom, nullptr);
  const std::unique_ptr<utf8proc_uint8_t, Free> owner(raw);
  if (length < 0) return std::nullopt;
  return std::string(reinterpret_cast<const char*>(raw), static_cast<std::size_t>(length));
}

/// RFC 8264 5.2.1: full-width and half-width characters become their ordinary forms.
utf8proc_int32_t map_width(utf8proc_int32_t code_point, void*) {
  const utf8proc_property_t* property = utf8proc_get_property(code_point);
  if (property->decomp_type != UTF8PROC_DECOMP_TYPE_WIDE && property->decomp_type != UTF8PROC_DECOMP_TYPE_NARROW) {
    return code_point;
  }
  std::array<utf8proc_int32_t, 4> decomposed{};
  int boundary_class = 0;
  const auto count = utf8proc_decompose_char(code_point, decomposed.data(), decomposed.size(),
                                             static_cast<utf8proc_option_t>(UTF8PROC_DECOMPOSE | UTF8PROC_COMPAT),
                                             &boundary_class);
  return count == 1 ? decomposed[0] : code_point;
}

utf8proc_int32_t map_space(utf8proc_int32_t code_point, void*) {
  return utf8proc_category(code_point) == UTF8PROC_CATEGORY_ZS ? ' ' : code_point;
}

std::string ascii_key(std::string_view text) { return ascii_lower(text); }

/// Folding can take a character apart in a way that NFC puts together again differently, so fold(NFC(fold(x))) is
/// applied until it rests: a key must be its own key.
std::string folded_key(std::string_view text, utf8proc_custom_func custom) {
  constexpr auto kOptions = static_cast<utf8proc_option_t>(UTF8PROC_STABLE | UTF8PROC_COMPOSE | UTF8PROC_CASEFOLD);
  std::optional<std::string> key = mapped(text, kOptions, custom);
  if (!key) return std::string(text);
  for (int round = 0; round < 3; ++round) {
    std::optional<std::string> again = mapped(*key, kOptions, custom);
    if (!again || *again == *key) break;
    key = std::move(again);
  }
  return *std::move(key);
}

using CodePoints = std::vector<utf8proc_int32_t>;

std::string utf8_of(const CodePoints& code_points) {
  std::string text;
  for (const utf8proc_int32_t code_point : code_points) {
    std::array<utf8proc_uint8_t, 4> bytes{};
    const auto size = static_cast<std::size_t>(utf8proc_encode_char(code_point, bytes.data()));
    text.append(reinterpret_cast<const char*>(bytes.data()), size);
  }
  return text;
}

CodePoints taken_apart(utf8proc_int32_t code_point, utf8proc_option_t options) {
  CodePoints parts(kMostParts);
  int boundary_class = 0;
  const auto count = utf8proc_decompose_char(code_point, parts.data(), kMostParts, options, &boundary_class);
  parts.resize(static_cast<std::size_t>(std::clamp<utf8proc_ssize_t>(count, 0, kMostParts)));
  return parts;
}

CodePoints put_together(CodePoints parts) {
  constexpr auto kOptions = static_cast<utf8proc_option_t>(UTF8PROC_STABLE | UTF8PROC_COMPOSE);
  const auto count = utf8proc_normalize_utf32(parts.data(), static_cast<utf8proc_ssize_t>(parts.size()), kOptions);
  parts.resize(static_cast<std::size_t>(count));
  return parts;
}

/// The last of its parts, and what the others are together; empty if NFC does not make it of two.
CodePoints joined_from(utf8proc_int32_t code_point) {
  CodePoints parts = taken_apart(code_point, UTF8PROC_DECOMPOSE);
  if (parts.size() < 2) return {};
  const utf8proc_int32_t last = parts.back();
  parts.pop_back();
  CodePoints pair = put_together(std::move(parts));
  pair.push_back(last);
  return pair.size() == 2 && put_together(pair) == CodePoints{code_point} ? pair : CodePoints();
}

/// Reads exactly `digits` decimal digits.
std::optional<int> read_digits(std::string_view& text, std::size_t digits) {
  if (text.size() < digits) return std::nullopt;
  int value = 0;
  for (std::size_t i = 0; i < digits; ++i) {
    if (!is_digit(text[i])) return std::nullopt;
    value = value * 10 + (text[i] - '0');
  }
  text.remove_prefix(digits);
  return value;
}

bool take(std::string_view& text, char c) {
  if (text.empty() || text.front() != c) return false;
  text.remove_prefix(1);
  return true;
}

/// "Z", "+01:00", "-14:00" or nothing.
std::optional<std::chrono::minutes> read_offset(std::string_view text) {
  using std::chrono::minutes;
  if (text.empty() || text == "Z") return minutes(0);
  const int sign = text.front() == '-' ? -1 : 1;
  if (text.front() != '+' && text.front() != '-') return std::nullopt;
  text.remove_prefix(1);
  const auto hour = read_digits(text, 2);
  if (!hour || !take(text, ':')) return std::nullopt;
  const auto minute = read_digits(text, 2);
  if (!minute || !text.empty() || *minute > 59) return std::nullopt;
  if (*hour > 14 || (*hour == 14 && *minute > 0)) return std::nullopt;
  return minutes(sign * (*hour * 60 + *minute));
}

/// The digits after the dot as microseconds.
std::optional<std::chrono::microseconds> read_fraction(std::string_view& text) {
  if (!take(text, '.')) return std::chrono::microseconds(0);
  if (text.empty() || !is_digit(text.front())) return std::nullopt;
  std::int64_t value = 0;
  std::int64_t unit = 100'000;
  while (!text.empty() && is_digit(text.front())) {
    value += (text.front() - '0') * unit;
    unit /= 10;
    text.remove_prefix(1);
  }
  return std::chrono::microseconds(value);
}

constexpr std::string_view kBase64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view kBase64Url = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

int base64_value(char c) {
  if (c == '+') return 62;
  if (c == '/') return 63;
  const auto at = kBase64Url.find(c);
  return at == std::string_view::npos ? -1 : static_cast<int>(at);
}

/// Calls `take(code point, its bytes)`; a broken sequence is U+FFFD and one byte.
template <class Take>
void for_each_character(std::string_view text, Take take) {
  while (!text.empty()) {
    utf8proc_int32_t character = 0;
    auto size = utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(text.data()),
                                 static_cast<utf8proc_ssize_t>(text.size()), &character);
    if (size <= 0) {
      character = 0xFFFD;
      size = 1;
    }
    take(character, text.substr(0, static_cast<std::size_t>(size)));
    text.remove_prefix(static_cast<std::size_t>(size));
  }
}

constexpr std::string_view kEllipsis = "\xE2\x80\xA6";

/// What changes the terminal or the order of what stands around it.
bool is_harmful(utf8proc_int32_t character) {
  const bool turns_direction = (character >= 0x202A && character <= 0x202E) || (character >= 0x2066 && character <= 0x2069);
  return turns_direction || character == 0x2028 || character == 0x2029 ||
         utf8proc_category(character) == UTF8PROC_CATEGORY_CC;
}

/// How many columns the characters take that are seen as one: no more than the widest of them, two flags' letters and what
/// is asked to be an emoji aside.
class ClusterWidth {
 public:
  void add(utf8proc_int32_t character) {
    constexpr utf8proc_int32_t kAsEmoji = 0xFE0F;
    const bool is_letter = utf8proc_get_property(character)->boundclass == UTF8PROC_BOUNDCLASS_REGIONAL_INDICATOR;
    letters_ += is_letter ? 1 : 0;
    const bool is_emoji = letters_ == 2 || (character == kAsEmoji && width_ > 0);
    width_ = std::max(width_, is_emoji ? 2 : utf8proc_charwidth(character));
  }
  std::size_t columns() const { return static_cast<std::size_t>(width_); }

 private:
  int width_ = 0;
  int letters_ = 0;
};

/// Calls take(bytes, columns) for what is seen as one character each (UAX #29).
template <class Take>
void for_each_cluster(std::string_view text, Take take) {
  const char* begin = text.data();
  ClusterWidth width;
  utf8proc_int32_t before = 0;
  utf8proc_int32_t state = 0;
  for_each_character(text, [&](utf8proc_int32_t character, std::string_view bytes) {
    const bool is_new = bytes.data() != text.data() && utf8proc_grapheme_break_stateful(before, character, &state);
    if (is_new) {
      take(std::string_view(begin, static_cast<std::size_t>(bytes.data() - begin)), width.columns());
      begin = bytes.data();
      width = ClusterWidth();
    }
    width.add(character);
    before = character;
  });
  if (!text.empty()) take(std::string_view(begin, static_cast<std::size_t>(text.data() + text.size() - begin)), width.columns());
}

std::string escaped(utf8proc_int32_t character) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string out = "\\u";
  for (int shift = 12; shift >= 0; shift -= 4) out += kDigits[static_cast<std::size_t>((character >> shift) & 15)];
  return out;
}

}  // namespace

bool is_ascii(std::string_view bytes) {
  return std::all_of(bytes.begin(), bytes.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

bool is_utf8(std::string_view bytes) {
  const auto* at = reinterpret_cast<const utf8proc_uint8_t*>(bytes.data());
  auto left = static_cast<utf8proc_ssize_t>(bytes.size());
  while (left > 0) {
    if (*at < 0x80) {
      ++at;
      --left;
      continue;
    }
    utf8proc_int32_t code_point = 0;
    const utf8proc_ssize_t length = utf8proc_iterate(at, left, &code_point);
    if (length <= 0) return false;
    at += length;
    left -= length;
  }
  return true;
}

std::string ascii_lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), lower);
  return out;
}

bool equal_ignoring_case(std::string_view a, std::string_view b) {
  return a.size() == b.size() &&
         std::equal(a.begin(), a.end(), b.begin(), [](char x, char y) { return lower(x) == lower(y); });
}

std::string_view trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

std::string collation_key(std::string_view text, Collation collation) {
  if (collation == Collation::exact) return std::string(text);
  if (is_ascii(text)) return ascii_key(text);
  return folded_key(text, collation == Collation::username ? map_width : nullptr);
}

std::vector<CharacterFolding> character_foldings(Collation collation) {
  constexpr auto kOptions = static_cast<utf8proc_option_t>(UTF8PROC_STABLE | UTF8PROC_COMPOSE | UTF8PROC_CASEFOLD);
  std::vector<CharacterFolding> foldings;
  for (utf8proc_int32_t code_point = 0x80; code_point <= 0x10FFFF; ++code_point) {
    const bool is_hangul_syllable = code_point >= 0xAC00 && code_point <= 0xD7A3;
    if (is_hangul_syllable || !utf8proc_codepoint_valid(code_point)) continue;
    const utf8proc_property_t* property = utf8proc_get_property(code_point);
    const bool is_plain = property->combining_class == 0 && property->casefold_seqindex == UINT16_MAX && property->decomp_seqindex == UINT16_MAX;
    if (is_plain) continue;
    const utf8proc_int32_t mapped_to = collation == Collation::username ? map_width(code_point, nullptr) : code_point;
    const CodePoints parts = taken_apart(mapped_to, kOptions);
    if (parts == CodePoints{code_point} && property->combining_class == 0) continue;
    foldings.push_back({utf8_of({code_point}), utf8_of(parts), property->combining_class, utf8_of(joined_from(code_point))});
  }
  return foldings;
}

std::string opaque_string(std::string_view text) {
  constexpr auto kOptions = static_cast<utf8proc_option_t>(UTF8PROC_STABLE | UTF8PROC_COMPOSE);
  return mapped(text, kOptions, map_space).value_or(std::string(text));
}

std::optional<Instant> parse_instant(std::string_view text) {
  using namespace std::chrono;
  const auto y = read_digits(text, 4);
  if (!y || !take(text, '-')) return std::nullopt;
  const auto m = read_digits(text, 2);
  if (!m || !take(text, '-')) return std::nullopt;
  const auto d = read_digits(text, 2);
  if (!d || !take(text, 'T')) return std::nullopt;
  const auto hour = read_digits(text, 2);
  if (!hour || !take(text, ':')) return std::nullopt;
  const auto minute = read_digits(text, 2);
  if (!minute || !take(text, ':')) return std::nullopt;
  const auto second = read_digits(text, 2);
  if (!second) return std::nullopt;
  const auto fraction = read_fraction(text);
  if (!fraction) return std::nullopt;
  const auto offset = read_offset(text);
  if (!offset) return std::nullopt;

  const year_month_day date{year(*y), month(static_cast<unsigned>(*m)), day(static_cast<unsigned>(*d))};
  if (*y == 0 || !date.ok() || *minute > 59 || *second > 59) return std::nullopt;
  const bool end_of_day = *hour == 24 && *minute == 0 && *second == 0 && fraction->count() == 0;
  if (*hour > 23 && !end_of_day) return std::nullopt;
  return Instant(sys_days(date)) + hours(*hour) + minutes(*minute) + seconds(*second) + *fraction - *offset;
}

std::string format_instant(Instant instant) {
  using namespace std::chrono;
  const auto day_start = floor<days>(instant);
  const year_month_day date{day_start};
  const hh_mm_ss time{floor<milliseconds>(instant - day_start)};
  std::string text = "0000-00-00T00:00:00.000Z";
  const auto put = [&](std::size_t first, std::size_t digits, std::int64_t value) {
    for (std::size_t i = first + digits; i-- > first; value /= 10) text[i] = static_cast<char>('0' + value % 10);
  };
  const int year = static_cast<int>(date.year());
  put(0, 4, std::max(year, 0));
  put(5, 2, static_cast<unsigned>(date.month()));
  put(8, 2, static_cast<unsigned>(date.day()));
  put(11, 2, time.hours().count());
  put(14, 2, time.minutes().count());
  put(17, 2, time.seconds().count());
  put(20, 3, time.subseconds().count());
  // Only a foreign database holds such moments.
  if (year < 0 || year > 9999) text.replace(0, 4, std::to_string(year));
  return text;
}

std::optional<std::string> percent_decode(std::string_view text, Plus plus) {
  const std::size_t plain = std::min(text.find_first_of(plus == Plus::space ? "%+" : "%"), text.size());
  std::string out(text.substr(0, plain));
  for (std::size_t i = plain; i < text.size(); ++i) {
    if (text[i] == '+' && plus == Plus::space) {
      out += ' ';
    } else if (text[i] != '%') {
      out += text[i];
    } else {
      if (i + 2 >= text.size()) return std::nullopt;
      const int high = hex_value(text[i + 1]);
      const int low = hex_value(text[i + 2]);
      if (high < 0 || low < 0) return std::nullopt;
      out += static_cast<char>(high * 16 + low);
      i += 2;
    }
  }
  return out;
}

std::string percent_encode(std::string_view text) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  static constexpr std::array<bool, 256> kUnreserved = [] {
    std::array<bool, 256> table{};
    for (const char c : std::string_view("0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-._~")) {
      table[static_cast<unsigned char>(c)] = true;
    }
    return table;
  }();
  const auto is_unreserved = [](char c) { return kUnreserved[static_cast<unsigned char>(c)]; };
  const auto* first = std::find_if_not(text.begin(), text.end(), is_unreserved);
  std::string out(text.begin(), first);
  if (first == text.end()) return out;
  for (const char c : text.substr(out.size())) {
    if (is_unreserved(c)) {
      out += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    out += '%';
    out += kHex[byte >> 4];
    out += kHex[byte & 15];
  }
  return out;
}

std::optional<std::string> base64_decode(std::string_view text) {
  const bool padded = !text.empty() && text.back() == '=';
  if (padded && text.size() % 4 != 0) return std::nullopt;
  for (int i = 0; i < 2 && !text.empty() && text.back() == '='; ++i) text.remove_suffix(1);
  if (text.size() % 4 == 1) return std::nullopt;
  const bool url = text.find_first_of("-_") != std::string_view::npos;
  if (url && text.find_first_of("+/") != std::string_view::npos) return std::nullopt;

  std::string out;
  out.reserve(text.size() * 3 / 4);
  unsigned bits = 0;
  int count = 0;
  for (const char c : text) {
    const int value = base64_value(c);
    if (value < 0) return std::nullopt;
    bits = (bits << 6) | static_cast<unsigned>(value);
    count += 6;
    if (count >= 8) {
      count -= 8;
      out += static_cast<char>((bits >> count) & 0xFF);
    }
  }
  return out;
}

namespace {

/// Without padding.
std::string base64_of(std::string_view bytes, std::string_view alphabet) {
  std::string out;
  unsigned bits = 0;
  int count = 0;
  for (const char c : bytes) {
    bits = (bits << 8) | static_cast<unsigned char>(c);
    count += 8;
    while (count >= 6) {
      count -= 6;
      out += alphabet[(bits >> count) & 63];
    }
  }
  if (count > 0) out += alphabet[(bits << (6 - count)) & 63];
  return out;
}

}  // namespace

std::string base64url_encode(std::string_view bytes) { return base64_of(bytes, kBase64Url); }

std::optional<std::string> base64url_canonical(std::string_view text) {
  auto bytes = base64_decode(text);
  if (!bytes || base64url_encode(*bytes) != text) return std::nullopt;
  return bytes;
}

std::string base64_encode(std::string_view bytes) {
  std::string out = base64_of(bytes, kBase64);
  out.append((4 - out.size() % 4) % 4, '=');
  return out;
}

std::string hex_encode(std::string_view bytes) {
  constexpr std::string_view kHex = "0123456789abcdef";
  std::string out(2 * bytes.size(), '\0');
  char* to = out.data();
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    *to++ = kHex[byte >> 4];
    *to++ = kHex[byte & 15];
  }
  return out;
}

std::string quote(std::string_view text, std::size_t longest) {
  const bool is_cut = text.size() > longest;
  if (is_cut) {
    // Not in the middle of a character.
    std::size_t end = longest;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
    text = text.substr(0, end);
  }
  std::string out = "\"";
  const auto is_plain = [](char c) { return c >= ' ' && c <= '~' && c != '"' && c != '\\'; };
  if (!is_cut && std::all_of(text.begin(), text.end(), is_plain)) return out.append(text) + '"';
  for_each_character(text, [&](utf8proc_int32_t character, std::string_view bytes) {
    if (bytes.size() == 1 && (character < 0x20 || character == 0x7F || (static_cast<unsigned char>(bytes.front()) & 0x80) != 0)) {
      out += "\\x" + hex_encode(bytes);
    } else if (is_harmful(character)) {
      out += escaped(character);
    } else {
      if (bytes == "\"" || bytes == "\\") out += '\\';
      out += bytes;
    }
  });
  return out + (is_cut ? "...\"" : "\"");
}

std::size_t display_width(std::string_view utf8) {
  std::size_t width = 0;
  for_each_cluster(utf8, [&](std::string_view, std::size_t columns) { width += columns; });
  return width;
}

std::string shortened(std::string_view utf8, std::size_t width) {
  std::size_t total = 0;
  std::size_t kept = 0;  // bytes before the mark
  for_each_cluster(utf8, [&](std::string_view cluster, std::size_t columns) {
    total += columns;
    if (total < width) kept = static_cast<std::size_t>(cluster.data() + cluster.size() - utf8.data());
  });
  if (total <= width) return std::string(utf8);
  return width == 0 ? std::string() : std::string(utf8.substr(0, kept)).append(kEllipsis);
}

std::string printable(std::string_view text) {
  std::string out;
  for (std::size_t at = 0; at <= text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    out += printable_lines(text.substr(at, end - at));
    if (end < text.size()) out += escaped('\n');
    at = end + 1;
  }
  return out;
}

std::string printable_lines(std::string_view text) {
  const auto is_plain = [](char c) { return (c >= ' ' && c <= '~') || c == '\n'; };
  if (std::all_of(text.begin(), text.end(), is_plain)) return std::string(text);
  std::string out;
  for_each_character(text, [&](utf8proc_int32_t character, std::string_view bytes) {
    if (is_harmful(character) && character != '\n') {
      out += escaped(character);
    } else if (character == 0xFFFD) {
      out += "\xEF\xBF\xBD";
    } else {
      out += bytes;
    }
  });
  return out;
}

std::size_t edit_distance(std::string_view a, std::string_view b, std::size_t limit) {
  const std::size_t difference = a.size() > b.size() ? a.size() - b.size() : b.size() - a.size();
  if (difference > limit) return limit + 1;
  std::vector<std::size_t> before_last(b.size() + 1);
  std::vector<std::size_t> last(b.size() + 1);
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    before_last.swap(last);
    last.swap(row);
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t substitution = last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, substitution});
      const bool is_swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (is_swapped) row[j] = std::min(row[j], before_last[j - 2] + 1);
    }
  }
  return std::min(row[b.size()], limit + 1);
}

}  // namespace scim
