// SPDX-License-Identifier: MIT
// One connection from a web server, and the request it carries at the moment. The only part that knows libfcgi.
#pragma once

#include <memory>

#include "fcgi/cgi.h"
#include "fcgi/peer_wait.h"
#include "fcgi/request_head.h"
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

  /// What there is of the next request, of which nothing is taken, without waiting. `most`: as read_head() has it.
  RequestHead peek(std::size_t most) const;
  /// Answers a request that has only been looked at with a CGI document, without having read it; what it still sends is to be thrown
  /// away. false: that cannot be sent.
  bool refuse(const RequestHead& head, std::string_view document);
  /// Reads the parameters of the next request, which peek() has found to be complete, so that it waits for nothing; false: the peer is gone, or it does not speak FastCGI. `by`: when all of the request
  /// must have arrived. `answer_time`: how long the answer may wait for the peer altogether.
  bool receive(PeerWait::Clock::time_point by, PeerWait::Clock::duration answer_time);

  CgiVariables variables() const override;
  std::size_t read(char* buffer, std::size_t size) override;
  bool write(std::string_view bytes) override;
  bool is_late() const override { return wait_.was_cut(); }
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

  /// Whether a thread has waited for the peer for too long; cut() ends that. Both are for other threads, while one serves this.
  bool is_overdue(PeerWait::Clock::time_point now) const { return wait_.is_over(now); }
  void cut();

  /// Throws away what has arrived, without blocking; false at its end.
  bool discard();

 private:
  bool end_streams();
  enum class Body { unread, ended, broken };
  std::unique_ptr<FCGX_Request> request_;
  PeerWait wait_;
  Body body_ = Body::unread;
  bool is_broken_off_ = false;
};

}  // namespace scim::fcgi
