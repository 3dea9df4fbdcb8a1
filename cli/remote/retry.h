// SPDX-License-Identifier: MIT
// When a request that a server puts off is sent again.
#pragma once

#include <chrono>
#include <optional>

#include "core/http.h"

namespace scim::cli {

/// 429 (RFC 6585 4) and 503 say that nothing has been done: after how long the request may be sent again, as Retry-After
/// asks (RFC 9110 10.2.3: seconds, or a date), else twice as long each time. `attempt` counts from 1.
/// nullopt: the answer is none of them.
std::optional<std::chrono::seconds> retry_after(const Response& response, int attempt, std::chrono::system_clock::time_point now);

/// Beyond it nobody waits in front of a terminal: such an answer is an error at once.
inline constexpr std::chrono::seconds kLongestWait{300};

}  // namespace scim::cli
