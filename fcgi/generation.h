// SPDX-License-Identifier: MIT
// What serves requests by one configuration. Another configuration is another generation, and the server stays.
#pragma once

#include <cstddef>
#include <cstdint>

#include "core/error.h"
#include "fcgi/cgi.h"

namespace scim::fcgi {

class Generation {
 public:
  virtual ~Generation() = default;
  /// One request, by the server's thread of this number: each has what it needs of its own.
  virtual void respond(std::size_t thread, Exchange& exchange) = 0;

  /// Whether the database answers as it does to requests. By one thread at a time. unavailable, internal.
  virtual Result<void> ask_database() = 0;

  /// The request journal goes on in the file that has its name now: the one before may have been moved away. invalidValue: there
  /// can be none, and it goes on in the one that it had.
  virtual Result<void> reopen_journal() = 0;

  /// Those who write in turn, and what they have done since the beginning.
  struct Writers {
    std::size_t waiting = 0;
    std::uint64_t commits = 0;
    std::uint64_t turns = 0;
  };
  virtual Writers writers() const = 0;
};

}  // namespace scim::fcgi
