// SPDX-License-Identifier: MIT
#include "cli/interruption.h"

#include <unistd.h>

#include <utility>

namespace scim::cli {
namespace {

/// What the watcher is told that nobody needs it any more.
constexpr int kEnough = SIGURG;

[[noreturn]] void end_by(int signal) {
  sigset_t only;
  ::sigemptyset(&only);
  ::sigaddset(&only, signal);
  static_cast<void>(::signal(signal, SIG_DFL));
  ::pthread_sigmask(SIG_UNBLOCK, &only, nullptr);
  static_cast<void>(::raise(signal));
  ::_exit(128 + signal);  // as a shell says it; nobody comes here
}

/// As a shell has it for what runs in the background of a script: that stays so, though sigwait() would see it.
bool is_ignored(int signal) {
  struct sigaction current {};
  return ::sigaction(signal, nullptr, &current) == 0 && current.sa_handler == SIG_IGN;
}

}  // namespace

Interruption::Interruption(std::function<void()> last_words) : last_words_(std::move(last_words)) {
  ::sigemptyset(&signals_);
  ::sigaddset(&signals_, kEnough);
  for (const int signal : {SIGINT, SIGTERM}) {
    if (!is_ignored(signal)) ::sigaddset(&signals_, signal);
  }
  ::pthread_sigmask(SIG_BLOCK, &signals_, &before_);
  watcher_ = std::thread([this] { watch(); });
}

Interruption::~Interruption() {
  ::pthread_kill(watcher_.native_handle(), kEnough);
  watcher_.join();
  ::pthread_sigmask(SIG_SETMASK, &before_, nullptr);
}

void Interruption::watch() {
  int signal = 0;
  while (::sigwait(&signals_, &signal) == 0 && signal != kEnough) {
    const bool is_first = !has_come_.exchange(true);
    if (is_first && !last_words_) continue;
    if (is_first) last_words_();
    end_by(signal);
  }
}

}  // namespace scim::cli
