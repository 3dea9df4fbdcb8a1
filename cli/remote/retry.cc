// SPDX-License-Identifier: MIT
#include "cli/remote/retry.h"

#include <time.h>

#include <algorithm>
#include <charconv>

#include "core/text.h"

namespace scim::cli {
namespace {

using std::chrono::seconds;

constexpr int kMostDoublings = 5;

std::optional<seconds> from_number(std::string_view text) {
  long value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error == std::errc::result_out_of_range) return seconds::max();
  if (error != std::errc() || end != text.data() + text.size() || value < 0) return std::nullopt;
  return seconds(value);
}

/// "Sun, 06 Nov 1994 08:49:37 GMT" (RFC 9110 5.6.7).
std::optional<seconds> from_date(const std::string& text, std::chrono::system_clock::time_point now) {
  std::tm parts{};
  const char* const end = ::strptime(text.c_str(), "%a, %d %b %Y %H:%M:%S GMT", &parts);
  if (end == nullptr || *end != '\0') return std::nullopt;
  const auto then = std::chrono::system_clock::from_time_t(::timegm(&parts));
  return std::max(seconds(0), std::chrono::ceil<seconds>(then - now));
}

}  // namespace

std::optional<seconds> retry_after(const Response& response, int attempt, std::chrono::system_clock::time_point now) {
  if (response.status != 429 && response.status != 503) return std::nullopt;
  const std::string text(trim(response.header("Retry-After")));
  if (const auto number = from_number(text)) return number;
  if (const auto date = from_date(text, now)) return date;
  return seconds(1 << std::min(attempt - 1, kMostDoublings));
}

}  // namespace scim::cli
