// SPDX-License-Identifier: MIT
#include "sql/compile.h"

#include <algorithm>
#include <functional>
#include <optional>

#include "core/match.h"
#include "sql/condition.h"
#include "sql/document.h"
#include "sql/membership.h"

namespace scim::sql {
namespace {

using Kind = Predicate::Kind;

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
  operand.fast_for = Operand::FastFor::ascii;
  operand.fast_key.text = column.fold == Fold::lower ? call("lower", name) : name;
}

Operand plain(std::string expression) {
  Operand operand;
  operand.kind = Operand::Kind::plain;
  operand.raw.text = std::move(expression);
  operand.key = operand.raw;
  return operand;
}

Operand column_operand(std::string_view alias, const Column& column, const Attribute& attribute, const Dialect& dialect) {
  const std::string shown = shown_expression(alias, column, dialect);
  Operand operand = plain(shown);
  if (column.codec == Codec::instant_text) operand.key.text = call(dialect.instant, shown);
  if (column.codec == Codec::uuid_hex) operand.kind = Operand::Kind::text;
  if (column.codec == Codec::number) operand.kind = Operand::Kind::text;
  if (column.codec != Codec::text) return operand;
  operand.kind = Operand::Kind::text;
  operand.key.text = key_expression(alias, column, shown, attribute.collation, attribute.collation, dialect);
  add_fast_key(alias, column, attribute, dialect, operand);
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
    operand.raw.text = value.is_boolean() ? (value.get<bool>() ? "1" : "0") : to_text(value);
    operand.key = operand.raw;
    return operand;
  }
  operand.raw.text = literal(value.get<std::string>());
  operand.key.text = literal(collation_key(value.get<std::string>(), attribute.collation));
  return operand;
}

/// The id of a resource, whose tables have the prefix.
Operand id_operand(const TypeMapping& type, std::string_view prefix, const Dialect& dialect) {
  Operand operand = plain(id_of(type, prefix, dialect));
  if (type.link.id.codec != Codec::uuid_hex) return operand;
  operand.kind = Operand::Kind::uuid;
  operand.fast_key.text = column_of(alias_of(prefix, type.link.id.table), type.link.id.name);
  return operand;
}

Operand location_operand(const TypeMapping& type, std::string_view prefix, const CompileContext& context) {
  Operand operand = plain(id_of(type, prefix, context.dialect));
  operand.kind = Operand::Kind::affixed_text;
  operand.prefix = location_prefix(*type.type, context.base_url);
  return operand;
}

/// coalesce() of what `expression` makes of the display columns; "NULL" without any.
std::string first_display(const TypeMapping& type,
                          const std::function<std::string(const Attribute&, const Column&)>& expression) {
  std::string list;
  for (const Attribute* attribute : type.display) {
    if (!list.empty()) list += ", ";
    list += expression(*attribute, type.columns.at(attribute));
  }
  if (type.display.empty()) return "NULL";
  return type.display.size() == 1 ? list : call("coalesce", list);
}

/// One row of a list: alias c.
class ElementScope : public Scope {
 public:
  /// `document`: SQL of the resource's document, "" if there is none.
  ElementScope(const TypeMapping& type, const Attribute& attribute, std::string document, const Dialect& dialect)
      : type_(type), list_(type.lists.at(&attribute)), document_(std::move(document)), dialect_(dialect) {}
  std::optional<Operand> operand(const Attribute& attribute) override {
    if (const auto constant = list_.constants.find(&attribute); constant != list_.constants.end()) {
      return constant_operand(constant->second, attribute);
    }
    const auto column = list_.columns.find(&attribute);
    if (column != list_.columns.end()) return column_operand("c", column->second, attribute, dialect_);
    if (document_.empty() || !is_in_document(type_, attribute)) return std::nullopt;
    uses_document_ = true;
    return document_operand(document_part("x", attribute, dialect_), attribute, dialect_);
  }
  /// Whether something was named that is not in the table.
  bool uses_document() const { return uses_document_; }

 private:
  const TypeMapping& type_;
  const ListTable& list_;
  const std::string document_;
  const Dialect& dialect_;
  bool uses_document_ = false;
};

/// The element that a column is (TypeMapping::elements): constants, and the rest from the document.
class ColumnElementScope : public Scope {
 public:
  /// `alias`: of the column's table; `document`: SQL of the document, "" if there is none.
  ColumnElementScope(const ElementColumn& element, const Attribute& list, std::string alias, std::string document,
                     const Dialect& dialect)
      : element_(element), list_(list), alias_(std::move(alias)), document_(std::move(document)), dialect_(dialect) {}

  std::optional<Operand> operand(const Attribute& attribute) override {
    if (&attribute == element_.part) return column_operand(alias_, element_.value, attribute, dialect_);
    if (const auto constant = element_.constants.find(&attribute); constant != element_.constants.end()) {
      return constant_operand(constant->second, attribute);
    }
    if (document_.empty()) return std::nullopt;
    return document_operand(document_element_value(document_, list_, attribute, dialect_), attribute, dialect_);
  }

 private:
  const ElementColumn& element_;
  const Attribute& list_;
  const std::string alias_;
  const std::string document_;
  const Dialect& dialect_;
};

/// One element of a list in the document: alias e.
class DocumentElementScope : public Scope {
 public:
  /// `table`: the elements that have no row in it, nothing of which has a column; nullptr: all.
  DocumentElementScope(const ListTable* table, const Dialect& dialect) : table_(table), dialect_(dialect) {}
  std::optional<Operand> operand(const Attribute& attribute) override {
    const bool has_column = table_ != nullptr && (table_->columns.contains(&attribute) || table_->constants.contains(&attribute));
    if (has_column) return std::nullopt;
    return document_operand(document_part("e", attribute, dialect_), attribute, dialect_);
  }

 private:
  const ListTable* table_;
  const Dialect& dialect_;
};

/// The resource at the other end of a membership. `type` has been settled before.
class MemberScope : public Scope {
 public:
  MemberScope(const TypeMapping& type, std::string_view prefix, const CompileContext& context)
      : type_(type), prefix_(prefix), context_(context) {}

  std::optional<Operand> operand(const Attribute& attribute) override {
    switch (member_part(attribute)) {
      case MemberPart::value: return id_operand(type_, prefix_, context_.dialect);
      case MemberPart::ref: return location_operand(type_, prefix_, context_);
      case MemberPart::display: return display(attribute.collation);
      case MemberPart::type:
      case MemberPart::other: return std::nullopt;
    }
    return std::nullopt;
  }

 private:
  std::optional<Operand> display(Collation collation) const {
    if (type_.display.empty()) return std::nullopt;
    Operand operand;
    const std::string alias = alias_of(prefix_, 0);
    operand.raw.text = display_expression(type_, prefix_, context_.dialect);
    operand.key.text = first_display(type_, [&](const Attribute& attribute, const Column& column) {
      const std::string shown = shown_expression(alias, column, context_.dialect);
      return key_expression(alias, column, shown, attribute.collation, collation, context_.dialect);
    });
    return operand;
  }

  const TypeMapping& type_;
  std::string_view prefix_;
  const CompileContext& context_;
};

/// What is the same for all members of one table becomes a constant: their type, and that they have an id.
Predicate settle(const Predicate& predicate, std::string_view type_text) {
  Predicate settled = predicate;
  for (Predicate& child : settled.children) child = settle(child, type_text);
  if (predicate.kind != Kind::compare && predicate.kind != Kind::present) return settled;
  const MemberPart part = member_part(*predicate.attribute);
  const bool is_there = predicate.kind == Kind::present && (part == MemberPart::value || part == MemberPart::ref);
  if (part != MemberPart::type && !is_there) return settled;
  Predicate constant;
  Json element = Json::object();
  element[predicate.attribute->name] = type_text;
  constant.kind = match_element(predicate, element) ? Kind::always : Kind::never;
  return constant;
}

/// or: several Any on one list table are one Any whose elements satisfy one of them.
Predicate merge_lists(Predicate predicate, const TypeMapping& type) {
  if (predicate.kind == Kind::any) return predicate;
  std::vector<Predicate> children;
  for (Predicate& child : predicate.children) {
    Predicate merged = merge_lists(std::move(child), type);
    const auto same = std::find_if(children.begin(), children.end(), [&](const Predicate& other) {
      return other.kind == Kind::any && merged.kind == Kind::any && other.attribute == merged.attribute;
    });
    if (predicate.kind != Kind::or_ || same == children.end() || !type.lists.contains(merged.attribute)) {
      children.push_back(std::move(merged));
      continue;
    }
    Predicate either;
    either.kind = Kind::or_;
    either.children = {std::move(same->children.front()), std::move(merged.children.front())};
    same->children.front() = simplify(std::move(either));
  }
  predicate.children = std::move(children);
  return predicate;
}

/// A row of the resource: tables t0, t1, ...
class ResourceScope : public Scope {
 public:
  ResourceScope(const TypeMapping& type, const CompileContext& context) : type_(type), context_(context) {}

  std::optional<Operand> operand(const Attribute& attribute) override;
  std::optional<Operand> id() override {
    use(type_.link.id.table);
    return id_operand(type_, "t", context_.dialect);
  }
  Condition any(const Predicate& predicate) override;
  Condition compile(const Predicate& predicate) {
    return compile_condition(simplify(merge_lists(predicate, type_)), *this, context_.dialect);
  }
  /// That the resource has not been deactivated, where that can happen.
  Condition is_living() {
    for (const int table : living_tables(type_)) use(table);
    Sql sql;
    sql << living(type_, "t", context_.dialect);
    return atom(std::move(sql), Condition::Null::impossible);
  }
  /// SQL of the resource's document, "" if there is none.
  std::string document() {
    const Column& column = type_.link.document;
    return column.is_mapped() ? valid_document(column_of(use(column.table), column.name), context_.dialect) : std::string();
  }
  /// Tables that are named.
  const std::vector<int>& used() const { return used_; }
  std::string use(int table) {
    if (table != 0 && std::find(used_.begin(), used_.end(), table) == used_.end()) used_.push_back(table);
    return 't' + std::to_string(table);
  }

 private:
  std::optional<Operand> link_operand(LinkPart part);
  Operand lookup_operand(const Attribute& attribute, const TypeMapping::Lookup& lookup) const;
  Condition any_element(const Attribute& list, const Predicate& inner);
  Condition in_rows(const ListTable& list, const Condition& condition) const;
  Condition in_rows_and_document(const Attribute& attribute, const std::string& document_column, const Condition& condition);
  Condition any_column_element(const Attribute& list, const ElementColumn& element, const Predicate& inner);
  Condition any_in_document(const Attribute& list, const Predicate& inner, const ListTable* without_row, std::string_view and_where);
  Condition any_member(const std::vector<MemberTable>& tables, const Predicate& inner);
  Condition any_group(const TypeMapping::Reverse& reverse, const Predicate& inner);
  Sql groups_downward(const TypeMapping& group, const std::vector<MemberTable>& tables, const Predicate& inner);
  Condition direct_groups(const TypeMapping& group, const std::vector<MemberTable>& tables, const Predicate& inner);
  Condition indirect_groups(const TypeMapping& group, const std::vector<MemberTable>& tables, const Predicate& inner);
  Condition key_in(const Sql& select) const;

  const TypeMapping& type_;
  const CompileContext& context_;
  std::vector<int> used_;
};

std::optional<Operand> ResourceScope::operand(const Attribute& attribute) {
  if (const LinkPart part = link_part(attribute); part != LinkPart::none) return link_operand(part);
  if (const auto column = type_.columns.find(&attribute); column != type_.columns.end()) {
    const std::string alias = use(column->second.table);
    if (column->second.codec != Codec::reference) return column_operand(alias, column->second, attribute, context_.dialect);
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

std::optional<Operand> ResourceScope::link_operand(LinkPart part) {
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
      if (link.external_id.absent == Cell(std::string())) {
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
      operand.raw << Bind{type_.type->name};
      operand.key = operand.raw;
      return operand;
    }
  }
  return std::nullopt;
}

Sql lookup_select(const TypeMapping::Lookup& lookup, const TypeMapping& type, const TypeMapping& other,
                  const std::string& shown, const Dialect& dialect) {
  const Column& by = type.columns.at(lookup.by);
  const std::string found_by = by.codec == Codec::reference ? key_of(other, "l") : id_of(other, "l", dialect);
  Sql sql;
  sql << "(SELECT " << shown << " FROM " << from_resource(other, "l") << " WHERE " << found_by << " = "
      << column_of(alias_of("t", by.table), by.name) << and_living(other, "l", dialect) << ")";
  return sql;
}

Operand ResourceScope::lookup_operand(const Attribute& attribute, const TypeMapping::Lookup& lookup) const {
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

Condition ResourceScope::any(const Predicate& predicate) {
  const Predicate& inner = predicate.children.front();
  if (type_.lists.contains(predicate.attribute)) return any_element(*predicate.attribute, inner);
  if (const auto members = type_.members.find(predicate.attribute); members != type_.members.end()) {
    return any_member(members->second, inner);
  }
  if (const auto reverse = type_.reverse.find(predicate.attribute); reverse != type_.reverse.end()) {
    return any_group(reverse->second, inner);
  }
  if (const auto element = type_.elements.find(predicate.attribute); element != type_.elements.end()) {
    return any_column_element(*predicate.attribute, element->second, inner);
  }
  return is_in_document(type_, *predicate.attribute) ? any_in_document(*predicate.attribute, inner, nullptr, "") : constant(false);
}

Condition ResourceScope::key_in(const Sql& select) const {
  Sql sql;
  sql << column_of("t0", type_.key) << " IN (" << select << ")";
  return atom(std::move(sql), Condition::Null::possible);
}

Condition ResourceScope::any_element(const Attribute& attribute, const Predicate& inner) {
  const ListTable& list = type_.lists.at(&attribute);
  const Column& document = type_.link.document;
  const std::string document_column =
      document.is_mapped() ? valid_document(column_of(alias_of("t", document.table), document.name), context_.dialect) : "";
  ElementScope scope(type_, attribute, document_column, context_.dialect);
  const Condition condition = compile_condition(inner, scope, context_.dialect);
  std::vector<Condition> either;
  if (scope.uses_document()) either.push_back(in_rows_and_document(attribute, document_column, condition));
  else if (condition.kind != Condition::Kind::never) either.push_back(in_rows(list, condition));
  const bool has_parts_beside = std::any_of(attribute.sub_attributes.begin(), attribute.sub_attributes.end(),
                                            [&](const Attribute& part) { return is_in_document(type_, part); });
  if (has_parts_beside) either.push_back(any_in_document(attribute, inner, &list, has_no_row("e", list, context_.dialect)));
  return any_of(std::move(either));
}

/// Some row of the list's table satisfies `condition`.
Condition ResourceScope::in_rows(const ListTable& list, const Condition& condition) const {
  Sql select;
  select << "SELECT " << column_of("c", list.owner) << " FROM " << identifier(list.name) << " c";
  if (condition.kind != Condition::Kind::always) select << " WHERE " << condition.sql;
  return key_in(select);
}

/// The same, where `condition` also speaks of what the document has beside the rows.
Condition ResourceScope::in_rows_and_document(const Attribute& attribute, const std::string& document_column,
                                              const Condition& condition) {
  const ListTable& list = type_.lists.at(&attribute);
  use(type_.link.document.table);
  Sql sql;
  sql << "EXISTS (SELECT 1 FROM " << identifier(list.name) << " c"
      << join_beside_rows(document_column, attribute, list, "c", context_.dialect) << " WHERE "
      << column_of("c", list.owner) << " = " << key_of(type_, "t") << " AND (" << condition.sql << "))";
  return atom(std::move(sql), Condition::Null::impossible);
}

Condition ResourceScope::any_column_element(const Attribute& list, const ElementColumn& element, const Predicate& inner) {
  const bool has_rest = is_in_document(type_, list) || type_.has_document();
  ColumnElementScope scope(element, list, use(element.value.table), has_rest ? document() : "", context_.dialect);
  Predicate is_there;  // ne null
  is_there.kind = Kind::compare;
  is_there.op = Op::ne;
  is_there.attribute = element.part;
  std::vector<Condition> both;
  both.push_back(compile_condition(is_there, scope, context_.dialect));
  both.push_back(compile_condition(inner, scope, context_.dialect));
  Condition in_column = all_of(std::move(both));
  if (!has_rest) return in_column;
  std::vector<Condition> either;
  either.push_back(std::move(in_column));
  either.push_back(any_in_document(list, inner, nullptr, "e.key > 0"));
  return any_of(std::move(either));
}

Condition ResourceScope::any_in_document(const Attribute& list, const Predicate& inner, const ListTable* without_row,
                                         std::string_view and_where) {
  DocumentElementScope scope(without_row, context_.dialect);
  std::vector<Condition> conditions;
  if (!and_where.empty()) {
    Sql where;
    where << and_where;
    conditions.push_back(atom(std::move(where), Condition::Null::impossible));
  }
  conditions.push_back(compile_condition(inner, scope, context_.dialect));
  const Condition condition = all_of(std::move(conditions));
  if (condition.kind == Condition::Kind::never) return condition;
  Sql sql;
  sql << "EXISTS (SELECT 1 FROM " << document_elements(document(), list, context_.dialect) << " e";
  if (condition.kind != Condition::Kind::always) sql << " WHERE " << condition.sql;
  sql << ")";
  return atom(std::move(sql), Condition::Null::impossible);
}

/// `condition` and that the resource is living, as the rest of a WHERE.
Sql where_living(const Condition& condition, const TypeMapping& type, std::string_view prefix, const Dialect& dialect) {
  Sql sql;
  const bool is_disjunction = condition.kind == Condition::Kind::disjunction;
  sql << " WHERE ";
  if (is_disjunction) sql << "(" << condition.sql << ")";
  else sql << condition.sql;
  sql << and_living(type, prefix, dialect);
  return sql;
}

Condition ResourceScope::any_member(const std::vector<MemberTable>& tables, const Predicate& inner) {
  std::vector<Condition> conditions;
  for (const MemberTable& table : tables) {
    const TypeMapping& member = context_.mapping.of(*table.member_type);
    MemberScope scope(member, "m", context_);
    const Condition condition =
        compile_condition(simplify(settle(inner, table.member_type->name)), scope, context_.dialect);
    if (condition.kind == Condition::Kind::never) continue;
    Sql select;
    select << "SELECT " << column_of("j", table.owner) << " FROM " << identifier(table.name) << " j"
           << join_resource(member, "m", column_of("j", table.value)) << where_living(condition, member, "m", context_.dialect);
    conditions.push_back(key_in(select));
  }
  return any_of(std::move(conditions));
}

/// `groups` counts those that the resource is in through another group as "indirect", each group once.
Condition ResourceScope::any_group(const TypeMapping::Reverse& reverse, const Predicate& inner) {
  const TypeMapping& group = context_.mapping.of(*reverse.group_type);
  const std::vector<MemberTable>& tables = group.members.at(reverse.members);
  const Predicate direct = simplify(settle(inner, "direct"));
  const Predicate indirect = simplify(settle(inner, "indirect"));
  std::vector<Condition> conditions;
  if (indirect.kind == Kind::always && direct.kind == Kind::always) {
    // Who is in a group indirectly is in another one directly.
    conditions.push_back(direct_groups(group, tables, direct));
  } else if (to_text(direct) == to_text(indirect)) {
    if (direct.kind != Kind::never) conditions.push_back(key_in(groups_downward(group, tables, direct)));
  } else {
    conditions.push_back(direct_groups(group, tables, direct));
    conditions.push_back(indirect_groups(group, tables, indirect));
  }
  Condition condition = any_of(std::move(conditions));
  if (context_.visible == Visible::living || !type_.link.deactivated.is_mapped()) return condition;
  // Once deactivated, a resource is in no group.
  return all_of({is_living(), std::move(condition)});
}

/// The keys of this type's members of the groups that satisfy `inner`, and of the groups within those.
Sql ResourceScope::groups_downward(const TypeMapping& group, const std::vector<MemberTable>& tables,
                                   const Predicate& inner) {
  MemberScope scope(group, "g", context_);
  Sql sql;
  sql << "WITH RECURSIVE r(k) AS (SELECT " << key_of(group, "g") << " FROM " << from_resource(group, "g")
      << where_living(compile_condition(inner, scope, context_.dialect), group, "g", context_.dialect);
  for (const MemberTable& table : tables) {
    if (table.member_type != group.type) continue;
    sql << " UNION SELECT " << column_of("j", table.value) << " FROM r JOIN " << identifier(table.name) << " j ON "
        << column_of("j", table.owner) << " = r.k";
  }
  sql << ")";
  std::string_view separator = " ";
  for (const MemberTable& table : tables) {
    if (table.member_type != type_.type) continue;
    sql << separator << "SELECT " << column_of("j", table.value) << " FROM r JOIN " << identifier(table.name)
        << " j ON " << column_of("j", table.owner) << " = r.k";
    separator = " UNION ALL ";
  }
  return sql;
}

Condition ResourceScope::direct_groups(const TypeMapping& group, const std::vector<MemberTable>& tables,
                                       const Predicate& inner) {
  MemberScope scope(group, "g", context_);
  const Condition condition = compile_condition(inner, scope, context_.dialect);
  if (condition.kind == Condition::Kind::never) return condition;
  std::vector<Condition> conditions;
  for (const MemberTable& table : tables) {
    if (table.member_type != type_.type) continue;
    Sql select;
    select << "SELECT " << column_of("j", table.value) << " FROM " << identifier(table.name) << " j"
           << join_resource(group, "g", column_of("j", table.owner)) << where_living(condition, group, "g", context_.dialect);
    conditions.push_back(key_in(select));
  }
  return any_of(std::move(conditions));
}

Condition ResourceScope::indirect_groups(const TypeMapping& group, const std::vector<MemberTable>& tables,
                                         const Predicate& inner) {
  MemberScope scope(group, "g", context_);
  const Condition condition = compile_condition(inner, scope, context_.dialect);
  if (condition.kind == Condition::Kind::never) return condition;
  Sql this_one;
  this_one << " = " << column_of("t0", type_.key);
  Sql sql;
  sql << "EXISTS (WITH " << groups_upward(*type_.type, *group.type, tables, this_one) << " SELECT 1 FROM up"
      << join_resource(group, "g", "up.k") << where_living(condition, group, "g", context_.dialect) << " AND NOT "
      << is_direct_member(*type_.type, tables) << ")";
  return atom(std::move(sql), Condition::Null::impossible);
}

/// ?1, ?2, ... for whoever reads it. Placeholders stand outside quotes; the text has no other question marks there.
std::string numbered(const std::string& text) {
  std::string out;
  char quote = '\0';
  int next = 1;
  for (const char c : text) {
    out += c;
    if (quote != '\0') {
      if (c == quote) quote = '\0';
    } else if (c == '"' || c == '\'') {
      quote = c;
    } else if (c == '?') {
      out += std::to_string(next++);
    }
  }
  return out;
}

}  // namespace

std::string display_expression(const TypeMapping& type, std::string_view prefix, const Dialect& dialect) {
  return first_display(type, [&](const Attribute&, const Column& column) {
    return shown_expression(alias_of(prefix, 0), column, dialect);
  });
}

Sql lookup_expression(const TypeMapping::Lookup& lookup, const TypeMapping& type, const CompileContext& context) {
  const TypeMapping& other = context.mapping.of(*lookup.other);
  return lookup_select(lookup, type, other, shown_expression("l0", other.columns.at(lookup.shows), context.dialect),
                       context.dialect);
}

Sql compile_value(const Predicate& predicate, const TypeMapping& type, const CompileContext& context,
                  std::vector<int>& needs) {
  ResourceScope scope(type, context);
  const Condition condition = scope.compile(predicate);
  needs.insert(needs.end(), scope.used().begin(), scope.used().end());
  return condition.sql;
}

/// SQLite lets NULL into the keys of an application: such a row is nobody.
Condition has_key(const TypeMapping& type) {
  Sql sql;
  sql << key_of(type, "t") << " IS NOT NULL";
  return atom(std::move(sql), Condition::Null::impossible);
}

Sql compile_from_where(const Predicate& where, const TypeMapping& type, const CompileContext& context,
                       const std::vector<int>& needs) {
  ResourceScope scope(type, context);
  std::vector<Condition> conditions;
  conditions.push_back(scope.compile(where));
  if (context.visible == Visible::living && type.link.deactivated.is_mapped()) conditions.push_back(scope.is_living());
  if (!context.mapping.is_embedded) conditions.push_back(has_key(type));
  const Condition condition = all_of(std::move(conditions));
  for (const int table : needs) scope.use(table);

  Sql sql;
  sql << "FROM " << identifier(type.tables.front().name) << " t0";
  for (const int index : scope.used()) sql << join_table(type, "t", index);
  if (condition.kind != Condition::Kind::always) sql << " WHERE " << condition.sql;
  return sql;
}

Sql compile_select_ids(const Predicate& where, const TypeMapping& type, const CompileContext& context) {
  Sql sql;
  sql << "SELECT " << id_of(type, "t", context.dialect) << " "
      << compile_from_where(where, type, context, {type.link.id.table}) << " ORDER BY " << key_of(type, "t");
  sql.text = numbered(sql.text);
  return sql;
}

}  // namespace scim::sql
