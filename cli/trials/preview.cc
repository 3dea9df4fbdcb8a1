// SPDX-License-Identifier: MIT
// The state before, the state planned, and what is different.
#include "cli/trials/preview.h"

#include <algorithm>
#include <ostream>

#include "cli/writable.h"
#include "core/patch.h"
#include "core/text.h"
#include "core/validate.h"

namespace scim::cli {
namespace {

using Kind = Difference::Kind;

constexpr std::string_view kRed = "\x1b[31m";
constexpr std::string_view kGreen = "\x1b[32m";
constexpr std::string_view kReset = "\x1b[0m";

std::vector<std::string> keys_of(const Attribute& list, const Json* elements) {
  std::vector<std::string> keys;
  if (elements == nullptr || !elements->is_array()) return keys;
  for (const Json& element : *elements) keys.push_back(to_text(writable_element(list, element)));
  return keys;
}

/// Appends what `keys` has and `others` has not.
void append_missing(const Attribute& list, Kind kind, const std::vector<std::string>& keys, std::vector<std::string> others,
                    std::vector<Difference>& out) {
  std::sort(others.begin(), others.end());
  for (const std::string& key : keys) {
    if (!std::binary_search(others.begin(), others.end(), key)) out.push_back({kind, list.path(), Json::parse(key)});
  }
}

void compare(const Attribute& attribute, const Json& before, const Json& after, std::vector<Difference>& out) {
  if (attribute.mutability == Mutability::read_only || is_schemas(attribute)) return;
  const Json* old_value = find_value(before, attribute);
  const Json* new_value = find_value(after, attribute);
  if (attribute.multi_valued) {
    const auto old_keys = keys_of(attribute, old_value);
    const auto new_keys = keys_of(attribute, new_value);
    append_missing(attribute, Kind::removed, old_keys, new_keys, out);
    append_missing(attribute, Kind::added, new_keys, old_keys, out);
    return;
  }
  if (attribute.type == Type::complex) {
    for (const Attribute& sub : attribute.sub_attributes) compare(sub, before, after, out);
    return;
  }
  if (old_value != nullptr && new_value != nullptr && looks_same(attribute, *old_value, *new_value)) return;
  const bool is_secret = attribute.mutability == Mutability::write_only || attribute.returned == Returned::never;
  const auto shown = [&](const Json& value) { return is_secret ? Json("(not shown)") : value; };
  if (old_value != nullptr) out.push_back({Kind::removed, attribute.path(), shown(*old_value)});
  if (new_value != nullptr) out.push_back({Kind::added, attribute.path(), shown(*new_value)});
}

std::string_view to_string(Kind kind) {
  switch (kind) {
    case Kind::added: return "added";
    case Kind::removed: break;
  }
  return "removed";
}

Try<Json> current_state(const Request& request, Backend& backend) {
  Request get;
  get.method = "GET";
  get.path = request.path;
  SCIM_ASSIGN(Json current, backend.send(std::move(get)));
  const std::string version = current.contains("meta") ? current.at("meta").value("version", "") : "";
  if (!request.if_match.empty() && !matches_entity_tag(request.if_match, version)) {
    return fail(Error{ErrorKind::precondition_failed, "If-Match is not the current version " + printable(version), {}});
  }
  return current;
}

Result<Json> planned_state(const Request& request, const ResourceType& type, const Json& before, const Config& config) {
  if (request.method == "DELETE") return Json::object();
  SCIM_ASSIGN(const Json body, parse_json(request.body));
  Leniency leniency(Dialect::any, config.unknown);
  if (request.method != "PATCH") {
    SCIM_ASSIGN(Resource after, resource_from_body(body, type, leniency));
    return std::move(after.body);
  }
  SCIM_ASSIGN(const auto operations, parse_patch(body, type, patch_limits(config), leniency));
  Resource resource{&type, before};
  SCIM_ASSIGN(const Changes changes, plan_patch(operations, resource, patch_limits(config), leniency));
  apply(changes, resource);
  return std::move(resource.body);
}

/// A value that another resource has already. Between now and the change somebody else may still take it.
Try<void> check_unique(const ResourceType& type, const Json& before, const Json& after, Backend& backend) {
  for (const Attribute& attribute : type.attributes) {
    const Json* value = find_value(after, attribute);
    const bool applies = attribute.uniqueness != Uniqueness::none && attribute.mutability != Mutability::read_only &&
                         value != nullptr && value->is_string();
    if (!applies) continue;
    const Json* old_value = find_value(before, attribute);
    if (old_value != nullptr && equal_values(attribute, *old_value, *value)) continue;
    Request request;
    request.method = "GET";
    request.path = type.endpoint;
    append_parameter(request.query, "filter", attribute.path() + " eq " + to_text(*value));
    append_parameter(request.query, "count", "0");
    SCIM_ASSIGN(const ListPage page, backend.send_for_list(std::move(request)));
    if (page.total == 0) continue;
    return fail(Error{ErrorKind::uniqueness, attribute.path() + " " + quote(value->get<std::string>()) + " is already in use", {}});
  }
  return {};
}

}  // namespace

std::vector<Difference> differences(const ResourceType& type, const Json& before, const Json& after) {
  std::vector<Difference> all;
  for (const Attribute& attribute : type.attributes) compare(attribute, before, after, all);
  return all;
}

void print_differences(const std::vector<Difference>& all, std::string_view title, Console& console) {
  console.out << printable(title) << '\n';
  if (all.empty()) console.out << "  no difference\n";
  for (const Difference& difference : all) {
    const bool added = difference.kind == Difference::Kind::added;
    const bool color = console.style == Style::color;
    console.out << (color ? (added ? kGreen : kRed) : "") << (added ? "+ " : "- ") << printable(difference.path) << ": "
                << printable(to_text(difference.value)) << (color ? kReset : "") << '\n';
  }
}

Json differences_json(const std::vector<Difference>& all) {
  Json rows = Json::array();
  for (const Difference& difference : all) {
    rows.push_back({{"kind", std::string(to_string(difference.kind))}, {"path", difference.path}, {"value", difference.value}});
  }
  return rows;
}

void print(const std::vector<Difference>& all, std::string_view title, Json about, Console& console) {
  if (!console.document_is_asked_for()) return print_differences(all, title, console);
  about["differences"] = differences_json(all);
  console.print(about);
}

Try<void> check_wants_no_rows(const Globals& globals, std::string_view what) {
  const bool wants_rows = globals.format == Format::csv || globals.format == Format::name || !globals.columns.empty();
  if (!wants_rows) return {};
  return fail(Failure(ExitCode::usage, {ErrorKind::bad_request, std::string(what) + " prints text, or documents with -o json, jsonl or yaml, and no rows: -o csv, -o name and --columns are not for it", ""}));
}

Try<void> preview(const Request& request, const ResourceType& type, std::string_view id, Backend& backend, Printer& printer,
                  Console& console) {
  Json before = Json::object();
  if (!id.empty()) {
    SCIM_ASSIGN(before, current_state(request, backend));
  }
  const auto after = planned_state(request, type, before, backend.config());
  if (!after) return fail(Failure(after.error()));
  SCIM_TRY(check_unique(type, before, *after, backend));
  const auto all = differences(type, before, *after);
  if (console.document_is_asked_for()) {
    printer.add({{"method", request.method}, {"path", request.path}, {"differences", differences_json(all)}});
  } else {
    print_differences(all, request.method + ' ' + request.path, console);
  }
  return {};
}

}  // namespace scim::cli
