// SPDX-License-Identifier: MIT
// The epoll loop.
#include "fcgi/server.h"

#include <poll.h>
#include <sys/epoll.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>
#include <thread>
#include <utility>

namespace scim::fcgi {
namespace {

constexpr std::uint64_t kStop = 0;
constexpr std::uint64_t kListen = 1;
constexpr std::uint64_t kFirstTicket = 2;
constexpr std::uint64_t kNoTicket = 0;
constexpr int kMostAccepted = 16;  // before others get their turn
constexpr int kMostEvents = Crew::kCrowd;  // of one wait

constexpr std::chrono::milliseconds kLook{200};  // how often it is seen whether somebody takes too long
constexpr int kQuietLooks = 5;                   // without anybody who could: then nobody looks
constexpr std::chrono::seconds kLastArrivals{1};
constexpr int kMomentMs = 20;

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
  const std::jthread timekeeper([this](const std::stop_token& stop) { keep_time(stop); });
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
  return {idle_.size() + busy_.size(), busy_.size()};
}

std::vector<Fd> Server::take_idle() {
  std::vector<Fd> connections;
  const std::lock_guard lock(mutex_);
  for (auto& [ticket, idle] : idle_) {
    if (idle.state != State::lingering) connections.push_back(idle.fcgi->release());
  }
  idle_.clear();
  return connections;
}

int Server::milliseconds(Wait wait) {
  switch (wait) {
    case Wait::forever: return -1;
    case Wait::a_moment: return kMomentMs;
    case Wait::not_at_all: break;
  }
  return 0;
}

std::size_t Server::collect(Wait wait) {
  std::array<epoll_event, kMostEvents> events;
  int count = 0;
  do {
    count = ::epoll_wait(epoll_.get(), events.data(), kMostEvents, milliseconds(wait));
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
  Connection* connection = take(ticket);
  if (connection == nullptr) return;
  const bool stays = stays_open(*connection, responder);
  Held held;  // closed without the lock
  const std::lock_guard lock(mutex_);
  held = busy_.extract(ticket);
  if (!stays) return;
  if (held.mapped().state == State::arriving) return wait_for_more(std::move(held));
  if (then == Then::go_on) return park(std::move(held));
  // One that was watched for each arrival would go on to tell of them, and the end would never come.
  ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, held.mapped().fcgi->fd(), nullptr);
  keep(std::move(held));
}

bool Server::stays_open(Connection& connection, const Responder& responder) {
  if (connection.state == State::lingering) return connection.fcgi->discard();
  const RequestHead head = connection.fcgi->peek(connection.limits->header_bytes);
  switch (head.state) {
    case RequestHead::State::absent: return true;
    case RequestHead::State::incomplete: connection.state = State::arriving; return true;
    case RequestHead::State::complete: return answer(connection, responder);
    case RequestHead::State::too_large: return refuse(head, connection);
    case RequestHead::State::malformed:
    case RequestHead::State::gone: return false;
  }
  return false;
}

bool Server::answer(Connection& connection, const Responder& responder) {
  FcgiConnection& fcgi = *connection.fcgi;
  connection.state = State::waiting;
  if (!fcgi.receive(connection.by, connection.limits->time)) return false;
  responder(fcgi);
  switch (fcgi.finish()) {
    case FcgiConnection::Next::keep:
      return true;
    case FcgiConnection::Next::linger:
      linger(connection);
      return true;
    case FcgiConnection::Next::close:
      break;
  }
  return false;
}

bool Server::refuse(const RequestHead& head, Connection& connection) {
  const RequestLimits& limits = *connection.limits;
  env_.note(Incident::head_too_large);
  env_.log(LogLevel::info, "a request is answered 431: its parameters have more bytes than limits.header_bytes, " + std::to_string(limits.header_bytes));
  linger(connection);
  return connection.fcgi->refuse(head, limits.refusal);
}

void Server::linger(Connection& connection) {
  connection.state = State::lingering;
  connection.by = Clock::now() + connection.limits->time;
}

void Server::park_new(Fd connection) {
  ConnectionMap fresh;
  fresh[kNoTicket].fcgi = std::make_unique<FcgiConnection>(std::move(connection));
  const std::lock_guard lock(mutex_);
  park(fresh.extract(kNoTicket));
}

Server::Ticket Server::keep(Held held) {
  if (idle_.size() >= kMostIdle) close_quiet(idle_.size() - kMostIdle + 1);
  const Ticket ticket = last_ticket_++;
  held.key() = ticket;
  idle_.insert(idle_.end(), std::move(held));
  return ticket;
}

void Server::park(Held held) {
  const int fd = held.mapped().fcgi->fd();
  held.mapped().watched = Connection::Watched::next_request;
  const Ticket ticket = keep(std::move(held));
  if (!watch(epoll_.get(), fd, ticket, EPOLLONESHOT | EPOLLRDHUP)) idle_.erase(ticket);
  warn_if_many();
}

void Server::warn_if_many() {
  const std::size_t open = idle_.size() + busy_.size();
  if (warned_ == Warned::once || open <= responders_.size()) return;
  warned_ = Warned::once;
  env_.log(LogLevel::warning,
           std::to_string(open) + " connections are open at once and " + std::to_string(responders_.size()) +
               " threads serve them: of more requests than that the others wait. If they wait too long set --threads to what "
               "the web server keeps (nginx: keepalive of the upstream, for each of its processes)");
}

void Server::wait_for_more(Held held) {
  const Ticket ticket = held.key();
  const auto meanwhile = std::exchange(held.mapped().meanwhile, Connection::Meanwhile::nothing);
  const int fd = held.mapped().fcgi->fd();
  const bool is_watched = std::exchange(held.mapped().watched, Connection::Watched::each_arrival) == Connection::Watched::each_arrival;
  idle_.insert(std::move(held));
  // To begin to watch tells of what is there already, so that nothing is missed; to do so each time would never end.
  if (!is_watched && !watch(epoll_.get(), fd, ticket, EPOLLET | EPOLLRDHUP)) idle_.erase(ticket);
  else if (is_watched && meanwhile == Connection::Meanwhile::something) happened_.push_back(ticket);
}

Server::Connection* Server::take(Ticket ticket) {
  const std::lock_guard lock(mutex_);
  Held held = idle_.extract(ticket);
  if (held.empty()) {
    if (const auto taken = busy_.find(ticket); taken != busy_.end()) taken->second.meanwhile = Connection::Meanwhile::something;
    return nullptr;
  }
  if (held.mapped().state == State::waiting) {
    held.mapped().limits = limits_;
    held.mapped().by = Clock::now() + limits_->time;
  }
  if (std::exchange(timekeeper_, Timekeeper::awake) == Timekeeper::dozing) begun_.notify_one();
  return &busy_.insert(std::move(held)).position->second;
}

void Server::set_limits(RequestLimits limits) {
  auto shared = std::make_shared<const RequestLimits>(std::move(limits));
  const std::lock_guard lock(mutex_);
  limits_ = std::move(shared);
}

bool Server::has_arriving() const {
  const std::lock_guard lock(mutex_);
  return std::any_of(idle_.begin(), idle_.end(), [](const auto& each) { return each.second.state == State::arriving; });
}

std::size_t Server::give_up_overdue() {
  const Clock::time_point now = Clock::now();
  for (auto& [ticket, connection] : busy_) {
    if (connection.fcgi->is_overdue(now)) connection.fcgi->cut();
  }
  return std::erase_if(idle_, [&](const auto& each) { return each.second.state != State::waiting && each.second.by < now; });
}

void Server::keep_time(const std::stop_token& stop) {
  int quiet_looks = 0;
  std::unique_lock lock(mutex_);
  while (!stop.stop_requested()) {
    begun_.wait_for(lock, stop, kLook, [] { return false; });
    if (const std::size_t closed = give_up_overdue(); closed > 0) {
      lock.unlock();
      env_.log(LogLevel::info, "closed " + std::to_string(closed) + " connections: what they were sending has not come within limits.request_s");
      lock.lock();
    }
    const bool is_quiet = busy_.empty() && std::all_of(idle_.begin(), idle_.end(), [](const auto& each) { return each.second.state == State::waiting; });
    quiet_looks = is_quiet ? quiet_looks + 1 : 0;
    if (quiet_looks < kQuietLooks) continue;
    timekeeper_ = Timekeeper::dozing;
    begun_.wait(lock, stop, [&] { return timekeeper_ == Timekeeper::awake; });
    quiet_looks = 0;
  }
}

void Server::close_longest_idle() {
  const std::lock_guard lock(mutex_);
  if (close_quiet(1) == 0 && !idle_.empty()) idle_.erase(idle_.begin());
}

std::size_t Server::close_quiet(std::size_t most) {
  std::vector<pollfd> looks;
  looks.reserve(idle_.size());
  for (const auto& [ticket, connection] : idle_) looks.push_back({connection.fcgi->fd(), POLLIN, 0});
  if (::poll(looks.data(), looks.size(), 0) < 0) return 0;
  auto look = looks.begin();
  std::size_t closed = 0;
  return std::erase_if(idle_, [&](const auto& each) {
    const bool has_sent = (look++)->revents != 0;
    return each.second.state == State::waiting && !has_sent && closed++ < most;
  });
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
  // One answer each, or a busy web server would never let go. What has begun to arrive is with us in a moment, unless it never is.
  const Clock::time_point end = Clock::now() + kLastArrivals;
  do {
    while (const auto ticket = pop()) serve(*ticket, responder, Then::end);
  } while (more_comes(end));
}

bool Server::more_comes(Clock::time_point end) {
  if (collect(Wait::not_at_all) > 0) return true;
  if (!has_arriving() || Clock::now() >= end) return false;
  collect(Wait::a_moment);
  return true;
}

}  // namespace scim::fcgi
