// SPDX-License-Identifier: MIT
// SIGINT and SIGTERM as something to ask for, where work must be left in order.
#pragma once

#include <signal.h>

#include <atomic>
#include <functional>
#include <thread>

namespace scim::cli {

/// While it lives, the first of these signals is kept until somebody asks, and the next ends the program at once, whatever it waits
/// for. Threads have to be made after it.
class Interruption {
 public:
  Interruption() : Interruption(nullptr) {}
  /// The first signal ends the program, but for `last_words`, which are called in another thread.
  explicit Interruption(std::function<void()> last_words);
  ~Interruption();
  Interruption(const Interruption&) = delete;
  Interruption& operator=(const Interruption&) = delete;

  /// Whether one has come.
  bool has_come() const { return has_come_; }

 private:
  void watch();

  const std::function<void()> last_words_;
  std::atomic<bool> has_come_ = false;
  sigset_t signals_{};
  sigset_t before_{};
  std::thread watcher_;
};

}  // namespace scim::cli
