// SPDX-License-Identifier: MIT
#include "sql/document.h"

namespace scim::sql {
namespace {

/// ."urn:...:User"."manager"."value"
std::string path_to(const Attribute& attribute) {
  const std::string own = ".\"" + attribute.name + '"';
  return attribute.parent == nullptr ? own : path_to(*attribute.parent) + own;
}

std::string json_value(std::string_view document, const std::string& path, const Dialect& dialect) {
  return std::string(dialect.json_value) + '(' + std::string(document) + ", " + literal("$" + path) + ')';
}

}  // namespace

std::string valid_document(const std::string& column, const Dialect& dialect) {
  return "CASE WHEN " + std::string(dialect.json_valid) + '(' + column + ") THEN " + column + " END";
}

std::string document_value(std::string_view document, const Attribute& attribute, const Dialect& dialect) {
  return json_value(document, path_to(attribute), dialect);
}

std::string document_element_value(std::string_view document, const Attribute& list, const Attribute& part,
                                   const Dialect& dialect) {
  return json_value(document, path_to(list) + "[0].\"" + part.name + '"', dialect);
}

std::string document_elements(std::string_view document, const Attribute& list, const Dialect& dialect) {
  return std::string(dialect.json_each) + '(' + std::string(document) + ", " + literal("$" + path_to(list)) + ')';
}

std::string document_part(std::string_view alias, const Attribute& part, const Dialect& dialect) {
  const std::string element = std::string(alias) + ".value";
  const bool is_simple = part.multi_valued;
  if (is_simple) return element;
  return "CASE WHEN " + std::string(alias) + ".type = 'object' THEN " + json_value(element, ".\"" + part.name + '"', dialect) + " END";
}

std::vector<const Attribute*> document_key(const Attribute& list, const ListTable& table) {
  const Attribute* value = list.find("value");
  if (value != nullptr && table.columns.contains(value)) return {value};
  std::vector<const Attribute*> parts;
  for (const auto& [part, column] : table.columns) parts.push_back(part);
  return parts;
}

std::string document_beside_row(std::string_view document, const Attribute& list, const ListTable& table,
                                std::string_view alias, const Attribute& part, const Dialect& dialect) {
  std::string sql = "(SELECT " + json_value("x.value", ".\"" + part.name + '"', dialect) + " FROM " +
                    document_elements(document, list, dialect) + " x WHERE x.type = 'object' AND ";
  std::string_view separator;
  for (const Attribute* key : document_key(list, table)) {
    // One is the value of the other, as a client would compare them.
    sql.append(separator).append("NOT (").append(json_value("x.value", ".\"" + key->name + '"', dialect)).append(" ");
    sql.append(dialect.distinct).append(" ").append(shown_expression(alias, table.columns.at(key), dialect)).append(")");
    separator = " AND ";
  }
  return sql + " LIMIT 1)";
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
