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

/// What was meant as a URL, and is none: nobody knows where in it the password is.
std::string hidden_whole(std::string_view url) {
  const bool may_have_one = !url.starts_with("sqlite:") && (url.find('@') != std::string_view::npos || url.find("password") != std::string_view::npos);
  if (!may_have_one) return std::string(url);
  const std::size_t colon = url.find(':');
  return std::string(url.substr(0, colon == std::string_view::npos ? 0 : colon + 1)).append(kHidden);
}

}  // namespace

std::string without_password(std::string_view url) {
  const std::size_t scheme = url.find("://");
  if (scheme == std::string_view::npos) return hidden_whole(url);
  const std::size_t start = scheme + 3;
  const std::size_t query = std::min(url.find('?', start), url.size());
  // Of user:pass/word@host too, though that slash should have been %2F.
  const std::size_t at = url.substr(0, query).rfind('@');
  const std::size_t end = std::min(url.find_first_of("/?", at == std::string_view::npos || at < start ? start : at), query);
  std::string out(url.substr(0, start));
  out += hidden_authority(url.substr(start, end - start));
  out += url.substr(end, query - end);
  for (std::size_t begin = query; begin < url.size();) {
    const std::size_t next = std::min(url.find('&', begin + 1), url.size());
    out += url[begin];  // ? or &
    out += hidden_parameter(url.substr(begin + 1, next - begin - 1));
    begin = next;
  }
  return out;
}

}  // namespace scim::sql
