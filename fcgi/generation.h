// SPDX-License-Identifier: MIT
// What serves requests by one configuration. Another configuration is another generation, and the server stays.
#pragma once

#include <cstddef>

#include "fcgi/cgi.h"

namespace scim::fcgi {

class Generation {
 public:
  virtual ~Generation() = default;
  /// One request, by the server's thread of this number: each has what it needs of its own.
  virtual void respond(std::size_t thread, Exchange& exchange) = 0;
};

}  // namespace scim::fcgi
