// SPDX-License-Identifier: MIT
#include "core/text.h"

#include <gtest/gtest.h>

namespace scim {
namespace {

// Requirements: SEC-8
TEST(Text, FoldingIsUnicodeAndNfc) {
  EXPECT_EQ(collation_key("ZOË", Collation::folded), collation_key("zoe\u0308", Collation::folded));
  EXPECT_EQ(collation_key("STRASSE", Collation::folded), collation_key("Straße", Collation::folded));
  EXPECT_NE(collation_key("Ada", Collation::exact), collation_key("ada", Collation::exact));
  EXPECT_EQ(collation_key("ΣΊΣΥΦΟΣ", Collation::folded), collation_key("σίσυφος", Collation::folded));
}

// Requirements: H-22
TEST(Text, UserNamesAlsoMapWidth) {
  EXPECT_EQ(collation_key("ＡＤＡ", Collation::username), "ada");
  EXPECT_NE(collation_key("ＡＤＡ", Collation::folded), "ada");
}

// Requirements: H-22
TEST(Text, PasswordsKeepTheirCase) {
  EXPECT_EQ(opaque_string("A\u00a0e\u0301\u3000B"), "A \u00e9 B");
  EXPECT_EQ(opaque_string("\uff21"), "\uff21") << "and their width";
  EXPECT_EQ(opaque_string("\xff\u00a0"), "\xff\u00a0");
}

TEST(Text, AKeyIsItsOwnKey) {
  for (const char* text : {"ADA", "Zoë", "ẞ", "ŉ", "ǰ", "\u0345", "\u1fb3\u0301", "ＡＤＡ", "İ", "\xff\xfe"}) {
    for (const Collation collation : {Collation::exact, Collation::folded, Collation::username}) {
      const std::string key = collation_key(text, collation);
      EXPECT_EQ(collation_key(key, collation), key) << text;
    }
  }
}

struct DateCase {
  const char* text;
  const char* printed;  // nullptr: refused
};

// Requirements: H-6, F-30
TEST(Text, Instants) {
  const DateCase cases[] = {
      {"2011-05-13T04:42:34Z", "2011-05-13T04:42:34.000Z"},
      {"2011-05-13T06:42:34+02:00", "2011-05-13T04:42:34.000Z"},
      {"2011-05-13T04:42:34", "2011-05-13T04:42:34.000Z"},
      {"2012-01-01T00:00:00.5Z", "2012-01-01T00:00:00.500Z"},
      {"2012-01-01T00:00:00.1234567891234Z", "2012-01-01T00:00:00.123Z"},
      {"2020-02-29T12:00:00Z", "2020-02-29T12:00:00.000Z"},
      {"2020-12-31T24:00:00Z", "2021-01-01T00:00:00.000Z"},
      {"0001-01-01T00:00:00Z", "0001-01-01T00:00:00.000Z"},
      {"1969-12-31T23:59:59.999Z", "1969-12-31T23:59:59.999Z"},
      {"2011-05-13", nullptr},
      {"2011-02-29T00:00:00Z", nullptr},
      {"2011-05-13T25:00:00Z", nullptr},
      {"2011-05-13T24:00:01Z", nullptr},
      {"2011-05-13T04:42Z", nullptr},
      {"2011-05-13T04:42:34.Z", nullptr},
      {"2011-05-13T04:42:34+15:00", nullptr},
      {"2011-05-13 04:42:34Z", nullptr},
      {"2011-05-13T04:42:34Z ", nullptr},
      {"", nullptr},
  };
  for (const DateCase& item : cases) {
    const auto instant = parse_instant(item.text);
    ASSERT_EQ(instant.has_value(), item.printed != nullptr) << item.text;
    EXPECT_EQ(instant ? format_instant(*instant) : "", item.printed != nullptr ? item.printed : "");
  }
  EXPECT_LT(*parse_instant("2012-01-01T00:00:00.000001Z"), *parse_instant("2012-01-01T00:00:00.000002Z"));
}

TEST(Text, Utf8) {
  EXPECT_TRUE(is_utf8("Zoë \U0001F600"));
  EXPECT_TRUE(is_utf8(""));
  for (const char* bad : {"\xff", "\xc3", "\xed\xa0\x80", "\xc0\xaf", "\xf4\x90\x80\x80"}) EXPECT_FALSE(is_utf8(bad));
}

TEST(Text, PercentDecoding) {
  EXPECT_EQ(percent_decode("a%2Bb+c%20d", Plus::space), "a+b c d");
  EXPECT_EQ(percent_decode("a+b", Plus::literal), "a+b");
  for (const char* bad : {"%", "%4", "%zz", "a%2"}) EXPECT_FALSE(percent_decode(bad, Plus::literal)) << bad;
  EXPECT_EQ(percent_encode("a/b\r\nç~"), "a%2Fb%0D%0A%C3%A7~");
}

// Requirements: H-7
TEST(Text, Base64) {
  EXPECT_EQ(base64_decode("AAEC"), std::string("\0\1\2", 3));
  EXPECT_EQ(base64_decode("TUlJQg=="), "MIIB");
  EXPECT_EQ(base64_decode("TUlJQg"), "MIIB");
  for (const char* text : {"", "f", "fo", "foo", "\xfb\xff\xfe?"}) EXPECT_EQ(base64_decode(base64_encode(text)), text);
  EXPECT_EQ(base64_encode("f"), "Zg==");
  EXPECT_EQ(base64_encode("\xfb\xff\xfe?"), "+//+Pw==");
  EXPECT_EQ(base64_decode(base64url_encode("\xfb\xff\xfe?")), "\xfb\xff\xfe?");
  for (const char* bad : {"***", "A", "AA=", "AAEC=", "A+-A", "AA==AA"}) EXPECT_FALSE(base64_decode(bad)) << bad;
}

TEST(Text, QuoteIsSafeForLogsAndJson) {
  EXPECT_EQ(quote("a\"\r\n"), "\"a\\\"\\x0d\\x0a\"");
  EXPECT_EQ(quote("a\u009b\u2028\u202e\x9b"), "\"a\\u009b\\u2028\\u202e\\x9b\"") << "nor for a terminal's controls";
  EXPECT_TRUE(is_utf8(quote(std::string(59, 'x').append("ééé"))));
  EXPECT_TRUE(is_utf8(quote(std::string(58, 'x').append("\U0001F600\U0001F600"))));
}

struct Wide {
  const char* text;
  std::size_t width;
};
TEST(Text, WidthOnATerminal) {
  constexpr Wide kTexts[] = {
      {"", 0},
      {"ada", 3},
      {"\u6F22\u5B57", 4},
      {"\uFF21", 2},
      {"e\u0301", 1},                                             // combining
      {"\u1112\u1161\u11AB", 2},                                  // Hangul in parts
      {"\U0001F600", 2},
      {"\U0001F469\u200D\U0001F4BB", 2},                          // joined by ZWJ: one woman at a computer
      {"\U0001F468\u200D\U0001F469\u200D\U0001F467\u200D\U0001F466", 2},
      {"\U0001F44D\U0001F3FD", 2},                                // with a colour of skin
      {"\U0001F1E9\U0001F1EA\U0001F1EB\U0001F1F7", 4},            // two flags
      {"\u2764", 1},
      {"\u2764\uFE0F", 2},                                        // the same as an emoji
      {"1\uFE0F\u20E3", 2},
      {"\u0928\u093F", 1},                                        // a vowel that stands beside its consonant
      {"a\u200Bb", 2},
      {"\u0301", 0},
      {"\xff", 1},
  };
  for (const auto& [text, width] : kTexts) EXPECT_EQ(display_width(text), width) << text;
}

TEST(Text, ShortenedAtACharacter) {
  EXPECT_EQ(shortened("ada", 3), "ada");
  EXPECT_EQ(shortened("ada", 2), "a\u2026");
  EXPECT_EQ(shortened("ada", 1), "\u2026");
  EXPECT_EQ(shortened("ada", 0), "");
  EXPECT_EQ(shortened("", 0), "");
  EXPECT_EQ(shortened("\u6F22\u5B57\u6F22", 4), "\u6F22\u2026") << "half a character is none";
  EXPECT_EQ(shortened("e\u0301e\u0301e\u0301", 2), "e\u0301\u2026");
  EXPECT_EQ(shortened("\U0001F469\u200D\U0001F4BBab", 3), "\U0001F469\u200D\U0001F4BB\u2026");
  EXPECT_EQ(shortened("a\u0301\u6F22", 2), "a\u0301\u2026");
}

TEST(Text, PrintableIsHarmless) {
  EXPECT_EQ(printable("a\x1b[31m\r\nb\x7f\t"), "a\\u001b[31m\\u000d\\u000ab\\u007f\\u0009");
  EXPECT_EQ(printable("\u009b1m\u202e\u2066\u2028"), "\\u009b1m\\u202e\\u2066\\u2028");
  EXPECT_EQ(printable("\n"), "\\u000a");
  EXPECT_EQ(printable("\xff"), "\uFFFD");
  EXPECT_EQ(printable("\U0001F469\u200D\U0001F4BB \u0645"), "\U0001F469\u200D\U0001F4BB \u0645");
  EXPECT_EQ(printable_lines("a\n\u202eb\n"), "a\n\\u202eb\n");
}

TEST(Text, EditDistance) {
  EXPECT_EQ(edit_distance("username", "usernmae", 5), 1U);
  EXPECT_EQ(edit_distance("username", "suernmaes", 5), 3U);
  EXPECT_EQ(edit_distance("abc", "cab", 5), 2U);
  EXPECT_EQ(edit_distance("", "abc", 5), 3U);
  EXPECT_EQ(edit_distance("abcdefgh", "x", 3), 4U);
}

TEST(Text, TellsWhatTheKeyMakesOfACharacter) {
  const auto of = [](const char* character, Collation collation) {
    for (CharacterFolding& folding : character_foldings(collation)) {
      if (folding.character == character) return std::optional(std::move(folding));
    }
    return std::optional<CharacterFolding>();
  };
  const auto accent = of("\u00C9", Collation::folded);
  ASSERT_TRUE(accent);
  EXPECT_EQ(accent->parts, "e\u0301");
  EXPECT_EQ(accent->joined_from, "E\u0301");
  EXPECT_EQ(accent->combining_class, 0);
  EXPECT_EQ(of("\u0301", Collation::folded)->combining_class, 230);
  EXPECT_EQ(of("\u00DF", Collation::folded)->parts, "ss");
  EXPECT_EQ(of("\u00DF", Collation::folded)->joined_from, "");
  EXPECT_EQ(of("\u0958", Collation::folded)->joined_from, "") << "excluded from composition";
  EXPECT_EQ(of("\uFF21", Collation::folded)->parts, "\uFF41");
  EXPECT_EQ(of("\uFF21", Collation::username)->parts, "a");
  EXPECT_FALSE(of("\u6F22", Collation::folded)) << "stays as it is";
  EXPECT_FALSE(of("\uAC00", Collation::folded)) << "follows from arithmetic";
}

}  // namespace
}  // namespace scim
