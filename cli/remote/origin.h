// SPDX-License-Identifier: MIT
// Whom a URL speaks to, and so whom a token may be sent to.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace scim::cli {

/// RFC 6454 4.
struct Origin {
  std::string scheme;  ///< "http", "https"
  std::string host;    ///< in small letters; "[::1]"
  int port = 0;

  bool operator==(const Origin&) const = default;
};

/// "user@host:port" of "scheme://user@host:port/path", "" if there is none.
std::string_view authority_of(std::string_view url);

/// nullopt: not of http or https, or its host could be read in two ways (user names, backslashes, %).
std::optional<Origin> origin_of(std::string_view url);

/// Whether nobody but this machine sees what is sent there.
bool is_this_machine(const Origin& origin);

}  // namespace scim::cli
