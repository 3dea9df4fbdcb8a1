// SPDX-License-Identifier: MIT
#include "core/env.h"

#include <unistd.h>

#include <chrono>

#include "core/crypto.h"

namespace scim {
namespace {

std::string_view to_string(LogLevel level) {
  switch (level) {
    case LogLevel::debug: return "debug";
    case LogLevel::info: return "info";
    case LogLevel::warning: return "warning";
    case LogLevel::error: return "error";
  }
  return "";
}

class SystemEnv : public Env {
 public:
  explicit SystemEnv(LogLevel level) : level_(level) {}

  Instant now() override {
    return std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
  }

  std::string random_bytes(std::size_t count) override { return scim::random_bytes(count); }

  void log(LogLevel level, std::string_view message) override {
    if (level < level_) return;
    std::string line = format_instant(now());
    line.append(" ").append(to_string(level)).append(" ").append(message).append("\n");
    // One write, so that lines of several threads and processes do not mix. A full disk must not stop the service.
    [[maybe_unused]] const auto written = ::write(STDERR_FILENO, line.data(), line.size());
  }

 private:
  LogLevel level_;
};

}  // namespace

std::string Env::new_id() {
  std::string bytes = random_bytes(16);
  bytes[6] = static_cast<char>((bytes[6] & 0x0F) | 0x40);
  bytes[8] = static_cast<char>((bytes[8] & 0x3F) | 0x80);
  std::string id = hex_encode(bytes);
  for (const std::size_t at : {20U, 16U, 12U, 8U}) id.insert(at, "-");
  return id;
}

std::unique_ptr<Env> system_env(LogLevel level) { return std::make_unique<SystemEnv>(level); }

}  // namespace scim
