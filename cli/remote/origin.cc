// SPDX-License-Identifier: MIT
#include "cli/remote/origin.h"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>

#include "core/text.h"

namespace scim::cli {
namespace {

constexpr int kHttpPort = 80;
constexpr int kHttpsPort = 443;
constexpr int kLastPort = 65535;

bool is_name_character(char c) {
  const bool is_letter = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
  return is_letter || c == '-' || c == '.' || c == '_' || static_cast<unsigned char>(c) >= 0x80;  // other scripts: IDNA
}

/// "name", "192.0.2.1" or "[2001:db8::1]".
bool is_host(std::string_view host) {
  if (!host.starts_with('[')) return !host.empty() && std::all_of(host.begin(), host.end(), is_name_character);
  in6_addr ignored{};
  return host.ends_with(']') && ::inet_pton(AF_INET6, std::string(host.substr(1, host.size() - 2)).c_str(), &ignored) == 1;
}

std::optional<int> port_of(std::string_view text) {
  int port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc() || end != text.data() + text.size() || port < 1 || port > kLastPort) return std::nullopt;
  return port;
}

}  // namespace

std::string_view authority_of(std::string_view url) {
  const std::size_t slashes = url.find("://");
  if (slashes == std::string_view::npos) return {};
  url.remove_prefix(slashes + 3);
  return url.substr(0, url.find_first_of("/?#"));
}

std::optional<Origin> origin_of(std::string_view url) {
  Origin origin;
  origin.scheme = ascii_lower(url.substr(0, url.find("://")));
  if (origin.scheme != "http" && origin.scheme != "https") return std::nullopt;
  origin.port = origin.scheme == "http" ? kHttpPort : kHttpsPort;
  const std::string authority = ascii_lower(authority_of(url));
  const std::size_t after_brackets = authority.starts_with('[') ? authority.find(']') : 0;
  if (after_brackets == std::string::npos) return std::nullopt;
  const std::size_t colon = authority.find(':', after_brackets);
  origin.host = authority.substr(0, colon);
  if (!is_host(origin.host)) return std::nullopt;
  if (colon == std::string::npos) return origin;
  const auto port = port_of(std::string_view(authority).substr(colon + 1));
  if (!port) return std::nullopt;
  origin.port = *port;
  return origin;
}

bool is_this_machine(const Origin& origin) {
  if (origin.host == "localhost") return true;
  if (origin.host.starts_with('[')) {
    in6_addr address{};
    const std::string text = origin.host.substr(1, origin.host.size() - 2);
    return ::inet_pton(AF_INET6, text.c_str(), &address) == 1 && IN6_IS_ADDR_LOOPBACK(&address);
  }
  // A name may begin with 127, too.
  in_addr address{};
  return ::inet_pton(AF_INET, origin.host.c_str(), &address) == 1 && (ntohl(address.s_addr) >> 24) == 127;
}

}  // namespace scim::cli
