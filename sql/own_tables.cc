// SPDX-License-Identifier: MIT
#include "sql/own_tables.h"

namespace scim::sql {
namespace {

void add_resources(std::vector<OwnTable>& tables, const TypeMapping& type) {
  tables.push_back({type.tables.front().name, {type.key}});
  for (const auto& [attribute, list] : type.lists) tables.push_back({list.name, {list.key}});
}

void add_members(std::vector<OwnTable>& tables, const TypeMapping& type) {
  for (const auto& [attribute, joins] : type.members) {
    for (const MemberTable& join : joins) tables.push_back({join.name, {join.owner, join.value}});
  }
}

/// The link and the document beside the application's rows.
void add_link(std::vector<OwnTable>& tables, const TypeMapping& type) {
  if (type.own_table < 0) return;
  const Table& table = type.tables[static_cast<std::size_t>(type.own_table)];
  tables.push_back({table.name, {table.owner}});
}

}  // namespace

std::vector<OwnTable> own_tables(const Mapping& mapping) {
  std::vector<OwnTable> tables;
  for (const auto& type : mapping.types) mapping.is_embedded ? add_resources(tables, *type) : add_link(tables, *type);
  if (mapping.is_embedded) {
    for (const auto& type : mapping.types) add_members(tables, *type);
  }
  tables.push_back({"scim_tokens", {"id"}, OwnTable::Key::text});
  tables.push_back({"scim_token_tolerances", {"token", "tolerance"}, OwnTable::Key::text});
  tables.push_back({"scim_secrets", {"name"}, OwnTable::Key::text});
  tables.push_back({"scim_log", {"position"}});
  tables.push_back({"scim_held", {"id"}, OwnTable::Key::text});
  tables.push_back({"scim_log_readers", {"name"}, OwnTable::Key::text});
  tables.push_back({"scim_log_chains", {"chain", "number"}});
  if (!mapping.own.empty()) tables.push_back({"scim_types", {"name"}, OwnTable::Key::text, OwnTable::Rows::migration});
  return tables;
}

}  // namespace scim::sql
