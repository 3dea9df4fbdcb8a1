// SPDX-License-Identifier: MIT
#include "core/router.h"

#include <algorithm>
#include <array>

#include "core/text.h"

namespace scim {
namespace {

/// The shapes that a path below the base URL can have (RFC 7644 Table 2).
enum class Place {
  root,
  service_provider_config,
  resource_types,
  resource_type,
  schemas,
  schema,
  collection,
  resource,
  search,
  bulk,
  me,
};

struct Row {
  Place place;
  std::string_view method;
  Operation operation;
  Effects effects = Effects::reads;
  Body body = Body::ignored;
};

/// HEAD goes with GET, OPTIONS with everything.
constexpr std::array kRows = {
    Row{Place::service_provider_config, "GET", Operation::service_provider_config},
    Row{Place::resource_types, "GET", Operation::list_resource_types},
    Row{Place::resource_type, "GET", Operation::get_resource_type},
    Row{Place::schemas, "GET", Operation::list_schemas},
    Row{Place::schema, "GET", Operation::get_schema},
    Row{Place::collection, "GET", Operation::list},
    Row{Place::collection, "POST", Operation::create, Effects::writes, Body::required},
    Row{Place::resource, "GET", Operation::get},
    Row{Place::resource, "PUT", Operation::replace, Effects::writes, Body::required},
    Row{Place::resource, "PATCH", Operation::patch, Effects::writes, Body::required},
    Row{Place::resource, "DELETE", Operation::remove, Effects::writes},
    Row{Place::root, "GET", Operation::list},
    Row{Place::search, "POST", Operation::search, Effects::reads, Body::required},
    // A job writes nothing itself: each of its operations is authorized as the request that it stands for.
    Row{Place::bulk, "POST", Operation::bulk, Effects::reads, Body::required},
    Row{Place::me, "GET", Operation::get},
    Row{Place::me, "POST", Operation::create, Effects::writes, Body::required},
    Row{Place::me, "PUT", Operation::replace, Effects::writes, Body::required},
    Row{Place::me, "PATCH", Operation::patch, Effects::writes, Body::required},
    Row{Place::me, "DELETE", Operation::remove, Effects::writes},
};

constexpr std::array<std::string_view, 7> kMethods = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"};

struct Fixed {
  std::string_view segment;
  Place alone;
  Place with_id;  ///< == alone: nothing may follow
};
constexpr std::array kFixed = {
    Fixed{"ServiceProviderConfig", Place::service_provider_config, Place::service_provider_config},
    Fixed{"ResourceTypes", Place::resource_types, Place::resource_type},
    Fixed{"Schemas", Place::schemas, Place::schema},
    Fixed{"Bulk", Place::bulk, Place::bulk},
    Fixed{"Me", Place::me, Place::me},
    Fixed{".search", Place::search, Place::search},
};

/// No place has more than two.
struct Segments {
  std::array<std::string, 2> first;
  std::size_t count = 0;
};

/// The decoded segments; an empty one at the end (a trailing slash) does not count.
Result<Segments> segments_of(std::string_view path) {
  Segments segments;
  if (path.starts_with('/')) path.remove_prefix(1);
  while (!path.empty()) {
    const auto slash = path.find('/');
    auto segment = percent_decode(path.substr(0, slash), Plus::literal);
    if (!segment) return fail(ErrorKind::bad_request, "the path has a broken %-escape");
    if (segments.count < segments.first.size()) segments.first[segments.count] = *std::move(segment);
    ++segments.count;
    path = slash == std::string_view::npos ? std::string_view{} : path.substr(slash + 1);
  }
  return segments;
}

struct Located {
  Place place = Place::root;
  const ResourceType* type = nullptr;
  std::string id;
};

Result<Located> locate(std::string_view path, const Registry& registry) {
  SCIM_ASSIGN(Segments segments, segments_of(path));
  Located located;
  if (segments.count == 0) return located;
  const auto unknown = [] { return fail(ErrorKind::not_found, "there is no such endpoint"); };
  if (segments.count > segments.first.size()) return unknown();
  const bool has_id = segments.count == 2;
  const std::string& endpoint = segments.first[0];
  located.id = std::move(segments.first[1]);
  for (const Fixed& fixed : kFixed) {
    if (endpoint != fixed.segment) continue;
    if (has_id && fixed.with_id == fixed.alone) return unknown();
    located.place = has_id ? fixed.with_id : fixed.alone;
    return located;
  }
  located.type = registry.type_by_endpoint('/' + endpoint);
  if (located.type == nullptr) return unknown();
  located.place = !has_id ? Place::collection : located.id == ".search" ? Place::search : Place::resource;
  return located;
}

std::string allowed_methods(Place place) {
  std::string allow;
  for (const Row& row : kRows) {
    if (row.place != place) continue;
    allow.append(row.method).append(", ");
    if (row.method == "GET") allow += "HEAD, ";
  }
  return allow + "OPTIONS";
}

}  // namespace

std::string_view to_string(Operation operation) {
  switch (operation) {
    case Operation::service_provider_config: return "service_provider_config";
    case Operation::list_resource_types: return "list_resource_types";
    case Operation::get_resource_type: return "get_resource_type";
    case Operation::list_schemas: return "list_schemas";
    case Operation::get_schema: return "get_schema";
    case Operation::list: return "list";
    case Operation::search: return "search";
    case Operation::create: return "create";
    case Operation::get: return "get";
    case Operation::replace: return "replace";
    case Operation::patch: return "patch";
    case Operation::remove: return "delete";
    case Operation::bulk: return "bulk";
    case Operation::options: return "options";
  }
  return "";
}

Result<Route> route(std::string_view method, std::string_view path, const Registry& registry) {
  if (std::find(kMethods.begin(), kMethods.end(), method) == kMethods.end()) {
    return fail(ErrorKind::not_implemented, "the method " + quote(method) + " is not known");
  }
  SCIM_ASSIGN(Located located, locate(path, registry));
  Route route;
  route.type = located.type;
  route.id = std::move(located.id);
  // "/" alone is the root.
  if (path.size() > 1 && path.ends_with('/')) route.slash = Slash::trailing;
  if (located.place == Place::me) route.target = Route::Target::subject;
  if (method == "OPTIONS") {
    route.operation = Operation::options;
    route.allow = allowed_methods(located.place);
    return route;
  }
  const std::string_view wanted = method == "HEAD" ? std::string_view("GET") : method;
  for (const Row& row : kRows) {
    if (row.place != located.place || row.method != wanted) continue;
    route.operation = row.operation;
    route.effects = row.effects;
    route.body = row.body;
    return route;
  }
  const std::string allow = allowed_methods(located.place);
  return fail(ErrorKind::method_not_allowed, std::string(method) + " is not allowed here, only " + allow, allow);
}

}  // namespace scim
