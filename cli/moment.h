// SPDX-License-Identifier: MIT
// Points in time as people type them.
#pragma once

#include <chrono>
#include <optional>
#include <string_view>

#include "core/text.h"

namespace scim::cli {

/// "90d", "12h", "30m"; nullopt: anything else, or more than a century.
std::optional<std::chrono::minutes> parse_duration(std::string_view text);
/// "2027-01-01" (UTC), "2027-01-01T00:00:00Z"; nullopt: anything else.
std::optional<Instant> parse_moment(std::string_view text);

}  // namespace scim::cli
