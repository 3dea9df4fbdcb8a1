// SPDX-License-Identifier: MIT
#include "sql/document.h"

namespace scim::sql {
namespace {

/// ."urn:...:User"."manager"."value"
std::string path_to(const Attribute& attribute) {
  const std::string own = ".\"" + attribute.name + '"';
  return attribute.parent == nullptr ? own : path_to(*attribute.parent) + own;
}

/// Into JSON, as SQL has it.
class Path {
 public:
  explicit Path(const Dialect& dialect) : style_(dialect.json_path) {}
  Path& to(const Attribute& attribute) {
    if (attribute.parent != nullptr) to(*attribute.parent);
    return name(attribute.name);
  }
  Path& name(const std::string& member) { return add(style_ == JsonPath::dollar ? ".\"" + member + '"' : '"' + member + '"'); }
  Path& first() { return add(style_ == JsonPath::dollar ? "[0]" : "0"); }
  std::string sql() const { return literal(style_ == JsonPath::dollar ? '$' + text_ : '{' + text_ + '}'); }

 private:
  Path& add(const std::string& step) {
    if (style_ == JsonPath::array && !text_.empty()) text_ += ',';
    text_ += step;
    return *this;
  }

  const JsonPath style_;
  std::string text_;
};

std::string_view function_for(Type type, const Dialect& dialect) {
  switch (type) {
    case Type::integer: return dialect.json_integer;
    case Type::decimal: return dialect.json_decimal;
    case Type::boolean: return dialect.json_boolean;
    case Type::string:
    case Type::reference:
    case Type::binary:
    case Type::date_time:
    case Type::complex: break;
  }
  return dialect.json_text;
}

std::string json_value(std::string_view document, const Path& path, Type type, const Dialect& dialect) {
  return std::string(function_for(type, dialect)) + '(' + std::string(document) + ", " + path.sql() + ')';
}

/// One is the value of the other, that of the column `mapped`, and NULL that of NULL.
std::string is_same(const std::string& one, const std::string& other, const Column& mapped, const Dialect& dialect) {
  const std::string_view order = shown_as(mapped.codec) == Shown::text ? dialect.in_order : std::string_view();
  return " AND NOT (" + one + ' ' + std::string(dialect.distinct) + ' ' + other + std::string(order) + ')';
}

/// That the element of the document has the parts of the row.
std::string is_of_row(std::string_view element, std::string_view row, const ListTable& table, const Dialect& dialect) {
  std::string sql = std::string(element) + ".type = 'object'";
  for (const Attribute* key : document_key(table)) {
    const Column& column = table.columns.at(key);
    sql += is_same(document_part(element, *key, dialect), shown_expression(row, column, dialect), column, dialect);
  }
  return sql;
}

/// That the same elements of the document are those of both rows.
std::string are_alike(std::string_view one, std::string_view other, const ListTable& table, const Dialect& dialect) {
  std::string sql;
  for (const Attribute* key : document_key(table)) {
    const Column& column = table.columns.at(key);
    sql += is_same(shown_expression(one, column, dialect), shown_expression(other, column, dialect), column, dialect);
  }
  return sql;
}

}  // namespace

std::string document_path(const Attribute& attribute) { return '$' + path_to(attribute); }

std::string valid_document(const std::string& column, const Dialect& dialect) {
  return "CASE WHEN " + std::string(dialect.json_valid) + '(' + column + ") THEN " + column + " END";
}

std::string document_value(std::string_view document, const Attribute& attribute, const Dialect& dialect) {
  return json_value(document, Path(dialect).to(attribute), attribute.type, dialect);
}

std::string document_element_value(std::string_view document, const Attribute& list, const Attribute& part,
                                   const Dialect& dialect) {
  return json_value(document, Path(dialect).to(list).first().name(part.name), part.type, dialect);
}

std::string document_elements(std::string_view document, const Attribute& list, const Dialect& dialect) {
  return std::string(dialect.json_each) + '(' + std::string(document) + ", " + Path(dialect).to(list).sql() + ')';
}

std::string document_part(std::string_view alias, const Attribute& part, const Dialect& dialect) {
  const std::string element = std::string(alias) + ".value";
  const bool is_simple = part.multi_valued;
  if (is_simple) return dialect.typing == Typing::dynamic ? element : json_value(element, Path(dialect), part.type, dialect);
  return "CASE WHEN " + std::string(alias) + ".type = 'object' THEN " +
         json_value(element, Path(dialect).name(part.name), part.type, dialect) + " END";
}

std::vector<const Attribute*> document_key(const ListTable& table) {
  std::vector<const Attribute*> parts;
  for (const auto& [part, column] : table.columns) {
    if (part->type != Type::boolean) parts.push_back(part);  // `primary` that is false may be missing
  }
  return parts;
}

std::string shows_something(std::string_view alias, const ListTable& table, const Dialect& dialect) {
  std::string sql;
  for (const auto& [attribute, column] : table.columns) {
    sql += (sql.empty() ? "" : " OR ") + shown_expression(alias, column, dialect) + " IS NOT NULL";
  }
  return sql;
}

std::string join_beside_rows(std::string_view document, const Attribute& list, const ListTable& table,
                             std::string_view alias, const Dialect& dialect) {
  const std::string elements = document_elements(document, list, dialect);
  const std::string key = column_of(alias, table.key);
  const std::string owner = column_of(alias, table.owner);
  return " LEFT JOIN " + elements + " x ON " + is_of_row("x", alias, table, dialect) +
         " AND (SELECT count(*) FROM " + elements + " y WHERE y.key < x.key AND " + is_of_row("y", alias, table, dialect) +
         ") = (SELECT count(*) FROM " + identifier(table.name) + " d WHERE " + column_of("d", table.owner) + " = " + owner +
         " AND " + column_of("d", table.key) + " < " + key + are_alike("d", alias, table, dialect) + ')';
}

std::string has_no_row(std::string_view alias, const ListTable& table, const Dialect& dialect) {
  std::string sql = std::string(alias) + ".type = 'object'";
  for (const Attribute* key : document_key(table)) sql += " AND " + document_part(alias, *key, dialect) + " IS NULL";
  return sql;
}

Json parse_document(std::string_view text) {
  if (text.empty()) return Json::object();
  // Our own text, but anybody may have written to the column.
  Json document = Json::parse(text, nullptr, false);
  return document.is_object() ? document : Json::object();
}

Json document_share(const TypeMapping& type, const Attribute& attribute, const Json& value) {
  if (!value.is_object() || attribute.multi_valued) return value;
  Json share = Json::object();
  for (const Attribute& sub : attribute.sub_attributes) {
    const auto part = value.find(sub.name);
    if (part == value.end()) continue;
    const bool is_leaf = sub.type != Type::complex || sub.multi_valued;
    if (is_leaf && !is_in_document(type, sub)) continue;
    Json sub_share = is_leaf ? *part : document_share(type, sub, *part);
    if (!sub_share.is_object() || !sub_share.empty()) share[sub.name] = std::move(sub_share);
  }
  return share;
}

}  // namespace scim::sql
