// SPDX-License-Identifier: MIT
// The epoll loop.
#include "fcgi/server.h"

#include <sys/epoll.h>

#include <array>
#include <cerrno>
#include <system_error>
#include <thread>

namespace scim::fcgi {
namespace {

constexpr std::uint64_t kStop = 0;
constexpr std::uint64_t kListen = 1;
constexpr std::uint64_t kFirstTicket = 2;
constexpr std::uint64_t kNoTicket = 0;
constexpr int kMostAccepted = 16;  // before others get their turn
constexpr int kMostEvents = Crew::kCrowd;  // of one wait

std::string reason(int error) { return std::generic_category().message(error); }

/// Waits for `fd` to become readable, once if `flags` has EPOLLONESHOT.
bool watch(int epoll, int fd, std::uint64_t ticket, std::uint32_t flags) {
  epoll_event event{};
  event.events = EPOLLIN | flags;
  event.data.u64 = ticket;
  if (::epoll_ctl(epoll, EPOLL_CTL_MOD, fd, &event) == 0) return true;
  return errno == ENOENT && ::epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) == 0;
}

}  // namespace

Server::Server(Listener listener, const Fd& stop, std::vector<Responder> responders, Crew& crew, Env& env)
    : listener_(std::move(listener)),
      stop_(stop),
      epoll_(::epoll_create1(EPOLL_CLOEXEC)),
      responders_(std::move(responders)),
      crew_(crew),
      env_(env),
      last_ticket_(kFirstTicket) {}

Result<void> Server::watch_both() {
  // `stop_` stays readable, so that every thread sees it.
  if (watch(epoll_.get(), stop_.get(), kStop, 0) && watch(epoll_.get(), listener_.fd.get(), kListen, EPOLLONESHOT)) return {};
  return fail(ErrorKind::internal, "epoll: " + reason(errno));
}

Result<void> Server::run() {
  SCIM_TRY(watch_both());
  {
    std::vector<std::jthread> threads;
    threads.reserve(responders_.size());
    for (const Responder& responder : responders_) threads.emplace_back([&] { work(responder); });
  }
  finish_arrived(responders_.front());
  return {};
}

void Server::adopt(std::vector<Fd> connections) {
  for (Fd& connection : connections) park_new(std::move(connection));
}

Server::Connections Server::connections() const {
  const std::lock_guard lock(mutex_);
  return {idle_.size() + busy_, busy_};
}

std::vector<Fd> Server::take_idle() {
  std::vector<Fd> connections;
  const std::lock_guard lock(mutex_);
  for (auto& [ticket, idle] : idle_) {
    if (idle.state == State::waiting) connections.push_back(idle.connection->release());
  }
  idle_.clear();
  return connections;
}

std::size_t Server::collect(Wait wait) {
  std::array<epoll_event, kMostEvents> events;
  int count = 0;
  do {
    count = ::epoll_wait(epoll_.get(), events.data(), kMostEvents, wait == Wait::forever ? -1 : 0);
  } while (count < 0 && errno == EINTR);
  if (count <= 0) return 0;
  const std::lock_guard lock(mutex_);
  for (int i = 0; i < count; ++i) {
    const std::uint64_t ticket = events[static_cast<std::size_t>(i)].data.u64;  // a copy: epoll_event is packed, and not aligned
    happened_.push_back(ticket);
  }
  return static_cast<std::size_t>(count);
}

bool Server::has_happened() const {
  const std::lock_guard lock(mutex_);
  return !happened_.empty();
}

std::optional<Server::Ticket> Server::pop() {
  const std::lock_guard lock(mutex_);
  if (happened_.empty()) return std::nullopt;
  const Ticket ticket = happened_.front();
  happened_.pop_front();
  return ticket;
}

std::optional<Server::Ticket> Server::next_event() {
  while (true) {
    if (const auto ticket = pop()) return ticket;
    if (crew_.watch() == Crew::Post::taken) {
      // Who watched before may have collected more than it serves since this thread has looked.
      crew_.found(has_happened() ? 1 : collect(Wait::forever));
    } else if (crew_.rest() == Crew::Call::leave) {
      return std::nullopt;
    }
  }
}

void Server::work(const Responder& responder) {
  while (const auto ticket = next_event()) {
    if (*ticket == kStop) return crew_.end();
    if (*ticket == kListen) accept_some();
    else serve(*ticket, responder, Then::go_on);
  }
}

void Server::accept_some() {
  for (int i = 0; i < kMostAccepted; ++i) {
    Accepted accepted = accept_connection(listener_.fd.get());
    if (accepted.error != 0) {
      // Out of descriptors, most likely. Not in a hurry: the next accept has to find one.
      env_.log(LogLevel::warning, "cannot accept a connection: " + reason(accepted.error));
      close_longest_idle();
      break;
    }
    if (!accepted.fd) break;
    park_new(std::move(accepted.fd));
  }
  watch(epoll_.get(), listener_.fd.get(), kListen, EPOLLONESHOT);
}

void Server::serve(Ticket ticket, const Responder& responder, Then then) {
  Held held = take(ticket);
  if (held.empty()) return;
  const bool stays = stays_open(held.mapped(), responder);
  if (!stays) held = {};  // closed without the lock
  const std::lock_guard lock(mutex_);
  --busy_;
  if (!stays) return;
  if (then == Then::go_on) park(std::move(held));
  else keep(std::move(held));
}

bool Server::stays_open(Idle& idle, const Responder& responder) {
  FcgiConnection& connection = *idle.connection;
  if (idle.state == State::lingering) return connection.discard();
  if (!connection.receive()) return false;
  responder(connection);
  switch (connection.finish()) {
    case FcgiConnection::Next::keep:
      return true;
    case FcgiConnection::Next::linger:
      idle.state = State::lingering;
      return true;
    case FcgiConnection::Next::close:
      break;
  }
  return false;
}

void Server::park_new(Fd connection) {
  std::map<Ticket, Idle> fresh;
  fresh[kNoTicket].connection = std::make_unique<FcgiConnection>(std::move(connection));
  const std::lock_guard lock(mutex_);
  park(fresh.extract(kNoTicket));
}

Server::Ticket Server::keep(Held held) {
  if (idle_.size() >= kMostIdle) idle_.erase(idle_.begin());
  const Ticket ticket = last_ticket_++;
  held.key() = ticket;
  idle_.insert(idle_.end(), std::move(held));
  return ticket;
}

void Server::park(Held held) {
  const int fd = held.mapped().connection->fd();
  const Ticket ticket = keep(std::move(held));
  if (!watch(epoll_.get(), fd, ticket, EPOLLONESHOT | EPOLLRDHUP)) idle_.erase(ticket);
  warn_if_many();
}

void Server::warn_if_many() {
  const std::size_t open = idle_.size() + busy_;
  if (warned_ == Warned::once || open <= responders_.size()) return;
  warned_ = Warned::once;
  env_.log(LogLevel::warning,
           std::to_string(open) + " connections are open at once and " + std::to_string(responders_.size()) +
               " threads serve them: of more requests than that the others wait. If they wait too long set --threads to what "
               "the web server keeps (nginx: keepalive of the upstream, for each of its processes)");
}

Server::Held Server::take(Ticket ticket) {
  const std::lock_guard lock(mutex_);
  Held held = idle_.extract(ticket);
  if (!held.empty()) ++busy_;
  return held;
}

void Server::close_longest_idle() {
  const std::lock_guard lock(mutex_);
  if (!idle_.empty()) idle_.erase(idle_.begin());
}

void Server::finish_arrived(const Responder& responder) {
  if (listener_.file) listener_.file->remove();
  ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, stop_.get(), nullptr);
  ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, listener_.fd.get(), nullptr);
  // What has connected to our own socket would be reset; a shared socket outlives this process.
  while (listener_.backlog == Listener::Backlog::ours) {
    Accepted accepted = accept_connection(listener_.fd.get());
    if (!accepted.fd) break;
    park_new(std::move(accepted.fd));
  }
  // One answer each, or a busy web server would never let go.
  do {
    while (const auto ticket = pop()) serve(*ticket, responder, Then::end);
  } while (collect(Wait::not_at_all) > 0);
}

}  // namespace scim::fcgi
