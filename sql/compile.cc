// SPDX-License-Identifier: MIT
#include "sql/compile.h"

#include <algorithm>

#include "core/match.h"
#include "sql/compiled_filters.h"
#include "sql/condition.h"
#include "sql/document.h"
#include "sql/membership.h"
#include "sql/scope.h"

namespace scim::sql {
namespace {

using Kind = Predicate::Kind;

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

/// A row of the resource with its lists.
class ResourceScope : public RowScope {
 public:
  using RowScope::RowScope;
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

 private:
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
};

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

/// Whether an element that has but the constants of its table satisfies `inner`.
bool holds_for_nothing(const Predicate& inner, const ListTable& list) {
  Json element = Json::object();
  for (const auto& [part, constant] : list.constants) element[part->name] = constant;
  return match_element(inner, element);
}

Condition with_value(const Condition& condition, const std::string& has_value) {
  if (has_value.empty()) return condition;
  Sql sql;
  sql << "(" << has_value << ")";
  return all_of({condition, atom(std::move(sql), Condition::Null::impossible)});
}

Condition ResourceScope::any_element(const Attribute& attribute, const Predicate& inner) {
  const ListTable& list = type_.lists.at(&attribute);
  const Column& document = type_.link.document;
  const std::string document_column =
      document.is_mapped() ? valid_document(column_of(alias_of("t", document.table), document.name), context_.dialect) : "";
  ElementScope scope(type_, attribute, document_column, context_.dialect);
  const Condition condition = compile_condition(inner, scope, context_.dialect);
  std::vector<Condition> either;
  // An index serves best what is asked without this, so it is asked only where a row that shows nothing would do.
  std::string has_value = holds_for_nothing(inner, list) ? shows_something("c", list, context_.dialect) : "";
  if (scope.uses_document()) {
    if (!has_value.empty()) has_value += " OR x.key IS NOT NULL";
    either.push_back(in_rows_and_document(attribute, document_column, with_value(condition, has_value)));
  } else if (condition.kind != Condition::Kind::never) {
    either.push_back(in_rows(list, with_value(condition, has_value)));
  }
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
  const std::string& key = type_.tables[static_cast<std::size_t>(element.value.table)].owner;
  ColumnElementScope scope(element, list, use(element.value.table), key, has_rest ? document() : "", context_.dialect);
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

/// ?1, ?2, ... or $1, $2, ... for whoever reads it. Placeholders stand outside quotes; the text has no other question marks there.
std::string numbered(const std::string& text, char sign) {
  std::string out;
  char quote = '\0';
  int next = 1;
  for (const char c : text) {
    const bool is_parameter = quote == '\0' && c == '?';
    if (is_parameter) out += sign + std::to_string(next++);
    else out += c;
    if (quote == c) quote = '\0';
    else if (quote == '\0' && (c == '"' || c == '\'')) quote = c;
  }
  return out;
}

/// SQLite lets NULL into the keys of an application: such a row is nobody.
Condition has_key(const TypeMapping& type) {
  Sql sql;
  sql << key_of(type, "t") << " IS NOT NULL";
  return atom(std::move(sql), Condition::Null::impossible);
}

Sql compile_anew(const Predicate& where, const TypeMapping& type, const CompileContext& context, const std::vector<int>& needs,
                 const Sql& also) {
  ResourceScope scope(type, context);
  std::vector<Condition> conditions;
  conditions.push_back(scope.compile(where));
  if (!also.text.empty()) conditions.push_back(atom(also, Condition::Null::possible));
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

}  // namespace

Sql compile_value(const Predicate& predicate, const TypeMapping& type, const CompileContext& context,
                  std::vector<int>& needs) {
  ResourceScope scope(type, context);
  const Condition condition = scope.compile(predicate);
  needs.insert(needs.end(), scope.used().begin(), scope.used().end());
  return condition.sql;
}

Sql compile_from_where(const Predicate& where, const TypeMapping& type, const CompileContext& context,
                       const std::vector<int>& needs, const Sql& also) {
  if (context.filters == nullptr || !also.text.empty()) return compile_anew(where, type, context, needs, also);
  return context.filters->sql(where, type, context.visible, needs,
                              [&](const Predicate& each) { return compile_anew(each, type, context, needs, {}); });
}

Sql compile_select_ids(const Predicate& where, const TypeMapping& type, const CompileContext& context) {
  Sql sql;
  sql << "SELECT " << id_of(type, "t", context.dialect) << " "
      << compile_from_where(where, type, context, {type.link.id.table}) << " ORDER BY " << key_of(type, "t");
  sql.text = numbered(sql.text, context.dialect.parameter_sign);
  return sql;
}

}  // namespace scim::sql
