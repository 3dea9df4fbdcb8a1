// SPDX-License-Identifier: MIT
// ID arguments -> ids, by asking for a list.
#include "cli/lookup.h"

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

struct Matches {
  std::int64_t total = 0;
  std::vector<std::string> ids;
};

/// A server that passes over filters answers with everybody: what it is asked to delete would be somebody else.
Try<void> check_filtered(const ListPage& page, const std::string& filter, const ResourceType& type) {
  SCIM_ASSIGN(const Filter parsed, parse_filter(filter));
  SCIM_ASSIGN(const Predicate predicate, bind(parsed, type));
  const auto fits = [&](const Json& resource) { return match(predicate, with_canonical_names(resource, type)); };
  if (std::all_of(page.resources.begin(), page.resources.end(), fits)) return {};
  return fail(ErrorKind::internal, "the server does not filter: asked for " + filter + ", it answers with others");
}

Try<Matches> find_all(Backend& backend, const ResourceType& type, std::string_view name, const std::string& filter) {
  Request request;
  request.method = "GET";
  request.path = type.endpoint;
  append_parameter(request.query, "filter", filter);
  append_parameter(request.query, "attributes", "id," + std::string(name));
  append_parameter(request.query, "count", std::to_string(kShown));
  SCIM_ASSIGN(const ListPage page, backend.send_for_list(std::move(request)));
  SCIM_TRY(check_filtered(page, filter, type));
  Matches matches;
  matches.total = page.total;
  for (const Json& resource : page.resources) matches.ids.push_back(cell_text(resource.value("id", Json())));
  return matches;
}

tl::unexpected<Error> several(const Matches& matches, std::string_view argument) {
  std::string detail = quote(argument) + " fits " + std::to_string(matches.total) + " resources, name one by its id:";
  for (const std::string& id : matches.ids) detail += "\n  " + id;
  if (matches.total > static_cast<std::int64_t>(matches.ids.size())) detail += "\n  ...";
  return fail(ErrorKind::conflict, std::move(detail));
}

tl::unexpected<Error> none(const ResourceType& type, std::string_view argument) {
  return fail(ErrorKind::not_found, "there is no " + type.name + " with " + printable(argument));
}

}  // namespace

Result<std::optional<std::string>> filter_of_id(std::string_view argument, const ResourceType& type) {
  const std::size_t equals = argument.find('=');
  if (equals == std::string_view::npos || equals + 1 == argument.size()) return std::nullopt;
  const std::string_view name = argument.substr(0, equals);
  SCIM_ASSIGN(const PathName path, parse_path_name(name));
  const Attribute* attribute = resolve(type, path);
  if (attribute == nullptr) {
    const std::string near = nearest_name(type, path);
    return fail(ErrorKind::invalid_path, "unknown attribute " + quote(name) + " of " + type.name +
                                             (near.empty() ? "" : ", did you mean " + near + "?"));
  }
  return std::string(name) + " eq " + literal(*attribute, argument.substr(equals + 1));
}

Try<std::string> find_id(Backend& backend, const ResourceType& type, std::string_view argument) {
  // Below the endpoint they would be the endpoint itself, and all that is in it, or what is above.
  if (argument.empty() || argument == "." || argument == "..") return fail(ErrorKind::bad_request, quote(argument) + " is no id");
  SCIM_ASSIGN(const std::optional<std::string> filter, filter_of_id(argument, type));
  if (!filter) return std::string(argument);
  SCIM_ASSIGN(const Matches matches, find_all(backend, type, argument.substr(0, argument.find('=')), *filter));
  if (matches.total > 1 || matches.ids.size() > 1) return several(matches, argument);
  if (matches.ids.empty()) return none(type, argument);
  if (matches.ids.front().empty()) return fail(ErrorKind::internal, "the server does not say the id of " + printable(argument));
  return matches.ids.front();
}

Try<std::string> find_member_id(Backend& backend, std::string_view argument) {
  if (argument.find('=') == std::string_view::npos) return std::string(argument);
  // Groups are known by their displayName, users are not.
  const bool groups_first = argument.starts_with("displayName=");
  SCIM_ASSIGN(const ResourceType* const first, backend.type(groups_first ? Kind::groups : Kind::users));
  SCIM_ASSIGN(const ResourceType* const second, backend.type(groups_first ? Kind::users : Kind::groups));
  auto found = find_id(backend, *first, argument);
  const bool is_over = found || (found.error().code != ExitCode::not_found && found.error().code != ExitCode::usage);
  if (is_over) return found;
  auto other = find_id(backend, *second, argument);
  const bool is_nobody = !other && (other.error().code == ExitCode::not_found || other.error().code == ExitCode::usage);
  return is_nobody ? found : other;
}

}  // namespace scim::cli
