// SPDX-License-Identifier: MIT
// Outcomes and errors -> HTTP responses: the only place that sets status codes and headers.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/service.h"

namespace scim {

Response render(Outcome outcome);
/// RFC 7644 3.12.
Response render_error(const Error& error);

/// A ListResponse (RFC 7644 3.4.2); `resources` is the JSON array of the page.
std::string list_response(std::int64_t total, std::int64_t start_index, std::int64_t returned, std::string_view resources);

}  // namespace scim
