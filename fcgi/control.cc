// SPDX-License-Identifier: MIT
#include "fcgi/control.h"

#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <string>
#include <utility>

namespace scim::fcgi {
namespace {

/// Errors of several lines are one line of the log.
std::string on_one_line(std::string text) {
  std::replace(text.begin(), text.end(), '\n', ' ');
  return text;
}

}  // namespace

Fd block_signals(std::initializer_list<int> numbers) {
  sigset_t set;
  sigemptyset(&set);
  for (const int number : numbers) sigaddset(&set, number);
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  return Fd(::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
}

Control::Control(Signals signals, Generations& generations, Load load, std::function<void()> on_stop, Notifier& notifier, Env& env)
    : signals_(std::move(signals)),
      generations_(generations),
      load_(std::move(load)),
      on_stop_(std::move(on_stop)),
      notifier_(notifier),
      env_(env),
      end_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
      watcher_([this] { watch_for_stop(); }),
      thread_([this] { work(); }) {}

Control::~Control() {
  ::eventfd_write(end_.get(), 1);
  watcher_.join();
  thread_.join();
}

/// At once, also while a reload has begun.
void Control::watch_for_stop() {
  std::array<pollfd, 2> wanted = {pollfd{end_.get(), POLLIN, 0}, pollfd{signals_.stop, POLLIN, 0}};
  while (wanted[0].revents == 0 && wanted[1].revents == 0) {
    if (::poll(wanted.data(), wanted.size(), -1) < 0) continue;
  }
  if (wanted[1].revents == 0) return;
  is_stopping_ = true;
  on_stop_();
  notifier_.stopping();
}

void Control::work() {
  enum : std::size_t { kEnd, kStop, kReload, kUnused };
  std::array<pollfd, 4> wanted = {pollfd{end_.get(), POLLIN, 0}, pollfd{signals_.stop, POLLIN, 0},
                                  pollfd{signals_.reload.get(), POLLIN, 0}, pollfd{generations_.unused_fd(), POLLIN, 0}};
  while (true) {
    if (::poll(wanted.data(), wanted.size(), -1) < 0) continue;
    if (wanted[kStop].revents != 0) {
      // It stays readable: one look is enough, and nothing is reloaded from now on.
      wanted[kStop].fd = -1;
      wanted[kReload].fd = -1;
      continue;
    }
    if (wanted[kEnd].revents != 0) return;
    if (wanted[kReload].revents != 0) reload();
    if (wanted[kUnused].revents != 0) generations_.end_unused();
  }
}

void Control::reload() {
  // Signals that come from here on are another reload: they may be about what is read before them.
  signalfd_siginfo signal{};
  while (::read(signals_.reload.get(), &signal, sizeof signal) > 0) {
  }
  notifier_.reloading();
  auto next = load_();
  if (next) {
    generations_.replace(*std::move(next));
    env_.log(LogLevel::info, "SIGHUP: serves the configuration as it is now");
  } else {
    env_.log(LogLevel::error, "SIGHUP: serves on as before, for the configuration as it is now cannot be served: " + on_one_line(next.error().detail));
    const auto reopened = generations_.reopen_journal();
    if (!reopened) env_.log(LogLevel::error, "SIGHUP: " + on_one_line(reopened.error().detail));
  }
  if (!is_stopping_) notifier_.ready();
}

}  // namespace scim::fcgi
