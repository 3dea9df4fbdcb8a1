// SPDX-License-Identifier: MIT
#include "sql/membership.h"

#include <algorithm>

namespace scim::sql {
namespace {

/// The tables that tell who a resource is and whether it lives.
std::vector<int> identity_tables(const TypeMapping& type) {
  std::vector<int> tables;
  const auto add = [&](int table) {
    if (table != 0 && std::find(tables.begin(), tables.end(), table) == tables.end()) tables.push_back(table);
  };
  add(type.link.id.table);
  if (!type.link.deactivated.is_mapped()) return tables;
  add(type.link.deactivated.table);
  if (const Column* active = active_column(type); active != nullptr && type.link.deactivated.table != 0) add(active->table);
  return tables;
}

std::string join_identity(const TypeMapping& type, std::string_view prefix) {
  std::string sql;
  for (const int index : identity_tables(type)) sql += join_table(type, prefix, index);
  return sql;
}

}  // namespace

std::string location_prefix(const ResourceType& type, std::string_view base_url) {
  return std::string(base_url) + type.endpoint + '/';
}

std::string join_table(const TypeMapping& type, std::string_view prefix, int index) {
  const Table& table = type.tables[static_cast<std::size_t>(index)];
  const std::string alias = alias_of(prefix, index);
  return " LEFT JOIN " + identifier(table.name) + ' ' + alias + " ON " + column_of(alias, table.owner) + " = " +
         key_of(type, prefix);
}

std::string key_of(const TypeMapping& type, std::string_view prefix) { return column_of(alias_of(prefix, 0), type.key); }

std::string from_resource(const TypeMapping& type, std::string_view prefix) {
  return identifier(type.tables.front().name) + ' ' + alias_of(prefix, 0) + join_identity(type, prefix);
}

std::string join_resource(const TypeMapping& type, std::string_view prefix, std::string_view key) {
  return " JOIN " + identifier(type.tables.front().name) + ' ' + alias_of(prefix, 0) + " ON " + key_of(type, prefix) +
         " = " + std::string(key) + join_identity(type, prefix);
}

std::string id_of(const TypeMapping& type, std::string_view prefix, const Dialect& dialect) {
  return shown_expression(alias_of(prefix, type.link.id.table), type.link.id, dialect);
}

Sql has_id(const TypeMapping& type, std::string_view prefix, std::string_view id, const Dialect& dialect) {
  const Column& column = type.link.id;
  const std::string name = column_of(alias_of(prefix, column.table), column.name);
  const std::vector<std::string> ids = kept_ids(column, id);
  if (ids.empty()) return constant(false).sql;
  if (compares_itself(column.native)) return own_is_one_of({name, {}}, column.native, {id_of(type, prefix, dialect), {}}, ids).sql;
  Sql sql;
  return sql << name << one_of(ids);
}

const Column* active_column(const TypeMapping& type) {
  const auto found = type.columns.find(type.type->find("active"));
  return found == type.columns.end() ? nullptr : &found->second;
}

std::string living(const TypeMapping& type, std::string_view prefix, const Dialect& dialect) {
  const Column& deactivated = type.link.deactivated;
  if (!deactivated.is_mapped()) return {};
  const std::string since = column_of(alias_of(prefix, deactivated.table), deactivated.name) + " IS NULL";
  const Column* active = active_column(type);
  if (deactivated.table == 0 || active == nullptr) return since;
  // The application may have let it in again, and does not know of our mark.
  return '(' + since + " OR " + shown_expression(alias_of(prefix, active->table), *active, dialect) + ')';
}

std::vector<int> living_tables(const TypeMapping& type) {
  std::vector<int> tables = identity_tables(type);
  std::erase(tables, type.link.id.table);
  if (type.link.deactivated.is_mapped() && type.link.deactivated.table == type.link.id.table) tables.push_back(type.link.id.table);
  std::erase(tables, 0);
  return tables;
}

std::string and_living(const TypeMapping& type, std::string_view prefix, const Dialect& dialect) {
  const std::string condition = living(type, prefix, dialect);
  return condition.empty() ? condition : " AND " + condition;
}

Sql reference_id(const Column& column, std::string_view alias, const CompileContext& context) {
  const TypeMapping& other = context.mapping.of(*column.refers);
  Sql sql;
  sql << "(SELECT " << id_of(other, "r", context.dialect) << " FROM " << from_resource(other, "r") << " WHERE "
      << key_of(other, "r") << " = " << column_of(alias, column.name) << and_living(other, "r", context.dialect) << ")";
  return sql;
}

MemberPart member_part(const Attribute& sub_attribute) {
  if (sub_attribute.name == "value") return MemberPart::value;
  if (sub_attribute.name == "$ref") return MemberPart::ref;
  if (sub_attribute.name == "type") return MemberPart::type;
  if (sub_attribute.name == "display") return MemberPart::display;
  return MemberPart::other;
}

Sql groups_upward(const ResourceType& member, const ResourceType& group, const std::vector<MemberTable>& tables,
                  const Sql& which) {
  Sql sql;
  sql << "RECURSIVE up(u, k) AS (";
  std::string_view separator;
  for (const MemberTable& table : tables) {
    if (table.member_type != &member) continue;
    const std::string value = column_of("j", table.value);
    sql << separator << "SELECT " << value << ", " << column_of("j", table.owner) << " FROM " << identifier(table.name)
        << " j WHERE " << value << which;
    separator = " UNION ";
  }
  for (const MemberTable& table : tables) {
    if (table.member_type != &group) continue;
    sql << " UNION SELECT up.u, " << column_of("j", table.owner) << " FROM up JOIN " << identifier(table.name)
        << " j ON " << column_of("j", table.value) << " = up.k";
  }
  sql << ")";
  return sql;
}

std::string is_direct_member(const ResourceType& member, const std::vector<MemberTable>& tables) {
  std::string sql;
  for (const MemberTable& table : tables) {
    if (table.member_type != &member) continue;
    sql += (sql.empty() ? "" : " OR ") + std::string("EXISTS (SELECT 1 FROM ") + identifier(table.name) + " d WHERE " +
           column_of("d", table.value) + " = up.u AND " + column_of("d", table.owner) + " = up.k)";
  }
  return '(' + sql + ')';
}

}  // namespace scim::sql
