// SPDX-License-Identifier: MIT
#include "sql/database_url.h"

#include <algorithm>

namespace scim::sql {
namespace {

constexpr std::string_view kHidden = "***";

/// "user:secret@host:5432" -> "user:***@host:5432".
std::string hidden_authority(std::string_view authority) {
  const std::size_t at = authority.rfind('@');
  const std::size_t colon = authority.find(':');
  if (at == std::string_view::npos || colon > at) return std::string(authority);
  return std::string(authority.substr(0, colon + 1)).append(kHidden).append(authority.substr(at));
}

/// "password=secret" -> "password=***", and sslpassword.
std::string hidden_parameter(std::string_view parameter) {
  const std::size_t equals = parameter.find('=');
  const bool is_secret = equals != std::string_view::npos && parameter.substr(0, equals).ends_with("password");
  if (!is_secret) return std::string(parameter);
  return std::string(parameter.substr(0, equals + 1)).append(kHidden);
}

}  // namespace

std::string without_password(std::string_view url) {
  const std::size_t scheme = url.find("://");
  if (scheme == std::string_view::npos) return std::string(url);
  const std::size_t start = scheme + 3;
  const std::size_t end = std::min(url.find_first_of("/?", start), url.size());
  const std::size_t query = std::min(url.find('?', end), url.size());
  std::string out(url.substr(0, start));
  out += hidden_authority(url.substr(start, end - start));
  out += url.substr(end, query - end);
  for (std::size_t at = query; at < url.size();) {
    const std::size_t next = std::min(url.find('&', at + 1), url.size());
    out += url[at];  // ? or &
    out += hidden_parameter(url.substr(at + 1, next - at - 1));
    at = next;
  }
  return out;
}

}  // namespace scim::sql
