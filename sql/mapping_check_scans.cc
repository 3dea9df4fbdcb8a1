// SPDX-License-Identifier: MIT
// The filters that identity providers send, as the database would run them.
#include <algorithm>
#include <array>
#include <span>

#include "core/text.h"
#include "sql/compile.h"
#include "sql/mapping_check_parts.h"

namespace scim::sql {
namespace {

using Severity = Finding::Severity;

/// What Okta, Entra ID, OneLogin and others look users and groups up by. members.value is memberships() of
/// mapping_check_indexes.cc.
constexpr std::array<std::string_view, 5> kPaths = {"id", "externalId", "userName", "displayName", "emails.value"};

/// Of these, what people begin to type when they look for somebody.
bool is_typed(std::string_view path) { return path == "userName" || path == "displayName"; }

/// The column behind a path.
struct Searched {
  std::string path;
  std::string place;
  std::string table;
  const Attribute* attribute = nullptr;
  const Column* column = nullptr;
  bool is_in_document_too = false;
};

/// The column behind a part of a list's elements.
std::optional<Searched> in_list(const TypeMapping& type, const Attribute& list, const Attribute& part, Searched searched) {
  searched.place = map_place(type, list);
  searched.attribute = &part;
  const auto element = type.elements.find(&list);
  if (element != type.elements.end() && element->second.part == &part) {
    searched.column = &element->second.value;
    searched.table = table_of(type, searched.column->table).name;
    searched.is_in_document_too = type.has_document();
    return searched;
  }
  const auto table = type.lists.find(&list);
  if (table == type.lists.end() || !table->second.columns.contains(&part)) return std::nullopt;
  searched.column = &table->second.columns.at(&part);
  searched.place += ' ' + part.name;
  searched.table = table->second.name;
  return searched;
}

/// nullopt: no column is behind it.
std::optional<Searched> searched_by(const TypeMapping& type, std::string_view path) {
  Searched searched;
  searched.path = path;
  const auto name = parse_path_name(path);
  searched.attribute = name ? resolve(*type.type, *name) : nullptr;
  if (searched.attribute == nullptr) return std::nullopt;
  const Attribute& attribute = *searched.attribute;
  if (attribute.multi_valued && attribute.type != Type::complex) return in_list(type, attribute, attribute, std::move(searched));
  if (attribute.parent != nullptr && attribute.parent->multi_valued) return in_list(type, *attribute.parent, attribute, std::move(searched));
  searched.place = section_place(type) + " link " + searched.path;
  const LinkPart part = link_part(attribute);
  if (part == LinkPart::id) searched.column = &type.link.id;
  if (part == LinkPart::external_id && type.link.external_id.is_mapped()) searched.column = &type.link.external_id;
  if (part == LinkPart::none && type.columns.contains(&attribute)) {
    searched.column = &type.columns.at(&attribute);
    searched.place = map_place(type, attribute);
  }
  if (searched.column == nullptr) return std::nullopt;
  searched.table = table_of(type, searched.column->table).name;
  return searched;
}

/// A value that the column can hold.
std::string example(const Live& live, const Searched& searched) {
  const TableColumn* column = live.column(searched.table, searched.column->name);
  if (column == nullptr) return "x";
  if (column->holds == Holds::uuid) return "00000000-0000-4000-8000-000000000000";
  return column->holds == Holds::integer ? "1" : "x";
}

/// `op`: of SCIM's filters. nullopt: not to be filtered by.
std::optional<Sql> filtered_by(const TypeMapping& type, const Live& live, const Searched& searched, std::string_view op, const Dialect& dialect) {
  const auto filter = parse_filter(searched.path + ' ' + std::string(op) + " \"" + example(live, searched) + '"');
  const auto predicate = filter ? bind(*filter, *type.type) : tl::unexpected(filter.error());
  if (!predicate) return std::nullopt;
  Sql sql = compile_from_where(*predicate, type, {live.mapping, dialect, "", Visible::living});
  sql.text = "SELECT 1 " + sql.text;
  return sql;
}

struct Advice {
  std::string text;  ///< "" : nothing
  std::string fix;
};

/// `column`, or a function of it.
std::string expression(const std::string& column, std::string_view function) {
  return function.empty() ? identifier(column) : std::string(function) + '(' + identifier(column) + ')';
}

std::string index_on(const std::string& table, const std::string& column, std::string_view function) {
  std::vector<std::string> words = {column};
  if (!function.empty()) words.emplace_back(function);
  return create_index("INDEX", table, words, expression(column, function));
}

/// How databases show the text of an index: `(lower((login)::text))`.
std::string without_decoration(const std::string& index) {
  std::string text = ascii_lower(index);
  std::erase_if(text, [](char c) { return c == '"' || c == '`' || c == '[' || c == ']' || c == ' '; });
  for (const std::string_view cast : {"::text", "::charactervarying"}) {
    for (std::size_t at = text.find(cast); at != std::string::npos; at = text.find(cast)) text.erase(at, cast.size());
  }
  return text;
}

/// In the order of the column's own collation, which a comparison for equality has.
bool has_index_on(const TableInfo& table, const std::string& column, std::string_view function) {
  const std::string start = '(' + std::string(function) + '(';
  const std::string name = ascii_lower(column);
  return std::any_of(table.indexes.begin(), table.indexes.end(), [&](const TableIndex& index) {
    if (index.partial || !index.columns.front().empty()) return false;
    const std::string text = without_decoration(index.text);
    for (const std::string& each : {start + name + ')', start + '(' + name + "))"}) {
      const std::size_t at = text.find(each);
      const bool is_all = at != std::string::npos && (text[at + each.size()] == ')' || text[at + each.size()] == ',');
      if (is_all) return true;
    }
    return false;
  });
}

/// Whether an index can serve the expression that the column becomes.
bool is_plain(const Column& column) {
  return column.words.empty() && (column.absent == Cell() || column.absent == Cell(std::string()));
}

/// An index on the column as it is.
Advice on_column(const TableInfo& table, const std::string& column) {
  if (table.is_indexed(column)) return {};
  return {"reads all of " + table.name, index_on(table.name, column, "")};
}

Advice on_function(const TableInfo& table, const std::string& column, std::string_view function) {
  if (has_index_on(table, column, function)) return {};
  return {"reads all of " + table.name, index_on(table.name, column, function)};
}

std::string lines(const std::string& first, const std::string& second) {
  return second.empty() ? first : first + '\n' + second;
}

/// scim_fold() and scim_username(). Where each connection brings its own, no index of the application serves them.
Advice on_unicode(const Searched& searched, const TableInfo& table, const Dialect& dialect) {
  if (dialect.functions == Functions::of_database) {
    const bool is_username = searched.attribute->collation == Collation::username;
    return on_function(table, searched.column->name, is_username ? dialect.username : dialect.fold);
  }
  const std::string text = "reads all of " + table.name + ": no index serves its comparison (fold = \"unicode\"), which "
                           "knows the capitals of all languages";
  const TableColumn* column = table.find(searched.column->name);
  if (column != nullptr && column->capitals == Capitals::ignored) {
    return {text + "; the column itself ignores case",
            lines(searched.place + ": fold = \"column\"", on_column(table, column->name).fix)};
  }
  return {text + "; if the application keeps it in lower case, lower = true with an index on the column is better",
          lines(searched.place + ": fold = \"lower\"", on_function(table, searched.column->name, "lower").fix)};
}

/// What of the column is compared, as far as an index can serve it.
struct Compared {
  std::string column;
  enum class As { it_is, lower, unicode } as = As::it_is;
};

Compared compared_by(const Searched& searched) {
  const Column& column = *searched.column;
  if (!column.folded.empty()) return {column.folded};
  const bool is_folded = column.codec == Codec::text && searched.attribute->collation != Collation::exact && !column.lower;
  if (!is_folded || link_part(*searched.attribute) != LinkPart::none) return {column.name};
  switch (column.fold) {
    case Fold::unicode: return {column.name, Compared::As::unicode};
    case Fold::lower: return {column.name, Compared::As::lower};
    case Fold::column: break;
  }
  return {column.name};
}

Advice advice_for(const Searched& searched, const TableInfo& table, const Dialect& dialect) {
  if (table.kind == TableInfo::Kind::view) return {"reads all of the view " + table.name, ""};
  if (!is_plain(*searched.column)) return {"reads all of " + table.name + ": no index serves `values` or `absent`", ""};
  const Compared compared = compared_by(searched);
  switch (compared.as) {
    case Compared::As::unicode: return on_unicode(searched, table, dialect);
    case Compared::As::lower: return on_function(table, compared.column, "lower");
    case Compared::As::it_is: break;
  }
  return on_column(table, compared.column);
}

void report(const TypeMapping& type, const Searched& searched, const TableInfo& table, const Dialect& dialect, Findings& findings) {
  const std::string filter = "the filter " + searched.path + " eq ";
  if (searched.is_in_document_too) {
    findings.push_back({Severity::hint, searched.place,
                        filter + "reads all of " + table.name +
                            ": values beyond the first are in documents (unmapped = \"store\"), which no index "
                            "serves; if one is enough:", section_place(type) + ": unmapped = \"ignore\""});
    return;
  }
  Advice advice = advice_for(searched, table, dialect);
  // The index is there, and the table so small that the database prefers to read it.
  if (advice.text.empty()) return;
  findings.push_back({Severity::warning, searched.place, filter + advice.text, std::move(advice.fix)});
}

/// Where equality has its index, but `sw` compares by bytes and needs another one.
void report_order(const Searched& searched, const TableInfo& table, const Dialect& dialect, Findings& findings) {
  const Compared compared = compared_by(searched);
  const TableColumn* column = table.find(compared.column);
  const bool may_have_index = table.kind == TableInfo::Kind::table && is_plain(*searched.column) && !searched.is_in_document_too;
  if (dialect.in_order.empty() || !may_have_index || column == nullptr || column->capitals == Capitals::ignored) return;
  std::string_view function;
  if (compared.as == Compared::As::lower) function = "lower";
  if (compared.as == Compared::As::unicode) {
    function = searched.attribute->collation == Collation::username ? dialect.username : dialect.fold;
  }
  std::vector<std::string> words = {compared.column};
  if (!function.empty()) words.emplace_back(function);
  words.emplace_back("bytes");
  findings.push_back({Severity::hint, searched.place,
                      "the filter " + searched.path + " sw reads all of " + table.name + ", since no index has its texts in the order of their bytes",
                      create_index("INDEX", table.name, words, expression(compared.column, function) + std::string(dialect.in_order))});
}

/// What a server would say to whoever filters so.
void report_refusal(const Searched& searched, std::string_view op, const DbError& error, Findings& findings) {
  findings.push_back({Severity::error, searched.place,
                      "the database refuses the filter " + searched.path + ' ' + std::string(op) + ": " + error.detail, ""});
}

/// The first of `ops` that reads a whole table is reported.
DbResult<void> check_path(const TypeMapping& type, const Live& live, const Searched& searched, std::span<const Op> ops, Db& db, Findings& findings) {
  const TableInfo* table = live.table(searched.table);
  const Dialect& dialect = db.dialect();
  // A table of our own has its indexes from the start.
  if (table == nullptr || searched.column->table == type.own_table) return {};
  for (const Op op : ops) {
    const auto sql = filtered_by(type, live, searched, to_string(op), dialect);
    if (!sql) return {};
    const auto scanned = db.catalog()->scans(*sql);
    if (!scanned) {
      const bool is_refused = scanned.error().kind == DbErrorKind::other || scanned.error().kind == DbErrorKind::check;
      if (!is_refused) return tl::unexpected<DbError>(scanned.error());
      report_refusal(searched, to_string(op), scanned.error(), findings);
      return {};
    }
    if (scanned->empty()) continue;
    if (op == Op::eq) report(type, searched, *table, dialect, findings);
    else report_order(searched, *table, dialect, findings);
    return {};
  }
  return {};
}

}  // namespace

DbResult<void> check_scans(const TypeMapping& type, const Live& live, Db& db, Findings& findings) {
  static constexpr std::array<Op, 2> kOps = {Op::eq, Op::sw};
  for (const std::string_view path : kPaths) {
    // Users are looked up by name, groups by what they are called.
    if (path == "displayName" && type.members.empty()) continue;
    const auto searched = searched_by(type, path);
    if (!searched) continue;
    const std::span<const Op> ops = is_typed(path) ? std::span(kOps) : std::span(kOps).first(1);
    if (const auto done = check_path(type, live, *searched, ops, db, findings); !done) return done;
  }
  return {};
}

DbResult<void> check_scan(const TypeMapping& type, const Live& live, std::string_view path, Op op, Db& db, Findings& findings) {
  const auto searched = searched_by(type, path);
  if (!searched) return {};
  return check_path(type, live, *searched, std::span(&op, 1), db, findings);
}

}  // namespace scim::sql
