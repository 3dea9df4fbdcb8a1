// SPDX-License-Identifier: MIT
// Bytes and characters: UTF-8, case folding, dateTime instants, percent and base64 encoding. No SCIM words beyond these.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace scim {

bool is_utf8(std::string_view bytes);
bool is_ascii(std::string_view bytes);

/// ASCII only, for names, URNs, keywords and header names.
std::string ascii_lower(std::string_view text);
bool equal_ignoring_case(std::string_view a, std::string_view b);
std::string_view trim(std::string_view text);  ///< blanks and tabs

/// How two strings of an attribute are compared (RFC 7643 2.2, 7.; RFC 7644 5).
enum class Collation {
  exact,     ///< octet by octet: caseExact = true
  folded,    ///< NFC, then Unicode default case folding
  username,  ///< PRECIS UsernameCaseMapped (RFC 8265): width mapping, then as `folded`
};

/// The key under which `text` is compared: equal keys are equal values, and byte order of keys is the order of values.
/// Invalid UTF-8 is its own key.
std::string collation_key(std::string_view text, Collation collation);

/// What collation_key() does with one character, for a database that has to make the same keys by itself.
struct CharacterFolding {
  std::string character;
  std::string parts;          ///< mapped, folded and taken apart
  int combining_class = 0;    ///< by which parts are brought into order
  std::string joined_from;    ///< the two characters that are put together to this one; "" if none are
};

/// Of all characters beyond ASCII that are not their own only part, or have a combining class. Hangul syllables are left
/// out: what their parts are is arithmetic (Unicode 3.12).
std::vector<CharacterFolding> character_foldings(Collation collation);

/// PRECIS OpaqueString (RFC 8265 4.2), which passwords are prepared with: every kind of space is U+0020, then NFC. Invalid
/// UTF-8 stays as it is.
std::string opaque_string(std::string_view text);

/// A moment in time; microseconds since 1970-01-01T00:00:00Z.
using Instant = std::chrono::sys_time<std::chrono::microseconds>;

/// xsd:dateTime with a date and a time; a missing offset is UTC, digits beyond microseconds are cut, 24:00:00 is the
/// next day. Nothing else is accepted.
std::optional<Instant> parse_instant(std::string_view text);
/// "2011-05-13T04:42:34.123Z": always milliseconds, always UTC, so that text order is time order.
std::string format_instant(Instant instant);

/// Decodes %XX; `plus_is_space` for query components. nullopt on a broken escape.
enum class Plus { literal, space };
std::optional<std::string> percent_decode(std::string_view text, Plus plus);
/// Everything but RFC 3986 unreserved characters becomes %XX: one path segment or query value.
std::string percent_encode(std::string_view text);

/// RFC 4648 section 4 or 5, padding optional; nullopt if it is neither.
std::optional<std::string> base64_decode(std::string_view text);
std::string base64_encode(std::string_view bytes);
std::string base64url_encode(std::string_view bytes);  ///< without padding
/// Of what base64url_encode() writes, and nothing else: no two texts mean the same bytes.
std::optional<std::string> base64url_canonical(std::string_view text);
std::string hex_encode(std::string_view bytes);

/// `text` in double quotes for a message or log line: control characters escaped, cut to about `longest` bytes.
std::string quote(std::string_view text, std::size_t longest = 60);

/// How many columns of a terminal the text takes, by what is seen as one character: East Asian Wide and emoji are 2, however
/// many are joined to one, and what combines with the one before is 0.
std::size_t display_width(std::string_view utf8);
/// The beginning of the text that takes `width` columns at most, with U+2026 at its end if that is not all.
std::string shortened(std::string_view utf8, std::size_t width);

/// `text` on one line and harmless to a terminal: control and direction characters are shown as \u escapes.
std::string printable(std::string_view text);
/// The same but for line feeds. JSON stays the same JSON.
std::string printable_lines(std::string_view text);

/// How many letters are wrong, missing, too many or have changed places with the next one, for hints ("did you mean"); at most
/// `limit` + 1.
std::size_t edit_distance(std::string_view a, std::string_view b, std::size_t limit);

}  // namespace scim
