// SPDX-License-Identifier: MIT
// The filters that identity providers send, as the database would run them.
#include <algorithm>
#include <array>

#include "core/text.h"
#include "sql/compile.h"
#include "sql/mapping_check_parts.h"

namespace scim::sql {
namespace {

using Severity = Finding::Severity;

/// What Okta, Entra ID, OneLogin and others look users and groups up by. members.value is memberships() of
/// mapping_check_indexes.cc.
constexpr std::array<std::string_view, 5> kPaths = {"id", "externalId", "userName", "displayName", "emails.value"};

/// The column behind a path.
struct Searched {
  std::string path;
  std::string place;
  std::string table;
  const Attribute* attribute = nullptr;
  const Column* column = nullptr;
  bool is_in_document_too = false;
};

std::optional<Searched> email(const TypeMapping& type, Searched searched) {
  const Attribute* list = type.type->find("emails");
  const Attribute* value = list == nullptr ? nullptr : list->find("value");
  if (value == nullptr) return std::nullopt;
  searched.place = map_place(type, *list);
  searched.attribute = value;
  if (const auto element = type.elements.find(list); element != type.elements.end()) {
    searched.column = &element->second.value;
    searched.table = table_of(type, searched.column->table).name;
    searched.is_in_document_too = type.has_document();
    return searched;
  }
  const auto table = type.lists.find(list);
  if (table == type.lists.end() || !table->second.columns.contains(value)) return std::nullopt;
  searched.column = &table->second.columns.at(value);
  searched.place += " value";
  searched.table = table->second.name;
  return searched;
}

/// nullopt: no column is behind it.
std::optional<Searched> searched_by(const TypeMapping& type, std::string_view path) {
  Searched searched;
  searched.path = path;
  if (path == "emails.value") return email(type, std::move(searched));
  searched.attribute = type.type->find(path);
  if (searched.attribute == nullptr) return std::nullopt;
  // Users are looked up by name, groups by what they are called.
  if (path == "displayName" && type.members.empty()) return std::nullopt;
  searched.place = section_place(type) + " link " + searched.path;
  const LinkPart part = link_part(*searched.attribute);
  if (part == LinkPart::id) searched.column = &type.link.id;
  if (part == LinkPart::external_id && type.link.external_id.is_mapped()) searched.column = &type.link.external_id;
  if (part == LinkPart::none && type.columns.contains(searched.attribute)) {
    searched.column = &type.columns.at(searched.attribute);
    searched.place = map_place(type, *searched.attribute);
  }
  if (searched.column == nullptr) return std::nullopt;
  searched.table = table_of(type, searched.column->table).name;
  return searched;
}

DbResult<bool> reads_all(const TypeMapping& type, const Live& live, const std::string& path, Db& db) {
  const auto filter = parse_filter(path + " eq \"x\"");
  const auto predicate = filter ? bind(*filter, *type.type) : tl::unexpected(filter.error());
  if (!predicate) return false;  // not to be filtered by
  const CompileContext context{live.mapping, kSqliteDialect, "", Visible::living};
  Sql sql = compile_from_where(*predicate, type, context);
  sql.text = "SELECT 1 " + sql.text;
  const auto scanned = db.catalog()->scans(sql);
  if (!scanned) return tl::unexpected<DbError>(scanned.error());
  return !scanned->empty();
}

struct Advice {
  std::string text;  ///< "" : nothing
  std::string fix;
};

std::string create_index(const std::string& table, const std::string& column, std::string_view function) {
  const std::string name = table + '_' + column + (function.empty() ? "" : '_' + std::string(function));
  const std::string quoted = identifier(column);
  const std::string key = function.empty() ? quoted : std::string(function) + '(' + quoted + ')';
  return "CREATE INDEX " + identifier(name) + " ON " + identifier(table) + " (" + key + ");";
}

bool has_index_on_lower(const TableInfo& table, const std::string& column) {
  const auto without_quotes = [](std::string text) {
    std::erase_if(text, [](char c) { return c == '"' || c == '`' || c == '[' || c == ']' || c == ' '; });
    return ascii_lower(text);
  };
  return std::any_of(table.indexes.begin(), table.indexes.end(), [&](const TableIndex& index) {
    return !index.partial && index.columns.front().empty() &&
           without_quotes(index.text).find("(lower(" + ascii_lower(column) + ')') != std::string::npos;
  });
}

/// Whether an index can serve the expression that the column becomes.
bool is_plain(const Column& column) {
  return column.words.empty() && (column.absent == Cell() || column.absent == Cell(std::string()));
}

/// An index on the column as it is.
Advice on_column(const TableInfo& table, const std::string& column) {
  if (table.is_indexed(column)) return {};
  return {"reads all of " + table.name, create_index(table.name, column, "")};
}

Advice on_lower(const TableInfo& table, const std::string& column) {
  if (has_index_on_lower(table, column)) return {};
  return {"reads all of " + table.name, create_index(table.name, column, "lower")};
}

std::string lines(const std::string& first, const std::string& second) {
  return second.empty() ? first : first + '\n' + second;
}

/// scim_fold() is ours: no index of the application serves it.
Advice instead_of_unicode(const Searched& searched, const TableInfo& table) {
  const std::string text = "reads all of " + table.name + ": no index serves its comparison (fold = \"unicode\"), which "
                           "knows the capitals of all languages";
  const TableColumn* column = table.find(searched.column->name);
  if (column != nullptr && equal_ignoring_case(column->collation, "NOCASE")) {
    return {text + "; the column itself ignores case",
            lines(searched.place + ": fold = \"column\"", on_column(table, column->name).fix)};
  }
  return {text + "; if the application keeps it in lower case, lower = true with an index on the column is better",
          lines(searched.place + ": fold = \"lower\"", on_lower(table, searched.column->name).fix)};
}

Advice advice_for(const Searched& searched, const TableInfo& table) {
  const Column& column = *searched.column;
  if (table.kind == TableInfo::Kind::view) return {"reads all of the view " + table.name, ""};
  if (!is_plain(column)) return {"reads all of " + table.name + ": no index serves `values` or `absent`", ""};
  if (!column.folded.empty()) return on_column(table, column.folded);
  const bool is_folded = column.codec == Codec::text && searched.attribute->collation != Collation::exact && !column.lower;
  if (!is_folded || link_part(*searched.attribute) != LinkPart::none) return on_column(table, column.name);
  switch (column.fold) {
    case Fold::unicode: return instead_of_unicode(searched, table);
    case Fold::lower: return on_lower(table, column.name);
    case Fold::column: return on_column(table, column.name);
  }
  return {};
}

void report(const TypeMapping& type, const Searched& searched, const TableInfo& table, Findings& findings) {
  const std::string filter = "the filter " + searched.path + " eq ";
  if (searched.is_in_document_too) {
    findings.push_back({Severity::hint, searched.place,
                        filter + "reads all of " + table.name +
                            ": values beyond the first are in documents (unmapped = \"store\"), which no index "
                            "serves; if one is enough:", section_place(type) + ": unmapped = \"ignore\""});
    return;
  }
  Advice advice = advice_for(searched, table);
  // The index is there, and the table so small that the database prefers to read it.
  if (advice.text.empty()) return;
  findings.push_back({Severity::warning, searched.place, filter + advice.text, std::move(advice.fix)});
}

}  // namespace

DbResult<void> check_scans(const TypeMapping& type, const Live& live, Db& db, Findings& findings) {
  for (const std::string_view path : kPaths) {
    const auto searched = searched_by(type, path);
    if (!searched) continue;
    const auto is_read = reads_all(type, live, searched->path, db);
    if (!is_read) return tl::unexpected<DbError>(is_read.error());
    const TableInfo* table = live.table(searched->table);
    // A table of our own has its indexes from the start.
    const bool is_ours = searched->column->table == type.own_table;
    if (*is_read && table != nullptr && !is_ours) report(type, *searched, *table, findings);
  }
  return {};
}

}  // namespace scim::sql
