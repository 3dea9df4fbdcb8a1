// SPDX-License-Identifier: MIT
#include "cli/console_env.h"

#include <algorithm>

namespace scim::cli {
namespace {

/// As sql/sql_store.cc logs what a database refuses.
constexpr std::string_view kOfDatabase = "database: ";

std::string without_quotes(std::string_view text) {
  const bool is_quoted = text.size() >= 2 && text.starts_with('"') && text.ends_with('"');
  return std::string(is_quoted ? text.substr(1, text.size() - 2) : text);
}

class SilentEnv : public Env {
 public:
  Instant now() override { return system_->now(); }
  std::string random_bytes(std::size_t count) override { return system_->random_bytes(count); }
  void log(LogLevel, std::string_view) override {}

 private:
  const std::unique_ptr<Env> system_ = system_env(LogLevel::error);
};

class ConsoleEnv final : public SilentEnv {
 public:
  ConsoleEnv(Console& console, LogLevel level) : console_(console), level_(std::max(level, LogLevel::warning)) {}

  void log(LogLevel level, std::string_view message) override {
    if (message.starts_with(kOfDatabase)) console_.reason = without_quotes(message.substr(kOfDatabase.size()));
    else if (level >= level_) console_.say("scimctl: warning: " + std::string(message));
  }

 private:
  Console& console_;
  const LogLevel level_;
};

}  // namespace

std::unique_ptr<Env> console_env(Console& console, LogLevel level) { return std::make_unique<ConsoleEnv>(console, level); }

std::unique_ptr<Env> silent_env() { return std::make_unique<SilentEnv>(); }

}  // namespace scim::cli
