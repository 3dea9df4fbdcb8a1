// SPDX-License-Identifier: MIT
// One connection from a web server, and the request it carries at the moment. The only part that knows libfcgi.
#pragma once

#include <memory>

#include "fcgi/cgi.h"
#include "fcgi/socket.h"

struct FCGX_Request;

namespace scim::fcgi {

/// Once, before the first connection and before threads.
Result<void> start_fcgi();

class FcgiConnection final : public Exchange {
 public:
  /// Takes over the connection.
  explicit FcgiConnection(Fd fd);
  ~FcgiConnection() override;
  FcgiConnection(const FcgiConnection&) = delete;
  FcgiConnection& operator=(const FcgiConnection&) = delete;

  int fd() const;
  /// Gives up the connection, between two requests: nothing of the next one has been read.
  Fd release();

  /// Reads the parameters of the next request, blocking; false: the peer is gone, or it does not speak FastCGI.
  bool receive();

  CgiVariables variables() const override;
  std::size_t read(char* buffer, std::size_t size) override;
  bool write(std::string_view bytes) override;
  /// The end of a connection that was to be kept is an error to a web server.
  Breaks breaks() const override;
  void break_off() override { is_broken_off_ = true; }

  /// Sends what is left of the answer, and says what becomes of the connection.
  enum class Next {
    keep,    ///< another request may come (FCGI_KEEP_CONN)
    linger,  ///< the peer is still sending a body that nobody wants: discard() it, or the answer may be lost
    close,
  };
  Next finish();

  /// Throws away what has arrived, without blocking; false at its end.
  bool discard();

 private:
  enum class Body { unread, ended, broken };
  std::unique_ptr<FCGX_Request> request_;
  Body body_ = Body::unread;
  bool is_broken_off_ = false;
};

}  // namespace scim::fcgi
