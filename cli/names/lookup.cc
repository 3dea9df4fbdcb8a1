// SPDX-License-Identifier: MIT
// ID arguments -> ids, by asking for a list.
#include "cli/names/lookup.h"

#include <algorithm>

#include "cli/set_path.h"
#include "core/match.h"
#include "core/path.h"
#include "core/registry.h"
#include "core/text.h"

namespace scim::cli {
namespace {

/// How many ids a message names when an argument fits several resources.
constexpr int kShown = 10;

/// A value as a filter writes it.
std::string literal(const Attribute& attribute, std::string_view value) {
  const bool is_word = attribute.type == Type::boolean && (equal_ignoring_case(value, "true") || equal_ignoring_case(value, "false"));
  if (is_word) return ascii_lower(value);
  const bool is_number = (attribute.type == Type::integer || attribute.type == Type::decimal) && parse_json(value).has_value();
  return is_number ? std::string(value) : to_text(Json(std::string(value)));
}

/// A server that passes over filters answers with everybody: what it is asked to delete would be somebody else.
Try<void> check_filtered(const ListPage& page, const std::string& filter, const ResourceType& type) {
  SCIM_ASSIGN(const Filter parsed, parse_filter(filter));
  SCIM_ASSIGN(const Predicate predicate, bind(parsed, type));
  const auto fits = [&](const Json& resource) { return match(predicate, with_canonical_names(resource, type)); };
  if (std::all_of(page.resources.begin(), page.resources.end(), fits)) return {};
  return fail(ErrorKind::internal, "the server does not filter: asked for " + filter + ", it answers with others");
}

tl::unexpected<Error> several(const Matches& matches, std::string_view argument) {
  std::string detail = quote(argument) + " fits " + std::to_string(matches.total) + " resources, name one by its id:";
  for (const std::string& id : matches.ids) detail += "\n  " + printable(id);
  if (matches.total > static_cast<std::int64_t>(matches.ids.size())) detail += "\n  ...";
  return fail(ErrorKind::conflict, std::move(detail));
}

tl::unexpected<Error> none(const ResourceType& type, std::string_view argument) {
  return fail(ErrorKind::not_found, "there is no " + type.name + " with " + printable(argument));
}

/// What people call a resource by.
const Attribute* name_of(const ResourceType& type) {
  const Attribute* const name = type.find("userName");
  return name != nullptr ? name : type.find("displayName");
}

/// A UUID, a number: nobody is called so.
bool is_like_id(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F') || c == '-'; }) &&
         std::any_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

bool is_equals_at_end(std::string_view argument, std::size_t equals) { return equals + 1 == argument.size(); }

/// An id that looks like `nmae=value`, if a resource has it.
Try<std::string> find_odd_id(Backend& backend, const ResourceType& type, std::string_view argument) {
  const auto resource = backend.send(request_for("GET", resource_path(type, argument), "attributes=id"));
  if (resource) return std::string(argument);
  switch (resource.error().code) {
    case ExitCode::not_found:
    case ExitCode::usage: return fail(unknown_name(argument, type));
    case ExitCode::ok:
    case ExitCode::error:
    case ExitCode::access_denied:
    case ExitCode::conflict:
    case ExitCode::precondition_failed:
    case ExitCode::some_failed:
    case ExitCode::different: break;
  }
  return fail(resource.error());
}

}  // namespace

std::string Lookup::filter() const { return std::string(name) + " eq " + literal(*attribute, value); }

bool Lookup::is_id() const { return attribute->parent == nullptr && attribute->name == "id"; }

std::optional<Lookup> lookup_of(std::string_view argument, const ResourceType& type) {
  const std::size_t equals = argument.find('=');
  if (equals == std::string_view::npos || is_equals_at_end(argument, equals)) return std::nullopt;
  const std::string_view name = argument.substr(0, equals);
  const auto path = parse_path_name(name);
  const Attribute* const attribute = path ? resolve(type, *path) : nullptr;
  if (attribute == nullptr) return std::nullopt;
  return Lookup{attribute, name, argument.substr(equals + 1)};
}

Error unknown_name(std::string_view argument, const ResourceType& type) {
  const std::string_view name = argument.substr(0, argument.find('='));
  const auto path = parse_path_name(name);
  const std::string near = path ? nearest_name(type, *path) : "";
  return {ErrorKind::invalid_path, "unknown attribute " + quote(name) + " of " + type.name + (near.empty() ? "" : ", did you mean " + near + "?"), ""};
}

Try<Matches> find_matches(Backend& backend, const ResourceType& type, const Lookup& lookup) {
  const std::string filter = lookup.filter();
  Request request = request_for("GET", type.endpoint, "");
  append_parameter(request.query, "filter", filter);
  append_parameter(request.query, "attributes", "id," + std::string(lookup.name));
  append_parameter(request.query, "count", std::to_string(kShown));
  SCIM_ASSIGN(const ListPage page, backend.send_for_list(std::move(request)));
  SCIM_TRY(check_filtered(page, filter, type));
  Matches matches;
  matches.total = page.total;
  for (const Json& resource : page.resources) matches.ids.push_back(cell_text(resource.value("id", Json())));
  return matches;
}

Failure with_name_hint(Failure failure, const ResourceType& type, std::string_view argument) {
  const Attribute* const name = name_of(type);
  const bool is_meant = failure.code == ExitCode::not_found && name != nullptr && !argument.empty() && !has_equals(argument) && !is_like_id(argument);
  if (is_meant) failure.detail += ", did you mean " + name->name + '=' + printable(argument) + '?';
  return failure;
}

Try<std::string> find_id(Backend& backend, const ResourceType& type, std::string_view argument) {
  const auto lookup = lookup_of(argument, type);
  const std::string_view id = lookup && lookup->is_id() ? lookup->value : argument;
  // Below the endpoint they would be the endpoint itself, and all that is in it, or what is above.
  if (id.empty() || id == "." || id == "..") return fail(ErrorKind::bad_request, quote(argument) + " is no id");
  const std::size_t equals = argument.find('=');
  const bool has_no_value = equals != std::string_view::npos && is_equals_at_end(argument, equals) && lookup_of(std::string(argument) + '-', type);
  if (has_no_value) return fail(ErrorKind::bad_request, quote(argument) + " has no value: " + printable(argument) + "VALUE");
  const bool is_odd = !lookup && equals != std::string_view::npos && !is_equals_at_end(argument, equals);
  if (is_odd) return find_odd_id(backend, type, argument);
  if (!lookup || lookup->is_id()) return std::string(id);
  SCIM_ASSIGN(const Matches matches, find_matches(backend, type, *lookup));
  if (matches.total > 1 || matches.ids.size() > 1) return several(matches, argument);
  if (matches.ids.empty()) return none(type, argument);
  if (matches.ids.front().empty()) return fail(ErrorKind::internal, "the server does not say the id of " + printable(argument));
  return matches.ids.front();
}

}  // namespace scim::cli
