// SPDX-License-Identifier: MIT
// The beginning of a request as a web server sends it, BEGIN_REQUEST and the parameters (FastCGI 1.0, 3.3 to 3.4 and 5.1 to 5.2), looked
// at before libfcgi reads it: libfcgi waits for what is missing, and makes room for whatever length it is told.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace scim::fcgi {

struct RequestHead {
  enum class State {
    absent,      ///< nothing has arrived
    incomplete,
    complete,
    too_large,   ///< more bytes of names and values than are taken, or will be
    malformed,   ///< it is no FastCGI, or what no web server begins a request with
    gone,        ///< the peer has closed the connection
  };
  State state = State::absent;
  std::uint16_t request_id = 0;  ///< of BEGIN_REQUEST, once that has arrived
};

/// What `arrived` is the beginning of. `most`: bytes of names and values.
RequestHead read_head(std::string_view arrived, std::size_t most);

/// So many bytes of records are enough for `most` bytes of names and values, unless there are more of the framing than of these.
constexpr std::size_t largest_head(std::size_t most) {
  constexpr std::size_t kFraming = 64 << 10;
  return 2 * most + kFraming;
}

}  // namespace scim::fcgi
