// SPDX-License-Identifier: MIT
#include "sql/pg_functions.h"

#include <iterator>
#include <map>
#include <set>
#include <string_view>

#include "core/json.h"
#include "core/text.h"
#include "scim_sql_texts.h"
#include "sql/expression.h"

namespace scim::sql {
namespace {

bool continues(char byte) { return (static_cast<unsigned char>(byte) & 0xC0) == 0x80; }

/// The first character of a text that has one.
std::string first_character(std::string_view text) {
  std::size_t size = 1;
  while (size < text.size() && continues(text[size])) ++size;
  return std::string(text.substr(0, size));
}

std::string last_character(std::string_view text) {
  std::size_t first = text.size() - 1;
  while (first > 0 && continues(text[first])) --first;
  return std::string(text.substr(first));
}

/// What the SQL of a folding looks up.
struct FoldingTables {
  using Table = std::map<std::string, std::string>;
  Table keys;     ///< the key of a character by itself; "" if it may join what is before it
  Table parts;    ///< what it is taken apart to
  Table classes;  ///< combining classes, in digits
  Table pairs;    ///< what two characters are put together to
};

/// Hangul vowels and trailing consonants, which join what is before them by arithmetic.
void add_hangul(std::set<std::string>& joining) {
  const auto add = [&](int from, int to) {
    for (int code = from; code <= to; ++code) {
      joining.insert({static_cast<char>(0xE0 | (code >> 12)), static_cast<char>(0x80 | ((code >> 6) & 0x3F)),
                      static_cast<char>(0x80 | (code & 0x3F))});
    }
  };
  add(0x1161, 0x1175);
  add(0x11A7, 0x11C2);
}

FoldingTables tables_of(Collation collation) {
  FoldingTables tables;
  const std::vector<CharacterFolding> foldings = character_foldings(collation);
  std::set<std::string> joining;
  add_hangul(joining);
  for (const CharacterFolding& folding : foldings) {
    if (folding.parts != folding.character) tables.parts[folding.character] = folding.parts;
    if (folding.combining_class != 0) {
      tables.classes[folding.character] = std::to_string(folding.combining_class);
      joining.insert(folding.character);
    }
    if (!folding.joined_from.empty()) {
      tables.pairs[folding.joined_from] = folding.character;
      joining.insert(last_character(folding.joined_from));
    }
  }
  for (const std::string& character : joining) tables.keys[character] = "";
  for (const CharacterFolding& folding : foldings) {
    const std::string key = collation_key(folding.character, collation);
    const bool joins = joining.contains(first_character(folding.parts)) || joining.contains(first_character(key));
    if (joins) tables.keys[folding.character] = "";
    else if (key != folding.character) tables.keys[folding.character] = key;
  }
  return tables;
}

/// A JSON object as a literal of SQL.
std::string object_literal(const FoldingTables::Table& table) {
  std::string json;
  for (const auto& [from, to] : table) json += (json.empty() ? "{" : ",") + to_text(Json(from)) + ':' + to_text(Json(to));
  return literal(json + '}');
}

char32_t code_point_of(std::string_view character) {
  const auto byte = [&](std::size_t i) { return static_cast<char32_t>(static_cast<unsigned char>(character[i])); };
  char32_t code_point = character.size() == 1 ? byte(0) : byte(0) & (0x7FU >> character.size());
  for (std::size_t i = 1; i < character.size(); ++i) code_point = (code_point << 6) | (byte(i) & 0x3F);
  return code_point;
}

/// A regular expression for one of the characters that the table has, as a literal of SQL.
std::string pattern_literal(const FoldingTables::Table& table) {
  std::string ranges;
  for (auto first = table.begin(); first != table.end();) {
    auto last = first;
    for (auto next = std::next(last); next != table.end() && code_point_of(next->first) == code_point_of(last->first) + 1; ++next) last = next;
    ranges += first == last ? first->first : first->first + '-' + last->first;
    first = std::next(last);
  }
  return literal('[' + ranges + ']');
}

void replace_all(std::string& text, std::string_view what, const std::string& by) {
  for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + by.size())) {
    text.replace(at, what.size(), by);
  }
}

std::string fold_function(const std::string& name, Collation collation) {
  const FoldingTables tables = tables_of(collation);
  std::string sql(texts::postgresql_fold_sql);
  replace_all(sql, "{name}", name);
  replace_all(sql, "{changing}", pattern_literal(tables.keys));
  replace_all(sql, "{keys}", object_literal(tables.keys));
  replace_all(sql, "{parts}", object_literal(tables.parts));
  replace_all(sql, "{classes}", object_literal(tables.classes));
  replace_all(sql, "{pairs}", object_literal(tables.pairs));
  return sql;
}

}  // namespace

const std::string& pg_functions_script() {
  // Made of what text.h does with each character that there is.
  static const std::string script =
      fold_function("scim_fold", Collation::folded) + fold_function("scim_username", Collation::username) +
      std::string(texts::postgresql_sql) + "COMMENT ON FUNCTION scim_version(text[]) IS '" + std::to_string(kPgFunctionsVersion) + "';\n";
  return script;
}

std::string pg_functions_version_select() { return "SELECT obj_description(to_regprocedure('scim_version(text[])'), 'pg_proc')"; }

}  // namespace scim::sql
