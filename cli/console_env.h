// SPDX-License-Identifier: MIT
// The log of a program that somebody runs at a prompt: words beside what it prints.
#pragma once

#include <memory>

#include "cli/output/output.h"
#include "core/env.h"

namespace scim::cli {

/// Clock and randomness of the system. What the database says of a failure is kept for whoever reports it, Console::reason; other
/// warnings and errors from `level` upwards are said.
std::unique_ptr<Env> console_env(Console& console, LogLevel level);

/// The same, and says nothing.
std::unique_ptr<Env> silent_env();

}  // namespace scim::cli
