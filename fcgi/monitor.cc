// SPDX-License-Identifier: MIT
#include "fcgi/monitor.h"

#include <netinet/in.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <utility>
#include <vector>

#include "core/text.h"

namespace scim::fcgi {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kLongestHead = 16384;
constexpr std::size_t kMostAtOnce = 64;
constexpr std::chrono::seconds kPatience{1};  ///< for all of a request and its answer

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

/// The path of "/page?x=1" and of "http://host/page", which servers must take too (RFC 9112 3.2.2).
std::string_view path_of(std::string_view target) {
  constexpr std::string_view kScheme = "http://";
  if (equal_ignoring_case(target.substr(0, kScheme.size()), kScheme)) {
    target.remove_prefix(kScheme.size());
    target.remove_prefix(std::min(target.find_first_of("/?"), target.size()));
  }
  const std::string_view path = target.substr(0, target.find('?'));
  return path.empty() ? "/" : path;
}

std::string answer_to(std::string_view head, const Pages& pages) {
  const RequestLine line = request_line(head);
  Page page{400, "this is not HTTP/1.1\n"};
  const bool is_http = line.version.starts_with("HTTP/1.");
  const bool reads = line.method == "GET" || line.method == "HEAD";
  if (is_http) page = reads ? pages(path_of(line.target)) : Page{405, "GET or HEAD\n"};
  std::string answer = "HTTP/1.1 " + std::to_string(page.status) + " " + std::string(phrase(page.status)) + "\r\n";
  if (page.status == 405) answer += "Allow: GET, HEAD\r\n";
  answer += "Content-Type: text/plain; version=0.0.4; charset=utf-8\r\nCache-Control: no-store\r\nConnection: close\r\nContent-Length: " +
            std::to_string(page.body.size()) + "\r\n\r\n";
  if (line.method != "HEAD") answer += page.body;
  return answer;
}

int milliseconds_until(Clock::time_point time) {
  return static_cast<int>(std::max<std::chrono::milliseconds::rep>(0, std::chrono::ceil<std::chrono::milliseconds>(time - Clock::now()).count()));
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

/// One request and its answer. It never waits.
class Monitor::Exchange {
 public:
  explicit Exchange(Fd connection) : connection_(std::move(connection)) {}

  int fd() const { return connection_.get(); }
  short awaited() const { return static_cast<short>(answer_.empty() ? POLLIN : POLLOUT); }
  bool is_overdue(Clock::time_point now) const { return now >= by_; }
  Clock::time_point by() const { return by_; }

  /// After something awaited has happened; false: it is over.
  bool go_on(const Pages& pages) {
    if (answer_.empty() && !receive()) return false;
    if (answer_.empty() && head_.find("\r\n\r\n") == std::string::npos) return head_.size() < kLongestHead;
    if (answer_.empty()) answer_ = answer_to(head_, pages);
    return send();
  }

 private:
  bool receive() {
    std::array<char, 4096> buffer;
    const ssize_t count = ::recv(fd(), buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (count <= 0) return count < 0 && is_passing(errno);
    head_.append(buffer.data(), static_cast<std::size_t>(count));
    return true;
  }
  /// false: there is nothing more to send.
  bool send() {
    const ssize_t count = ::send(fd(), answer_.data() + sent_, answer_.size() - sent_, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (count < 0) return is_passing(errno);
    sent_ += static_cast<std::size_t>(count);
    return sent_ < answer_.size();
  }
  static bool is_passing(int error) { return error == EAGAIN || error == EINTR; }

  const Fd connection_;
  Clock::time_point by_ = Clock::now() + kPatience;
  std::string head_;
  std::string answer_;
  std::size_t sent_ = 0;
};

void Monitor::work() {
  std::list<Exchange> exchanges;
  while (true) {
    std::vector<pollfd> wanted = {pollfd{end_.get(), POLLIN, 0}, pollfd{listener_.fd.get(), POLLIN, 0}};
    for (const Exchange& exchange : exchanges) wanted.push_back({exchange.fd(), exchange.awaited(), 0});
    if (::poll(wanted.data(), wanted.size(), exchanges.empty() ? -1 : milliseconds_until(exchanges.front().by())) < 0) continue;
    if (wanted[0].revents != 0) return;
    auto happened = wanted.begin() + 2;
    std::erase_if(exchanges, [&](Exchange& exchange) { return (happened++)->revents != 0 && !exchange.go_on(pages_); });
    const auto now = Clock::now();
    std::erase_if(exchanges, [now](const Exchange& exchange) { return exchange.is_overdue(now); });
    if (wanted[1].revents != 0) accept(exchanges);
  }
}

/// Who came first goes if there are too many: a request takes a moment, and whoever is still there by then is slow.
void Monitor::accept(std::list<Exchange>& exchanges) {
  Accepted accepted = accept_connection(listener_.fd.get());
  if (accepted.fd) exchanges.emplace_back(std::move(accepted.fd));
  if (exchanges.size() > kMostAtOnce) exchanges.pop_front();
  // Out of descriptors, most likely: not in a hurry.
  constexpr int kPauseMs = 100;
  pollfd end{end_.get(), POLLIN, 0};
  if (accepted.error != 0) ::poll(&end, 1, kPauseMs);
}

}  // namespace scim::fcgi
