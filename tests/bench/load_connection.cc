// SPDX-License-Identifier: MIT
#include "tests/bench/load_connection.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>

namespace bench {
namespace {

constexpr std::size_t kReadAtOnce = 256 * 1024;

}  // namespace

Connection::~Connection() {
  if (fd_ >= 0) ::close(fd_);
}

bool Connection::connect(std::uint16_t port) {
  if (fd_ >= 0) ::close(fd_);
  fd_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (fd_ < 0 || ::connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) return false;
  const int on = 1;
  ::setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return ::fcntl(fd_, F_SETFL, O_NONBLOCK) == 0;
}

Connection::Event Connection::send(std::string_view request) {
  unsent_ = request;
  state_ = Body::head;
  head_.clear();
  answer_bytes_ = 0;
  return flush();
}

Connection::Event Connection::flush() {
  while (!unsent_.empty()) {
    const ssize_t sent = ::send(fd_, unsent_.data(), unsent_.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0) return errno == EAGAIN ? Event::waiting : Event::broken;
    unsent_.remove_prefix(static_cast<std::size_t>(sent));
  }
  return Event::waiting;
}

Connection::Event Connection::receive() {
  thread_local std::string buffer(kReadAtOnce, '\0');
  while (true) {
    const ssize_t count = ::recv(fd_, buffer.data(), buffer.size(), 0);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return errno == EAGAIN ? Event::waiting : Event::broken;
    if (count == 0) return Event::broken;
    answer_bytes_ += static_cast<std::uint64_t>(count);
    if (!take({buffer.data(), static_cast<std::size_t>(count)})) return Event::broken;
    if (state_ == Body::done) return Event::answered;
  }
}

// Bodies are counted, not kept.
bool Connection::take(std::string_view bytes) {
  while (!bytes.empty()) {
    if (state_ == Body::done) return false;  // more than was asked for
    if (state_ == Body::length || state_ == Body::chunk_data) {
      const std::uint64_t taken = std::min<std::uint64_t>(left_, bytes.size());
      bytes.remove_prefix(taken);
      left_ -= taken;
      if (left_ == 0) state_ = state_ == Body::length ? Body::done : Body::chunk_end;
      continue;
    }
    const char byte = bytes.front();
    bytes.remove_prefix(1);
    if (!end_of_line(byte)) return false;
  }
  return true;
}

bool Connection::end_of_line(char byte) {
  if (state_ == Body::head) {
    head_ += byte;
    return !head_.ends_with("\r\n\r\n") || read_head();
  }
  line_ += byte;
  if (byte != '\n') return true;
  const bool empty = line_ == "\r\n";
  bool good = true;
  if (state_ == Body::chunk_size) {
    good = read_chunk_size();
  } else if (state_ == Body::chunk_end) {
    state_ = Body::chunk_size;
    good = empty;
  } else if (empty) {
    state_ = Body::done;
  }
  line_.clear();
  return good;
}

bool Connection::read_chunk_size() {
  char* end = nullptr;
  left_ = std::strtoull(line_.c_str(), &end, 16);
  state_ = left_ == 0 ? Body::trailer : Body::chunk_data;
  return end != line_.c_str();
}

bool Connection::read_head() {
  if (!head_.starts_with("HTTP/1.1 ")) return false;
  status_ = std::atoi(head_.c_str() + 9);
  line_.clear();
  if (status_ == 204 || status_ == 304) {
    state_ = Body::done;
    return true;
  }
  if (header("transfer-encoding") == "chunked") {
    state_ = Body::chunk_size;
    return true;
  }
  const std::string length(header("content-length"));
  left_ = std::strtoull(length.c_str(), nullptr, 10);
  state_ = left_ == 0 ? Body::done : Body::length;
  return !length.empty();
}

std::string_view Connection::header(std::string_view name) const {
  std::string_view rest = head_;
  while (true) {
    const std::size_t end = rest.find("\r\n");
    if (end == std::string_view::npos) return {};
    const std::string_view line = rest.substr(0, end);
    rest.remove_prefix(end + 2);
    if (line.size() <= name.size() || line[name.size()] != ':') continue;
    if (::strncasecmp(line.data(), name.data(), name.size()) != 0) continue;
    const std::string_view value = line.substr(name.size() + 1);
    return value.substr(std::min(value.find_first_not_of(' '), value.size()));
  }
}

}  // namespace bench
