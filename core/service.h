// SPDX-License-Identifier: MIT
// The operations on resources (RFC 7644 3.3 to 3.6), straight through: parse, bind, one transaction, plan the change.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "core/app.h"
#include "core/http.h"
#include "core/router.h"

namespace scim {

/// The query string of a request, parsed (RFC 7644 Table 6 and 3.9).
struct Parameters {
  std::optional<std::string> filter;
  std::int64_t start_index = 1;       ///< clamped to 1 and above
  std::optional<std::int64_t> count;  ///< clamped to 0 and above
  std::string attributes;
  std::string excluded_attributes;
};
/// Unknown parameters are ignored. invalidValue; invalidFilter (given twice).
Result<Parameters> parse_parameters(std::string_view query);

/// What an operation gives back, before it becomes a Response.
struct Outcome {
  int status = 200;
  std::string body;
  std::string location;
  std::string version;  ///< entity tag
};

Result<Outcome> list(const Route& route, const Request& request, App& app);
Result<Outcome> get(const Route& route, const Request& request, App& app);
Result<Outcome> create(const Route& route, const Request& request, App& app);
Result<Outcome> replace(const Route& route, const Request& request, App& app);
Result<Outcome> patch(const Route& route, const Request& request, App& app);
Result<Outcome> remove(const Route& route, const Request& request, App& app);

/// Does beforehand what create, replace and patch do slowly: for those whose transaction has begun when they are called.
/// What is wrong with the request they will say.
void prepare(const Route& route, const Request& request, App& app);

}  // namespace scim
