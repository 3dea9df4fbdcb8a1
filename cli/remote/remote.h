// SPDX-License-Identifier: MIT
// HTTP to one SCIM server. cli/remote/curl.h is the only includer of libcurl.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

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
  /// (RFC 7644 3.12), for what only reads any redirect; the token goes to no other host, port or scheme, and nothing without
  /// TLS that had it. Other redirects are the answer: some would turn a change into a GET. Where an answer shows the token
  /// it is taken out, and where a redirect does it is not followed. Fails, with the URL and the reason, when there is no answer.
  Try<Response> send(const Request& request);

  const RemoteServer& server() const { return server_; }

 private:
  struct Transfer;
  struct Answer;
  Try<Answer> exchange(const std::string& url, const Request& request);

  std::string hidden(std::string text) const;
  bool shows_token(std::string_view text) const;

  const RemoteServer server_;
  const std::vector<std::string> secrets_;  ///< the token in each form in which it may come back
  std::unique_ptr<Transfer> transfer_;
};

/// What `request` looks like as a command of curl, for any shell. The token is $SCIMCTL_TOKEN, and on no command line.
/// `body_file`: has the body, which is not to be there either; "": it may.
std::string curl_command(const RemoteServer& server, const Request& request, const std::string& body_file);

}  // namespace scim::cli
