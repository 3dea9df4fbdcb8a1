// SPDX-License-Identifier: MIT
#include "sql/order.h"

#include <algorithm>

#include "core/resource.h"
#include "sql/document.h"
#include "sql/membership.h"
#include "sql/scope.h"

namespace scim::sql {
namespace {

/// Elements of one list from one place, in the order in which they are shown.
struct Source {
  Sql key;
  std::optional<Sql> primary;  ///< nullopt: none of them is, or all are
  std::string order;
  Sql from;                    ///< FROM and WHERE
};

/// 0 for NULL too.
Sql as_flag(const Sql& truth) {
  Sql sql;
  return sql << "coalesce(CAST(" << truth << " AS INTEGER), 0)";
}

Sql first_of(const Source& source) {
  Sql sql;
  sql << "(SELECT " << source.key << " " << source.from << " ORDER BY ";
  if (source.primary) sql << as_flag(*source.primary) << " DESC, ";
  return sql << source.order << " LIMIT 1)";
}

/// The first element of the first source that has one.
Sql first_of_all(const std::vector<Source>& sources) {
  Sql sql;
  sql << "CASE";
  for (const Source& source : sources) {
    sql << " WHEN EXISTS (SELECT 1 " << source.from << ") THEN " << first_of(source);
  }
  return sql << " END";
}

/// The primary element, else the first one, over several sources.
Sql chosen(const std::vector<Source>& sources) {
  if (sources.size() == 1) return first_of(sources.front());
  const bool has_primary = std::any_of(sources.begin(), sources.end(), [](const Source& source) { return source.primary.has_value(); });
  if (!has_primary) return first_of_all(sources);
  Sql sql;
  sql << "(SELECT k FROM (";
  for (std::size_t i = 0; i < sources.size(); ++i) {
    const Source& source = sources[i];
    if (i > 0) sql << " UNION ALL ";
    sql << "SELECT " << source.key << " AS k, ";
    if (source.primary) sql << as_flag(*source.primary);
    else sql << "0";
    // Keys of several sources may be of several types: what counts is their order within each.
    sql << " AS p, " << std::to_string(i) << " AS s, row_number() OVER (ORDER BY " << source.order << ") AS o " << source.from;
  }
  return sql << ") elements ORDER BY p DESC, s, o LIMIT 1)";
}

/// The value as it is shown, where a column holds a part of that.
Sql key_of_operand(const Operand& operand) {
  const bool has_affixes = operand.kind == Operand::Kind::affixed_text || operand.kind == Operand::Kind::affixed_integer;
  if (!has_affixes) return operand.key;
  Sql sql;
  sql << "(" << Bind{operand.prefix} << " || " << operand.key;
  if (!operand.suffix.empty()) sql << " || " << Bind{operand.suffix};
  return sql << ")";
}

Sql null() { return {"NULL", {}}; }

Sql key_in(Scope& scope, const Attribute& part) {
  const std::optional<Operand> operand = scope.operand(part);
  return operand ? key_of_operand(*operand) : null();
}

const Attribute* primary_of(const Attribute& list) {
  const auto found = std::find_if(list.sub_attributes.begin(), list.sub_attributes.end(), is_primary);
  return found == list.sub_attributes.end() ? nullptr : &*found;
}

/// nullopt: no element says that it is primary.
std::optional<Sql> primary_in(Scope& scope, const Attribute& list) {
  const Attribute* primary = primary_of(list);
  const std::optional<Operand> operand = primary == nullptr ? std::nullopt : scope.operand(*primary);
  return operand ? std::optional(operand->key) : std::nullopt;
}

bool is_text(const Attribute& attribute) {
  return attribute.type == Type::string || attribute.type == Type::reference || attribute.type == Type::binary;
}

class OrderScope : public RowScope {
 public:
  using RowScope::RowScope;
  Sql key(const Attribute& by);

 private:
  Sql list_key(const Attribute& list, const Attribute& part);
  std::vector<Source> in_table(const Attribute& list, const Attribute& part);
  std::vector<Source> in_column(const Attribute& list, const ElementColumn& element, const Attribute& part);
  Source in_document(const Attribute& list, const Attribute& part, const ListTable* table, const std::string& where);
  std::vector<Source> members(const std::vector<MemberTable>& tables, const Attribute& part);
  Sql groups(const TypeMapping::Reverse& reverse, const Attribute& part);
};

Sql OrderScope::key(const Attribute& by) {
  if (is_schemas(by)) return {literal(collation_key(type_.type->schema, by.collation)), {}};
  const bool is_part = by.parent != nullptr && by.parent->multi_valued;
  if (is_part || by.multi_valued) return list_key(is_part ? *by.parent : by, by);
  return key_in(*this, by);
}

Sql OrderScope::list_key(const Attribute& list, const Attribute& part) {
  if (type_.lists.contains(&list)) return chosen(in_table(list, part));
  if (const auto element = type_.elements.find(&list); element != type_.elements.end()) {
    return chosen(in_column(list, element->second, part));
  }
  if (const auto tables = type_.members.find(&list); tables != type_.members.end()) {
    return chosen(members(tables->second, part));
  }
  if (const auto reverse = type_.reverse.find(&list); reverse != type_.reverse.end()) return groups(reverse->second, part);
  return is_in_document(type_, list) ? first_of(in_document(list, part, nullptr, "true")) : null();
}

std::vector<Source> OrderScope::in_table(const Attribute& list, const Attribute& part) {
  const ListTable& table = type_.lists.at(&list);
  const std::string in_documents = type_.has_document() ? document() : "";
  ElementScope scope(type_, list, in_documents, context_.dialect);
  Source rows;
  rows.key = key_in(scope, part);
  rows.primary = primary_in(scope, list);
  rows.order = column_of("c", table.key);
  rows.from << "FROM " << identifier(table.name) << " c";
  std::string has_value = shows_something("c", table, context_.dialect);
  if (scope.uses_document()) {
    rows.from << join_beside_rows(in_documents, list, table, "c", context_.dialect);
    rows.order += ", x.key";
    has_value += " OR x.key IS NOT NULL";
  }
  rows.from << " WHERE " << column_of("c", table.owner) << " = " << key_of(type_, "t") << " AND (" << has_value << ")";
  std::vector<Source> sources = {std::move(rows)};
  const bool has_parts_beside = std::any_of(list.sub_attributes.begin(), list.sub_attributes.end(),
                                            [&](const Attribute& sub) { return is_in_document(type_, sub); });
  if (has_parts_beside) sources.push_back(in_document(list, part, &table, has_no_row("e", table, context_.dialect)));
  if (sources.size() > 1) sources.front().order = column_of("c", table.key);  // one column for all sources
  return sources;
}

std::vector<Source> OrderScope::in_column(const Attribute& list, const ElementColumn& element, const Attribute& part) {
  const bool has_rest = is_in_document(type_, list) || type_.has_document();
  const std::string alias = use(element.value.table);
  const std::string& key = type_.tables[static_cast<std::size_t>(element.value.table)].owner;
  ColumnElementScope scope(element, list, alias, key, has_rest ? document() : "", context_.dialect);
  Source column;
  column.key = key_in(scope, part);
  column.primary = primary_in(scope, list);
  column.order = "NULL";  // there is one
  column.from << "WHERE " << shown_expression(alias, element.value, context_.dialect) << " IS NOT NULL";
  std::vector<Source> sources = {std::move(column)};
  if (has_rest) sources.push_back(in_document(list, part, nullptr, "e.key > 0"));
  return sources;
}

/// `table`: the elements that have no row in it.
Source OrderScope::in_document(const Attribute& list, const Attribute& part, const ListTable* table, const std::string& where) {
  DocumentElementScope scope(table, context_.dialect);
  Source source;
  source.key = key_in(scope, part);
  source.primary = primary_in(scope, list);
  source.order = "e.key";
  source.from << "FROM " << document_elements(document(), list, context_.dialect) << " e WHERE " << where << " AND e.type "
              << (list.type == Type::complex ? "=" : "<>") << " 'object'";
  return source;
}

std::vector<Source> OrderScope::members(const std::vector<MemberTable>& tables, const Attribute& part) {
  std::vector<Source> sources;
  for (const MemberTable& table : tables) {
    const TypeMapping& member = context_.mapping.of(*table.member_type);
    MemberScope scope(member, "m", context_);
    Source source;
    if (member_part(part) == MemberPart::type) source.key << Bind{collation_key(member.type->name, part.collation)};
    else source.key = key_in(scope, part);
    source.order = column_of("j", table.value);
    source.from << "FROM " << identifier(table.name) << " j" << join_resource(member, "m", column_of("j", table.value)) << " WHERE "
                << column_of("j", table.owner) << " = " << key_of(type_, "t") << and_living(member, "m", context_.dialect);
    sources.push_back(std::move(source));
  }
  return sources;
}

Sql OrderScope::groups(const TypeMapping::Reverse& reverse, const Attribute& part) {
  const TypeMapping& group = context_.mapping.of(*reverse.group_type);
  const std::vector<MemberTable>& tables = group.members.at(reverse.members);
  MemberScope scope(group, "g", context_);
  Sql key;
  if (member_part(part) == MemberPart::type) key << "CASE WHEN " << is_direct_member(*type_.type, tables) << " THEN 'direct' ELSE 'indirect' END";
  else key = key_in(scope, part);
  Sql this_one;
  this_one << " = " << key_of(type_, "t");
  Sql sql;
  sql << "(WITH " << groups_upward(*type_.type, *group.type, tables, this_one) << " SELECT " << key << " FROM up"
      << join_resource(group, "g", "up.k") << " WHERE true" << and_living(group, "g", context_.dialect);
  if (context_.visible == Visible::all) {
    // Once deactivated, a resource is in no group.
    for (const int table : living_tables(type_)) use(table);
    sql << and_living(type_, "t", context_.dialect);
  }
  return sql << " ORDER BY up.k LIMIT 1)";
}

}  // namespace

std::optional<Sql> order_key(const Attribute* by, const TypeMapping& type, const CompileContext& context,
                             std::vector<int>& needs) {
  if (by == nullptr) return std::nullopt;
  OrderScope scope(type, context);
  Sql key = scope.key(*by);
  if (key.text == null().text) return std::nullopt;
  needs.insert(needs.end(), scope.used().begin(), scope.used().end());
  if (is_text(*by)) key << context.dialect.by_bytes;
  return key;
}

bool is_ordered_by_others(const Attribute* by, const TypeMapping& type) {
  if (by == nullptr) return false;
  const auto column = type.columns.find(by);
  if (column != type.columns.end() && column->second.codec == Codec::reference) return true;
  return type.lookups.contains(by) || type.members.contains(by->parent) || type.reverse.contains(by->parent);
}

}  // namespace scim::sql
