// SPDX-License-Identifier: MIT
// The command line of scim-fcgi.
#pragma once

#include <cstddef>
#include <string>

#include "core/error.h"

namespace scim::fcgi {

struct Options {
  std::string config;  ///< "": as find_config() has it
  std::string listen;  ///< "": an inherited socket, or one CGI request
  std::size_t threads = 0;
  enum class Action { serve, test, version, help } action = Action::serve;
};

/// Twice the processors, 4 at least: a thread that waits for the disk leaves the processor to another.
std::size_t default_threads();

/// invalidValue with what is wrong.
Result<Options> parse_options(int argc, char* const* argv);

/// One line, and with all options.
std::string usage();
std::string help();

}  // namespace scim::fcgi
