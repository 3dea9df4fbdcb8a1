// SPDX-License-Identifier: MIT
#include "sql/membership.h"

namespace scim::sql {
namespace {

std::string link_alias(const TypeMapping& type, std::string_view alias) {
  return type.link.table == 0 ? std::string(alias) : std::string(alias) + "_link";
}

/// The link where it is a table of its own.
std::string join_link(const TypeMapping& type, std::string_view alias) {
  if (type.link.table == 0) return {};
  const Table& table = type.tables[static_cast<std::size_t>(type.link.table)];
  const std::string link = link_alias(type, alias);
  return " JOIN " + identifier(table.name) + ' ' + link + " ON " + column_of(link, table.owner) + " = " +
         column_of(alias, type.key);
}

}  // namespace

std::string column_of(std::string_view alias, std::string_view name) {
  return std::string(alias) + '.' + identifier(name);
}

std::string location_prefix(const ResourceType& type, std::string_view base_url) {
  return std::string(base_url) + type.endpoint + '/';
}

std::string from_resource(const TypeMapping& type, std::string_view alias) {
  return identifier(type.tables.front().name) + ' ' + std::string(alias) + join_link(type, alias);
}

std::string join_resource(const TypeMapping& type, std::string_view alias, std::string_view key) {
  return " JOIN " + identifier(type.tables.front().name) + ' ' + std::string(alias) + " ON " +
         column_of(alias, type.key) + " = " + std::string(key) + join_link(type, alias);
}

std::string id_of(const TypeMapping& type, std::string_view alias) {
  return column_of(link_alias(type, alias), type.link.id);
}

std::string and_living(const TypeMapping& type, std::string_view alias) {
  if (type.link.deactivated.empty()) return {};
  return " AND " + column_of(link_alias(type, alias), type.link.deactivated) + " IS NULL";
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
