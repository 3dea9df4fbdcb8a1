// SPDX-License-Identifier: MIT
#include "sql/compile.h"

#include <algorithm>
#include <functional>
#include <optional>

#include "core/match.h"
#include "sql/condition.h"
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

std::string key_expression(std::string_view alias, const Column& column, Collation own, Collation wanted,
                           const Dialect& dialect) {
  if (!column.folded.empty() && own == wanted) return column_of(alias, column.folded);
  return folded(column_of(alias, column.name), wanted, dialect);
}

Operand plain(std::string expression) {
  Operand operand;
  operand.kind = Operand::Kind::plain;
  operand.raw.text = std::move(expression);
  operand.key = operand.raw;
  return operand;
}

Operand column_operand(std::string_view alias, const Column& column, const Attribute& attribute, const Dialect& dialect) {
  Operand operand = plain(column_of(alias, column.name));
  switch (column.codec) {
    case Codec::integer:
    case Codec::decimal:
    case Codec::boolean:
    case Codec::instant: return operand;
    case Codec::instant_text: operand.key.text = call(dialect.instant, operand.raw.text); return operand;
    case Codec::text:
    case Codec::password:
      operand.kind = Operand::Kind::text;
      operand.key.text = key_expression(alias, column, attribute.collation, attribute.collation, dialect);
      return operand;
  }
  return operand;
}

Operand location_operand(const TypeMapping& type, std::string_view alias, std::string_view base_url) {
  Operand operand = plain(id_of(type, alias));
  operand.kind = Operand::Kind::affixed_text;
  operand.prefix = location_prefix(*type.type, base_url);
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
  ElementScope(const ListTable& list, const Dialect& dialect) : list_(list), dialect_(dialect) {}
  std::optional<Operand> operand(const Attribute& attribute) override {
    const auto column = list_.columns.find(&attribute);
    if (column == list_.columns.end()) return std::nullopt;
    return column_operand("c", column->second, attribute, dialect_);
  }

 private:
  const ListTable& list_;
  const Dialect& dialect_;
};

/// The resource at the other end of a membership, under an alias. `type` has been settled before.
class MemberScope : public Scope {
 public:
  MemberScope(const TypeMapping& type, std::string_view alias, const CompileContext& context)
      : type_(type), alias_(alias), context_(context) {}

  std::optional<Operand> operand(const Attribute& attribute) override {
    switch (member_part(attribute)) {
      case MemberPart::value: return plain(id_of(type_, alias_));
      case MemberPart::ref: return location_operand(type_, alias_, context_.base_url);
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
    operand.raw.text = display_expression(type_, alias_);
    operand.key.text = first_display(type_, [&](const Attribute& attribute, const Column& column) {
      return key_expression(alias_, column, attribute.collation, collation, context_.dialect);
    });
    return operand;
  }

  const TypeMapping& type_;
  std::string_view alias_;
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
  std::optional<Operand> id() override { return plain(link_column(type_.link.id)); }
  Condition any(const Predicate& predicate) override;
  Condition compile(const Predicate& predicate) {
    return compile_condition(simplify(merge_lists(predicate, type_)), *this, context_.dialect);
  }
  /// SQL of a column of the link, which takes part from now on.
  std::string link_column(const std::string& name) { return column_of(use(type_.link.table), name); }
  /// Tables that are named.
  const std::vector<int>& used() const { return used_; }
  std::string use(int table) {
    if (table != 0 && std::find(used_.begin(), used_.end(), table) == used_.end()) used_.push_back(table);
    return 't' + std::to_string(table);
  }

 private:
  std::optional<Operand> link_operand(LinkPart part);
  Operand lookup_operand(const Attribute& attribute, const TypeMapping::Lookup& lookup) const;
  Condition any_element(const ListTable& list, const Predicate& inner);
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
    return column_operand(use(column->second.table), column->second, attribute, context_.dialect);
  }
  if (const auto lookup = type_.lookups.find(&attribute); lookup != type_.lookups.end()) {
    return lookup_operand(attribute, lookup->second);
  }
  return std::nullopt;
}

std::optional<Operand> ResourceScope::link_operand(LinkPart part) {
  const Link& link = type_.link;
  const auto column = [&](const std::string& name) -> std::optional<Operand> {
    if (name.empty()) return std::nullopt;
    return plain(link_column(name));
  };
  switch (part) {
    case LinkPart::none: return std::nullopt;
    case LinkPart::id: return id();
    case LinkPart::external_id: {
      auto operand = column(link.external_id);
      if (operand) operand->kind = Operand::Kind::text;
      return operand;
    }
    case LinkPart::created: return column(link.created);
    case LinkPart::last_modified: return column(link.last_modified);
    case LinkPart::version: {
      auto operand = column(link.version);
      if (!operand) return std::nullopt;
      operand->kind = Operand::Kind::affixed_integer;
      operand->prefix = kVersionPrefix;
      operand->suffix = kVersionSuffix;
      return operand;
    }
    case LinkPart::location: {
      Operand operand = *id();
      operand.kind = Operand::Kind::affixed_text;
      operand.prefix = location_prefix(*type_.type, context_.base_url);
      return operand;
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
                  const std::string& shown) {
  Sql sql;
  sql << "(SELECT " << shown << " FROM " << from_resource(other, "l") << " WHERE " << id_of(other, "l") << " = "
      << column_of("t0", type.columns.at(lookup.by).name) << and_living(other, "l") << ")";
  return sql;
}

Operand ResourceScope::lookup_operand(const Attribute& attribute, const TypeMapping::Lookup& lookup) const {
  const TypeMapping& other = context_.mapping.of(*lookup.other);
  const Column& column = other.columns.at(lookup.shows);
  Operand operand;
  operand.raw = lookup_select(lookup, type_, other, column_of("l", column.name));
  operand.key = lookup_select(
      lookup, type_, other,
      key_expression("l", column, lookup.shows->collation, attribute.collation, context_.dialect));
  return operand;
}

Condition ResourceScope::any(const Predicate& predicate) {
  const Predicate& inner = predicate.children.front();
  if (const auto list = type_.lists.find(predicate.attribute); list != type_.lists.end()) {
    return any_element(list->second, inner);
  }
  if (const auto members = type_.members.find(predicate.attribute); members != type_.members.end()) {
    return any_member(members->second, inner);
  }
  if (const auto reverse = type_.reverse.find(predicate.attribute); reverse != type_.reverse.end()) {
    return any_group(reverse->second, inner);
  }
  return constant(false);
}

Condition ResourceScope::key_in(const Sql& select) const {
  Sql sql;
  sql << column_of("t0", type_.key) << " IN (" << select << ")";
  return atom(std::move(sql), Condition::Null::possible);
}

Condition ResourceScope::any_element(const ListTable& list, const Predicate& inner) {
  ElementScope scope(list, context_.dialect);
  const Condition condition = compile_condition(inner, scope, context_.dialect);
  if (condition.kind == Condition::Kind::never) return condition;
  Sql select;
  select << "SELECT " << column_of("c", list.owner) << " FROM " << identifier(list.name) << " c";
  if (condition.kind != Condition::Kind::always) select << " WHERE " << condition.sql;
  return key_in(select);
}

/// `condition` and that the row under `alias` is living, as the rest of a WHERE.
Sql where_living(const Condition& condition, const TypeMapping& type, std::string_view alias) {
  Sql sql;
  const bool is_disjunction = condition.kind == Condition::Kind::disjunction;
  sql << " WHERE ";
  if (is_disjunction) sql << "(" << condition.sql << ")";
  else sql << condition.sql;
  sql << and_living(type, alias);
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
           << join_resource(member, "m", column_of("j", table.value)) << where_living(condition, member, "m");
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
  if (context_.visible == Visible::living || type_.link.deactivated.empty()) return condition;
  // Once deactivated, a resource is in no group.
  Sql living;
  living << link_column(type_.link.deactivated) << " IS NULL";
  return all_of({atom(std::move(living), Condition::Null::impossible), std::move(condition)});
}

/// The keys of this type's members of the groups that satisfy `inner`, and of the groups within those.
Sql ResourceScope::groups_downward(const TypeMapping& group, const std::vector<MemberTable>& tables,
                                   const Predicate& inner) {
  MemberScope scope(group, "g", context_);
  Sql sql;
  sql << "WITH RECURSIVE r(k) AS (SELECT " << column_of("g", group.key) << " FROM " << from_resource(group, "g")
      << where_living(compile_condition(inner, scope, context_.dialect), group, "g");
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
           << join_resource(group, "g", column_of("j", table.owner)) << where_living(condition, group, "g");
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
      << join_resource(group, "g", "up.k") << where_living(condition, group, "g") << " AND NOT "
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

std::string display_expression(const TypeMapping& type, std::string_view alias) {
  return first_display(type, [&](const Attribute&, const Column& column) { return column_of(alias, column.name); });
}

Sql lookup_expression(const TypeMapping::Lookup& lookup, const TypeMapping& type, const CompileContext& context) {
  const TypeMapping& other = context.mapping.of(*lookup.other);
  return lookup_select(lookup, type, other, column_of("l", other.columns.at(lookup.shows).name));
}

Sql compile_value(const Predicate& predicate, const TypeMapping& type, const CompileContext& context,
                  std::vector<int>& needs) {
  ResourceScope scope(type, context);
  const Condition condition = scope.compile(predicate);
  needs.insert(needs.end(), scope.used().begin(), scope.used().end());
  return condition.sql;
}

Sql compile_from_where(const Predicate& where, const TypeMapping& type, const CompileContext& context,
                       const std::vector<int>& needs) {
  ResourceScope scope(type, context);
  std::vector<Condition> conditions;
  conditions.push_back(scope.compile(where));
  if (context.visible == Visible::living && !type.link.deactivated.empty()) {
    Sql living;
    living << scope.link_column(type.link.deactivated) << " IS NULL";
    conditions.push_back(atom(std::move(living), Condition::Null::impossible));
  }
  const Condition condition = all_of(std::move(conditions));
  for (const int table : needs) scope.use(table);

  Sql sql;
  sql << "FROM " << identifier(type.tables.front().name) << " t0";
  for (const int index : scope.used()) {
    const Table& table = type.tables[static_cast<std::size_t>(index)];
    const std::string alias = 't' + std::to_string(index);
    sql << (index == type.link.table ? " JOIN " : " LEFT JOIN ") << identifier(table.name) << " " << alias << " ON "
        << column_of(alias, table.owner) << " = " << column_of("t0", type.key);
  }
  if (condition.kind != Condition::Kind::always) sql << " WHERE " << condition.sql;
  return sql;
}

Sql compile_select_ids(const Predicate& where, const TypeMapping& type, const CompileContext& context) {
  Sql sql;
  sql << "SELECT t" << std::to_string(type.link.table) << "." << identifier(type.link.id) << " "
      << compile_from_where(where, type, context, {type.link.table}) << " ORDER BY " << column_of("t0", type.key);
  sql.text = numbered(sql.text);
  return sql;
}

}  // namespace scim::sql
