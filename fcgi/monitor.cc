// SPDX-License-Identifier: MIT
#include "fcgi/monitor.h"

#include <netinet/in.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstring>
#include <optional>
#include <utility>

#include "core/text.h"

namespace scim::fcgi {
namespace {

constexpr std::size_t kLongestHead = 16384;
constexpr std::chrono::seconds kPatience{1};  ///< for all of a request: others wait

bool is_loopback(const in_addr& address) {
  constexpr unsigned kLoopbackNet = 127, kNetBits = 24;
  return ntohl(address.s_addr) >> kNetBits == kLoopbackNet;
}

/// Whether nobody else than this machine can reach what listens there.
bool is_local(int fd) {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  if (::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) != 0) return false;
  switch (address.ss_family) {
    case AF_UNIX:
      return true;
    case AF_INET:
      return is_loopback(reinterpret_cast<const sockaddr_in&>(address).sin_addr);
    case AF_INET6:
      return IN6_IS_ADDR_LOOPBACK(&reinterpret_cast<const sockaddr_in6&>(address).sin6_addr);
    default:
      return false;
  }
}

/// To the empty line; nullopt: it does not come, or not in time.
std::optional<std::string> read_head(int fd) {
  using Clock = std::chrono::steady_clock;
  const auto deadline = Clock::now() + kPatience;
  std::string head;
  while (head.find("\r\n\r\n") == std::string::npos) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now()).count();
    pollfd wanted{fd, POLLIN, 0};
    if (left <= 0 || head.size() >= kLongestHead || ::poll(&wanted, 1, static_cast<int>(left)) <= 0) return std::nullopt;
    std::array<char, 4096> buffer;
    const ssize_t count = ::recv(fd, buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (count <= 0) return std::nullopt;
    head.append(buffer.data(), static_cast<std::size_t>(count));
  }
  return head;
}

std::string_view phrase(int status) {
  switch (status) {
    case 200: return "OK";
    case 404: return "Not Found";
    case 405: return "Method Not Allowed";
    case 503: return "Service Unavailable";
    default: return "Bad Request";
  }
}

struct RequestLine {
  std::string_view method, target, version;
};

RequestLine request_line(std::string_view head) {
  const std::string_view line = head.substr(0, head.find("\r\n"));
  const std::size_t first = std::min(line.find(' '), line.size());
  const std::size_t second = std::min(line.find(' ', first + 1), line.size());
  if (second == line.size()) return {};
  return {line.substr(0, first), line.substr(first + 1, second - first - 1), line.substr(second + 1)};
}

void send_all(int fd, std::string_view bytes) {
  const timeval patience{kPatience.count(), 0};
  ::setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  while (!bytes.empty()) {
    const ssize_t sent = ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
}

}  // namespace

Result<Listener> open_local_listener(std::string_view address) {
  SCIM_ASSIGN(Listener listener, open_listener(address));
  if (is_local(listener.fd.get())) return listener;
  return fail(ErrorKind::invalid_value, quote(address) + " can be reached from elsewhere: unix:PATH or a loopback address is wanted");
}

Monitor::Monitor(Listener listener, Pages pages)
    : listener_(std::move(listener)), pages_(std::move(pages)), end_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)), thread_([this] { work(); }) {}

Monitor::~Monitor() {
  ::eventfd_write(end_.get(), 1);
  thread_.join();
}

void Monitor::work() {
  std::array<pollfd, 2> wanted = {pollfd{end_.get(), POLLIN, 0}, pollfd{listener_.fd.get(), POLLIN, 0}};
  while (true) {
    if (::poll(wanted.data(), wanted.size(), -1) < 0) continue;
    if (wanted[0].revents != 0) return;
    const Accepted accepted = accept_connection(listener_.fd.get());
    if (accepted.fd) serve(accepted.fd);
    // Out of descriptors, most likely: not in a hurry.
    constexpr int kPauseMs = 100;
    if (accepted.error != 0) ::poll(wanted.data(), 1, kPauseMs);
  }
}

void Monitor::serve(const Fd& connection) const {
  const std::optional<std::string> head = read_head(connection.get());
  if (!head) return;
  const RequestLine line = request_line(*head);
  Page page{400, "this is not HTTP/1.1\n"};
  const bool is_http = line.version.starts_with("HTTP/1.");
  const bool reads = line.method == "GET" || line.method == "HEAD";
  if (is_http) page = reads ? pages_(line.target.substr(0, line.target.find('?'))) : Page{405, "GET or HEAD\n"};
  std::string answer = "HTTP/1.1 " + std::to_string(page.status) + " " + std::string(phrase(page.status)) + "\r\n";
  if (page.status == 405) answer += "Allow: GET, HEAD\r\n";
  answer += "Content-Type: text/plain; version=0.0.4; charset=utf-8\r\nCache-Control: no-store\r\nConnection: close\r\nContent-Length: " +
            std::to_string(page.body.size()) + "\r\n\r\n";
  if (line.method != "HEAD") answer += page.body;
  send_all(connection.get(), answer);
}

}  // namespace scim::fcgi
