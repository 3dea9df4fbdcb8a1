// SPDX-License-Identifier: MIT
// What became of one request.
#pragma once

#include <chrono>
#include <cstddef>

#include "core/http.h"

namespace scim::fcgi {

struct Answered {
  int status = 0;
  Response::About about;
  std::size_t request_bytes = 0;   ///< of the body
  std::size_t response_bytes = 0;  ///< of the body
  std::chrono::steady_clock::duration time{};
};

}  // namespace scim::fcgi
