// SPDX-License-Identifier: MIT
// A word that may be typed.
#pragma once

#include <string>

namespace scim::cli {

struct Candidate {
  std::string text;         ///< the whole word; if it ends in `=` or `.` more of it follows
  std::string description;  ///< "" if the text says it all
};

}  // namespace scim::cli
