// SPDX-License-Identifier: MIT
// /Me: the resource of who is asking (RFC 7644 3.11).
#pragma once

#include "core/app.h"
#include "core/router.h"

namespace scim {

/// A route to /Me becomes one to the resource of who is asking, any other stays as it is; a POST creates only that.
/// notImplemented: no users are served; notFound: nobody's resource.
Result<Route> resolve_subject(Route route, const Request& request, const Scope& scope, App& app);

}  // namespace scim
