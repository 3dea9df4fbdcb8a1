// SPDX-License-Identifier: MIT
// HTTP to one SCIM server. remote.cc is the only includer of libcurl.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "cli/failure.h"
#include "core/http.h"

namespace scim::cli {

struct RemoteServer {
  std::string url;            ///< what paths are appended to, without a trailing slash: "https://host/scim/v2"
  std::string authorization;  ///< the header's value, "" none. Secret.
  std::string ca_file;        ///< certificates of authorities that are trusted instead of the system's, PEM; "" the system's
  std::chrono::seconds timeout{60};  ///< without a byte
};

/// One connection that is kept open between requests. TLS certificates and names are always verified.
class HttpClient {
 public:
  explicit HttpClient(RemoteServer server);
  ~HttpClient();
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  /// Sends method, path, query, body, content_type, accept, if_match and if_none_match. 307 and 308 are followed
  /// (RFC 7644 3.12), but for requests with if_none_match; the token goes to no other host. Fails, with the URL and the reason, when there is no answer.
  Try<Response> send(const Request& request);

  const RemoteServer& server() const { return server_; }

 private:
  struct Transfer;
  const RemoteServer server_;
  std::unique_ptr<Transfer> transfer_;
};

/// What `request` looks like as a command of curl, the token as $SCIMCTL_TOKEN.
std::string curl_command(const RemoteServer& server, const Request& request);

}  // namespace scim::cli
