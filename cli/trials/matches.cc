// SPDX-License-Identifier: MIT
#include "cli/trials/matches.h"

#include <algorithm>
#include <set>

#include "cli/files/documents.h"
#include "cli/output/output.h"
#include "cli/pages.h"
#include "cli/set_path.h"
#include "core/match.h"
#include "core/text.h"

namespace scim::cli {
namespace {

constexpr std::string_view kIndent = "  ";
/// Bytes of a value that are shown.
constexpr std::size_t kLongestValue = 60;

/// What people know a resource by, and its id.
Json row_of(const Json& resource) {
  Json row = Json::object();
  for (const char* name : {"id", "userName", "displayName"}) {
    if (resource.contains(name)) row[name] = resource.at(name);
  }
  return row;
}

/// Whether the object may be of `type`: one that does not say counts.
bool may_be(const ResourceType& type, const Json& resource) {
  const auto schemas = resource.find("schemas");
  if (schemas == resource.end() || !schemas->is_array()) return true;
  return std::any_of(schemas->begin(), schemas->end(), [&](const Json& schema) {
    return schema.is_string() && equal_ignoring_case(schema.get_ref<const std::string&>(), type.schema);
  });
}

/// Without the bytes of a character that is cut through.
std::string cut(std::string text) {
  if (text.size() <= kLongestValue) return text;
  std::size_t end = kLongestValue;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
  return text.substr(0, end) + "...";
}

std::string looked_at(const Why& why) {
  if (why.path.empty()) return {};
  if (why.values.empty()) return "  (" + why.path + " has no value)";
  std::string out = "  (" + why.path + " = ";
  for (const Json& value : why.values) out += (&value == &why.values.front() ? "" : ", ") + cut(to_text(value));
  return out + (why.more > 0 ? ", " + std::to_string(why.more) + " more)" : ")");
}

void append_why(const Why& why, int depth, std::string& out) {
  std::string indent;
  for (int i = 0; i < depth; ++i) indent += kIndent;
  out += indent + printable(why.text + (why.holds ? ": true" : ": false") + looked_at(why)) + '\n';
  for (const Why& child : why.children) append_why(child, depth + 1, out);
  if (!why.children.empty() && why.more > 0) out += indent + std::string(kIndent) + std::to_string(why.more) + " more elements: false\n";
}

/// Whether a term asks for `schemas`, which follows from all that a resource has.
bool asks_for_schemas(const Filter& filter) {
  return equal_ignoring_case(filter.path.name, "schemas") || std::any_of(filter.children.begin(), filter.children.end(), asks_for_schemas);
}

/// The attributes that the filter is about. Names in brackets are those of parts.
void collect_names(const Filter& filter, const ResourceType& type, std::set<std::string>& names) {
  if (const Attribute* attribute = resolve(type, filter.path)) names.insert(attribute->top().path());
  if (filter.kind == Filter::Kind::value_path) return;
  for (const Filter& child : filter.children) collect_names(child, type, names);
}

/// What a resource must come with to be explained: a membership may be long that nobody asks for.
std::string explained_query(const TriedFilter& filter) {
  if (asks_for_schemas(filter.bound.filter)) return {};
  std::set<std::string> names = {"displayName"};
  if (filter.type.find("userName") != nullptr) names.insert("userName");
  collect_names(filter.bound.filter, filter.type, names);
  std::string all;
  for (const std::string& name : names) all += (all.empty() ? "" : ",") + name;
  std::string query;
  append_parameter(query, "attributes", all);
  return query;
}

Try<Reasons> reasons_of(const TriedFilter& filter) {
  auto reasons = Reasons::of(filter.bound.filter, filter.type);
  if (!reasons) return fail(std::move(reasons).error());
  return *std::move(reasons);
}

}  // namespace

Try<Trial> try_on_file(const TriedFilter& filter, const std::string& file, std::istream& in, const SeeTried& see) {
  SCIM_ASSIGN(const Reasons reasons, reasons_of(filter));
  Trial trial;
  const auto take = [&](const Json& document) {
    const Json resource = with_canonical_names(document, filter.type);
    if (!may_be(filter.type, resource)) return;
    Tried tried{row_of(resource), match(filter.bound.predicate, resource), std::nullopt};
    if (tried.matches) trial.matches.push_back(tried.row);
    ++trial.total;
    if (!filter.explained || trial.seen >= *filter.explained) return;
    ++trial.seen;
    tried.why = reasons.explain(resource);
    see(tried);
  };
  SCIM_TRY(for_each_document_in(file, in, take));
  return trial;
}

Try<Trial> try_on_server(const TriedFilter& filter, Backend& backend, const SeeTried& see) {
  Trial trial;
  if (filter.explained) {
    SCIM_ASSIGN(const Reasons reasons, reasons_of(filter));
    const auto explain = [&](const Json& resource) {
      ++trial.seen;
      Tried tried{row_of(resource), match(filter.bound.predicate, resource), reasons.explain(resource)};
      see(tried);
    };
    Walk walk{.filter = "", .query = explained_query(filter)};
    walk.limit = *filter.explained;
    SCIM_ASSIGN(const Envelope list, walk_resources(backend, filter.type, walk, explain));
    trial.total = list.total;
  }
  const auto take = [&](const Json& resource) { trial.matches.push_back(row_of(resource)); };
  SCIM_TRY(for_each_resource(backend, filter.type, filter.text, "attributes=userName,displayName", take));
  return trial;
}

std::string row_text(const Json& row) {
  std::string line;
  for (const char* name : {"userName", "displayName", "id"}) {
    if (!row.contains(name)) continue;
    if (line.empty() || std::string_view(name) == "id") line += (line.empty() ? "" : std::string(kIndent)) + printable(cell_text(row.at(name)));
  }
  return line;
}

std::string tried_text(const Tried& tried) {
  const std::string name = row_text(tried.row);
  std::string out = (name.empty() ? "a resource without a name" : name) + std::string(kIndent) + (tried.matches ? "yes" : "no") + '\n';
  if (tried.why) append_why(*tried.why, 1, out);
  return out;
}

Json to_json(const Tried& tried) {
  Json json = tried.row;
  json["matches"] = tried.matches;
  if (tried.why) json["why"] = to_json(*tried.why);
  return json;
}

}  // namespace scim::cli
