// SPDX-License-Identifier: MIT
// What becomes of a user who is deactivated or deleted, and of rows that refer to one.
#include <algorithm>

#include "core/text.h"
#include "sql/mapping_check_parts.h"
#include "sql/membership.h"

namespace scim::sql {
namespace {

using Severity = Finding::Severity;

const Attribute* find_active(const TypeMapping& type) {
  const Attribute* active = type.type->find("active");
  return active != nullptr && active->type == Type::boolean ? active : nullptr;
}

/// A user whom the identity provider has locked out, and who logs in.
void locking_out(const TypeMapping& type, const Live& live, Findings& findings) {
  const Attribute* active = find_active(type);
  const Column* column = active_column(type);
  if (active == nullptr || (column != nullptr && !column->read_only)) return;
  const std::string place = map_place(type, *active);
  if (!removes_rows(type, live.options)) {
    findings.push_back({Severity::error, place,
                        "DELETE leaves the row, and no column says so: the deleted user could still log in; map a "
                            "column, or remove the row", section_place(type) + ": delete = \"remove\""});
    return;
  }
  if (column != nullptr || type.constants.contains(active)) return;  // clients are told that they cannot set it
  findings.push_back({Severity::warning, place,
                      "is not a column: a client that deactivates a user changes nothing for the application; map "
                          "a column, or say that all are active", place + " = { constant = true }"});
}

bool names_own_table(const std::string& text, const std::string& own) {
  return ascii_lower(text).find(ascii_lower(own)) != std::string::npos;
}

/// The link of a row that the application has deleted must not be found by the next row that gets its key.
void reused_keys(const TypeMapping& type, const Live& live, Findings& findings) {
  const TableInfo* table = live.table(type.tables.front().name);
  if (table == nullptr || type.own_table < 0 || !type.has_link_table()) return;
  if (table->reused_key.empty() || !equal_ignoring_case(table->reused_key, type.key)) return;
  const std::string& own = table_of(type, type.own_table).name;
  const bool forgets = std::any_of(table->triggers.begin(), table->triggers.end(),
                                   [&](const std::string& text) { return names_own_table(text, own); });
  if (forgets) return;
  // Before our table is there the trigger would stop the application's own DELETE.
  const bool may_have_trigger = live.table(own) != nullptr;
  std::string text = table->name + '.' + type.key + " is given out again (no AUTOINCREMENT): after the application deletes "
                     "its newest row, the next one would inherit that row's SCIM id";
  if (!may_have_trigger) text += "; check again when scim-fcgi has started once, for the trigger that helps";
  const std::string trigger = "CREATE TRIGGER " + identifier(own + "_forget") + " AFTER DELETE ON " +
                              identifier(table->name) + " BEGIN DELETE FROM " + identifier(own) + " WHERE owner = OLD." +
                              identifier(type.key) + "; END;";
  findings.push_back({Severity::warning, section_place(type) + " key", std::move(text),
                      may_have_trigger ? trigger : ""});
}

/// Whether DELETE takes rows of the table along.
bool is_removed_along(const TypeMapping& type, const Mapping& mapping, const std::string& table) {
  const auto is = [&](const std::string& name) { return equal_ignoring_case(name, table); };
  const auto any = [&](const auto& range, auto name_of) {
    return std::any_of(range.begin(), range.end(), [&](const auto& item) { return is(name_of(item)); });
  };
  if (any(type.tables, [](const Table& t) { return t.name; })) return true;
  if (any(type.remove_also, [](const TypeMapping::Dependent& d) { return d.table; })) return true;
  if (any(type.lists, [](const auto& entry) { return entry.second.name; })) return true;
  for (const auto& group : mapping.types) {
    for (const auto& [attribute, tables] : group->members) {
      if (any(tables, [](const MemberTable& t) { return t.name; })) return true;
    }
  }
  return false;
}

void rows_left_behind(const TypeMapping& type, const Live& live, Findings& findings) {
  const TableInfo* table = live.table(type.tables.front().name);
  if (table == nullptr || !removes_rows(type, live.options)) return;
  for (const ForeignKey& key : live.foreign_keys) {
    if (!table->is_same(key.other_table, table->name) || key.follows_delete) continue;
    if (is_removed_along(type, live.mapping, key.table)) continue;
    const std::string others = type.remove_also.empty() ? "" : "..., ";
    findings.push_back({Severity::warning, section_place(type) + " remove_also",
                        "DELETE is refused (409) as long as rows of " + key.table + " refer to the " +
                            ascii_lower(type.type->name) + "; if they may go too:",
                        section_place(type) + ": remove_also = { " + others + key.table + " = \"" + key.column +
                            "\" }"});
  }
}

/// What POST may carry and nothing takes.
void dropped(const TypeMapping& type, const Live&, Findings& findings) {
  if (type.unmapped != Unmapped::ignore) return;
  std::string names;
  for (const Attribute& attribute : type.type->attributes) {
    if (attribute.is_kept || attribute.mutability == Mutability::read_only) continue;
    names.append(names.empty() ? "" : ", ").append(attribute.path());
  }
  if (names.empty()) return;
  findings.push_back({Severity::hint, section_place(type) + " unmapped", "what clients send is dropped: " + names, ""});
}

}  // namespace

void check_lifecycle(const TypeMapping& type, const Live& live, Findings& findings) {
  locking_out(type, live, findings);
  reused_keys(type, live, findings);
  rows_left_behind(type, live, findings);
  dropped(type, live, findings);
}

}  // namespace scim::sql
