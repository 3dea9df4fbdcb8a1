// SPDX-License-Identifier: MIT
// Any number of connections, few threads: idle connections and the listening socket wait in one epoll, and a thread
// holds a connection for one request only. So kept connections are fast, and starve nobody. How many of the threads work
// is for the Crew to say.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "core/env.h"
#include "fcgi/crew.h"
#include "fcgi/fcgi_request.h"
#include "fcgi/socket.h"

namespace scim::fcgi {

/// Answers one request. Each is called by one thread at a time.
using Responder = std::function<void(Exchange&)>;

class Server {
 public:
  /// Serves until `stop` becomes readable (a signalfd). `crew`, which is this server's alone, and `env` outlive it.
  Server(Listener listener, const Fd& stop, std::vector<Responder> responders, Crew& crew, Env& env);

  /// Connections that another process has left. Before run().
  void adopt(std::vector<Fd> connections);

  /// One thread for each responder. After `stop`: nothing more is accepted, and requests that have arrived are answered.
  Result<void> run();

  /// At this moment.
  struct Connections {
    std::size_t open = 0;
    std::size_t busy = 0;  ///< have a thread
  };
  Connections connections() const;
  std::size_t threads() const { return responders_.size(); }

  /// After run(): the connections on which web servers may send another request. What is not taken is closed with this.
  std::vector<Fd> take_idle();

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
  /// What has been taken from idle_, with its place there.
  using Held = std::map<Ticket, Idle>::node_type;
  enum class Wait { forever, not_at_all };

  Result<void> watch_both();
  /// Waits for what happens and notes it; how much that was. What has happened already, without waiting: one at most.
  std::size_t collect(Wait wait);
  /// The next thing to do; nullopt: leave.
  std::optional<Ticket> next_event();
  std::optional<Ticket> pop();
  bool has_happened() const;
  void work(const Responder& responder);
  void accept_some();
  enum class Then { go_on, end };
  /// Parks the connection if it stays open; with Then::end nobody waits for another request on it.
  void serve(Ticket ticket, const Responder& responder, Then then);
  bool stays_open(Idle& idle, const Responder& responder);
  void park_new(Fd connection);
  /// With mutex_ locked.
  void park(Held held);
  /// Puts it among the idle ones. With mutex_ locked.
  Ticket keep(Held held);
  Held take(Ticket ticket);
  void close_longest_idle();
  /// With mutex_ locked. Once: that more connections are held than requests are served at a time.
  void warn_if_many();
  void finish_arrived(const Responder& responder);

  Listener listener_;
  const Fd& stop_;
  Fd epoll_;
  std::vector<Responder> responders_;
  Crew& crew_;
  Env& env_;
  mutable std::mutex mutex_;  ///< guards what follows
  std::map<Ticket, Idle> idle_;
  std::deque<Ticket> happened_;  ///< what the epoll has said, and nobody has looked after yet
  Ticket last_ticket_;
  std::size_t busy_ = 0;  ///< connections that a thread has taken
  enum class Warned { not_yet, once } warned_ = Warned::not_yet;
};

}  // namespace scim::fcgi
