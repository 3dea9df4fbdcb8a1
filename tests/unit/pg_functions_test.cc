// SPDX-License-Identifier: MIT
// The functions of the dialect on PostgreSQL, held against those of SQLite and against what both are made after.
#include <gtest/gtest.h>

#include <map>
#include <random>
#include <set>

#include "core/json.h"
#include "core/text.h"
#include "sql/db.h"
#include "sql/pg_functions.h"
#include "tests/unit/postgresql.h"

namespace scim::sql {
namespace {

using test::PostgresqlConnection;
using test::PostgresqlDatabase;
using Value = PostgresqlConnection::Value;

std::string utf8(char32_t c) {
  const auto byte = [](char32_t bits) { return static_cast<char>(bits); };
  if (c < 0x80) return {byte(c)};
  if (c < 0x800) return {byte(0xC0 | c >> 6), byte(0x80 | (c & 0x3F))};
  if (c < 0x10000) return {byte(0xE0 | c >> 12), byte(0x80 | (c >> 6 & 0x3F)), byte(0x80 | (c & 0x3F))};
  return {byte(0xF0 | c >> 18), byte(0x80 | (c >> 12 & 0x3F)), byte(0x80 | (c >> 6 & 0x3F)), byte(0x80 | (c & 0x3F))};
}

bool is_character(char32_t c) { return c != 0 && c <= 0x10FFFF && (c < 0xD800 || c > 0xDFFF); }

class PgFunctions : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    database_ = std::make_unique<PostgresqlDatabase>();
    PostgresqlConnection(database_->url()).run_script(pg_functions_script());
  }
  static void TearDownTestSuite() { database_.reset(); }

  void SetUp() override {
    auto sqlite = open_sqlite(":memory:", Open::create, Journal::as_it_is, Sync::normal, 0);
    ASSERT_TRUE(sqlite);
    sqlite_ = std::move(*sqlite);
  }

  /// `expression` of $1 on PostgreSQL.
  Value postgresql(const std::string& expression, const Value& argument) {
    return connection_.query("SELECT " + expression, {argument})[0][0];
  }
  /// Each of `texts` through `function`.
  std::vector<Value> postgresql_of_each(const std::string& function, const std::vector<std::string>& texts) {
    std::vector<Value> results;
    for (const auto& row : connection_.query("SELECT " + function + "(t) FROM jsonb_array_elements_text($1::jsonb) WITH ORDINALITY x(t, n) ORDER BY n",
                                             {to_text(Json(texts))})) {
      results.push_back(row[0]);
    }
    return results;
  }
  /// `expression` of ? on SQLite.
  Value sqlite(const std::string& expression, const Value& argument) {
    const auto cursor = sqlite_->query({"SELECT " + expression, {argument ? Cell(*argument) : Cell()}});
    if (!cursor || !*(*cursor)->next()) throw std::runtime_error("SQLite refuses " + expression);
    return (*cursor)->is_null(0) ? Value() : Value((*cursor)->text(0));
  }

  static inline std::unique_ptr<PostgresqlDatabase> database_;
  PostgresqlConnection connection_{database_->url()};
  std::unique_ptr<Db> sqlite_;
};

struct Folding {
  std::string function;
  Collation collation;
};
const Folding kFoldings[] = {{"scim_fold", Collation::folded}, {"scim_username", Collation::username}};

class PgFolding : public PgFunctions {
 protected:
  void expect_keys(const std::vector<std::string>& texts, const Folding& folding) {
    const std::vector<Value> keys = postgresql_of_each(folding.function, texts);
    ASSERT_EQ(keys.size(), texts.size());
    std::size_t wrong = 0;
    for (std::size_t i = 0; i < texts.size() && wrong < 10; ++i) {
      const std::string wanted = collation_key(texts[i], folding.collation);
      if (keys[i] == wanted) continue;
      ++wrong;
      ADD_FAILURE() << folding.function << ' ' << hex_encode(texts[i]) << ": " << hex_encode(keys[i].value_or("NULL")) << ", not "
                    << hex_encode(wanted);
    }
  }
  void expect_keys(const std::vector<std::string>& texts) {
    for (const Folding& folding : kFoldings) expect_keys(texts, folding);
  }
};

TEST_F(PgFolding, FoldsEveryCharacter) {
  for (const auto& [function, collation] : kFoldings) {
    std::map<std::string, std::string> wanted;
    for (char32_t c = 1; c <= 0x10FFFF; ++c) {
      if (!is_character(c)) continue;
      const std::string character = utf8(c);
      std::string key = collation_key(character, collation);
      if (key != character) wanted.emplace(character, std::move(key));
    }
    std::map<std::string, std::string> found;
    for (const auto& row : connection_.query("SELECT chr(c), key FROM (SELECT c, " + function + "(chr(c)) AS key FROM generate_series(1, 1114111) c"
                                             " WHERE c NOT BETWEEN 55296 AND 57343 OFFSET 0) x WHERE key IS DISTINCT FROM chr(c)")) {
      found.emplace(*row[0], row[1].value_or("NULL"));
    }
    EXPECT_GT(wanted.size(), 2500U);
    EXPECT_EQ(found, wanted) << function;
  }
}

TEST_F(PgFolding, FoldsEveryCharacterThatChangesBesideOthersThatJoin) {
  std::vector<std::string> texts;
  for (const Collation collation : {Collation::folded, Collation::username}) {
    for (const CharacterFolding& folding : character_foldings(collation)) {
      texts.push_back(folding.character + "\u0323\u0301");
      texts.push_back("\u1100" + folding.character + "\u0345" + folding.character + "\u11A8");
      texts.push_back("\u0041" + folding.character + "\u0338\u0327\u3099");
    }
  }
  ASSERT_GT(texts.size(), 10'000U);
  expect_keys(texts);
}

TEST_F(PgFolding, FoldsEverySecondOfAPairAfterEveryFirst) {
  std::set<std::string> firsts;
  std::set<std::string> seconds;
  for (const CharacterFolding& folding : character_foldings(Collation::folded)) {
    if (folding.joined_from.empty()) continue;
    std::size_t size = 1;
    while ((static_cast<unsigned char>(folding.joined_from[size]) & 0xC0) == 0x80) ++size;
    firsts.insert(folding.joined_from.substr(0, size));
    seconds.insert(folding.joined_from.substr(size));
  }
  ASSERT_GT(firsts.size(), 300U);
  ASSERT_GT(seconds.size(), 50U);
  std::vector<std::string> texts;
  for (const std::string& first : firsts) {
    for (const std::string& second : seconds) texts.push_back(first + second);
  }
  expect_keys(texts);
}

TEST_F(PgFolding, FoldsEveryHangulSyllableFromItsLetters) {
  std::vector<std::string> texts;
  for (char32_t l = 0x1100; l <= 0x1113; ++l) {
    for (char32_t v = 0x1160; v <= 0x1176; ++v) {
      texts.push_back(utf8(l) + utf8(v));
      for (char32_t t = 0x11A6; t <= 0x11C3; ++t) texts.push_back(utf8(l) + utf8(v) + utf8(t));
    }
  }
  for (char32_t syllable = 0xAC00; syllable <= 0xD7A3; syllable += 3) texts.push_back(utf8(syllable) + utf8(0x11A7 + syllable % 29));
  expect_keys(texts);
}

TEST_F(PgFolding, FoldsRandomTextsOfTrickyCharacters) {
  std::mt19937 random(20260103);
  const auto below = [&](std::size_t n) { return std::uniform_int_distribution<std::size_t>(0, n - 1)(random); };
  const std::vector<CharacterFolding> foldings = character_foldings(Collation::username);
  const std::vector<std::string> tricky = {
      "\u00DF", "\u1E9E", "\u0130", "\u0131", "i\u0307", "\u03A3", "\u03C2", "\u03C3", "\u0345", "\u1FB4", "\u1F80", "\u0390", "\u01F0", "\u0149",
      "\uFB03", "\u212A", "\u212B", "\u2126", "\uFF21", "\uFF41", "\uFF9E", "\uFFA1", "\u3000", "\u3099", "\u309A", "\u304B", "\uFF76", "\u0344", "\u0958",
      "\u0F73", "\u0F81", "\u0DDD", "\u11A7", "\u11A8", "\u1161", "\u1100", "\uAC00", "\uAC01", "\u200D", "\u00AD", "\uFEFF", "\uFFFD", "\uFFFF", "\U0001F468",
      "\U0001D15E", "\U0001D165", "\U00011131", "\U00011127", "\U00010400", "\U0001E900", "\u0ECE", "\U0001E08F", "\U00010EFD", "\u0301", "\u0323", "\u0308"};
  const auto character = [&]() -> std::string {
    switch (below(8)) {
      case 0: return utf8(static_cast<char32_t>(0x20 + below(0x5F)));
      case 1:
      case 2: return tricky[below(tricky.size())];
      case 3: return utf8(static_cast<char32_t>(0x300 + below(0x70)));
      case 4: return utf8(static_cast<char32_t>(0xAC00 + below(11172)));
      case 5: {
        const auto c = static_cast<char32_t>(below(0x110000));
        return is_character(c) ? utf8(c) : "A";
      }
      default: return foldings[below(foldings.size())].character;
    }
  };
  for (int batch = 0; batch < 10; ++batch) {
    std::vector<std::string> texts(10'000);
    for (std::string& text : texts) {
      for (std::size_t count = 1 + below(8); count > 0; --count) text += character();
    }
    expect_keys(texts, kFoldings[batch % 2]);
  }
}

TEST_F(PgFunctions, GiveNullForNull) {
  for (const char* function : {"scim_fold", "scim_username", "scim_instant", "scim_uuid", "scim_json_valid"}) {
    EXPECT_EQ(postgresql(std::string(function) + "($1)", std::nullopt), std::nullopt) << function;
  }
  EXPECT_EQ(postgresql("scim_fold($1)", ""), "");
  EXPECT_EQ(postgresql("scim_uuid($1)", ""), "");
  EXPECT_EQ(postgresql("scim_json_text($1, '{a}')", std::nullopt), std::nullopt);
  EXPECT_EQ(postgresql("(SELECT count(*) FROM scim_json_each($1, '{a}'))", std::nullopt), "0");
}

TEST_F(PgFunctions, ReadInstants) {
  std::vector<std::string> texts = {
      "", "2011", "2011-05-13", "2011-05-13T", "2011-05-13T04:42", "2011-05-13T04:42:34", "2011-05-13T04:42:34Z", "2011-05-13 04:42:34",
      "2011-05-13t04:42:34Z", "2011-05-13T04:42:34z", "2011-05-13T04:42:34.Z", "2011-05-13T04:42:34.1Z", "2011-05-13T04:42:34.123456Z",
      "2011-05-13T04:42:34.123456789Z", "2011-05-13T04:42:34.9999999", "2011-05-13T04:42:59.9999999999999999999999999999+14:00",
      "2011-05-13T04:42:34,5Z", "2011-05-13T04:42:34+01:00", "2011-05-13T04:42:34-01:30", "2011-05-13T04:42:34+14:00", "2011-05-13T04:42:34-14:00",
      "2011-05-13T04:42:34+14:01", "2011-05-13T04:42:34+15:00", "2011-05-13T04:42:34+13:59", "2011-05-13T04:42:34-13:60", "2011-05-13T04:42:34-00:00",
      "2011-05-13T04:42:34+0100", "2011-05-13T04:42:34+01", "2011-05-13T04:42:34ZZ", " 2011-05-13T04:42:34Z", "2011-05-13T04:42:34Z ",
      "2011-05-13T04:42:34Z\n", "2011-05-13  04:42:34", "2011-02-29T00:00:00Z", "2012-02-29T00:00:00Z", "1900-02-29T00:00:00Z", "2000-02-29T00:00:00Z",
      "2011-02-30T00:00:00Z", "2011-04-31T00:00:00Z", "2011-12-31T00:00:00Z", "2011-01-32T00:00:00Z", "2011-00-01T00:00:00Z", "2011-13-01T00:00:00Z",
      "2011-01-00T00:00:00Z", "2011-05-13T24:00:00Z", "2011-05-13T24:00:00.000Z", "2011-05-13T24:00:00.0000001Z", "2011-05-13T24:00:00.000001Z",
      "2011-05-13T24:00:00.00000Z", "2011-05-13T24:00:01Z", "2011-05-13T24:01:00Z", "2011-05-13T25:00:00Z", "2011-12-31T24:00:00+01:00",
      "2012-06-30T23:59:60Z", "2011-05-13T04:60:00Z", "0000-01-01T00:00:00Z", "0001-01-01T00:00:00Z", "0001-01-01T00:00:00+14:00",
      "9999-12-31T23:59:59.999999Z", "9999-12-31T24:00:00-14:00", "-0001-01-01T00:00:00Z", "12011-05-13T04:42:34Z", "1969-12-31T23:59:59.5Z",
      "1582-10-10T00:00:00Z", "\u0662011-05-13T04:42:34Z", "2011-05-13T04:42:34\u0660Z", "now", "infinity", "epoch", "2011-05-13T04:42:34 UTC"};
  std::mt19937 random(20260104);
  const std::string spare = "0123456789-:TZ+. 9";
  const auto digits = [&](std::size_t below, std::size_t width) {
    std::string text = std::to_string(random() % below);
    return std::string(text.size() < width ? width - text.size() : 0, '0') + text;
  };
  while (texts.size() < 10'000) {
    std::string text = digits(10000, 4) + '-' + digits(14, 2) + '-' + digits(33, 2) + (random() % 2 == 0 ? 'T' : ' ') + digits(25, 2) + ':' +
                       digits(61, 2) + ':' + digits(61, 2);
    if (random() % 2 == 0) text += '.' + digits(1000, 1 + random() % 9);
    if (random() % 2 == 0) text += (random() % 2 == 0 ? '+' : '-') + digits(16, 2) + ':' + digits(61, 2);
    texts.push_back(text);
  }
  while (texts.size() < 20'000) {
    std::string text = texts[random() % 70];
    for (std::size_t changes = 1 + random() % 2; changes > 0 && !text.empty(); --changes) {
      const std::size_t at = random() % text.size();
      const char c = spare[random() % spare.size()];
      if (random() % 4 == 0) text.insert(at, 1, c);
      else if (random() % 4 == 0) text.erase(at, 1);
      else text[at] = c;
    }
    if (is_utf8(text)) texts.push_back(text);
  }
  const std::vector<Value> instants = postgresql_of_each("scim_instant", texts);
  ASSERT_EQ(instants.size(), texts.size());
  std::size_t valid = 0;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    EXPECT_EQ(instants[i], sqlite("scim_instant(?)", texts[i])) << texts[i];
    valid += instants[i].has_value();
  }
  EXPECT_GT(valid, 3000U);
  EXPECT_GT(texts.size() - valid, 3000U);
}

TEST_F(PgFunctions, WriteDashesIntoUuids) {
  const std::string hex = "0123456789abcdef0123456789abcdef";
  EXPECT_EQ(postgresql("scim_uuid($1)", hex), "01234567-89ab-cdef-0123-456789abcdef");
  for (const std::string& text : {hex, hex + '0', hex.substr(1), hex + '\n', std::string("01234567-89ab-cdef-0123-456789abcdef"),
                                  std::string("0123456789ABCDEF0123456789ABCDEF"), std::string("0123456789abcdeg0123456789abcdef"),
                                  std::string("\u00e90123456789abcdef0123456789abcd"), std::string("x")}) {
    EXPECT_EQ(postgresql("scim_uuid($1)", text), sqlite("scim_uuid(?)", text)) << text;
  }
}

TEST_F(PgFunctions, HashesAndVersionsDifferWhenTheValuesDo) {
  const std::vector<std::string> values = {"NULL", "''", "'a'", "'b'", "'NULL'", "'a,b'", "'{}'", "'\"'", "' '", "'1'"};
  std::vector<std::string> lists;
  for (const std::string& a : values) {
    lists.push_back(a);
    for (const std::string& b : values) {
      lists.push_back(a + ", " + b);
      for (const std::string& c : values) lists.push_back(a + ", " + b + ", " + c);
    }
  }
  std::string sql;
  for (const std::string& list : lists) sql += (sql.empty() ? "SELECT " : " UNION ALL SELECT ") + ("scim_hash(" + list + "), scim_version(") + list + ')';
  std::set<std::string> hashes;
  std::set<std::string> versions;
  for (const auto& row : connection_.query(sql)) {
    const std::int64_t hash = std::stoll(*row[0]);
    EXPECT_GE(hash, 0);
    EXPECT_LT(hash, std::int64_t{1} << 40);
    EXPECT_EQ(row[1]->size(), 16U);
    EXPECT_EQ(row[1]->find_first_not_of("0123456789abcdef"), std::string::npos) << *row[1];
    hashes.insert(*row[0]);
    versions.insert(*row[1]);
  }
  EXPECT_EQ(hashes.size(), lists.size());
  EXPECT_EQ(versions.size(), lists.size());
  const auto same = connection_.query("SELECT scim_hash('a', n::text, NULL), scim_hash(VARIADIC ARRAY['a', '5', NULL]) FROM (VALUES (5)) v(n)");
  EXPECT_EQ(same[0][0], same[0][1]);
}

const std::vector<std::string> kDocuments = {
    "", " ", "null", "true", " 1 ", "01", "1.", ".5", "-", "-0", "-1.5e+3", "1e", "1e5", "+1", "0x1", "NaN", "Infinity", "truex", "nul",
    "\"\"", "\"a", "\"a\\", "\"\\x\"", "\"\\u12\"", "\"\\u00e9\"", "\"\\ud83d\\ude00\"", "\"a\tb\"", "\"a\nb\"", "\"\x7f\"", "'a'",
    "{}", "[]", "{", "}", "[1,]", "[,1]", "{\"a\":1,}", "{a:1}", "{\"a\"}", "{\"a\":}", "{\"a\":1 \"b\":2}", "[1 2]", "{} {}", "\t{}\r\n", "\f{}",
    "\xEF\xBB\xBF{}", "/**/{}", "\xC2\xA0{}", "[[[[]]]]", "[[[[]]]",
    R"({"title":"Boss","n":5,"d":2.5,"big":9223372036854775807,"small":-9223372036854775808,"yes":true,"no":false,"none":null,"empty":""})",
    R"({"urn:x:User":{"manager":{"value":"26","displayName":"\u00c4\"\\\/\b\f\n\r\té"}},"emails":[{"type":"work","primary":true},{"value":"b"}]})",
    R"({"list":["a","",null,1,2.5,true,false,{"a":1},[1]],"one":"x","nested":{"list":[]}})"};

TEST_F(PgFunctions, KnowWhatIsJson) {
  for (const std::string& document : kDocuments) {
    const bool is_json = sqlite("json_valid(?)", document) == "1";
    EXPECT_EQ(postgresql("scim_json_valid($1)", document), is_json ? "t" : "f") << document;
  }
  // PostgreSQL has no value for these.
  for (const std::string document : {R"("\u0000")", R"("\ud83d")", R"("\ude00\ud83d")", "1e200000"}) {
    EXPECT_EQ(sqlite("json_valid(?)", document), "1") << document;
    EXPECT_EQ(postgresql("scim_json_valid($1)", document), "f") << document;
  }
  std::string deep;
  for (int i = 0; i < 200'000; ++i) deep += '[';
  EXPECT_EQ(postgresql("scim_json_valid($1)", deep), "f");
  EXPECT_EQ(sqlite("json_valid(?)", deep), "0");
}

TEST_F(PgFunctions, ReadValuesOfDocuments) {
  struct Place {
    const char* sqlite;
    const char* postgresql;
  };
  const Place places[] = {{"$.title", "{title}"}, {"$.n", "{n}"}, {"$.d", "{d}"}, {"$.big", "{big}"}, {"$.small", "{small}"}, {"$.yes", "{yes}"},
                          {"$.no", "{no}"}, {"$.none", "{none}"}, {"$.empty", "{empty}"}, {"$.absent", "{absent}"}, {"$.title.x", "{title,x}"},
                          {"$.\"urn:x:User\".\"manager\".\"value\"", "{urn:x:User,manager,value}"},
                          {"$.\"urn:x:User\".\"manager\".\"displayName\"", "{urn:x:User,manager,displayName}"},
                          {"$.emails[0].type", "{emails,0,type}"}, {"$.emails[0].primary", "{emails,0,primary}"}, {"$.emails[1].value", "{emails,1,value}"},
                          {"$.emails[2].value", "{emails,2,value}"}, {"$.list[0]", "{list,0}"}, {"$.list[2]", "{list,2}"}, {"$.one", "{one}"}};
  std::size_t found = 0;
  for (const std::string& document : kDocuments) {
    if (sqlite("json_valid(?)", document) != "1") continue;
    for (const Place& place : places) {
      const auto call = [&](const std::string& function) { return postgresql(function + "($1, '" + place.postgresql + "')", document); };
      const std::string at = std::string(", '") + place.sqlite + "')";
      const Value type = sqlite("json_type(?" + at, document);
      const Value value = sqlite("json_extract(?" + at, document);
      EXPECT_EQ(call("scim_json_text"), value) << document << place.sqlite;
      EXPECT_EQ(postgresql("(scim_json_boolean($1, '" + std::string(place.postgresql) + "'))::integer", document), type == "true" || type == "false" ? value : Value()) << document << place.sqlite;
      EXPECT_EQ(call("scim_json_integer"), type == "integer" ? value : Value()) << document << place.sqlite;
      const Value decimal = call("scim_json_decimal");
      ASSERT_EQ(decimal.has_value(), type == "integer" || type == "real") << document << place.sqlite;
      if (decimal) {
        EXPECT_EQ(std::stod(*decimal), std::stod(*value)) << document << place.sqlite;
      }
      found += value.has_value();
    }
  }
  EXPECT_EQ(found, 15U);
}

TEST_F(PgFunctions, ReadNumbersThatTheTypeCannotHold) {
  EXPECT_EQ(postgresql("scim_json_integer($1, '{}')", "5.0"), "5");
  EXPECT_EQ(postgresql("scim_json_integer($1, '{}')", "5.5"), std::nullopt);
  EXPECT_EQ(postgresql("scim_json_integer($1, '{}')", "9223372036854775808"), std::nullopt);
  EXPECT_EQ(postgresql("scim_json_decimal($1, '{}')", "1e400"), "Infinity");
  EXPECT_EQ(postgresql("scim_json_decimal($1, '{}')", "-1e400"), "-Infinity");
  EXPECT_EQ(postgresql("scim_json_decimal($1, '{}')", "1e-400"), "0");
  EXPECT_EQ(postgresql("scim_json_decimal($1, '{}')", "1.7976931348623157e308"), "1.7976931348623157e+308");
  EXPECT_EQ(postgresql("scim_json_decimal($1, '{}')", "5e-324"), "5e-324");
}

TEST_F(PgFunctions, WalkThroughLists) {
  for (const std::string& document : kDocuments) {
    if (sqlite("json_valid(?)", document) != "1") continue;
    for (const char* list : {"emails", "list"}) {
      const std::string path = std::string("'{") + list + "}'";
      const auto rows = connection_.query("SELECT key, scim_json_text(value, '{}'), type, scim_json_text(value, '{value}') FROM scim_json_each($1, " + path + ')', {document});
      const auto cursor = sqlite_->query({std::string("SELECT key, value, type, CASE WHEN type = 'object' THEN json_extract(value, '$.value') END"
                                                      " FROM json_each(?, '$.") + list + "')", {document}});
      ASSERT_TRUE(cursor);
      std::size_t count = 0;
      for (; *(*cursor)->next(); ++count) {
        ASSERT_LT(count, rows.size());
        const auto& row = rows[count];
        const std::string type((*cursor)->text(2));
        EXPECT_EQ(row[0], (*cursor)->text(0));
        if (type != "object" && type != "array") {
          EXPECT_EQ(row[1], (*cursor)->is_null(1) ? Value() : Value((*cursor)->text(1)));
        }
        EXPECT_EQ(row[2] == "object", type == "object");
        EXPECT_EQ(row[3], (*cursor)->is_null(3) ? Value() : Value((*cursor)->text(3)));
      }
      EXPECT_EQ(count, rows.size()) << document;
    }
  }
  for (const char* path : {"{}", "{one}", "{nested}", "{nested,list}", "{absent}"}) {
    const auto rows = connection_.query("SELECT key FROM scim_json_each($1, $2)", {kDocuments.back(), path});
    EXPECT_TRUE(rows.empty()) << path;
  }
}

TEST_F(PgFunctions, AskNothingOfTheSession) {
  connection_.run_script("SET search_path = pg_catalog; SET timezone = 'America/St_Johns'; SET datestyle = 'SQL, DMY'; SET bytea_output = 'escape'");
  EXPECT_EQ(postgresql("public.scim_fold($1)", "\u00C9e\u0301A"), "\u00E9\u00E9a");
  EXPECT_EQ(postgresql("public.scim_instant($1)", "2011-05-04T04:42:34"), std::to_string(parse_instant("2011-05-04T04:42:34")->time_since_epoch().count()));
  EXPECT_EQ(postgresql("public.scim_json_text($1, '{a}')", "{\"a\":true}"), "1");
}

TEST_F(PgFunctions, AskNothingOfCollations) {
  connection_.run_script(
      "CREATE COLLATION blind (provider = icu, locale = 'und-u-ks-level2', deterministic = false);"
      "CREATE TABLE blind (t text COLLATE blind, i text COLLATE blind);"
      "INSERT INTO blind VALUES (U&'\\00C9e\\0301A', '2011-05-04T04:42:34Z'), ('0123456789abcdef0123456789abcdef', 'x'), ('ABC', 'y');"
      "CREATE INDEX ON blind (scim_fold(t), scim_username(t), scim_uuid(t), scim_instant(i))");
  const auto rows = connection_.query("SELECT scim_fold(t) COLLATE \"C\", scim_username(t), scim_uuid(t), scim_instant(i) FROM blind ORDER BY i COLLATE \"C\"");
  ASSERT_EQ(rows.size(), 3U);
  EXPECT_EQ(rows[0][0], "\u00E9\u00E9a");
  EXPECT_EQ(rows[0][1], "\u00E9\u00E9a");
  EXPECT_TRUE(rows[0][3].has_value());
  EXPECT_EQ(rows[1][2], "01234567-89ab-cdef-0123-456789abcdef");
  EXPECT_EQ(rows[2][0], "abc");
}

TEST_F(PgFunctions, CanBeMadeAgain) {
  connection_.run_script("CREATE TABLE indexed (t text); CREATE INDEX ON indexed (scim_fold(t)); INSERT INTO indexed VALUES ('\u00C9')");
  connection_.run_script(pg_functions_script());
  connection_.run_script("SET enable_seqscan = off");
  std::string plan;
  for (const auto& row : connection_.query("EXPLAIN SELECT * FROM indexed WHERE scim_fold(t) = '\u00E9'")) plan += *row[0];
  EXPECT_NE(plan.find("indexed_scim_fold_idx"), std::string::npos) << plan;
  EXPECT_EQ(connection_.query("SELECT t FROM indexed WHERE scim_fold(t) = '\u00E9'").size(), 1U);
}

}  // namespace
}  // namespace scim::sql
