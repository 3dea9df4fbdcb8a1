// SPDX-License-Identifier: MIT
#include "sql/mapping_column.h"

#include <algorithm>
#include <array>

#include "core/text.h"
#include "sql/password.h"

namespace scim::sql {
namespace {

struct MomentFormat {
  std::string_view name;
  Codec codec;
};
constexpr std::array<MomentFormat, 5> kMomentFormats = {{{"sql", Codec::date_time},
                                                         {"iso", Codec::iso},
                                                         {"epoch", Codec::epoch},
                                                         {"epoch_ms", Codec::epoch_ms},
                                                         {"epoch_us", Codec::epoch_us}}};

constexpr std::array<std::string_view, 16> kColumnKeys = {"column", "folded", "fold",   "lower",      "readonly", "unique", "absent",
                                                          "values", "invert", "format", "null_means", "number", "scheme", "refers",
                                                          "substring_index", "substring_tail"};

template <class Words>
std::string join(const Words& words) {
  std::string out;
  for (const std::string_view word : words) out.append(out.empty() ? "" : ", ").append(word);
  return out;
}

/// How a column keeps the attribute unless the mapping says otherwise.
Codec codec_of(const Attribute& attribute) {
  if (attribute.name == "password" && attribute.returned == Returned::never) return Codec::password;
  switch (attribute.type) {
    case Type::boolean: return Codec::boolean;
    case Type::integer: return Codec::integer;
    case Type::decimal: return Codec::decimal;
    case Type::date_time: return Codec::instant_text;
    case Type::string:
    case Type::binary:
    case Type::reference:
    case Type::complex: return Codec::text;
  }
  return Codec::text;
}

/// Reads what { column = ... } says beyond its name, for one attribute.
class ColumnReader {
 public:
  ColumnReader(const Json& json, const Attribute& attribute, const Place& place)
      : json_(json), attribute_(attribute), place_(place) {}

  Result<Column> read(Column column) {
    column_ = std::move(column);
    SCIM_ASSIGN(column_.folded, read_name(json_, "folded", place_, ""));
    SCIM_ASSIGN(column_.read_only, read_flag(json_, "readonly", place_));
    SCIM_ASSIGN(column_.unique, read_flag(json_, "unique", place_));
    SCIM_ASSIGN(column_.substring_index, read_name(json_, "substring_index", place_, ""));
    SCIM_ASSIGN(column_.substring_tail, read_name(json_, "substring_tail", place_, ""));
    SCIM_TRY(read_comparison());
    SCIM_TRY(read_moment());
    SCIM_TRY(read_number());
    SCIM_TRY(read_words());
    SCIM_TRY(read_scheme());
    if (json_.contains("refers")) {
      if (column_.codec != Codec::text) return place_.at("refers").refuse("only a string can be another resource's id");
      column_.codec = Codec::reference;
    }
    if (json_.contains("absent")) {
      SCIM_ASSIGN(column_.absent, read_cell(json_.at("absent"), place_.at("absent")));
    }
    const bool is_compared_as_it_is = column_.codec == Codec::text && column_.words.empty() && column_.absent == Cell() &&
                                      (!column_.folded.empty() || attribute_.collation == Collation::exact);
    if (!column_.substring_index.empty() && !is_compared_as_it_is) {
      return place_.at("substring_index").refuse("is for text with `folded`, or that is compared as it is");
    }
    if (!column_.substring_tail.empty() && column_.substring_index.empty()) {
      return place_.at("substring_tail").refuse("is of a substring_index");
    }
    return std::move(column_);
  }

 private:
  bool is_folded_text() const { return column_.codec == Codec::text && attribute_.collation != Collation::exact; }

  Result<void> read_comparison() {
    SCIM_ASSIGN(column_.lower, read_flag(json_, "lower", place_));
    SCIM_ASSIGN(const std::size_t fold, read_word(json_, "fold", {"unicode", "lower", "column"}, 0, place_));
    column_.fold = static_cast<Fold>(fold);
    for (const char* key : {"folded", "fold", "lower"}) {
      if (json_.contains(key) && !is_folded_text()) {
        return place_.refuse(std::string("is compared as it is: it has no use for `") + key + '`');
      }
    }
    if (!column_.folded.empty() + json_.contains("fold") + column_.lower > 1) {
      return place_.refuse("take one of folded, fold and lower");
    }
    return {};
  }

  Result<void> read_moment() {
    if (json_.contains("null_means")) {
      const Json& value = json_.at("null_means");
      if (attribute_.type != Type::boolean || value != Json(true)) {
        return place_.at("null_means").refuse("must be true, for a boolean attribute");
      }
      column_.codec = Codec::unset;
      SCIM_ASSIGN(column_.moment, read_moment_format(json_, Codec::date_time, place_));
      return {};
    }
    if (!json_.contains("format")) return {};
    if (attribute_.type != Type::date_time) return place_.at("format").refuse("is for dateTime attributes and null_means");
    SCIM_ASSIGN(column_.codec, read_moment_format(json_, column_.codec, place_));
    return {};
  }

  Result<void> read_number() {
    SCIM_ASSIGN(const bool is_number, read_flag(json_, "number", place_));
    if (!is_number) return {};
    if (column_.codec != Codec::text || !column_.folded.empty()) return place_.at("number").refuse("is for strings");
    column_.codec = Codec::number;
    column_.absent = Cell();
    return {};
  }

  Result<void> read_words() {
    SCIM_ASSIGN(const bool invert, read_flag(json_, "invert", place_));
    if (invert && (column_.codec != Codec::boolean || json_.contains("values"))) {
      return place_.at("invert").refuse("is for a boolean attribute without `values`");
    }
    if (invert) column_.words = {{std::int64_t{1}, std::int64_t{0}}, {std::int64_t{0}, std::int64_t{1}}};
    if (!json_.contains("values")) return {};
    const Place place = place_.at("values");
    const Json& values = json_.at("values");
    if (column_.codec != Codec::text && column_.codec != Codec::boolean && column_.codec != Codec::integer) {
      return place.refuse("is for strings, booleans and integers");
    }
    if (!values.is_object() || values.empty()) return place.refuse("must be a table of SCIM value = value of the column");
    for (const auto& item : values.items()) SCIM_TRY(read_word_pairs(item.key(), item.value(), place.at(item.key())));
    const bool is_boolean = column_.codec == Codec::boolean;
    if (is_boolean && (!values.contains("true") || !values.contains("false"))) return place.refuse("needs both true and false");
    for (std::size_t i = 0; i < column_.words.size(); ++i) {
      for (std::size_t j = 0; j < i; ++j) {
        if (column_.words[i].kept == column_.words[j].kept) return place.refuse("one value of the column stands for two");
      }
    }
    return {};
  }

  Result<void> read_word_pairs(const std::string& shown, const Json& kept, const Place& place) {
    SCIM_ASSIGN(const Cell cell, shown_cell(shown, place));
    const Json list = kept.is_array() ? kept : Json::array({kept});
    if (list.empty()) return place.refuse("names no value of the column");
    for (const Json& item : list) {
      SCIM_ASSIGN(Cell kept_cell, read_cell(item, place));
      column_.words.push_back({cell, std::move(kept_cell)});
    }
    return {};
  }

  Result<Cell> shown_cell(const std::string& text, const Place& place) const {
    if (column_.codec == Codec::text) return Cell(text);
    if (column_.codec == Codec::boolean) {
      if (text == "true" || text == "false") return Cell(std::int64_t{text == "true"});
      return place.refuse("the attribute is boolean: true or false");
    }
    const Json number = Json::parse(text, nullptr, false);
    if (!number.is_number_integer()) return place.refuse("the attribute is an integer");
    return Cell(number.get<std::int64_t>());
  }

  Result<void> read_scheme() {
    if (!json_.contains("scheme")) return {};
    if (column_.codec != Codec::password) return place_.at("scheme").refuse("is for the password");
    SCIM_ASSIGN(column_.scheme, read_name(json_, "scheme", place_));
    if (!password_scheme(column_.scheme)) return place_.at("scheme").refuse("must be one of " + known_password_schemes());
    return {};
  }

  const Json& json_;
  const Attribute& attribute_;
  const Place& place_;
  Column column_;
};

Result<DefaultValue> read_generated(const std::string& column, const Json& json, const Place& place) {
  SCIM_TRY(check_keys(json, {"generate", "format"}, place));
  DefaultValue value;
  value.column = column;
  if (!json.contains("generate")) return place.refuse("must be a value, or { generate = ... }");
  SCIM_ASSIGN(const std::size_t kind, read_word(json, "generate", {"now", "uuid", "uuid_hex", "password"}, 0, place));
  value.kind = static_cast<DefaultValue::Kind>(kind + 1);
  if (value.kind != DefaultValue::Kind::now && json.contains("format")) {
    return place.at("format").refuse("is for generate = \"now\"");
  }
  SCIM_ASSIGN(value.format, read_moment_format(json, Codec::date_time, place));
  return value;
}

}  // namespace

Result<void> check_keys(const Json& table, Keys keys, const Place& place) {
  for (const auto& item : table.items()) {
    if (std::find(keys.begin(), keys.end(), item.key()) != keys.end()) continue;
    return place.refuse("unknown key " + quote(item.key()) + "; known are " + join(keys));
  }
  return {};
}

Result<std::string> read_name(const Json& table, const char* key, const Place& place,
                              std::optional<std::string> otherwise) {
  const auto at = table.find(key);
  if (at == table.end()) {
    if (otherwise) return *otherwise;
    return place.refuse("needs " + quote(key));
  }
  if (!at->is_string() || at->get_ref<const std::string&>().empty()) {
    return place.at(key).refuse("must be a name in quotes");
  }
  return at->get<std::string>();
}

Result<bool> read_flag(const Json& table, const char* key, const Place& place) {
  const auto at = table.find(key);
  if (at == table.end()) return false;
  if (!at->is_boolean()) return place.at(key).refuse("must be true or false");
  return at->get<bool>();
}

Result<std::size_t> read_word(const Json& table, const char* key, Keys words, std::size_t otherwise, const Place& place) {
  const auto at = table.find(key);
  if (at == table.end()) return otherwise;
  if (at->is_string()) {
    const auto word = std::find(words.begin(), words.end(), at->get_ref<const std::string&>());
    if (word != words.end()) return static_cast<std::size_t>(word - words.begin());
  }
  return place.at(key).refuse("must be one of " + join(words));
}

Result<Cell> read_cell(const Json& json, const Place& place) {
  if (json.is_string()) return Cell(json.get<std::string>());
  if (json.is_boolean()) return Cell(std::int64_t{json.get<bool>()});
  if (json.is_number_integer()) return Cell(json.get<std::int64_t>());
  if (json.is_number()) return Cell(json.get<double>());
  return place.refuse("must be a text, a number, true or false");
}

Result<Codec> read_moment_format(const Json& table, Codec otherwise, const Place& place) {
  const auto at = table.find("format");
  if (at == table.end()) return otherwise;
  std::string known;
  for (const MomentFormat& format : kMomentFormats) {
    if (at->is_string() && at->get_ref<const std::string&>() == format.name) return format.codec;
    known.append(known.empty() ? "" : ", ").append(format.name);
  }
  return place.at("format").refuse("must be one of " + known);
}

Result<Defaults> read_defaults(const Json& json, const Place& place) {
  if (!json.is_object()) return place.refuse("must be a table of column = value");
  Defaults defaults;
  for (const auto& item : json.items()) {
    if (item.value().is_object()) {
      SCIM_ASSIGN(DefaultValue value, read_generated(item.key(), item.value(), place.at(item.key())));
      defaults.push_back(std::move(value));
      continue;
    }
    DefaultValue value;
    value.column = item.key();
    SCIM_ASSIGN(value.value, read_cell(item.value(), place.at(item.key())));
    defaults.push_back(std::move(value));
  }
  return defaults;
}

Result<Column> read_column(const Json& json, const Attribute& attribute, const Cell& absent, Keys more,
                           const Place& place) {
  if (attribute.type == Type::complex) return place.refuse("is complex: map its sub-attributes");
  Column column;
  column.codec = codec_of(attribute);
  column.absent = column.codec == Codec::text ? absent : Cell();
  if (json.is_string()) {
    column.name = json.get<std::string>();
    if (column.name.empty()) return place.refuse("must be the name of a column, or { column = ... }");
    return column;
  }
  if (!json.is_object()) return place.refuse("must be the name of a column, or { column = ... }");
  for (const auto& item : json.items()) {
    const auto has = [&](const auto& keys) { return std::find(keys.begin(), keys.end(), item.key()) != keys.end(); };
    if (has(kColumnKeys) || has(more)) continue;
    std::string known = join(kColumnKeys);
    if (more.size() > 0) known += ", " + join(more);
    return place.refuse("unknown key " + quote(item.key()) + "; known are " + known);
  }
  SCIM_ASSIGN(column.name, read_name(json, "column", place));
  return ColumnReader(json, attribute, place).read(std::move(column));
}

}  // namespace scim::sql
