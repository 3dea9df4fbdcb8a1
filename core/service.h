// SPDX-License-Identifier: MIT
// The operations on one resource (RFC 7644 3.3 to 3.6), straight through: parse, bind, one transaction, plan the change.
#pragma once

#include <string>

#include "core/app.h"
#include "core/http.h"
#include "core/router.h"

namespace scim {

/// What an operation gives back, before it becomes a Response.
struct Outcome {
  int status = 200;
  std::string body;
  std::string location;
  std::string version;  ///< entity tag
};

Result<Outcome> get(const Route& route, const Request& request, App& app);
Result<Outcome> create(const Route& route, const Request& request, App& app);
Result<Outcome> replace(const Route& route, const Request& request, App& app);
Result<Outcome> patch(const Route& route, const Request& request, App& app);
Result<Outcome> remove(const Route& route, const Request& request, App& app);

/// RFC 7644 3.11: a route to /Me becomes one to the resource of who is asking, any other stays as it is; a POST creates
/// only that. notImplemented: no users are served; notFound: nobody's resource.
Result<Route> resolve_subject(Route route, const Request& request, const Scope& scope, App& app);

}  // namespace scim
