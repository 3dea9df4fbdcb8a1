// SPDX-License-Identifier: MIT
#include "sql/write_document.h"

#include <algorithm>
#include <set>
#include <utility>

#include "core/text.h"

namespace scim::sql {
namespace {

/// Of those leaves and lists that `wanted` takes.
template <class Wanted>
void append_changes(const TypeMapping& type, const Attribute& attribute, const Json& body, Wanted wanted, Changes& changes) {
  const bool is_derived = attribute.mutability == Mutability::read_only || is_schemas(attribute) || attribute.name == "meta";
  const Json* value = find_value(body, attribute);
  if (is_derived || value == nullptr) return;
  if (attribute.type == Type::complex && !attribute.multi_valued) {
    for (const Attribute& sub : attribute.sub_attributes) append_changes(type, sub, body, wanted, changes);
    return;
  }
  if (!wanted(attribute)) return;
  const bool is_membership = type.members.contains(&attribute);
  changes.push_back({&attribute, is_membership ? Change::Kind::add : Change::Kind::set, *value});
}

/// Whether a leaf or list may leave something in the document.
bool has_share(const TypeMapping& type, const Attribute& attribute) {
  if (type.members.contains(&attribute)) return false;
  if (type.elements.contains(&attribute)) return true;
  if (!type.lists.contains(&attribute)) return is_in_document(type, attribute);
  const auto& parts = attribute.sub_attributes;
  return std::any_of(parts.begin(), parts.end(), [&](const Attribute& part) { return is_in_document(type, part); });
}

bool is_primary(const Json& element) { return element.is_object() && element.value("primary", Json()) == Json(true); }

/// How well an element fits the column: the constants decide, then `primary`.
int fitness(const ElementColumn& column, const Json& element) {
  int fit = 0;
  for (const auto& [part, constant] : column.constants) {
    const auto value = element.find(part->name);
    if (value == element.end()) continue;
    const int weight = part->name == "primary" ? 1 : 4;
    fit += *value == constant ? weight : part->name == "primary" ? 0 : -weight;
  }
  return 2 * fit + (is_primary(element) ? 1 : 0);
}

std::size_t best_element(const ElementColumn& column, const Json& elements) {
  const auto fits_less = [&](const Json& a, const Json& b) { return fitness(column, a) < fitness(column, b); };
  return static_cast<std::size_t>(std::max_element(elements.begin(), elements.end(), fits_less) - elements.begin());
}

bool has_value(const ElementColumn& column, const Json& element) {
  return !element.is_object() || element.contains(column.part->name);
}

/// What the chosen element has beyond the column and the constants, or otherwise than these.
Json beyond_column(const ElementColumn& column, Json element) {
  if (!element.is_object()) return nullptr;
  element.erase(column.part->name);
  for (const auto& [part, constant] : column.constants) {
    if (element.value(part->name, constant) == constant) element.erase(part->name);
  }
  return element;
}

/// At most one element is primary (RFC 7643 2.4): not the column's, whatever the mapping says, if a client has said so of another.
void give_up_primary(const ElementColumn& column, Json& elements) {
  const bool column_is_primary = std::any_of(column.constants.begin(), column.constants.end(), [](const auto& constant) {
    return constant.first->name == "primary" && constant.second == Json(true);
  });
  if (column_is_primary && std::any_of(elements.begin() + 1, elements.end(), is_primary)) elements.front()["primary"] = false;
}

/// A client's value as the column will show it.
Json as_shown(const Column& column, const Attribute& attribute, const Json& value) {
  if (!value.is_string()) return value;
  if (column.lower) return collation_key(value.get<std::string>(), attribute.collation);
  for (const Column::Word& word : column.words) {
    const auto* shown = std::get_if<std::string>(&word.shown);
    if (shown != nullptr && collation_key(*shown, Collation::folded) == collation_key(value.get<std::string>(), Collation::folded)) {
      return *shown;
    }
  }
  return value;
}

/// What the column shows as no value.
bool is_absent(const Column& column, const Json& value) {
  return value.is_string() && column.absent == Cell(value.get<std::string>());
}

/// Of a membership that no table holds.
void change_members(const TypeMapping& type, const Change& change, Json& document) {
  Resource kept{type.type, std::move(document)};
  apply({change}, kept);
  kept.body.erase("schemas");
  document = std::move(kept.body);
}

}  // namespace

Changes changes_of(const TypeMapping& type, const Json& body) {
  Changes changes;
  const auto all = [](const Attribute&) { return true; };
  for (const Attribute& attribute : type.type->attributes) append_changes(type, attribute, body, all, changes);
  return changes;
}

ListShare split_list(const TypeMapping& type, const Attribute& list, const Json* elements) {
  const ElementColumn& column = type.elements.at(&list);
  ListShare share;
  if (elements == nullptr || !elements->is_array() || elements->empty()) return share;
  const std::size_t chosen = best_element(column, *elements);
  const Json& first = (*elements)[chosen];
  const bool is_simple = !first.is_object();
  const bool fits = has_value(column, first);
  if (fits) share.in_column = is_simple ? first : first.at(column.part->name);
  Json more = fits ? beyond_column(column, first) : Json(nullptr);
  share.in_document = Json::array({is_simple || more.is_null() ? Json::object() : std::move(more)});
  for (std::size_t i = 0; i < elements->size(); ++i) {
    if (i == chosen && fits) continue;
    share.in_document.push_back((*elements)[i]);
  }
  if (fits) give_up_primary(column, share.in_document);
  if (share.in_document.size() == 1 && share.in_document.front().empty()) share.in_document = nullptr;
  return share;
}

/// What the column shows where an element says nothing; nullptr: nothing.
const std::string* default_text(const Defaults& defaults, const Column& column) {
  for (const DefaultValue& value : defaults) {
    if (value.column == column.name && value.kind == DefaultValue::Kind::constant) return std::get_if<std::string>(&value.value);
  }
  return nullptr;
}

Json beside_rows(const TypeMapping& type, const Attribute& list, const Json* elements) {
  if (elements == nullptr || list.type != Type::complex) return nullptr;
  const ListTable& table = type.lists.at(&list);
  std::vector<std::pair<Json, Json>> entries;  // what finds the row, and what stands beside it
  std::set<std::string> needed;
  for (const Json& element : *elements) {
    Json key = Json::object();
    for (const Attribute* part : document_key(table)) {
      const Column& column = table.columns.at(part);
      const Json shown = element.contains(part->name) ? as_shown(column, *part, element.at(part->name)) : Json();
      if (!shown.is_null() && !is_absent(column, shown)) key[part->name] = shown;
      else if (const std::string* text = default_text(table.defaults, column)) key[part->name] = *text;
    }
    Json beside = Json::object();
    for (const Attribute& part : list.sub_attributes) {
      if (element.contains(part.name) && is_in_document(type, part)) beside[part.name] = element.at(part.name);
    }
    if (!beside.empty()) needed.insert(to_text(key));
    entries.emplace_back(std::move(key), std::move(beside));
  }
  Json kept = Json::array();
  for (auto& [key, beside] : entries) {
    // Of rows that are alike all stand here, so that the order tells them apart.
    if (!needed.contains(to_text(key))) continue;
    key.update(beside);
    kept.push_back(std::move(key));
  }
  return kept.empty() ? Json() : kept;
}

Json change_document(const TypeMapping& type, Json document, const Changes& changes) {
  if (!type.has_document()) return document;
  for (const Change& change : changes) {
    if (type.members.contains(change.attribute)) continue;
    if (change.kind == Change::Kind::add || change.kind == Change::Kind::remove) {
      if (is_in_document(type, *change.attribute)) change_members(type, change, document);
      continue;
    }
    const Json* value = change.kind == Change::Kind::set ? &change.value : nullptr;
    if (type.elements.contains(change.attribute)) {
      assign_value(document, *change.attribute, split_list(type, *change.attribute, value).in_document);
      continue;
    }
    if (type.lists.contains(change.attribute)) {
      assign_value(document, *change.attribute, beside_rows(type, *change.attribute, value));
      continue;
    }
    const bool is_whole = change.attribute->type != Type::complex || change.attribute->multi_valued;
    if (is_whole && !is_in_document(type, *change.attribute)) continue;
    Json share = value == nullptr ? Json() : is_whole ? *value : document_share(type, *change.attribute, *value);
    if (share.is_object() && share.empty()) share = nullptr;
    assign_value(document, *change.attribute, std::move(share));
  }
  return document;
}

Json new_document(const TypeMapping& type, const Json& body) {
  if (!type.has_document()) return Json::object();
  Changes changes;
  const auto wanted = [&](const Attribute& attribute) { return has_share(type, attribute); };
  for (const Attribute& attribute : type.type->attributes) append_changes(type, attribute, body, wanted, changes);
  return change_document(type, Json::object(), changes);
}

Cell document_cell(const Json& document) {
  if (!document.is_object() || document.empty()) return {};
  return to_text(document);
}

}  // namespace scim::sql
