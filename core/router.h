// SPDX-License-Identifier: MIT
// Method and path -> what to do, from one table. What a route needs are its columns, checked once before dispatch.
#pragma once

#include <string>
#include <string_view>

#include "core/error.h"
#include "core/registry.h"

namespace scim {

enum class Operation {
  service_provider_config,
  list_resource_types,
  get_resource_type,
  list_schemas,
  get_schema,
  list,
  search,
  create,
  get,
  replace,
  patch,
  remove,
  bulk,
  options,
};

/// "create": one word for logs and metrics.
std::string_view to_string(Operation operation);

enum class Effects { reads, writes };
enum class Body { ignored, required };
enum class Slash { none, trailing };

struct Route {
  /// Whose resource it is: that of the path, or that of who is asking (/Me).
  enum class Target { named, subject };

  Operation operation = Operation::list;
  Effects effects = Effects::reads;
  Body body = Body::ignored;
  Target target = Target::named;
  const ResourceType* type = nullptr;  ///< of /Users and the like; nullptr for list and search: all types
  std::string id;                      ///< decoded: of a resource, schema or resource type
  Slash slash = Slash::none;           ///< whether the path ended in one
  std::string allow;                   ///< of OPTIONS: the methods of this path, as the Allow header lists them
};

/// 404; 405 with Allow; 501 for methods that HTTP does not know; 400 for a broken escape.
Result<Route> route(std::string_view method, std::string_view path, const Registry& registry);

}  // namespace scim
