// SPDX-License-Identifier: MIT
// The flow of every request. Start reading here, and go on in handler.cc.
#pragma once

#include "core/app.h"
#include "core/http.h"

namespace scim {

/// Never throws. Every answer with a body is a SCIM document, errors included.
Response handle(const Request& request, App& app);

/// The same without authentication, for scimctl with Scope::unrestricted_for_cli().
Response handle_as(const Scope& scope, const Request& request, App& app);

}  // namespace scim
