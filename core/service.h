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
  Response::Body holds = Response::Body::whole;
};

Result<Outcome> get(const Route& route, const Request& request, App& app);
Result<Outcome> create(const Route& route, const Request& request, App& app);
Result<Outcome> replace(const Route& route, const Request& request, App& app);
Result<Outcome> patch(const Route& route, const Request& request, App& app);
Result<Outcome> remove(const Route& route, const Request& request, App& app);

/// Does beforehand what create, replace and patch do slowly: for those whose transaction has begun when they are called.
/// What is wrong with the request they will say.
void prepare(const Route& route, const Request& request, App& app);

}  // namespace scim
