// SPDX-License-Identifier: MIT
// SIGINT and SIGTERM as something to ask for, where work must be left in order.
#pragma once

#include <signal.h>

namespace scim::cli {

/// While it lives, these signals wait until somebody asks; after the first one, the next ends the program at once.
class Interruption {
 public:
  Interruption() {
    ::sigemptyset(&signals_);
    ::sigaddset(&signals_, SIGINT);
    ::sigaddset(&signals_, SIGTERM);
    ::pthread_sigmask(SIG_BLOCK, &signals_, &before_);
  }
  ~Interruption() { restore(); }
  Interruption(const Interruption&) = delete;
  Interruption& operator=(const Interruption&) = delete;

  /// Whether one has come.
  bool has_come() {
    if (has_come_) return true;
    const timespec at_once{};
    has_come_ = ::sigtimedwait(&signals_, nullptr, &at_once) > 0;
    if (has_come_) restore();
    return has_come_;
  }

 private:
  void restore() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

  sigset_t signals_{};
  sigset_t before_{};
  bool has_come_ = false;
};

}  // namespace scim::cli
