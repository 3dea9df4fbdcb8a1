// SPDX-License-Identifier: MIT
#include "fcgi/notifier.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstring>
#include <ctime>

namespace scim::fcgi {
namespace {

constexpr std::size_t kMostAtOnce = 64;  ///< descriptors in one message; the kernel takes 253
constexpr int kPatienceSeconds = 2;

/// Of CLOCK_MONOTONIC, in microseconds: by it systemd knows which READY=1 belongs to this reload.
std::string monotonic_now() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  constexpr long kPerSecond = 1'000'000, kNanoseconds = 1'000;
  return std::to_string(now.tv_sec * kPerSecond + now.tv_nsec / kNanoseconds);
}

}  // namespace

Notifier::Notifier(std::string_view address) : address_(address) {
  // A path, or an abstract name.
  const bool is_known_form = !address_.empty() && (address_.front() == '/' || address_.front() == '@');
  if (!is_known_form || address_.size() >= sizeof(sockaddr_un::sun_path)) return;
  socket_ = Fd(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  const timeval patience{kPatienceSeconds, 0};
  ::setsockopt(socket_.get(), SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
}

void Notifier::ready() { send("READY=1"); }

void Notifier::reloading() { send("RELOADING=1\nMONOTONIC_USEC=" + monotonic_now()); }

void Notifier::stopping() { send("STOPPING=1"); }

void Notifier::keep(const std::vector<Fd>& connections) {
  if (!socket_ || connections.empty()) return;
  std::vector<int> fds;
  for (const Fd& connection : connections) fds.push_back(connection.get());
  for (std::size_t i = 0; i < fds.size(); i += kMostAtOnce) {
    send("FDSTORE=1\nFDNAME=connection", std::span(fds).subspan(i, std::min(kMostAtOnce, fds.size() - i)));
  }
  wait_until_seen();
}

void Notifier::take_kept() { send("FDSTOREREMOVE=1\nFDNAME=connection"); }

void Notifier::wait_until_seen() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return;
  const Fd ours(ends[0]);
  {
    const Fd theirs(ends[1]);
    const std::array<int, 1> fds = {theirs.get()};
    send("BARRIER=1", fds);
  }
  pollfd closed{ours.get(), 0, 0};
  constexpr int kPatienceMs = kPatienceSeconds * 1000;
  ::poll(&closed, 1, kPatienceMs);
}

void Notifier::send(std::string_view text, std::span<const int> fds) {
  if (!socket_) return;
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::copy(address_.begin(), address_.end(), address.sun_path);
  if (address_.front() == '@') address.sun_path[0] = '\0';
  iovec content{const_cast<char*>(text.data()), text.size()};
  msghdr message{};
  message.msg_name = &address;
  message.msg_namelen = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + address_.size());
  message.msg_iov = &content;
  message.msg_iovlen = 1;
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int) * kMostAtOnce)> control{};
  if (!fds.empty()) {
    message.msg_control = control.data();
    message.msg_controllen = CMSG_SPACE(fds.size_bytes());
    cmsghdr* const header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(fds.size_bytes());
    std::memcpy(CMSG_DATA(header), fds.data(), fds.size_bytes());
  }
  ::sendmsg(socket_.get(), &message, MSG_NOSIGNAL);
}

}  // namespace scim::fcgi
