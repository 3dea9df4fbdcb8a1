// SPDX-License-Identifier: MIT
#include "sql/scope.h"

#include <algorithm>
#include <functional>

#include "sql/compile.h"
#include "sql/document.h"
#include "sql/membership.h"

namespace scim::sql {
namespace {

std::string call(std::string_view function, const std::string& argument) {
  return std::string(function) + '(' + argument + ')';
}

/// `text` as collation_key() would have it; a column that holds the key already saves the call.
std::string folded(const std::string& text, Collation collation, const Dialect& dialect) {
  switch (collation) {
    case Collation::exact: return text;
    case Collation::folded: return call(dialect.fold, text);
    case Collation::username: return call(dialect.username, text);
  }
  return text;
}

/// What literals are compared with; `shown` is shown_expression() of the column, or the column itself where "" for
/// "no value" does no harm.
std::string key_expression(std::string_view alias, const Column& column, const std::string& shown, Collation own,
                           Collation wanted, const Dialect& dialect) {
  if (wanted == Collation::exact) return shown;
  if (!column.folded.empty() && own == wanted) return column_of(alias, column.folded);
  return folded(shown, wanted, dialect);
}

/// What an index may serve instead of the key.
void add_fast_key(std::string_view alias, const Column& column, const Attribute& attribute, const Dialect& dialect,
                  Operand& operand) {
  const std::string name = column_of(alias, column.name);
  const bool is_text = column.native == Native::any || column.native == Native::text || column.native == Native::alike;
  if (!is_text || (column.native == Native::alike && column.fold != Fold::column)) return;
  const bool is_empty_for_none = column.absent == Cell(std::string());
  if (!column.words.empty() || (column.absent != Cell() && !is_empty_for_none)) return;
  if (column.lower) {
    operand.fast_for = Operand::FastFor::lower;
    operand.fast_key.text = name;
    return;
  }
  if (column.fold == Fold::unicode || attribute.collation == Collation::exact) {
    if (is_empty_for_none) operand.fast_key.text = key_expression(alias, column, name, attribute.collation, attribute.collation, dialect);
    return;
  }
  operand.fast_for = column.native == Native::alike ? Operand::FastFor::alike : Operand::FastFor::ascii;
  operand.fast_key.text = column.fold == Fold::lower ? call("lower", name) : name;
}

Operand plain(std::string expression) {
  Operand operand;
  operand.kind = Operand::Kind::plain;
  operand.raw.text = std::move(expression);
  operand.key = operand.raw;
  return operand;
}

/// Where the type of the column lets an index serve `eq` of the column itself only.
void add_own(const std::string& name, const Column& column, Collation collation, Operand& operand) {
  // Numbers and UUIDs are folded as they are.
  const bool is_as_it_is = collation == Collation::exact || (column.native != Native::alike && column.native != Native::padded);
  if (!compares_itself(column.native) || !column.words.empty() || column.absent != Cell() || !is_as_it_is) return;
  operand.own.text = name;
  operand.native = column.native;
}

/// `key`: of the column's table.
Operand column_operand(std::string_view alias, std::string_view key, const Column& column, const Attribute& attribute,
                       const Dialect& dialect) {
  const std::string shown = shown_expression(alias, column, dialect);
  Operand operand = plain(shown);
  if (column.codec == Codec::instant_text) operand.key.text = call(dialect.instant, shown);
  if (column.codec == Codec::uuid_hex) operand.kind = Operand::Kind::text;
  if (column.codec == Codec::number) operand.kind = Operand::Kind::text;
  const bool is_own_text = column.codec == Codec::text || column.codec == Codec::number || (column.codec == Codec::uuid_hex && column.native == Native::uuid);
  if (is_own_text) add_own(column_of(alias, column.name), column, attribute.collation, operand);
  if (column.codec != Codec::text) return operand;
  operand.kind = Operand::Kind::text;
  operand.key.text = key_expression(alias, column, shown, attribute.collation, attribute.collation, dialect);
  add_fast_key(alias, column, attribute, dialect, operand);
  operand.substring_index = column.substring_index;
  operand.substring_tail = column.substring_tail;
  operand.row_key = column_of(alias, key);
  return operand;
}

/// A value of the document, whose type is the attribute's.
Operand document_operand(const std::string& value, const Attribute& attribute, const Dialect& dialect) {
  Operand operand = plain(value);
  switch (attribute.type) {
    case Type::string:
    case Type::reference:
    case Type::binary:
      operand.kind = Operand::Kind::text;
      operand.key.text = folded(value, attribute.collation, dialect);
      return operand;
    case Type::date_time: operand.key.text = call(dialect.instant, value); return operand;
    case Type::boolean:
    case Type::integer:
    case Type::decimal:
    case Type::complex: return operand;
  }
  return operand;
}

/// What is the same everywhere.
Operand constant_operand(const Json& value, const Attribute& attribute) {
  Operand operand;
  if (!value.is_string()) {
    operand.kind = Operand::Kind::plain;
    operand.raw.text = value.is_boolean() ? (value.get<bool>() ? "true" : "false") : to_text(value);
    operand.key = operand.raw;
    return operand;
  }
  operand.raw.text = literal(value.get<std::string>());
  operand.key.text = literal(collation_key(value.get<std::string>(), attribute.collation));
  return operand;
}

/// `other` where there is no value.
Operand or_else(Operand operand, const Operand& other) {
  operand.raw.text = "coalesce(" + operand.raw.text + ", " + other.raw.text + ")";
  operand.key.text = "coalesce(" + operand.key.text + ", " + other.key.text + ")";
  return operand;
}

/// The id of a resource, whose tables have the prefix.
Operand id_operand(const TypeMapping& type, std::string_view prefix, const Dialect& dialect) {
  Operand operand = plain(id_of(type, prefix, dialect));
  const Column& id = type.link.id;
  const std::string name = column_of(alias_of(prefix, id.table), id.name);
  if (id.codec != Codec::uuid_hex || id.native == Native::uuid) {
    add_own(name, id, Collation::exact, operand);
    return operand;
  }
  operand.kind = Operand::Kind::uuid;
  operand.fast_key.text = name;
  return operand;
}

Operand location_operand(const TypeMapping& type, std::string_view prefix, const CompileContext& context) {
  Operand operand = id_operand(type, prefix, context.dialect);
  operand.fast_key = Sql();
  operand.kind = Operand::Kind::affixed_text;
  operand.prefix = location_prefix(*type.type, context.base_url);
  return operand;
}

/// coalesce() of what `expression` makes of the display columns; "NULL" without any.
std::string first_display(const TypeMapping& type, const Dialect& dialect,
                          const std::function<std::string(const Attribute&, const Column&)>& expression) {
  std::string list;
  for (const Attribute* attribute : type.display) {
    if (!list.empty()) list += ", ";
    list += expression(*attribute, type.columns.at(attribute));
    if (type.display.size() > 1) list += dialect.in_order;  // else their collations would contradict each other
  }
  if (type.display.empty()) return "NULL";
  return type.display.size() == 1 ? list : call("coalesce", list);
}
Sql lookup_select(const TypeMapping::Lookup& lookup, const TypeMapping& type, const TypeMapping& other,
                  const std::string& shown, const Dialect& dialect) {
  const Column& by = type.columns.at(lookup.by);
  const std::string name = column_of(alias_of("t", by.table), by.name);
  const bool has_key = by.codec == Codec::reference;
  Sql sql;
  sql << "(SELECT " << shown << " FROM " << from_resource(other, "l") << " WHERE "
      << (has_key ? key_of(other, "l") : id_of(other, "l", dialect)) << " = "
      << (has_key ? name : text_of(name, by.native, dialect) + std::string(dialect.in_order)) << and_living(other, "l", dialect) << ")";
  return sql;
}

}  // namespace

std::optional<Operand> ElementScope::operand(const Attribute& attribute) {
  if (const auto constant = list_.constants.find(&attribute); constant != list_.constants.end()) {
    return constant_operand(constant->second, attribute);
  }
  const auto column = list_.columns.find(&attribute);
  if (column != list_.columns.end()) return column_operand("c", list_.key, column->second, attribute, dialect_);
  if (document_.empty() || !is_in_document(type_, attribute)) return std::nullopt;
  uses_document_ = true;
  return document_operand(document_part("x", attribute, dialect_), attribute, dialect_);
}

std::optional<Operand> ColumnElementScope::operand(const Attribute& attribute) {
  if (&attribute == element_.part) return column_operand(alias_, key_, element_.value, attribute, dialect_);
  const auto constant = element_.constants.find(&attribute);
  if (document_.empty()) return constant == element_.constants.end() ? std::nullopt : std::optional(constant_operand(constant->second, attribute));
  Operand said = document_operand(document_element_value(document_, list_, attribute, dialect_), attribute, dialect_);
  return constant == element_.constants.end() ? said : or_else(std::move(said), constant_operand(constant->second, attribute));
}

std::optional<Operand> DocumentElementScope::operand(const Attribute& attribute) {
  const bool has_column = table_ != nullptr && (table_->columns.contains(&attribute) || table_->constants.contains(&attribute));
  if (has_column) return std::nullopt;
  return document_operand(document_part("e", attribute, dialect_), attribute, dialect_);
}

std::optional<Operand> MemberScope::operand(const Attribute& attribute) {
  switch (member_part(attribute)) {
    case MemberPart::value: return id_operand(type_, prefix_, context_.dialect);
    case MemberPart::ref: return location_operand(type_, prefix_, context_);
    case MemberPart::display: return display(attribute.collation);
    case MemberPart::type:
    case MemberPart::other: return std::nullopt;
  }
  return std::nullopt;
}

std::optional<Operand> MemberScope::display(Collation collation) const {
  if (type_.display.empty()) return std::nullopt;
  Operand operand;
  const std::string alias = alias_of(prefix_, 0);
  operand.raw.text = display_expression(type_, prefix_, context_.dialect);
  operand.key.text = first_display(type_, context_.dialect, [&](const Attribute& attribute, const Column& column) {
    const std::string shown = shown_expression(alias, column, context_.dialect);
    return key_expression(alias, column, shown, attribute.collation, collation, context_.dialect);
  });
  return operand;
}

std::optional<Operand> RowScope::operand(const Attribute& attribute) {
  if (const LinkPart part = link_part(attribute); part != LinkPart::none) return link_operand(part);
  if (const auto column = type_.columns.find(&attribute); column != type_.columns.end()) {
    const std::string alias = use(column->second.table);
    if (column->second.codec != Codec::reference) {
      const std::string& key = type_.tables[static_cast<std::size_t>(column->second.table)].owner;
      return column_operand(alias, key, column->second, attribute, context_.dialect);
    }
    Operand operand;
    operand.kind = Operand::Kind::plain;
    operand.raw = reference_id(column->second, alias, context_);
    operand.key = operand.raw;
    return operand;
  }
  if (const auto constant = type_.constants.find(&attribute); constant != type_.constants.end()) {
    return constant_operand(constant->second, attribute);
  }
  if (const auto lookup = type_.lookups.find(&attribute); lookup != type_.lookups.end()) {
    use(type_.columns.at(lookup->second.by).table);
    return lookup_operand(attribute, lookup->second);
  }
  if (!is_in_document(type_, attribute)) return std::nullopt;
  return document_operand(document_value(document(), attribute, context_.dialect), attribute, context_.dialect);
}

std::optional<Operand> RowScope::link_operand(LinkPart part) {
  const Link& link = type_.link;
  const auto column = [&](const Column& part_column) -> std::optional<Operand> {
    if (!part_column.is_mapped()) return std::nullopt;
    return plain(shown_expression(use(part_column.table), part_column, context_.dialect));
  };
  switch (part) {
    case LinkPart::none: return std::nullopt;
    case LinkPart::id: return id();
    case LinkPart::external_id: {
      auto operand = column(link.external_id);
      if (!operand) return std::nullopt;
      operand->kind = Operand::Kind::text;
      add_own(column_of(alias_of("t", link.external_id.table), link.external_id.name), link.external_id, Collation::exact, *operand);
      const bool is_text = link.external_id.native == Native::any || link.external_id.native == Native::text;
      if (link.external_id.absent == Cell(std::string()) && is_text) {
        operand->fast_key.text = column_of(alias_of("t", link.external_id.table), link.external_id.name);
      }
      return operand;
    }
    case LinkPart::created: return column(link.created);
    case LinkPart::last_modified: return column(link.last_modified);
    case LinkPart::version: {
      std::vector<int> needs;
      std::optional<Operand> operand = plain("");
      operand->raw = operand->key = version_expression(type_, context_, needs);
      for (const int table : needs) use(table);
      operand->kind = link.version.is_mapped() ? Operand::Kind::affixed_integer : Operand::Kind::affixed_text;
      operand->prefix = kVersionPrefix;
      operand->suffix = kVersionSuffix;
      return operand;
    }
    case LinkPart::location: {
      use(link.id.table);
      return location_operand(type_, "t", context_);
    }
    case LinkPart::resource_type: {
      Operand operand;
      operand.raw.text = literal(type_.type->name);
      operand.key = operand.raw;
      return operand;
    }
  }
  return std::nullopt;
}

std::optional<Operand> RowScope::id() {
  use(type_.link.id.table);
  return id_operand(type_, "t", context_.dialect);
}

std::string RowScope::document() {
  const Column& column = type_.link.document;
  return column.is_mapped() ? valid_document(column_of(use(column.table), column.name), context_.dialect) : std::string();
}

std::string RowScope::use(int table) {
  if (table != 0 && std::find(used_.begin(), used_.end(), table) == used_.end()) used_.push_back(table);
  return 't' + std::to_string(table);
}

Operand RowScope::lookup_operand(const Attribute& attribute, const TypeMapping::Lookup& lookup) const {
  const TypeMapping& other = context_.mapping.of(*lookup.other);
  const Column& column = other.columns.at(lookup.shows);
  Operand operand;
  const std::string shown = shown_expression("l0", column, context_.dialect);
  operand.raw = lookup_select(lookup, type_, other, shown, context_.dialect);
  operand.key = lookup_select(
      lookup, type_, other,
      key_expression("l0", column, shown, lookup.shows->collation, attribute.collation, context_.dialect),
      context_.dialect);
  return operand;
}
std::string display_expression(const TypeMapping& type, std::string_view prefix, const Dialect& dialect) {
  return first_display(type, dialect, [&](const Attribute&, const Column& column) {
    return shown_expression(alias_of(prefix, 0), column, dialect);
  });
}

Sql lookup_expression(const TypeMapping::Lookup& lookup, const TypeMapping& type, const CompileContext& context) {
  const TypeMapping& other = context.mapping.of(*lookup.other);
  return lookup_select(lookup, type, other, shown_expression("l0", other.columns.at(lookup.shows), context.dialect),
                       context.dialect);
}

}  // namespace scim::sql
