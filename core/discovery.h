// SPDX-License-Identifier: MIT
// ServiceProviderConfig, ResourceTypes, Schemas (RFC 7644 section 4, RFC 7643 sections 5 to 7).
#pragma once

#include "core/service.h"

namespace scim {

bool is_discovery(Operation operation);

/// One of the operations for which is_discovery() holds; notFound, forbidden for a filter (RFC 7644 section 4).
Result<Outcome> discover(const Route& route, const Request& request, const App& app);

}  // namespace scim
