// SPDX-License-Identifier: MIT
// Queries: GET of a collection or of the root, and POST /.search (RFC 7644 3.4.2 and 3.4.3, RFC 9865).
#pragma once

#include "core/app.h"
#include "core/router.h"
#include "core/service.h"

namespace scim {

/// Over the type of the route, or over all types. Cursors are bound to `scope`.
Result<Outcome> list(const Route& route, const Request& request, const Scope& scope, App& app);
Result<Outcome> search(const Route& route, const Request& request, const Scope& scope, App& app);

}  // namespace scim
