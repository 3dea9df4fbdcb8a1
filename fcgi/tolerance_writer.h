// SPDX-License-Identifier: MIT
// Writes what clients relied on into the database, beside the threads that serve.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "core/tolerance_counts.h"

namespace scim::fcgi {

/// A thread that writes the counts every few seconds, if there are any, and once more at the end. A busy database costs
/// nothing but time: the counts stay for the next round.
class ToleranceWriter {
 public:
  static constexpr std::chrono::seconds kInterval{3};

  /// `counts` and `tokens` outlive it; `tokens` is used by no other thread.
  ToleranceWriter(ToleranceCounts& counts, TokenStore& tokens);
  ToleranceWriter(const ToleranceWriter&) = delete;
  ToleranceWriter& operator=(const ToleranceWriter&) = delete;
  ~ToleranceWriter();

 private:
  enum class State { running, ending };
  void work();

  ToleranceCounts& counts_;
  TokenStore& tokens_;
  std::mutex mutex_;  ///< guards state_
  std::condition_variable ends_;
  State state_ = State::running;
  std::thread thread_;
};

}  // namespace scim::fcgi
