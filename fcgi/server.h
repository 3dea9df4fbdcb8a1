// SPDX-License-Identifier: MIT
// Any number of connections, few threads: idle connections and the listening socket wait in one epoll, and a thread
// holds a connection for one request only. So kept connections are fast, and starve nobody.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "core/env.h"
#include "fcgi/fcgi_request.h"
#include "fcgi/socket.h"

namespace scim::fcgi {

/// Answers one request. Each is called by one thread at a time.
using Responder = std::function<void(Exchange&)>;

class Server {
 public:
  /// Serves until `stop` becomes readable (a signalfd). `env` outlives it.
  Server(Listener listener, Fd stop, std::vector<Responder> responders, Env& env);

  /// One thread for each responder. After `stop`: nothing more is accepted, requests that have arrived are answered,
  /// idle connections are closed.
  Result<void> run();

  /// Most idle connections: the one that has been idle longest is closed for a new one. Web servers keep a few dozen.
  static constexpr std::size_t kMostIdle = 512;

 private:
  /// Names a connection from when it becomes idle until a thread takes it: events of one that was closed meanwhile
  /// find nothing. Also the order of becoming idle.
  using Ticket = std::uint64_t;
  enum class State { waiting, lingering };
  struct Idle {
    std::unique_ptr<FcgiConnection> connection;
    State state = State::waiting;
  };
  enum class Wait { forever, not_at_all };

  Result<void> watch_both();
  std::optional<Ticket> next_event(Wait wait);
  void work(const Responder& responder);
  void accept_some();
  /// Gives back the connection if it stays open.
  std::optional<Idle> serve(Ticket ticket, const Responder& responder);
  std::optional<Idle> serve_taken(Idle idle, const Responder& responder);
  void park(Idle idle);
  std::optional<Idle> take(Ticket ticket);
  void close_longest_idle();
  /// With mutex_ locked. Once: that more connections are held than requests are served at a time.
  void warn_if_many();
  void finish_arrived(const Responder& responder);

  Listener listener_;
  Fd stop_;
  Fd epoll_;
  std::vector<Responder> responders_;
  Env& env_;
  std::mutex mutex_;  ///< guards what follows
  std::map<Ticket, Idle> idle_;
  Ticket last_ticket_;
  std::size_t busy_ = 0;  ///< connections that a thread has taken
  enum class Warned { not_yet, once } warned_ = Warned::not_yet;
};

}  // namespace scim::fcgi
