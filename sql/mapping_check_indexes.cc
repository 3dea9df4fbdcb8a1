// SPDX-License-Identifier: MIT
// Constraints and indexes that the mapping counts on.
#include <algorithm>

#include "core/text.h"
#include "sql/expression.h"
#include "sql/mapping_check_parts.h"

namespace scim::sql {
namespace {

using Severity = Finding::Severity;

void warn(Findings& findings, const std::string& place, std::string text, std::string fix = "") {
  findings.push_back({Severity::warning, place, std::move(text), std::move(fix)});
}

/// A unique index on the column, on an expression over it, or on some of the rows.
bool has_some_unique(const TableInfo& table, const Column& column) {
  return std::any_of(table.indexes.begin(), table.indexes.end(), [&](const TableIndex& index) {
    if (!index.unique || index.columns.size() != 1) return false;
    const std::string& name = index.columns.front();
    if (!name.empty()) return equal_ignoring_case(name, column.name) || equal_ignoring_case(name, column.folded);
    return ascii_lower(index.text).find(ascii_lower(column.name)) != std::string::npos;
  });
}

void promised_constraints(const TypeMapping& type, const Live& live, Findings& findings) {
  for (const auto& [attribute, column] : type.columns) {
    const bool is_user_name = attribute->parent == nullptr && attribute->name == "userName";
    if (!column.unique && !is_user_name) continue;
    const TableInfo* table = live.table(table_of(type, column.table).name);
    const bool is_there = table != nullptr && table->kind == TableInfo::Kind::table && table->find(column.name) != nullptr;
    if (!is_there || has_some_unique(*table, column)) continue;
    const std::string shown = table->name + '.' + column.name;
    const std::string text = column.unique ? "`unique` is said of " + shown + ", and the database does not see to it"
                                           : "nothing in the database keeps two users from the same " + shown;
    const std::string name = identifier(column.name);
    const std::string expression = column.fold == Fold::lower ? "lower(" + name + ')' : name;
    warn(findings, map_place(type, *attribute), text + ": requests at the same time could make two",
         create_index("UNIQUE INDEX", table->name, {column.name, "unique"}, expression));
  }
}

/// fold = "column" is a promise too.
void promised_collations(const TypeMapping& type, const Live& live, Findings& findings) {
  for (const Use& use : uses_of(type)) {
    const TableColumn* column = live.column(use.table, use.column);
    if (use.mapped == nullptr || use.mapped->fold != Fold::column) continue;
    if (column == nullptr || column->capitals != Capitals::told_apart) continue;
    warn(findings, use.place,
         use.table + '.' + use.column + " tells capitals apart, and fold = \"column\" says that it does not",
         use.place + ": fold = \"lower\"");
  }
}

bool is_unique_pair(const TableInfo& table, const MemberTable& member) {
  return std::any_of(table.indexes.begin(), table.indexes.end(), [&](const TableIndex& index) {
    if (!index.unique || index.partial || index.columns.size() != 2) return false;
    const auto has = [&](const std::string& name) {
      return std::any_of(index.columns.begin(), index.columns.end(),
                         [&](const std::string& column) { return equal_ignoring_case(column, name); });
    };
    return has(member.owner) && has(member.value);
  });
}

/// `why`: what has to find rows by the column.
void indexed(const Live& live, const std::string& place, const std::string& table_name, const std::string& column,
             std::string_view why, Findings& findings) {
  const TableInfo* table = live.table(table_name);
  const bool is_there = table != nullptr && table->kind == TableInfo::Kind::table && table->find(column) != nullptr;
  if (!is_there || table->is_indexed(column)) return;
  warn(findings, place, std::string(why) + " reads all of " + table_name,
       create_index("INDEX", table_name, {column}, identifier(column)));
}

void memberships(const TypeMapping& type, const Live& live, Findings& findings) {
  for (const auto& [attribute, tables] : type.members) {
    const std::string place = map_place(type, *attribute);
    for (const MemberTable& member : tables) {
      const TableInfo* table = live.table(member.name);
      if (table == nullptr || table->kind == TableInfo::Kind::view) continue;
      if (!is_unique_pair(*table, member)) {
        warn(findings, place, "nothing in the database keeps a member from being in " + member.name + " twice",
             create_index("UNIQUE INDEX", member.name, {member.owner, member.value},
                          identifier(member.owner) + ", " + identifier(member.value)));
      } else {
        indexed(live, place, member.name, member.owner, "showing a group", findings);
      }
      indexed(live, place, member.name, member.value, "the groups of a member, and members.value eq,", findings);
    }
  }
}

void lists(const TypeMapping& type, const Live& live, Findings& findings) {
  for (const auto& [attribute, list] : type.lists) {
    indexed(live, map_place(type, *attribute), list.name, list.owner, "showing a resource", findings);
  }
}

}  // namespace

std::string create_index(std::string_view kind, const std::string& table, const std::vector<std::string>& words,
                         const std::string& expression) {
  std::string name = table;
  for (const std::string& word : words) name += '_' + word;
  return "CREATE " + std::string(kind) + ' ' + identifier(name) + " ON " + identifier(table) + " (" + expression + ");";
}

void check_indexes(const TypeMapping& type, const Live& live, Findings& findings) {
  promised_constraints(type, live, findings);
  promised_collations(type, live, findings);
  memberships(type, live, findings);
  lists(type, live, findings);
}

}  // namespace scim::sql
