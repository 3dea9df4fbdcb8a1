// SPDX-License-Identifier: MIT
// Listening sockets: Unix, TCP, inherited.
#include "fcgi/socket.h"

#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <memory>
#include <system_error>

#include "core/text.h"

namespace scim::fcgi {
namespace {

constexpr int kBacklog = SOMAXCONN;
constexpr mode_t kOnlyOwnerAndGroup = 0117;  // as umask: the socket gets mode 0660
constexpr int kFirstSystemdFd = 3;           // sd_listen_fds(3)
constexpr std::string_view kOneListener = "systemd must pass exactly one listening stream socket";
constexpr int kSpawnedFd = 0;                // FCGI_LISTENSOCK_FILENO

std::string reason(int error) { return std::generic_category().message(error); }

tl::unexpected<Error> cannot_listen(std::string_view address, const std::string& why) {
  return fail(ErrorKind::unavailable, "cannot listen on " + quote(address) + ": " + why);
}

/// What bind() will meet at `path`.
enum class Occupant { nobody, stale_socket, live_socket, other_file };

Occupant occupant(const std::string& path, const sockaddr_un& address) {
  struct stat status {};
  if (::lstat(path.c_str(), &status) != 0) return Occupant::nobody;
  if (!S_ISSOCK(status.st_mode)) return Occupant::other_file;
  const Fd probe(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  const int rc = ::connect(probe.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address);
  return rc != 0 && errno == ECONNREFUSED ? Occupant::stale_socket : Occupant::live_socket;
}

/// What every connection gets.
void hurry(int fd) {
  const int on = 1;
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);  // refused by a Unix socket, which needs none
}

/// Connections to come can hold the largest head (limits.header_bytes) before anybody reads it. On a Unix socket the sender's buffer
/// counts, which can by itself.
void make_room(int fd) {
  const int size = 256 << 10;
  ::setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
}

Result<Listener> listen_unix(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.empty() || path.size() >= sizeof address.sun_path) {
    return cannot_listen(path, "the path must have 1 to " + std::to_string(sizeof address.sun_path - 1) + " bytes");
  }
  std::copy(path.begin(), path.end(), address.sun_path);
  switch (occupant(path, address)) {
    case Occupant::nobody:
      break;
    case Occupant::stale_socket:
      ::unlink(path.c_str());
      break;
    case Occupant::live_socket:
      return cannot_listen(path, "another program is listening there");
    case Occupant::other_file:
      return cannot_listen(path, "there is a file which is not a socket");
  }
  Fd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd) return cannot_listen(path, reason(errno));
  const mode_t before = ::umask(kOnlyOwnerAndGroup);
  const int rc = ::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address);
  const int error = errno;
  ::umask(before);
  if (rc != 0) return cannot_listen(path, reason(error));
  SocketFile file(path);
  if (::listen(fd.get(), kBacklog) != 0) return cannot_listen(path, reason(errno));
  return Listener{std::move(fd), std::move(file), Listener::Backlog::ours, "unix:" + path};
}

Result<Listener> listen_tcp(std::string_view address) {
  const std::size_t colon = address.rfind(':');
  if (colon == std::string_view::npos || colon == 0 || colon + 1 == address.size()) {
    return fail(ErrorKind::invalid_value, "an address is unix:/path or host:port, not " + quote(address));
  }
  std::string host(address.substr(0, colon));
  const std::string port(address.substr(colon + 1));
  if (host.front() == '[' && host.back() == ']') host = host.substr(1, host.size() - 2);

  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE;
  addrinfo* list = nullptr;
  if (const int rc = ::getaddrinfo(host.c_str(), port.c_str(), &hints, &list); rc != 0) {
    return cannot_listen(address, ::gai_strerror(rc));
  }
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner(list, &::freeaddrinfo);
  Fd fd(::socket(list->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd) return cannot_listen(address, reason(errno));
  const int on = 1;
  ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  make_room(fd.get());
  if (::bind(fd.get(), list->ai_addr, list->ai_addrlen) != 0 || ::listen(fd.get(), kBacklog) != 0) {
    return cannot_listen(address, reason(errno));
  }
  return Listener{std::move(fd), std::nullopt, Listener::Backlog::ours, std::string(address)};
}

bool is_listening(int fd) {
  int listening = 0;
  socklen_t size = sizeof listening;
  return ::getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listening, &size) == 0 && listening != 0;
}

int number(std::string_view text) {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size() ? value : 0;
}

bool is_connected(int fd) {
  sockaddr_storage peer{};
  socklen_t size = sizeof peer;
  return ::getpeername(fd, reinterpret_cast<sockaddr*>(&peer), &size) == 0;
}

Listener adopt(int fd, std::string name) {
  ::fcntl(fd, F_SETFL, ::fcntl(fd, F_GETFL) | O_NONBLOCK);
  ::fcntl(fd, F_SETFD, FD_CLOEXEC);
  make_room(fd);
  return Listener{Fd(fd), std::nullopt, Listener::Backlog::shared, std::move(name)};
}

/// The one that listens, and connections of the process before. One whose peer has gone meanwhile is closed.
Result<Sockets> from_systemd(int count) {
  std::optional<Listener> listener;
  std::vector<Fd> connections;
  for (int fd = kFirstSystemdFd; fd < kFirstSystemdFd + count; ++fd) {
    if (is_listening(fd)) {
      if (listener) return fail(ErrorKind::invalid_value, std::string(kOneListener));
      listener = adopt(fd, "the socket from systemd");
      continue;
    }
    Fd connection(fd);
    if (!is_connected(fd)) continue;
    ::fcntl(fd, F_SETFD, FD_CLOEXEC);
    hurry(fd);
    connections.push_back(std::move(connection));
  }
  if (!listener) return fail(ErrorKind::invalid_value, std::string(kOneListener));
  return Sockets{*std::move(listener), std::move(connections), Sockets::Leaves::connections};
}

}  // namespace

Fd& Fd::operator=(Fd&& other) noexcept {
  if (this == &other) return *this;
  reset();
  fd_ = other.release();
  return *this;
}

void Fd::reset() {
  if (fd_ >= 0) ::close(release());
}

SocketFile& SocketFile::operator=(SocketFile&& other) noexcept {
  if (this == &other) return *this;
  remove();
  path_ = std::exchange(other.path_, {});
  return *this;
}

void SocketFile::remove() {
  if (!path_.empty()) ::unlink(path_.c_str());
  path_.clear();
}

Result<Listener> open_listener(std::string_view address) {
  constexpr std::string_view kUnix = "unix:";
  if (address.starts_with(kUnix)) return listen_unix(std::string(address.substr(kUnix.size())));
  return listen_tcp(address);
}

Result<std::optional<Sockets>> inherited_sockets(const CgiVariables& environment) {
  const int count = number(environment.get("LISTEN_PID")) == ::getpid() ? number(environment.get("LISTEN_FDS")) : 0;
  if (count > 0) {
    SCIM_ASSIGN(Sockets sockets, from_systemd(count));
    return sockets;
  }
  if (!is_listening(kSpawnedFd)) return std::nullopt;
  return Sockets{adopt(kSpawnedFd, "the socket on descriptor 0")};
}

Accepted accept_connection(int listen_fd) {
  Fd fd(::accept4(listen_fd, nullptr, nullptr, SOCK_CLOEXEC));
  if (!fd) {
    const bool nobody = errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR || errno == ECONNABORTED;
    return {Fd(), nobody ? 0 : errno};
  }
  hurry(fd.get());
  return {std::move(fd), 0};
}

}  // namespace scim::fcgi
