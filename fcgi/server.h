// SPDX-License-Identifier: MIT
// Any number of connections, few threads: idle connections and the listening socket wait in one epoll, and a thread
// holds a connection for one request only, once the parameters of the request have arrived. So kept connections are fast, and
// neither they nor those who send slowly starve anybody. How many of the threads work
// is for the Crew to say.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "core/env.h"
#include "fcgi/crew.h"
#include "fcgi/fcgi_request.h"
#include "fcgi/socket.h"

namespace scim::fcgi {

/// Answers one request. Each is called by one thread at a time.
using Responder = std::function<void(Exchange&)>;

/// What is taken of a client.
struct RequestLimits {
  std::size_t header_bytes = 65'536;  ///< of the names and values of all parameters
  std::string refusal;  ///< what a request with more is answered with, a CGI document
  std::chrono::seconds time{30};  ///< for a request to arrive, and for its answer to be taken
};

class Server {
 public:
  /// Serves until `stop` becomes readable (a signalfd). `crew`, which is this server's alone, and `env` outlive it.
  Server(Listener listener, const Fd& stop, std::vector<Responder> responders, Crew& crew, Env& env);

  /// For requests that begin from now on.
  void set_limits(RequestLimits limits);

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

  /// Most idle connections that have sent nothing: the one that has been idle longest is closed for a new one. Web servers keep a few
  /// dozen.
  static constexpr std::size_t kMostIdle = 512;

 private:
  /// Names a connection from when it becomes idle until a thread takes it: events of one that was closed meanwhile
  /// find nothing. Also the order of becoming idle.
  using Ticket = std::uint64_t;
  enum class State {
    waiting,    ///< for a request
    arriving,   ///< parameters are missing
    lingering,  ///< it has been answered, and is still sending
  };
  using Clock = PeerWait::Clock;
  struct Connection {
    std::unique_ptr<FcgiConnection> fcgi;
    State state = State::waiting;
    std::shared_ptr<const RequestLimits> limits;  ///< of the request
    Clock::time_point by = {};  ///< of what has begun: when it must have ended
    enum class Watched { next_request, each_arrival } watched = Watched::next_request;
    /// Whether something has happened while a thread had it.
    enum class Meanwhile { nothing, something } meanwhile = Meanwhile::nothing;
  };
  using ConnectionMap = std::map<Ticket, Connection>;
  /// One that is in no map.
  using Held = ConnectionMap::node_type;
  enum class Wait { forever, a_moment, not_at_all };
  static int milliseconds(Wait wait);

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
  bool stays_open(Connection& connection, const Responder& responder);
  bool answer(Connection& connection, const Responder& responder);
  bool refuse(const RequestHead& head, Connection& connection);
  static void linger(Connection& connection);
  void park_new(Fd connection);
  /// Until the rest has arrived. With mutex_ locked.
  void wait_for_more(Held held);
  /// With mutex_ locked.
  void park(Held held);
  /// Puts it among the idle ones. With mutex_ locked.
  Ticket keep(Held held);
  /// From idle_ to busy_; nullptr: somebody else has it, or it is gone.
  Connection* take(Ticket ticket);
  void close_longest_idle();
  /// Those that have been idle longest, but none that has sent something: its peer would not know what became of that. How many were
  /// closed. With mutex_ locked.
  std::size_t close_quiet(std::size_t most);
  bool has_arriving() const;
  /// Of a thread of its own: who takes too long is given up.
  void keep_time(const std::stop_token& stop);
  /// With mutex_ locked. How many were closed that no thread had.
  std::size_t give_up_overdue();
  /// With mutex_ locked. Once: that more connections are held than requests are served at a time.
  void warn_if_many();
  void finish_arrived(const Responder& responder);
  /// Whether there is more to do before the end.
  bool more_comes(Clock::time_point end);

  Listener listener_;
  const Fd& stop_;
  Fd epoll_;
  std::vector<Responder> responders_;
  Crew& crew_;
  Env& env_;
  mutable std::mutex mutex_;  ///< guards what follows
  std::shared_ptr<const RequestLimits> limits_ = std::make_shared<const RequestLimits>();
  ConnectionMap idle_;
  ConnectionMap busy_;  ///< those that a thread has
  std::deque<Ticket> happened_;  ///< what the epoll has said, and nobody has looked after yet
  Ticket last_ticket_;
  std::condition_variable_any begun_;
  enum class Timekeeper { awake, dozing } timekeeper_ = Timekeeper::awake;
  enum class Warned { not_yet, once } warned_ = Warned::not_yet;
};

}  // namespace scim::fcgi
