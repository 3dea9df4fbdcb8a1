// SPDX-License-Identifier: MIT
// A request and a response as plain data, whoever carries them: FastCGI, CGI, scimctl, a test.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/error.h"

namespace scim {

struct Response {
  int status = 200;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  enum class Body {
    whole,
    rest,  ///< its beginning, status and headers have gone to Request::sink
  } holds = Body::whole;

  /// For logs and metrics: no part of the answer.
  struct About {
    std::string_view operation;  ///< to_string() of it; "": the request has none
    std::string type;            ///< name of the resource type, "" if it is about none or several
    std::string subject;         ///< who asks, as Scope::name() has it; "": nobody is known
  } about = {};

  std::string_view header(std::string_view name) const;  ///< "" if absent
};

/// Takes a long answer piece by piece while it is being written, so that nobody has to keep it. An answer that is whole
/// after begin() is of an error: what has been sent is broken off.
class BodySink {
 public:
  virtual ~BodySink() = default;
  /// Status and headers, once, before the first piece.
  virtual void begin(const Response& head) = 0;
  /// false: nobody takes it any more.
  virtual bool write(std::string_view piece) = 0;
};

struct Request {
  std::string method;
  std::string path;   ///< below the base URL, still percent-encoded: "/Users/2819c223"; "" or "/" is the root
  std::string query;  ///< without '?'
  std::string base_url;  ///< absolute, without a trailing slash: what meta.location begins with
  std::string content_type;
  std::string content_encoding;
  std::string accept;
  std::string authorization;
  std::string if_match;
  std::string if_none_match;
  std::string remote_user;  ///< as the web server verified it
  std::string auth_type;    ///< how it did, "" if it does not say (RFC 3875 4.1.1)
  std::string remote_addr;  ///< of the peer of the web server
  std::string certificate_verified;  ///< "SUCCESS": the web server has verified a client certificate
  std::string certificate_subject;   ///< its distinguished name
  std::string id;           ///< names the request in logs and in the audit log; "": nobody has named it
  /// Any header by its name, whatever its case, "" if absent; empty if nobody can tell. Looks into what the carrier of
  /// the request holds, so that the headers that nobody asks for are not copied.
  std::function<std::string(std::string_view name)> header;
  std::string body;
  bool body_too_large = false;  ///< refused unread: `body` is empty
  BodySink* sink = nullptr;     ///< for long answers; nullptr: each is kept until it is whole
};

/// 2xx (RFC 9110 15.3).
constexpr bool succeeded(int status) { return status >= 200 && status < 300; }

/// application/x-www-form-urlencoded parameters in order, names and values decoded, '+' as blank; bad_request.
Result<std::vector<std::pair<std::string, std::string>>> parse_query(std::string_view query);

/// Whether an & stands first, last or beside another one: there is a parameter of no characters.
bool has_empty_parameter(std::string_view query);

/// Whether `media_type` (a Content-Type value) is SCIM or plain JSON in UTF-8 or an ASCII-compatible subset of it; an
/// empty one is (RFC 7644 3.8).
bool is_json_media_type(std::string_view media_type);
/// Whether an Accept header takes application/scim+json or application/json. Empty: yes.
bool accepts_json(std::string_view accept);
/// RFC 9110 13.1, compared weakly (ambiguities A-70): does the list name `version`, or is it "*"?
bool matches_entity_tag(std::string_view header, std::string_view version);
/// Whether each tag of the list stands in quotes, as RFC 9110 8.8.3 writes them, or it is "*" or empty.
bool are_entity_tags(std::string_view header);

}  // namespace scim
