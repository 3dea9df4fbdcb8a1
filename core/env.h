// SPDX-License-Identifier: MIT
// The one door to clock, randomness and log, so that a test can hold them still.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "core/text.h"

namespace scim {

enum class LogLevel { debug, info, warning, error };

/// Safe to use from several threads.
class Env {
 public:
  virtual ~Env() = default;
  virtual Instant now() = 0;                              ///< to the millisecond
  virtual std::string random_bytes(std::size_t count) = 0;  ///< cryptographically strong
  /// One line, no line feed; `message` may hold client text only through quote().
  virtual void log(LogLevel level, std::string_view message) = 0;

  /// A random UUID, version 4, lower case: the id of a resource (RFC 7643 3.1: never reused, not guessable).
  std::string new_id();
};

/// The real one: system clock, kernel randomness, standard error from `level` upwards.
std::unique_ptr<Env> system_env(LogLevel level);

}  // namespace scim
