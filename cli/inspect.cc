// SPDX-License-Identifier: MIT
// Parse, bind, compile, match: each stage printed.
#include "cli/inspect.h"

#include <ostream>

#include "cli/pages.h"
#include "cli/input.h"
#include "cli/local.h"
#include "cli/set_path.h"
#include "core/match.h"
#include "core/text.h"
#include "sql/compile.h"

namespace scim::cli {
namespace {

constexpr std::string_view kIndent = "  ";

/// "path op literal" or "path pr".
std::string term_text(const Filter& filter) {
  if (filter.kind == Filter::Kind::present) return filter.path.text() + " pr";
  return filter.path.text() + ' ' + std::string(to_string(filter.op)) + ' ' + to_text(filter.literal);
}

std::string node_text(const Filter& filter) {
  switch (filter.kind) {
    case Filter::Kind::and_: return "and";
    case Filter::Kind::or_: return "or";
    case Filter::Kind::not_: return "not";
    case Filter::Kind::compare:
    case Filter::Kind::present: return term_text(filter);
    case Filter::Kind::value_path: break;
  }
  return "one of " + filter.path.text() + " with";
}

struct Bound {
  Filter filter;
  Predicate predicate;
};

Try<Bound> bind_text(std::string_view text, const ResourceType& type) {
  auto filter = parse_filter(text);
  if (!filter) return fail(filter_failure(std::move(filter).error(), text));
  auto predicate = bind(*filter, type);
  if (!predicate) return fail(filter_failure(std::move(predicate).error(), text));
  return Bound{*std::move(filter), *std::move(predicate)};
}

struct Analysis {
  std::string filter;
  const ResourceType* type = nullptr;
  Json tree;
  std::string tree_lines;
  std::string normalised;
  std::string sql;
  Json parameters = Json::array();
};

struct CellToJson {
  Json operator()(std::monostate) const { return nullptr; }
  template <class T>
  Json operator()(const T& value) const {
    return value;
  }
};

Try<Analysis> analyse(std::string_view text, const Bound& bound, const ResourceType& type, const sql::Mapping& mapping, const Config& config) {
  Analysis analysis;
  analysis.filter = text;
  analysis.type = &type;
  analysis.tree = tree_json(bound.filter);
  analysis.tree_lines = tree_text(bound.filter, 1);
  analysis.normalised = to_text(bound.predicate);
  const std::string base = base_url(config);
  const sql::CompileContext context{mapping, sql::kSqliteDialect, base,
                                    config.deleted_visible ? sql::Visible::all : sql::Visible::living};
  const sql::Sql compiled = sql::compile_select_ids(bound.predicate, mapping.of(type), context);
  analysis.sql = compiled.text;
  for (const sql::Cell& cell : compiled.binds) analysis.parameters.push_back(std::visit(CellToJson{}, cell));
  return analysis;
}

/// What people know a resource by, and its id.
Json match_row(const Json& resource) {
  Json row = Json::object();
  for (const char* name : {"id", "userName", "displayName"}) {
    if (resource.contains(name)) row[name] = resource.at(name);
  }
  return row;
}

std::string match_line(const Json& row) {
  std::string line;
  for (const char* name : {"userName", "displayName", "id"}) {
    if (!row.contains(name)) continue;
    if (line.empty() || std::string_view(name) == "id") line += (line.empty() ? "" : std::string(kIndent)) + printable(cell_text(row.at(name)));
  }
  return line;
}

/// Whether the object may be of `type`: one that does not say counts.
bool may_be(const ResourceType& type, const Json& resource) {
  const auto schemas = resource.find("schemas");
  if (schemas == resource.end() || !schemas->is_array()) return true;
  return std::any_of(schemas->begin(), schemas->end(), [&](const Json& schema) {
    return schema.is_string() && equal_ignoring_case(schema.get_ref<const std::string&>(), type.schema);
  });
}

Try<Json> matches_in_file(const FilterTestCommand& command, const Predicate& predicate, const ResourceType& type, Console& console) {
  SCIM_ASSIGN(const std::string text, read_input(command.file, console.in));
  SCIM_ASSIGN(const std::vector<Json> documents, parse_documents(text, command.file));
  Json rows = Json::array();
  for (const Json& document : documents) {
    const Json resource = with_canonical_names(document, type);
    if (may_be(type, resource) && match(predicate, resource)) rows.push_back(match_row(resource));
  }
  return rows;
}

Try<Json> matches_in_database(const FilterTestCommand& command, const ResourceType& type, const Globals& globals, Console& console) {
  SCIM_ASSIGN(const auto backend, Backend::open(globals, console));
  Json rows = Json::array();
  const auto take = [&](const Json& resource) { rows.push_back(match_row(resource)); };
  SCIM_TRY(for_each_resource(*backend, type, command.filter, "attributes=userName,displayName", take));
  return rows;
}

/// Null: there is nothing to search in.
Try<Json> find_matches(const FilterTestCommand& command, const Bound& bound, const ResourceType& type, const Config& config,
                       const Globals& globals, Console& console) {
  if (!command.file.empty()) return matches_in_file(command, bound.predicate, type, console);
  if (database_exists(config)) return matches_in_database(command, type, globals, console);
  console.say("scimctl: there is no database " + printable(config.database_url) +
              ": nothing to match (-f FILE names resources, --db another database)");
  return Json();
}

std::string indented(const std::string& text) {
  std::string out(kIndent);
  for (const char c : text) {
    out += c;
    if (c == '\n') out += kIndent;
  }
  return out + '\n';
}

void print_text(const Analysis& analysis, std::ostream& out) {
  out << "Tree\n" << analysis.tree_lines;
  out << "Normalised\n" << indented(analysis.normalised);
  out << "SQL\n" << indented(analysis.sql);
  for (std::size_t i = 0; i < analysis.parameters.size(); ++i) {
    out << kIndent << '?' << i + 1 << " = " << printable(to_text(analysis.parameters[i])) << '\n';
  }
}

void print_matches(const Json& rows, std::ostream& out) {
  if (rows.is_null()) return;
  out << "Matches: " << rows.size() << '\n';
  for (const Json& row : rows) out << indented(match_line(row));
}

Json document_of(const Analysis& analysis, const Json& rows) {
  return Json{{"filter", analysis.filter},
              {"resourceType", analysis.type->name},
              {"tree", analysis.tree},
              {"normalised", analysis.normalised},
              {"sql", {{"text", analysis.sql}, {"parameters", analysis.parameters}}},
              {"matches", rows}};
}

}  // namespace

Failure filter_failure(Error error, std::string_view filter) {
  if (error.offset != std::string::npos) {
    const std::string before = printable(filter.substr(0, std::min(error.offset, filter.size())));
    error.detail += "\n  " + printable(filter) + "\n  " + std::string(display_width(before), ' ') + '^';
  }
  return {ExitCode::usage, error};
}

Try<void> check_filter(std::string_view filter, const ResourceType& type) {
  if (filter.empty()) return {};
  SCIM_TRY(bind_text(filter, type));
  return {};
}

std::string tree_text(const Filter& filter, int depth) {
  std::string out;
  for (int i = 0; i < depth; ++i) out += kIndent;
  out += printable(node_text(filter)) + '\n';
  for (const Filter& child : filter.children) out += tree_text(child, depth + 1);
  return out;
}

Json tree_json(const Filter& filter) {
  Json node = Json::object();
  switch (filter.kind) {
    case Filter::Kind::and_: node["kind"] = "and"; break;
    case Filter::Kind::or_: node["kind"] = "or"; break;
    case Filter::Kind::not_: node["kind"] = "not"; break;
    case Filter::Kind::compare:
      return Json{{"kind", "compare"}, {"path", filter.path.text()}, {"op", std::string(to_string(filter.op))}, {"value", filter.literal}};
    case Filter::Kind::present: return Json{{"kind", "present"}, {"path", filter.path.text()}};
    case Filter::Kind::value_path:
      node["kind"] = "one of";
      node["path"] = filter.path.text();
      break;
  }
  node["children"] = Json::array();
  for (const Filter& child : filter.children) node["children"].push_back(tree_json(child));
  return node;
}

Try<ExitCode> run(const FilterTestCommand& command, const Globals& globals, Console& console) {
  SCIM_ASSIGN(const Config config, configuration(globals));
  SCIM_ASSIGN(const sql::Served served, sql::load_served(config));
  SCIM_ASSIGN(const ResourceType* served_type, type_of(*served.registry, command.kind));
  const ResourceType& type = *served_type;
  SCIM_ASSIGN(const Bound bound, bind_text(command.filter, type));
  SCIM_ASSIGN(const Analysis analysis, analyse(command.filter, bound, type, served.mapping, config));
  if (!console.json_is_asked_for()) print_text(analysis, console.out);
  SCIM_ASSIGN(const Json rows, find_matches(command, bound, type, config, globals, console));
  if (console.json_is_asked_for()) {
    console.out << pretty_json(document_of(analysis, rows));
  } else {
    print_matches(rows, console.out);
  }
  return rows.is_array() && rows.empty() ? ExitCode::different : ExitCode::ok;
}

}  // namespace scim::cli
