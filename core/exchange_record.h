// SPDX-License-Identifier: MIT
// What is written down of a request and its answer, but for their bodies: by traces of scimctl, by the journal of scim-fcgi.
#pragma once

#include <string>
#include <vector>

#include "core/http.h"
#include "core/json.h"
#include "core/secrets.h"

namespace scim {

/// {"method", "path", "ifMatch"}; the texts of secrets in its parameters come to `found`.
Json request_record(const Request& request, const Secrets& secrets, std::vector<std::string>& found);

/// {"status", "headers"}: those that say something of the resource; cookies and the like are nobody's business.
Json response_record(const Response& response);

}  // namespace scim
