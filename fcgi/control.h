// SPDX-License-Identifier: MIT
// What is asked of the program by signals while it serves: another configuration, the end.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <thread>

#include "core/env.h"
#include "fcgi/generations.h"
#include "fcgi/notifier.h"
#include "fcgi/socket.h"

namespace scim::fcgi {

/// The signal arrives at the descriptor (signalfd(2)), and is blocked in the calling thread and those that it starts.
Fd block_signals(std::initializer_list<int> numbers);

/// Threads beside those that serve. Opening a database takes time that no request should wait for, nor who asks for the end.
class Control {
 public:
  /// The next generation, from the configuration as it is now.
  using Load = std::function<Result<std::unique_ptr<Generation>>()>;
  struct Signals {
    Fd reload;
    int stop = -1;  ///< is looked at only: the server stops by it
  };
  /// What is given outlives it. `on_stop` is called once, when the signal to stop has come.
  Control(Signals signals, Generations& generations, Load load, std::function<void()> on_stop, Notifier& notifier, Env& env);
  Control(const Control&) = delete;
  Control& operator=(const Control&) = delete;
  /// A reload that has begun is waited for.
  ~Control();

 private:
  void watch_for_stop();
  void work();
  void reload();

  const Signals signals_;
  Generations& generations_;
  const Load load_;
  const std::function<void()> on_stop_;
  Notifier& notifier_;
  Env& env_;
  const Fd end_;
  std::atomic<bool> is_stopping_ = false;
  std::thread watcher_;
  std::thread thread_;
};

}  // namespace scim::fcgi
