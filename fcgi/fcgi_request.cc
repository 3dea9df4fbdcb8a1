// SPDX-License-Identifier: MIT
// FastCGI over libfcgi, used so that a connection is ours: libfcgi neither accepts nor closes one.
#include "fcgi/fcgi_request.h"

#include <fcgiapp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <limits>
#include <span>
#include <string>
#include <utility>

namespace scim::fcgi {
namespace {

constexpr int kNoListenSocket = -1;  // FCGX_Accept_r fails instead of waiting for another connection
constexpr std::size_t kMostAtOnce = std::numeric_limits<int>::max();
constexpr char kEndRequest = 3;
constexpr char kStdout = 6;
constexpr std::size_t kEndSize = 8;

/// A record of the answer (FastCGI 1.0, 3.3).
std::string record(char type, std::uint16_t request_id, std::string_view content) {
  constexpr char kVersion = 1;
  const auto high = [](std::size_t number) { return static_cast<char>(number >> 8); };
  const auto low = [](std::size_t number) { return static_cast<char>(number & 0xFF); };
  std::string text = {kVersion, type, high(request_id), low(request_id), high(content.size()), low(content.size()), 0, 0};
  return text.append(content);
}

/// Nothing more can come.
bool has_hung_up(int fd) {
  pollfd wanted{fd, POLLRDHUP, 0};
  return ::poll(&wanted, 1, 0) > 0;
}

}  // namespace

Result<void> start_fcgi() {
  if (FCGX_Init() != 0) return fail(ErrorKind::internal, "libfcgi cannot be started");
  return {};
}

FcgiConnection::FcgiConnection(Fd fd) : request_(std::make_unique<FCGX_Request>()) {
  FCGX_InitRequest(request_.get(), kNoListenSocket, 0);
  request_->ipcFd = fd.release();
}

FcgiConnection::~FcgiConnection() {
  FCGX_Free(request_.get(), 0);
  // Whoever holds a copy, as systemd may, must not keep the peer from seeing the end.
  if (request_->ipcFd >= 0) ::shutdown(request_->ipcFd, SHUT_RDWR);
  const Fd closing(request_->ipcFd);
}

int FcgiConnection::fd() const { return request_->ipcFd; }

Fd FcgiConnection::release() { return Fd(std::exchange(request_->ipcFd, -1)); }

RequestHead FcgiConnection::peek(std::size_t most) const {
  constexpr std::size_t kUsual = 8 << 10;
  std::array<char, kUsual> usual;
  std::string more;
  std::span<char> buffer = usual;
  while (true) {
    const ssize_t count = ::recv(fd(), buffer.data(), buffer.size(), MSG_PEEK | MSG_DONTWAIT);
    if (count <= 0) return {count < 0 && (errno == EAGAIN || errno == EINTR) ? RequestHead::State::absent : RequestHead::State::gone};
    const auto size = static_cast<std::size_t>(count);
    RequestHead head = read_head({buffer.data(), size}, most);
    if (head.state != RequestHead::State::incomplete) return head;
    if (size < buffer.size()) return has_hung_up(fd()) ? RequestHead{RequestHead::State::gone} : head;
    if (!more.empty()) return {RequestHead::State::too_large, head.request_id};
    more.resize(largest_head(most));
    buffer = more;
  }
}

bool FcgiConnection::refuse(const RequestHead& head, std::string_view document) {
  const std::string answer = record(kStdout, head.request_id, document) + record(kStdout, head.request_id, {}) +
                             record(kEndRequest, head.request_id, std::string(kEndSize, '\0'));
  const ssize_t sent = ::send(fd(), answer.data(), answer.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  ::shutdown(fd(), SHUT_WR);
  return sent == static_cast<ssize_t>(answer.size());
}

bool FcgiConnection::receive(PeerWait::Clock::time_point by, PeerWait::Clock::duration answer_time) {
  wait_.begin(by, answer_time);
  body_ = Body::unread;
  // FCGX_Accept_r first finishes the request before, and closes the connection unless it is to be kept.
  request_->keepConnection = 1;
  // A connection that libfcgi gives up on is closed at once: otherwise it waits for the peer, up to 2 s for each read.
  request_->detached = 1;
  return FCGX_Accept_r(request_.get()) == 0;
}

CgiVariables FcgiConnection::variables() const { return CgiVariables(request_->envp); }

std::size_t FcgiConnection::read(char* buffer, std::size_t size) {
  if (body_ != Body::unread || size == 0) return 0;
  const PeerWait::Reading waiting(wait_);
  const int wanted = static_cast<int>(std::min(size, kMostAtOnce));
  const int count = FCGX_GetStr(buffer, wanted, request_->in);
  if (count < wanted) body_ = FCGX_GetError(request_->in) == 0 ? Body::ended : Body::broken;
  return static_cast<std::size_t>(std::max(count, 0));
}

bool FcgiConnection::write(std::string_view bytes) {
  const PeerWait::Writing waiting(wait_);
  while (!bytes.empty()) {
    const std::size_t size = std::min(bytes.size(), kMostAtOnce);
    if (FCGX_PutStr(bytes.data(), static_cast<int>(size), request_->out) < 0) return false;  // finish() sees it too
    bytes.remove_prefix(size);
  }
  return true;
}

Exchange::Breaks FcgiConnection::breaks() const { return request_->keepConnection != 0 ? Breaks::seen : Breaks::unseen; }

FcgiConnection::Next FcgiConnection::finish() {
  if (is_broken_off_) {
    // The end of the connection without END_REQUEST (FastCGI 1.0, 5.5) says that the answer has none.
    FCGX_Free(request_.get(), 0);
    return Next::close;
  }
  const bool failed = !end_streams();
  const bool keep = request_->keepConnection != 0;
  FCGX_Free(request_.get(), 0);
  if (failed) return Next::close;
  switch (body_) {
    case Body::ended:
      return keep ? Next::keep : Next::close;
    case Body::unread:
      ::shutdown(fd(), SHUT_WR);
      return Next::linger;
    case Body::broken:
      break;
  }
  return Next::close;
}

bool FcgiConnection::end_streams() {
  const PeerWait::Writing waiting(wait_);
  return FCGX_FClose(request_->err) == 0 && FCGX_FClose(request_->out) == 0;
}

/// Whoever reads meets the end; a request that has been read so far is answered.
void FcgiConnection::cut() {
  wait_.note_cut();
  ::shutdown(fd(), wait_.is_writing() ? SHUT_RDWR : SHUT_RD);
}

bool FcgiConnection::discard() {
  std::array<char, 65536> trash;
  return ::recv(fd(), trash.data(), trash.size(), MSG_DONTWAIT) > 0;
}

}  // namespace scim::fcgi
