// SPDX-License-Identifier: MIT
// Pages for whoever watches the program (Prometheus, a load balancer, systemd), by HTTP on a socket of their own: they are
// there when all threads are busy, and nobody needs a token of SCIM for them.
#pragma once

#include <functional>
#include <list>
#include <string>
#include <string_view>
#include <thread>

#include "fcgi/socket.h"

namespace scim::fcgi {

struct Page {
  int status = 200;
  std::string body;
};
/// By the path of the request.
using Pages = std::function<Page(std::string_view path)>;

/// invalidValue for what others than this machine can reach.
Result<Listener> open_local_listener(std::string_view address);

/// A thread that answers requests, each on a connection of its own; who sends nothing keeps nobody waiting. No more of HTTP/1.1 than GET and HEAD
/// need: a library would be larger than this.
class Monitor {
 public:
  Monitor(Listener listener, Pages pages);
  Monitor(const Monitor&) = delete;
  Monitor& operator=(const Monitor&) = delete;
  ~Monitor();

 private:
  class Exchange;
  void work();
  void accept(std::list<Exchange>& exchanges);

  const Listener listener_;
  const Pages pages_;
  const Fd end_;
  std::thread thread_;
};

}  // namespace scim::fcgi
