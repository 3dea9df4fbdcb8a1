// SPDX-License-Identifier: MIT
// An Env that stands still: the clock moves when told, ids count up, the log is kept.
#pragma once

#include <mutex>
#include <string>
#include <vector>

#include "core/env.h"

namespace scim::test {

class FrozenEnv : public Env {
 public:
  Instant now() override {
    const std::lock_guard lock(mutex_);
    return now_;
  }
  void advance(std::chrono::microseconds step) {
    const std::lock_guard lock(mutex_);
    now_ += step;
  }
  /// 00..01, 00..02: different every time, as the real ones are.
  std::string random_bytes(std::size_t count) override {
    const std::lock_guard lock(mutex_);
    std::string bytes(count, '\0');
    unsigned long long value = ++counter_;
    for (std::size_t i = count; i > 0 && value > 0; --i, value >>= 8) bytes[i - 1] = static_cast<char>(value & 0xFF);
    return bytes;
  }
  void log(LogLevel, std::string_view message) override {
    const std::lock_guard lock(mutex_);
    lines_.emplace_back(message);
  }
  std::vector<std::string> lines() {
    const std::lock_guard lock(mutex_);
    return lines_;
  }

 private:
  std::mutex mutex_;
  Instant now_ = *parse_instant("2026-01-02T03:04:05Z");
  unsigned long long counter_ = 0;
  std::vector<std::string> lines_;
};

}  // namespace scim::test
