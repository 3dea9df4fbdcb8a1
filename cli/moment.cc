// SPDX-License-Identifier: MIT
#include "cli/moment.h"

#include <charconv>
#include <string>

namespace scim::cli {
namespace {

/// A century: what is longer is a mistake, and must not overflow.
constexpr std::int64_t kMostMinutes = std::int64_t{100} * 366 * 24 * 60;

std::optional<std::int64_t> minutes_of(char unit) {
  switch (unit) {
    case 'm': return 1;
    case 'h': return 60;
    case 'd': return 24 * 60;
    default: return std::nullopt;
  }
}

}  // namespace

std::optional<std::chrono::minutes> parse_duration(std::string_view text) {
  if (text.size() < 2) return std::nullopt;
  const auto unit = minutes_of(text.back());
  std::int64_t count = 0;
  const char* const end = text.data() + text.size() - 1;
  const auto [stop, error] = std::from_chars(text.data(), end, count);
  if (!unit || error != std::errc() || stop != end || count <= 0 || count > kMostMinutes / *unit) return std::nullopt;
  return std::chrono::minutes(count * *unit);
}

std::optional<Instant> parse_moment(std::string_view text) {
  if (const auto instant = parse_instant(text)) return instant;
  return parse_instant(std::string(text) + "T00:00:00Z");
}

}  // namespace scim::cli
