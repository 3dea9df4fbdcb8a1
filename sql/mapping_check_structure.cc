// SPDX-License-Identifier: MIT
// Tables, columns, keys and types of a mapping against those of the database.
#include <algorithm>
#include <set>

#include "core/text.h"
#include "sql/mapping_check_parts.h"

namespace scim::sql {
namespace {

using Severity = Finding::Severity;

/// How far a name may be from the one that is hinted at.
constexpr std::size_t kHintDistance = 3;

void error(Findings& findings, const std::string& place, std::string text, std::string fix = "") {
  findings.push_back({Severity::error, place, std::move(text), std::move(fix)});
}

std::string dotted(const std::string& table, const std::string& column) { return table + '.' + column; }

/// ", did you mean x?", or "".
std::string hint(const std::string& wrong, const std::vector<std::string>& names) {
  std::string best;
  std::size_t distance = std::min(kHintDistance, wrong.size() / 2) + 1;
  for (const std::string& name : names) {
    const std::size_t d = edit_distance(ascii_lower(wrong), ascii_lower(name), distance);
    if (d >= distance) continue;
    distance = d;
    best = name;
  }
  return best.empty() ? "" : ", did you mean " + best + '?';
}

std::vector<std::string> column_names(const TableInfo& table) {
  std::vector<std::string> names;
  for (const TableColumn& column : table.columns) names.push_back(column.name);
  return names;
}

void missing(const TypeMapping& type, const Live& live, Findings& findings) {
  std::set<std::string> said;
  for (const Use& use : uses_of(type)) {
    const TableInfo* table = live.table(use.table);
    if (table == nullptr) {
      if (said.insert(use.table).second) {
        error(findings, use.place, "the database has no table " + use.table + hint(use.table, live.names));
      }
      continue;
    }
    if (table->find(use.column) != nullptr || !said.insert(dotted(use.table, use.column)).second) continue;
    error(findings, use.place,
          "the table " + use.table + " has no column " + use.column + hint(use.column, column_names(*table)));
  }
}

void unwritable(const TypeMapping& type, const Live& live, Findings& findings) {
  std::set<std::string> said;
  for (const Use& use : uses_of(type)) {
    const TableInfo* table = live.table(use.table);
    if (!use.is_written() || table == nullptr) continue;
    if (!table->takes_writes && said.insert(use.table).second) {
      error(findings, use.place,
            use.table + " is a view that cannot be written; map the table behind it, or say readonly = true");
    }
    const TableColumn* column = table->find(use.column);
    if (column == nullptr || !column->is_generated) continue;
    error(findings, use.place,
          dotted(use.table, use.column) + " is computed by the database and cannot be written; say readonly = true");
  }
}

/// One row for one resource: or one user would be shown twice, and one change hit two rows.
void not_unique(const Live& live, const std::string& place, const std::string& table_name, const std::string& column,
                Findings& findings) {
  const TableInfo* table = live.table(table_name);
  if (table == nullptr || table->kind == TableInfo::Kind::view || table->find(column) == nullptr) return;
  if (table->is_unique(column)) return;
  const std::string index = identifier(table_name + '_' + column + "_unique");
  error(findings, place, dotted(table_name, column) + " can have the same value in several rows",
        "CREATE UNIQUE INDEX " + index + " ON " + identifier(table_name) + " (" + identifier(column) + ");");
}

void keys(const TypeMapping& type, const Live& live, Findings& findings) {
  not_unique(live, section_place(type) + " key", type.tables.front().name, type.key, findings);
  for (std::size_t i = 1; i < type.tables.size(); ++i) {
    if (static_cast<int>(i) == type.own_table) continue;
    not_unique(live, section_place(type) + " owner", type.tables[i].name, type.tables[i].owner, findings);
  }
  for (const auto& [list, table] : type.lists) {
    const std::string place = map_place(type, *list) + " key";
    not_unique(live, place, table.name, table.key, findings);
    const TableInfo* found = live.table(table.name);
    if (found == nullptr || table.key != kRowid) continue;
    const bool has_no_key = !found->has_rowid && found->find("rowid") == nullptr;
    if (!has_no_key) continue;
    error(findings, place, table.name + " has no rowid: name the column that tells its rows apart, key = \"...\"");
  }
}

std::string_view word(Holds holds) {
  switch (holds) {
    case Holds::text: return "text";
    case Holds::integer: return "integers";
    case Holds::decimal: return "numbers";
    case Holds::boolean: return "booleans";
    case Holds::moment: return "moments";
    case Holds::uuid: return "UUIDs";
    case Holds::anything: break;
  }
  return "anything";
}

bool has_texts(const Column& column) {
  return std::any_of(column.words.begin(), column.words.end(),
                     [](const Column::Word& w) { return std::holds_alternative<std::string>(w.kept); });
}

/// What values of the mapping are; anything: whatever the column takes.
Holds kept_as(const Column& column, Codec codec) {
  if (!column.words.empty()) return has_texts(column) ? Holds::text : Holds::anything;
  switch (codec) {
    case Codec::text: return column.read_only ? Holds::anything : Holds::text;
    case Codec::integer:
    case Codec::boolean:
    case Codec::instant:
    case Codec::epoch:
    case Codec::epoch_ms:
    case Codec::epoch_us:
    case Codec::number: return Holds::integer;
    case Codec::decimal: return Holds::decimal;
    case Codec::date_time:
    case Codec::iso:
    case Codec::instant_text:
    case Codec::uuid_hex:
    case Codec::password: return Holds::text;
    case Codec::unset: return kept_as(column, column.moment);
    case Codec::reference: break;  // of the type of a key: joins()
  }
  return Holds::anything;
}

/// Whether a column takes what the mapping puts there. kept: no `anything`.
bool takes(Holds holds, Holds kept, const Column& column) {
  const Codec codec = column.codec == Codec::unset ? column.moment : column.codec;
  switch (holds) {
    case Holds::text: return kept == Holds::text;
    case Holds::integer:
    case Holds::decimal: return kept != Holds::text;
    case Holds::boolean: return codec == Codec::boolean && kept != Holds::text;
    case Holds::moment: return codec == Codec::date_time || codec == Codec::iso || codec == Codec::instant_text || codec == Codec::text;
    case Holds::uuid: return kept == Holds::text && (codec == Codec::text || codec == Codec::uuid_hex);
    case Holds::anything: break;
  }
  return true;
}

std::string advice_for(const Column& column) {
  switch (column.codec) {
    case Codec::boolean: return "; say what it holds, as in values = { true = \"active\", false = \"locked\" }";
    case Codec::text: return "; if it holds whole numbers say number = true (007 would become 7)";
    case Codec::instant:
    case Codec::epoch:
    case Codec::epoch_us:
    case Codec::epoch_ms: return "; text needs format = \"sql\" or \"iso\"";
    case Codec::date_time:
    case Codec::iso:
    case Codec::instant_text:
    case Codec::unset: return "; numbers need format = \"epoch\", \"epoch_ms\" or \"epoch_us\"";
    case Codec::integer:
    case Codec::decimal:
    case Codec::number:
    case Codec::uuid_hex:
    case Codec::reference:
    case Codec::password: break;
  }
  return {};
}

void types(const TypeMapping& type, const Live& live, Findings& findings) {
  for (const Use& use : uses_of(type)) {
    const TableColumn* column = live.column(use.table, use.column);
    if (use.mapped == nullptr || column == nullptr) continue;
    const Holds kept = kept_as(*use.mapped, use.mapped->codec);
    if (kept == Holds::anything || takes(column->holds, kept, *use.mapped)) continue;
    error(findings, use.place,
          dotted(use.table, use.column) + " (" + column->type + ") holds " + std::string(word(column->holds)) +
              ", and would get " + std::string(word(kept)) + advice_for(*use.mapped));
  }
}

/// Values that never meet: SQLite finds '7' for 7, but not by an index, and other databases refuse it.
void joins(const TypeMapping& type, const Live& live, Findings& findings) {
  for (const Join& join : joins_of(type, live.mapping)) {
    const TableColumn* column = live.column(join.table, join.column);
    const TableColumn* other = live.column(join.other_table, join.other_column);
    if (column == nullptr || other == nullptr || column->holds == other->holds) continue;
    if (column->holds == Holds::anything || other->holds == Holds::anything) continue;
    error(findings, join.place,
          dotted(join.table, join.column) + " holds " + std::string(word(column->holds)) + ", but " +
              dotted(join.other_table, join.other_column) + ", which it is to name, holds " +
              std::string(word(other->holds)));
  }
}

}  // namespace

void check_structure(const TypeMapping& type, const Live& live, Findings& findings) {
  missing(type, live, findings);
  unwritable(type, live, findings);
  keys(type, live, findings);
  types(type, live, findings);
  joins(type, live, findings);
}

}  // namespace scim::sql
