// SPDX-License-Identifier: MIT
// Values that new rows need: NOT NULL columns, keys that nobody makes, room for passwords.
#include <algorithm>

#include "core/text.h"
#include "sql/mapping_check_parts.h"
#include "sql/password.h"

namespace scim::sql {
namespace {

using Severity = Finding::Severity;

bool contains(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

/// As PostgreSQL and others call it: `time`, `time(3) without time zone`.
bool is_time_of_day(std::string_view type) { return type == "time" || type.starts_with("time ") || type.starts_with("time("); }

/// A value of the column's kind, for the admin to think about.
std::string example(const TableColumn& column) {
  const std::string type = ascii_lower(column.type);
  const std::string name = ascii_lower(column.name);
  if (is_time_of_day(type)) return "\"00:00\"";
  const bool is_time = contains(type, "date") || contains(type, "time") || name.ends_with("_at") || column.holds == Holds::moment;
  const std::string format = column.holds == Holds::integer ? "epoch" : "sql";
  if (is_time) return "{ generate = \"now\", format = \"" + format + "\" }";
  if (contains(type, "bool")) return "false";
  if (contains(type, "uuid")) return "{ generate = \"uuid\" }";
  switch (column.holds) {
    case Holds::integer: return "0";
    case Holds::decimal: return "0.0";
    case Holds::boolean: return "false";
    case Holds::uuid: return "{ generate = \"uuid\" }";
    case Holds::moment:
    case Holds::text:
    case Holds::anything: break;
  }
  return "\"\"";
}

/// The name as a key of TOML.
std::string toml_key(const std::string& name) {
  const bool is_bare = std::all_of(name.begin(), name.end(),
                                   [](unsigned char c) { return std::isalnum(c) != 0 || c == '_' || c == '-'; });
  return is_bare ? name : '"' + name + '"';
}

std::string defaults_line(const NewRow& row, const TableColumn& column) {
  const std::string more = row.defaults->empty() ? "" : "..., ";
  return row.place + ": defaults = { " + more + toml_key(column.name) + " = " + example(column) + " }";
}

const Use* find_mapped(const NewRow& row, const TableColumn& column) {
  const auto at = std::find_if(row.mapped.begin(), row.mapped.end(),
                               [&](const Use& use) { return equal_ignoring_case(use.column, column.name); });
  return at == row.mapped.end() ? nullptr : &*at;
}

bool is_filled(const NewRow& row, const TableColumn& column) {
  return std::any_of(row.filled.begin(), row.filled.end(),
                     [&](const std::string& name) { return equal_ignoring_case(name, column.name); });
}

void nobody_fills(const NewRow& row, const TableColumn& column, Findings& findings) {
  const std::string name = row.table + '.' + column.name;
  if (row.place.empty()) {
    findings.push_back({Severity::error, name, "is NOT NULL without a default, and `link` says nothing about it", ""});
    return;
  }
  findings.push_back({Severity::error, name, "is NOT NULL without a default, and nothing fills it in a new row",
                      defaults_line(row, column)});
}

/// A column whose attribute clients may leave out, or clear.
void client_may_leave_out(const NewRow& row, const Use& use, const TableColumn& column, Findings& findings) {
  const std::string name = row.table + '.' + column.name;
  const bool has_other = has_default(row, column.name) || column.has_default;
  const bool is_password = use.mapped->codec == Codec::password;  // which nobody clears
  if (use.mapped->absent != Cell()) {
    if (row.absent == NewRow::Absent::always || has_other) return;
    findings.push_back({Severity::warning, name,
                        "is NOT NULL: a row that SCIM adds later, for another column, would lack it",
                        defaults_line(row, column)});
    return;
  }
  if (has_default(row, column.name)) return;  // what is left out or cleared gets that
  if (is_password && has_other) return;
  const bool may_be_empty = column.holds == Holds::text && use.mapped->words.empty() && !is_password;
  const std::string empty = may_be_empty ? use.place + ": absent = \"\"" : "";
  if (!has_other) {
    findings.push_back({Severity::error, name,
                        "is NOT NULL without a default: a client that leaves out " + use.attribute->path() +
                            " would be refused", may_be_empty ? empty : defaults_line(row, column)});
    return;
  }
  findings.push_back({Severity::warning, name,
                      "is NOT NULL: a client that clears " + use.attribute->path() +
                          " is refused, unless `absent` says what stands for no value", empty});
}

/// Of the resource's own row: made_keys() looks at it.
bool is_key(const TypeMapping& type, const NewRow& row, const TableColumn& column) {
  return row.table == type.tables.front().name && equal_ignoring_case(column.name, type.key);
}

void needed_values(const TypeMapping& type, const Live& live, Findings& findings) {
  for (const NewRow& row : new_rows(type)) {
    const TableInfo* table = live.table(row.table);
    if (table == nullptr) continue;
    for (const TableColumn& column : table->columns) {
      if (!column.not_null || column.is_generated || is_filled(row, column)) continue;
      if (const Use* use = find_mapped(row, column)) client_may_leave_out(row, *use, column, findings);
      else if (!column.has_default && !has_default(row, column.name) && !is_key(type, row, column)) nobody_fills(row, column, findings);
    }
  }
}

/// SQLite lets a text key be NULL. A constant would do for one row.
void made_keys(const TypeMapping& type, const Live& live, Findings& findings) {
  const NewRow row = new_rows(type).front();
  const TableColumn* key = live.column(row.table, type.key);
  if (key == nullptr || key->has_default || key->is_generated) return;
  if (is_filled(row, *key) || has_default(row, key->name) || find_mapped(row, *key) != nullptr) return;
  const std::string place = row.table + '.' + key->name;
  if (key->holds == Holds::integer || key->holds == Holds::decimal) {
    findings.push_back({Severity::error, place, "the database makes no keys here: the column needs a default that counts", ""});
    return;
  }
  const std::string kind = key->length == 32 ? "uuid_hex" : "uuid";
  findings.push_back({Severity::error, place, "the database makes no keys here",
                      section_place(type) + ": key = { column = \"" + key->name + "\", generate = \"" + kind + "\" }"});
}

/// SQLite keeps what is longer than declared; the application may not.
void room_for_passwords(const TypeMapping& type, const Live& live, Findings& findings) {
  for (const auto& [attribute, mapped] : type.columns) {
    const TableColumn* column = live.column(table_of(type, mapped.table).name, mapped.name);
    if (mapped.codec != Codec::password || column == nullptr || column->length == 0) continue;
    const std::string scheme = mapped.scheme.empty() ? "yescrypt" : mapped.scheme;
    const std::size_t needed = hash_length(*password_scheme(scheme));
    if (column->length >= needed) continue;
    findings.push_back({Severity::warning, map_place(type, *attribute),
                        column->name + " is declared as " + column->type + ", and hashes of the scheme " +
                            scheme + " have " + std::to_string(needed) +
                            " characters: is it the scheme of the application?", ""});
  }
}

}  // namespace

void check_new_rows(const TypeMapping& type, const Live& live, Findings& findings) {
  needed_values(type, live, findings);
  made_keys(type, live, findings);
  room_for_passwords(type, live, findings);
}

}  // namespace scim::sql
