// SPDX-License-Identifier: MIT
// Writes what clients relied on, and when they came, into the database, and warns of tokens that end: beside the threads that
// serve.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>

#include "core/clients.h"
#include "core/env.h"
#include "core/tolerance_counts.h"

namespace scim::fcgi {

/// What it looks after. Borrowed; `tokens` is used by no other thread.
struct WriterTasks {
  ToleranceCounts& counts;
  TokenUses& uses;
  TokenStore& tokens;
  Env& env;
  std::int64_t warn_days = 0;  ///< before a token ends
};

/// A thread that writes every few seconds, if there is anything, and once more at the end. A busy database costs
/// nothing but time: the counts stay for the next round. It looks at its start, and once a day, which tokens end soon.
class ToleranceWriter {
 public:
  static constexpr std::chrono::seconds kInterval{3};

  explicit ToleranceWriter(const WriterTasks& tasks);
  ToleranceWriter(const ToleranceWriter&) = delete;
  ToleranceWriter& operator=(const ToleranceWriter&) = delete;
  ~ToleranceWriter();

 private:
  enum class State { running, ending };
  void work();
  void write();
  void warn_of_tokens();

  const WriterTasks tasks_;
  std::optional<Instant> warned_;  ///< when it looked last
  std::mutex mutex_;  ///< guards state_
  std::condition_variable ends_;
  State state_ = State::running;
  std::thread thread_;
};

}  // namespace scim::fcgi
