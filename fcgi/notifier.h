// SPDX-License-Identifier: MIT
// What systemd wants to know of a service (sd_notify(3)), and what it keeps for the next process.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "fcgi/socket.h"

namespace scim::fcgi {

/// What cannot be said is not said: nobody serves worse for it.
class Notifier {
 public:
  /// `address`: NOTIFY_SOCKET; "": nobody wants to know.
  explicit Notifier(std::string_view address);

  void ready();
  void reloading();
  void stopping();
  /// Connections that the next process goes on with (FileDescriptorStoreMax=): they come back beside the listening socket. Who
  /// is not prepared for it closes them. Returns when they are there.
  void keep(const std::vector<Fd>& connections);
  /// Those that came back are ours alone from here on: as long as somebody else holds them, too, a peer does not see their end.
  void take_kept();

 private:
  void send(std::string_view text, std::span<const int> fds = {});
  void wait_until_seen();

  std::string address_;
  Fd socket_;
};

}  // namespace scim::fcgi
