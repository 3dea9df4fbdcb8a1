// SPDX-License-Identifier: MIT
// The one door to clock, randomness and log, so that a test can hold them still.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <variant>

#include "core/text.h"

namespace scim {

enum class LogLevel { debug, info, warning, error };
enum class LogFormat { text, json };

/// A fact that a line of the log is about, for programs that read it. Borrowed.
struct LogFact {
  std::string_view name;
  std::variant<std::string_view, std::int64_t> value;
};

/// Safe to use from several threads.
/// What whoever watches the program may want to be woken by.
enum class Incident { guard_warned, guard_refused, guard_held, head_too_large };
inline constexpr std::size_t kIncidents = 4;

class Env {
 public:
  virtual ~Env() = default;
  virtual Instant now() = 0;                              ///< to the millisecond
  virtual std::string random_bytes(std::size_t count) = 0;  ///< cryptographically strong
  /// One line, no line feed; `message` may hold client text only through quote().
  virtual void log(LogLevel level, std::string_view message) = 0;
  /// The same with facts, which may hold any text: of people's lines (LogFormat::text) they are no part.
  virtual void log_facts(LogLevel level, std::string_view message, [[maybe_unused]] std::span<const LogFact> facts) {
    log(level, message);
  }
  /// To be counted, where somebody counts.
  virtual void note(Incident) {}

  /// A random UUID, version 4, lower case: the id of a resource (RFC 7643 3.1: never reused, not guessable).
  std::string new_id();
};

/// Which lines are written, and how.
struct LogOptions {
  LogLevel level = LogLevel::info;
  LogFormat format = LogFormat::text;
};

/// The real one: system clock, kernel randomness, standard error.
class SystemEnv final : public Env {
 public:
  explicit SystemEnv(const LogOptions& options);
  /// For lines from now on.
  void set_log(const LogOptions& options) {
    level_ = options.level;
    format_ = options.format;
  }

  Instant now() override;
  std::string random_bytes(std::size_t count) override;
  void log(LogLevel level, std::string_view message) override { log_facts(level, message, {}); }
  void log_facts(LogLevel level, std::string_view message, std::span<const LogFact> facts) override;

 private:
  enum class Reader {
    file,
    journal,  ///< of systemd: it takes the level from the beginning of the line (sd-daemon(3))
  };
  static Reader reader();

  std::atomic<LogLevel> level_;
  std::atomic<LogFormat> format_;
  const Reader reader_;
};

/// The real one, with lines of text.
std::unique_ptr<Env> system_env(LogLevel level);

}  // namespace scim
