// SPDX-License-Identifier: MIT
// FastCGI over libfcgi, used so that a connection is ours: libfcgi neither accepts nor closes one.
#include "fcgi/fcgi_request.h"

#include <fcgiapp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <limits>
#include <utility>

namespace scim::fcgi {
namespace {

constexpr int kNoListenSocket = -1;  // FCGX_Accept_r fails instead of waiting for another connection
constexpr std::size_t kMostAtOnce = std::numeric_limits<int>::max();

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

bool FcgiConnection::receive() {
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
  const int wanted = static_cast<int>(std::min(size, kMostAtOnce));
  const int count = FCGX_GetStr(buffer, wanted, request_->in);
  if (count < wanted) body_ = FCGX_GetError(request_->in) == 0 ? Body::ended : Body::broken;
  return static_cast<std::size_t>(std::max(count, 0));
}

bool FcgiConnection::write(std::string_view bytes) {
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
  const bool failed = FCGX_FClose(request_->err) != 0 || FCGX_FClose(request_->out) != 0;
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

bool FcgiConnection::discard() {
  std::array<char, 65536> trash;
  return ::recv(fd(), trash.data(), trash.size(), MSG_DONTWAIT) > 0;
}

}  // namespace scim::fcgi
