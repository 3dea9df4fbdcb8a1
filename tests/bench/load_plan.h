// SPDX-License-Identifier: MIT
// Files of requests, ready to be sent.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace bench {

struct Planned {
  std::string bytes;      ///< the request as it goes over the wire
  int status = 0;         ///< what the answer has to have; 2: any of 200 to 299
};

/// A file with a request on each line: METHOD TARGET STATUS [BODY], STATUS being a number or 2xx. The target is
/// percent-encoded and the body is JSON on one line, so neither is ambiguous. `headers` are lines that every request has,
/// each ending in CR LF. Errors are printed, and the plan is empty.
std::vector<Planned> read_plan(const std::string& file, std::string_view headers);

}  // namespace bench
