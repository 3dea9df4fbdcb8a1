// SPDX-License-Identifier: MIT
// The answer to POST /Bulk (RFC 7644 3.7.3), operation by operation.
#pragma once

#include <string>

#include "core/http.h"
#include "core/json.h"

namespace scim::cli {

/// 0: it says none. Text in a bulk response; some servers write a number.
int status_of(const Json& operation);

/// What became of the operation of that bulkId; nullptr: nobody says.
const Json* answer_to(const std::string& bulk_id, const Json& answer);

/// As if the operation had been sent by itself.
Response response_of(const Json& operation);

}  // namespace scim::cli
