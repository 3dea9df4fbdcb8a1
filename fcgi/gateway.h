// SPDX-License-Identifier: MIT
// CGI variables -> Request, Response -> the bytes of an answer. Both sides of core's one function.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "core/config.h"
#include "core/http.h"
#include "fcgi/answered.h"
#include "fcgi/cgi.h"
#include "fcgi/request_env.h"

namespace scim::fcgi {

/// What core does with a request: handle() with everything it needs.
using Handle = std::function<Response(const Request&)>;

/// Where this server stands in the URLs of the web server, and what it takes.
struct Gateway {
  std::string base_url;   ///< "": from REQUEST_SCHEME, SERVER_NAME and SERVER_PORT, never from the client's Host
  std::string base_path;  ///< "/scim/v2", or "" for the root
  std::int64_t max_body_bytes = 0;
  std::int64_t max_header_bytes = 0;  ///< of all variables of one request, names and values
  std::int64_t request_s = 0;         ///< for messages: whoever reads has the clock
  LogRequests log_requests = LogRequests::all;
};
Gateway gateway(const Config& config);

/// A path as the client wrote it, below the base path; or why it is not.
struct Located {
  std::string path;
  std::optional<Error> misplaced;  ///< notFound, or invalidVers for another version of the protocol (RFC 7644 3.13)
};
Located locate(std::string_view request_path, std::string_view base_path);

/// The request but for its body. Header values are as sent. Request::header looks into the variables: no longer than
/// these live.
/// The answer to a request with more than that, as a CGI document.
std::string refusal_of_headers(std::int64_t max_header_bytes);

struct Arrival {
  Request request;
  std::optional<Error> misplaced;
  std::size_t header_bytes = 0;
  std::string uri;  ///< path and query as the client wrote them
};
Arrival arrive(const CgiVariables& variables, const Gateway& gateway);

/// Reads the body into `request`, or leaves it unread if it is over the limit; bad_request if CONTENT_LENGTH is none, or
/// is not what came.
Result<void> read_body(Exchange& exchange, const Gateway& gateway, Request& request);

/// RFC 3875 section 6: what comes before the body: "Status: 200 OK", headers, an empty line. No header ever has a line
/// break. `length` of the body, nullopt: not known yet. `request_id`: for X-Request-Id.
std::string cgi_head(const Response& response, std::optional<std::size_t> length, std::string_view request_id);
/// Whether a body belongs to an answer (RFC 9110 6.4.1).
bool has_body(int status, std::string_view method);

/// The name of a request: what the web server calls it (REQUEST_ID), else a new one. Clients name no requests.
std::string request_id(std::string named, Env& env);

/// One request from beginning to end, with a line in the log.
Answered respond(Exchange& exchange, const Gateway& gateway, const Handle& handle, RequestEnv& env);

}  // namespace scim::fcgi
