// SPDX-License-Identifier: MIT
#include "core/json.h"

#include <gtest/gtest.h>

namespace scim {
namespace {

std::string refused(const std::string& text, const JsonLimits& limits = {}) {
  const auto json = parse_json(text, limits);
  return json ? "accepted: " + to_text(*json) : json.error().detail;
}

TEST(ParseJson, KeepsOrderAndTypes) {
  EXPECT_EQ(to_text(*parse_json(" {\"b\":1,\"a\":[true,null,1.5,-2,\"\\u00e9\"]} ")), "{\"b\":1,\"a\":[true,null,1.5,-2,\"é\"]}");
  EXPECT_TRUE(parse_json("1e2")->is_number_float());
  EXPECT_EQ(to_text(*parse_json("\xEF\xBB\xBF{}")), "{}");
}

// Requirements: P-22
TEST(ParseJson, RefusesWhatTwoParsersCouldReadDifferently) {
  EXPECT_EQ(refused("{\"a\":1,\"a\":2}"), "the member \"a\" occurs twice in one object");
  EXPECT_EQ(refused("{\"userName\":1,\"USERNAME\":2}"), "the member \"USERNAME\" occurs twice in one object");
  EXPECT_EQ(refused("{\"x\":{\"a\":1},\"y\":{\"a\":1}}"), "accepted: {\"x\":{\"a\":1},\"y\":{\"a\":1}}");
  EXPECT_EQ(refused("\"a\\u0000b\""), "a string holds a NUL character");
  EXPECT_EQ(refused("{\"a\\u0000\":1}"), "a member name holds a NUL character");
  EXPECT_EQ(refused("1e999"), "not JSON in UTF-8, at byte 4");
  EXPECT_EQ(refused("99999999999999999999"), "accepted: 1e+20");
}

// What is held of the names of an object depends on how many there are.
TEST(ParseJson, NamesAndValuesOfManyMembers) {
  std::string members = "\"m0\":{\"a\":[\"x\"]}";
  for (int count = 1; count < 60; ++count) {
    const std::string next = "m" + std::to_string(count);
    for (const int earlier : {0, count / 2, count - 1}) {
      const std::string again = "M" + std::to_string(earlier);
      EXPECT_EQ(refused("{" + members + ",\"" + again + "\":0}"), "the member \"" + again + "\" occurs twice in one object") << count;
      EXPECT_EQ(refused("{" + members + ",\"" + next + "\":0,\"" + again + "\":0}"),
                "the member \"" + again + "\" occurs twice in one object");
    }
    members += ",\"" + next + "\":{\"b\":{\"c\":[" + std::to_string(count) + "]}}";
    EXPECT_EQ(refused("{" + members + "}"), "accepted: {" + members + "}");
  }
}

TEST(ParseJson, RefusesWhatIsNotJson) {
  for (const char* bad : {"", "  ", "{", "[1,]", "{}{}", "nul", "'a'", "\"\\ud800\"", "\"\xff\"", "\"a\nb\"", "01"}) {
    const auto json = parse_json(bad);
    ASSERT_FALSE(json) << bad;
    EXPECT_EQ(json.error().kind, ErrorKind::invalid_syntax);
  }
}

// Requirements: SEC-10
TEST(ParseJson, LimitsHold) {
  EXPECT_TRUE(parse_json(std::string(32, '[') + std::string(32, ']')));
  EXPECT_EQ(refused(std::string(33, '[') + std::string(33, ']')), "nested deeper than 32");
  EXPECT_EQ(refused(std::string(100'000, '[')), "nested deeper than 32");
  EXPECT_TRUE(parse_json("[1,2]", {.nodes = 3}));
  EXPECT_EQ(refused("[1,2,3]", {.nodes = 3}), "more values than 3");
  EXPECT_EQ(refused("[[]]", {.depth = 1, .of = LimitOf::configuration}), "nested deeper than 1 (limits.json_depth)");
  EXPECT_EQ(refused("[{}]", {.nodes = 1, .of = LimitOf::configuration}), "more values than 1 (limits.json_nodes)");
}

TEST(JsonWriter, WritesWhatTheLibraryReads) {
  JsonWriter out;
  out.begin_object();
  out.key("a\"");
  out.begin_array();
  out.string("x\n\x01\"\\é");
  out.integer(-5);
  out.decimal(1.5);
  out.boolean(true);
  out.null();
  out.begin_object();
  out.end_object();
  out.end_array();
  out.key("b");
  out.raw("[1]");
  out.key("c");
  out.value(Json{{"d", 1}});
  out.end_object();
  EXPECT_EQ(out.text(), "{\"a\\\"\":[\"x\\n\\u0001\\\"\\\\é\",-5,1.5,true,null,{}],\"b\":[1],\"c\":{\"d\":1}}");
  EXPECT_TRUE(parse_json(out.text()));
}

TEST(JsonWriter, EscapesWhereverItStands) {
  // Texts are looked at eight bytes at a time.
  for (std::size_t size = 1; size < 20; ++size) {
    for (std::size_t at = 0; at < size; ++at) {
      for (const char c : {'\x01', '\x1f', '"', '\\', '\x7f', ' ', '!', '#', '[', ']'}) {
        std::string text(size, 'x');
        text[at] = c;
        JsonWriter out;
        out.string(text);
        EXPECT_EQ(out.text(), Json(text).dump()) << size << ' ' << at;
      }
      std::string text(size, 'x');
      text.insert(at, "é");
      JsonWriter out;
      out.string(text + '"');
      EXPECT_EQ(out.text(), Json(text + '"').dump()) << size << ' ' << at;
    }
  }
}

TEST(JsonWriter, IntegersOfAllSizes) {
  JsonWriter out;
  out.begin_array();
  for (const std::int64_t value : {std::numeric_limits<std::int64_t>::min(), std::int64_t{0}, std::numeric_limits<std::int64_t>::max()}) {
    out.integer(value);
  }
  out.end_array();
  EXPECT_EQ(out.text(), "[-9223372036854775808,0,9223372036854775807]");
}

TEST(JsonWriter, SendsWhatHasGrownToAPiece) {
  const std::string word(1000, 'w');
  JsonWriter whole, sent;
  std::string pieces;
  std::size_t count = 0, most = 0;
  sent.send_to([&](std::string_view piece) {
    pieces += piece;
    ++count;
    most = std::max(most, piece.size());
    return true;
  });
  for (JsonWriter* out : {&whole, &sent}) {
    out->begin_array();
    for (int i = 0; i < 500; ++i) out->string(word);
    out->end_array();
  }
  EXPECT_GE(count, 7U);
  EXPECT_LT(most, JsonWriter::kPiece + 2 * word.size());
  EXPECT_LT(sent.text().size(), JsonWriter::kPiece + 2 * word.size());
  EXPECT_EQ(pieces + sent.text(), whole.text());
}

TEST(JsonWriter, KeepsNothingThatNobodyWants) {
  int calls = 0;
  JsonWriter out;
  out.send_to([&](std::string_view) { return ++calls < 2; });
  out.begin_array();
  for (int i = 0; i < 1000; ++i) out.string(std::string(1000, 'w'));
  out.end_array();
  EXPECT_EQ(calls, 2);
  EXPECT_LT(out.text().size(), JsonWriter::kPiece + 2000);
}

TEST(JsonWriter, RepairsForeignBytes) {
  JsonWriter out;
  out.string("a\xff");
  EXPECT_EQ(out.text(), "\"a\uFFFD\"");
  JsonWriter later;
  later.string("abcdefgh\"ijklm\xff");
  EXPECT_EQ(later.text(), "\"abcdefgh\\\"ijklm\uFFFD\"");
}

}  // namespace
}  // namespace scim
