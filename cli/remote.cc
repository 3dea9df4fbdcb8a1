// SPDX-License-Identifier: MIT
#include "cli/remote.h"

#include <curl/curl.h>

#include "core/text.h"

namespace scim::cli {
namespace {

constexpr long kConnectSeconds = 15;
constexpr long kMostRedirects = 5;
/// More than any page of a list that is meant to be read.
constexpr std::size_t kMostBytes = 512u << 20;
constexpr const char* kMediaType = "application/scim+json";
constexpr const char* kAccepted = "application/scim+json, application/json";

using Headers = std::vector<std::pair<std::string, std::string>>;

struct CurlDeleter {
  void operator()(CURL* curl) const { ::curl_easy_cleanup(curl); }
  void operator()(curl_slist* list) const { ::curl_slist_free_all(list); }
};

std::string url_of(const RemoteServer& server, const Request& request) {
  return server.url + request.path + (request.query.empty() ? "" : '?' + request.query);
}

/// In the order in which they are sent, but for the token.
Headers headers_of(const Request& request) {
  Headers headers = {{"Accept", request.accept.empty() ? kAccepted : request.accept}};
  if (!request.body.empty()) headers.emplace_back("Content-Type", request.content_type.empty() ? kMediaType : request.content_type);
  if (!request.if_match.empty()) headers.emplace_back("If-Match", request.if_match);
  if (!request.if_none_match.empty()) headers.emplace_back("If-None-Match", request.if_none_match);
  return headers;
}

std::string shell_quoted(std::string_view text) {
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'') out += "'\\'";
    out += c;
  }
  return out + '\'';
}

/// What can be done about it.
std::string_view advice(CURLcode code) {
  switch (static_cast<int>(code)) {
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE: return "; --ca-file FILE names the authority that has signed its certificate";
    case CURLE_OPERATION_TIMEDOUT: return "; --timeout SECONDS waits longer";
    default: return "";
  }
}

struct Answer {
  Response response;
  bool is_too_large = false;
};

std::size_t take_body(char* bytes, std::size_t, std::size_t count, void* into) {
  auto& answer = *static_cast<Answer*>(into);
  answer.is_too_large = answer.response.body.size() + count > kMostBytes;
  if (answer.is_too_large) return 0;
  answer.response.body.append(bytes, count);
  return count;
}

std::size_t take_header(char* bytes, std::size_t, std::size_t count, void* into) {
  auto& headers = static_cast<Answer*>(into)->response.headers;
  std::string_view line(bytes, count);
  while (line.ends_with('\n') || line.ends_with('\r')) line.remove_suffix(1);
  if (line.starts_with("HTTP/")) headers.clear();  // of a redirect or of 100 Continue
  const std::size_t colon = line.find(':');
  if (colon != std::string_view::npos) headers.emplace_back(line.substr(0, colon), trim(line.substr(colon + 1)));
  return count;
}

}  // namespace

struct HttpClient::Transfer {
  std::unique_ptr<CURL, CurlDeleter> curl{::curl_easy_init()};
  char reason[CURL_ERROR_SIZE] = {};
};

HttpClient::HttpClient(RemoteServer server) : server_(std::move(server)), transfer_(std::make_unique<Transfer>()) {}
HttpClient::~HttpClient() = default;

Try<Response> HttpClient::send(const Request& request) {
  CURL* const curl = transfer_->curl.get();
  Answer answer;
  std::unique_ptr<curl_slist, CurlDeleter> headers;
  const auto add_header = [&](const std::string& header) { headers.reset(::curl_slist_append(headers.release(), header.c_str())); };
  for (const auto& [name, value] : headers_of(request)) add_header(name + ": " + value);
  if (!server_.authorization.empty()) add_header("Authorization: " + server_.authorization);
  add_header("Expect:");  // a round trip for nothing: the body is at hand

  const std::string url = url_of(server_, request);
  ::curl_easy_reset(curl);
  transfer_->reason[0] = '\0';
  ::curl_easy_setopt(curl, CURLOPT_URL, url.c_str());
  ::curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, request.method.c_str());
  if (request.method == "HEAD") ::curl_easy_setopt(curl, CURLOPT_NOBODY, 1L);
  if (!request.body.empty()) {
    ::curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
    ::curl_easy_setopt(curl, CURLOPT_POSTFIELDS, request.body.data());
  }
  ::curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers.get());
  ::curl_easy_setopt(curl, CURLOPT_USERAGENT, "scimctl/" SCIMCTL_VERSION);
  ::curl_easy_setopt(curl, CURLOPT_ACCEPT_ENCODING, "");
  ::curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
  ::curl_easy_setopt(curl, CURLOPT_REDIR_PROTOCOLS_STR, server_.url.starts_with("https:") ? "https" : "http,https");
  // libcurl would follow the Location of a 304, too, in circles: RFC 9110 15.4.5 has servers send it.
  ::curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, request.if_none_match.empty() ? 1L : 0L);
  ::curl_easy_setopt(curl, CURLOPT_MAXREDIRS, kMostRedirects);
  ::curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  ::curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, kConnectSeconds);
  ::curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, 1L);
  ::curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, static_cast<long>(server_.timeout.count()));
  if (!server_.ca_file.empty()) ::curl_easy_setopt(curl, CURLOPT_CAINFO, server_.ca_file.c_str());
  ::curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, transfer_->reason);
  ::curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_body);
  ::curl_easy_setopt(curl, CURLOPT_WRITEDATA, &answer);
  ::curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, take_header);
  ::curl_easy_setopt(curl, CURLOPT_HEADERDATA, &answer);

  const CURLcode code = ::curl_easy_perform(curl);
  if (code != CURLE_OK) {
    std::string reason = transfer_->reason[0] != '\0' ? transfer_->reason : ::curl_easy_strerror(code);
    if (answer.is_too_large) reason = "the answer is larger than " + std::to_string(kMostBytes >> 20) + " MiB";
    return fail(Failure(ExitCode::error, {ErrorKind::unavailable, "no answer from " + printable(url) + ": " + printable(reason) + std::string(advice(code)), ""}));
  }
  long status = 0;
  ::curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
  answer.response.status = static_cast<int>(status);
  return std::move(answer.response);
}

std::string curl_command(const RemoteServer& server, const Request& request) {
  std::string out = "curl -sS";
  if (request.method != "GET") out += " -X " + shell_quoted(request.method);
  if (!server.ca_file.empty()) out += " --cacert " + shell_quoted(server.ca_file);
  if (!server.authorization.empty()) out += " -H \"Authorization: Bearer $SCIMCTL_TOKEN\"";
  for (const auto& [name, value] : headers_of(request)) out += " -H " + shell_quoted(name + ": " + value);
  if (!request.body.empty()) out += " --data-binary " + shell_quoted(request.body);
  return out + ' ' + shell_quoted(url_of(server, request));
}

}  // namespace scim::cli
