// SPDX-License-Identifier: MIT
// Where requests come in: the listening socket, made here or inherited (systemd, spawn-fcgi).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/error.h"
#include "fcgi/cgi.h"

namespace scim::fcgi {

/// Owns a file descriptor.
class Fd {
 public:
  Fd() = default;
  explicit Fd(int fd) : fd_(fd) {}
  Fd(Fd&& other) noexcept : fd_(other.release()) {}
  Fd& operator=(Fd&& other) noexcept;
  Fd(const Fd&) = delete;
  Fd& operator=(const Fd&) = delete;
  ~Fd() { reset(); }

  int get() const { return fd_; }
  explicit operator bool() const { return fd_ >= 0; }
  int release() { return std::exchange(fd_, -1); }

 private:
  void reset();
  int fd_ = -1;
};

/// The name of a Unix socket in the file system; removed with this object.
class SocketFile {
 public:
  explicit SocketFile(std::string path) : path_(std::move(path)) {}
  SocketFile(SocketFile&& other) noexcept : path_(std::exchange(other.path_, {})) {}
  SocketFile& operator=(SocketFile&& other) noexcept;
  SocketFile(const SocketFile&) = delete;
  SocketFile& operator=(const SocketFile&) = delete;
  ~SocketFile() { remove(); }
  void remove();

 private:
  std::string path_;
};

/// A listening socket, not blocking.
struct Listener {
  Fd fd;
  std::optional<SocketFile> file;  ///< of a Unix socket that this program made
  /// Whether connections that nobody has accepted yet are lost when this program ends.
  enum class Backlog { ours, shared } backlog = Backlog::ours;
  std::string name;  ///< for the log
};

/// `unix:/path` (mode 0660; a socket file that nobody listens on is replaced) or `host:port`, `[v6]:port`.
/// invalidValue for a wrong form, unavailable with the reason.
Result<Listener> open_listener(std::string_view address);

/// Where requests come in, and what becomes of it at the end.
struct Sockets {
  Listener listener;
  std::vector<Fd> connections = {};  ///< of the process before
  enum class Leaves {
    nothing,
    connections,  ///< with systemd, which passes them to the next process beside the listening socket
  } leaves = Leaves::nothing;
};
/// The socket that systemd passed (LISTEN_PID, LISTEN_FDS), else the one on descriptor 0 (spawn-fcgi); nullopt if
/// there is none, invalidValue if systemd passed several.
Result<std::optional<Sockets>> inherited_sockets(const CgiVariables& environment);

/// The next connection, ready to be read by blocking calls; none is waiting, or the error number of accept().
struct Accepted {
  Fd fd;
  int error = 0;  ///< 0 with an empty fd: nobody waits
};
Accepted accept_connection(int listen_fd);

}  // namespace scim::fcgi
