// SPDX-License-Identifier: MIT
// What the role that serves may do in the database, against what it needs for that: rows, and no tables.
#include <algorithm>
#include <array>
#include <utility>

#include "sql/links.h"
#include "sql/mapping_check_parts.h"

namespace scim::sql {
namespace {

using Severity = Finding::Severity;
using Rights = std::vector<std::string>;

const Rights kRead = {"SELECT"};
const Rights kRows = {"SELECT", "INSERT", "UPDATE", "DELETE"};

/// Tables of ours that no mapping names.
const std::pair<std::string_view, Rights> kOurs[] = {
    {kTokenTable, kRows},
    {"scim_token_tolerances", kRows},
    {"scim_secrets", {"SELECT", "INSERT"}},
    {"scim_locks", {"SELECT", "UPDATE"}},
    {"scim_log", {"SELECT", "INSERT", "DELETE"}},  // what is old may go
    {"scim_log_chains", {"SELECT", "INSERT", "UPDATE"}},
    {"scim_log_readers", kRows},
    {"scim_held", kRows},
    {"scim_schema", kRead},
    {"scim_types", kRead},
};

/// In the order in which tables come, each once.
class NeedCollector {
 public:
  NeedCollector(const Mapping& mapping, const StoreOptions& options) : mapping_(mapping), options_(options) {}

  std::vector<TableNeed> take() {
    for (const auto& type : mapping_.types) add_type(*type);
    for (const auto& [table, rights] : kOurs) add(std::string(table), rights);
    return std::move(needs_);
  }

 private:
  void add(const std::string& table, const Rights& rights) {
    const auto at = std::find_if(needs_.begin(), needs_.end(), [&](const TableNeed& need) { return need.table == table; });
    if (at == needs_.end()) return needs_.push_back({table, rights});
    Rights both;
    for (const std::string& right : kRows) {
      const bool is_needed = std::count(at->rights.begin(), at->rights.end(), right) + std::count(rights.begin(), rights.end(), right) > 0;
      if (is_needed) both.push_back(right);
    }
    at->rights = std::move(both);
  }

  void add_type(const TypeMapping& type) {
    const Rights without_delete = {"SELECT", "INSERT", "UPDATE"};
    add(type.tables.front().name, removes_rows(type, options_) ? kRows : without_delete);
    for (std::size_t i = 1; i < type.tables.size(); ++i) add(type.tables[i].name, is_written(type, static_cast<int>(i)) ? kRows : kRead);
    for (const auto& [attribute, list] : type.lists) add(list.name, has_written(list.columns) ? kRows : kRead);
    for (const auto& [attribute, tables] : type.members) {
      for (const MemberTable& table : tables) add(table.name, {"SELECT", "INSERT", "DELETE"});
    }
    for (const auto& [table, owner] : type.remove_also) add(table, {"SELECT", "DELETE"});
  }

  static bool has_written(const AttributeMap<Column>& columns) {
    return std::any_of(columns.begin(), columns.end(), [](const auto& entry) { return !entry.second.read_only; });
  }

  /// A joined table.
  static bool is_written(const TypeMapping& type, int table) {
    if (table == type.own_table || table == type.link.id.table) return true;
    const auto is = [&](const Column& column) { return column.table == table && !column.read_only; };
    return std::any_of(type.columns.begin(), type.columns.end(), [&](const auto& entry) { return is(entry.second); }) ||
           std::any_of(type.elements.begin(), type.elements.end(), [&](const auto& entry) { return is(entry.second.value); });
  }

  const Mapping& mapping_;
  const StoreOptions& options_;
  std::vector<TableNeed> needs_;
};

void append(std::string& list, const std::string& more) { list += (list.empty() ? "" : ", ") + more; }

/// Rights to one object: "SELECT, INSERT".
struct Grant {
  std::string rights;
  std::string objects;
};

/// One for each object.
std::vector<Grant> by_object(const std::vector<Privilege>& privileges) {
  std::vector<Grant> grants;
  for (const Privilege& privilege : privileges) {
    if (grants.empty() || grants.back().objects != privilege.object) grants.push_back({"", privilege.object});
    append(grants.back().rights, privilege.right);
  }
  return grants;
}

/// Tables that need the same stand in one.
std::vector<Grant> by_rights(const std::vector<Privilege>& privileges) {
  constexpr std::string_view kTable = "TABLE ";
  std::vector<Grant> grants;
  for (const Grant& each : by_object(privileges)) {
    const bool is_table = each.objects.starts_with(kTable);
    const auto same = std::find_if(grants.begin(), grants.end(), [&](const Grant& grant) {
      return is_table && grant.objects.starts_with(kTable) && grant.rights == each.rights;
    });
    if (same == grants.end()) grants.push_back(each);
    else append(same->objects, each.objects.substr(kTable.size()));
  }
  return grants;
}

std::string statement(const Grant& grant, const std::string& role) {
  return "GRANT " + grant.rights + " ON " + grant.objects + " TO " + role + ';';
}

void lacking(const Privileges& privileges, Findings& findings) {
  std::vector<Privilege> missing;
  std::copy_if(privileges.needed.begin(), privileges.needed.end(), std::back_inserter(missing), [](const Privilege& p) { return !p.is_granted; });
  for (const Grant& grant : by_object(missing)) {
    findings.push_back({Severity::error, "database", "the role " + privileges.role + " needs " + grant.rights + " on " + grant.objects,
                        statement(grant, identifier(privileges.role))});
  }
}

void more_than_needed(const Privileges& privileges, Findings& findings) {
  if (!privileges.is_owner) return;
  std::string statements;
  for (const Grant& grant : by_rights(privileges.needed)) statements += (statements.empty() ? "" : "\n") + statement(grant, "ROLE");
  findings.push_back({Severity::hint, "database",
                      "the role " + privileges.role + " may change tables, which only scimctl db migrate has to; scim-fcgi can run as a role that may "
                          "do no more than:", statements});
}

}  // namespace

DbResult<void> check_grants(const Mapping& mapping, const StoreOptions& options, Catalog& catalog, Findings& findings) {
  const auto privileges = catalog.privileges(NeedCollector(mapping, options).take());
  if (!privileges) return tl::unexpected<DbError>(privileges.error());
  const bool has_roles = !privileges->role.empty() && !privileges->needed.empty();
  if (!has_roles) return {};
  lacking(*privileges, findings);
  more_than_needed(*privileges, findings);
  return {};
}

}  // namespace scim::sql
