// SPDX-License-Identifier: MIT
// The epoll loop.
#include "fcgi/server.h"

#include <sys/epoll.h>

#include <cerrno>
#include <system_error>
#include <thread>

namespace scim::fcgi {
namespace {

constexpr std::uint64_t kStop = 0;
constexpr std::uint64_t kListen = 1;
constexpr std::uint64_t kFirstTicket = 2;
constexpr int kMostAccepted = 16;  // before others get their turn

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

Server::Server(Listener listener, Fd stop, std::vector<Responder> responders, Env& env)
    : listener_(std::move(listener)),
      stop_(std::move(stop)),
      epoll_(::epoll_create1(EPOLL_CLOEXEC)),
      responders_(std::move(responders)),
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

std::optional<Server::Ticket> Server::next_event(Wait wait) {
  epoll_event event{};
  while (true) {
    const int count = ::epoll_wait(epoll_.get(), &event, 1, wait == Wait::forever ? -1 : 0);
    if (count == 1) return Ticket{event.data.u64};
    if (count == 0 || errno != EINTR) return std::nullopt;
  }
}

void Server::work(const Responder& responder) {
  while (const auto ticket = next_event(Wait::forever)) {
    if (*ticket == kStop) return;
    if (*ticket == kListen) {
      accept_some();
    } else if (auto idle = serve(*ticket, responder)) {
      park(std::move(*idle));
    }
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
    park({std::make_unique<FcgiConnection>(std::move(accepted.fd)), State::waiting});
  }
  watch(epoll_.get(), listener_.fd.get(), kListen, EPOLLONESHOT);
}

std::optional<Server::Idle> Server::serve(Ticket ticket, const Responder& responder) {
  std::optional<Idle> idle = take(ticket);
  if (!idle) return std::nullopt;
  idle = serve_taken(*std::move(idle), responder);
  const std::lock_guard lock(mutex_);
  --busy_;
  return idle;
}

std::optional<Server::Idle> Server::serve_taken(Idle idle, const Responder& responder) {
  FcgiConnection& connection = *idle.connection;
  if (idle.state == State::lingering) return connection.discard() ? std::optional(std::move(idle)) : std::nullopt;
  if (!connection.receive()) return std::nullopt;
  responder(connection);
  switch (connection.finish()) {
    case FcgiConnection::Next::keep:
      return idle;
    case FcgiConnection::Next::linger:
      idle.state = State::lingering;
      return idle;
    case FcgiConnection::Next::close:
      break;
  }
  return std::nullopt;
}

void Server::park(Idle idle) {
  const std::lock_guard lock(mutex_);
  if (idle_.size() >= kMostIdle) idle_.erase(idle_.begin());
  const int fd = idle.connection->fd();
  const Ticket ticket = last_ticket_++;
  idle_.emplace(ticket, std::move(idle));
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

std::optional<Server::Idle> Server::take(Ticket ticket) {
  const std::lock_guard lock(mutex_);
  auto node = idle_.extract(ticket);
  if (node.empty()) return std::nullopt;
  ++busy_;
  return std::move(node.mapped());
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
    park({std::make_unique<FcgiConnection>(std::move(accepted.fd)), State::waiting});
  }
  // One answer each, or a busy web server would never let go.
  while (const auto ticket = next_event(Wait::not_at_all)) serve(*ticket, responder);
  const std::lock_guard lock(mutex_);
  idle_.clear();
}

}  // namespace scim::fcgi
