// SPDX-License-Identifier: MIT
// The Env of the process: it counts what is wrong.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>

#include "core/env.h"

namespace scim::fcgi {

/// Counts lines by their level, also those that are not written, and what happens. `whole` outlives it.
class CountedEnv final : public Env {
 public:
  explicit CountedEnv(Env& whole) : whole_(whole) {}
  std::uint64_t lines(LogLevel level) const { return counts_[index(level)].load(std::memory_order_relaxed); }
  std::uint64_t times(Incident incident) const { return happened_[static_cast<std::size_t>(incident)].load(std::memory_order_relaxed); }

  Instant now() override { return whole_.now(); }
  std::string random_bytes(std::size_t count) override { return whole_.random_bytes(count); }
  void log(LogLevel level, std::string_view message) override { log_facts(level, message, {}); }
  void log_facts(LogLevel level, std::string_view message, std::span<const LogFact> facts) override {
    counts_[index(level)].fetch_add(1, std::memory_order_relaxed);
    whole_.log_facts(level, message, facts);
  }
  void note(Incident incident) override { happened_[static_cast<std::size_t>(incident)].fetch_add(1, std::memory_order_relaxed); }

 private:
  static std::size_t index(LogLevel level) { return static_cast<std::size_t>(level); }

  Env& whole_;
  std::array<std::atomic<std::uint64_t>, 4> counts_{};
  std::array<std::atomic<std::uint64_t>, kIncidents> happened_{};
};

}  // namespace scim::fcgi
