// SPDX-License-Identifier: MIT
#include "cli/remote/remote.h"

#include <algorithm>

#include "cli/remote/curl.h"
#include "cli/remote/origin.h"
#include "core/text.h"

namespace scim::cli {
namespace {

constexpr long kConnectSeconds = 15;
constexpr int kMostRedirects = 5;
/// More than any page of a list that is meant to be read.
constexpr std::size_t kMostBytes = 512u << 20;
constexpr std::size_t kMostHeaderBytes = 1u << 20;
/// Shorter than any token: such a word may stand anywhere.
constexpr std::size_t kShortestSecret = 8;
constexpr std::string_view kHidden = "(removed)";
constexpr const char* kMediaType = "application/scim+json";
constexpr const char* kAccepted = "application/scim+json, application/json";

using Headers = std::vector<std::pair<std::string, std::string>>;

struct CurlDeleter {
  void operator()(CURL* curl) const { libcurl().curl_easy_cleanup(curl); }
  void operator()(curl_slist* list) const { libcurl().curl_slist_free_all(list); }
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
    case CURLE_SSL_CONNECT_ERROR: return "; that port may not speak TLS: is it http:// there?";
    case CURLE_OPERATION_TIMEDOUT: return "; --timeout SECONDS waits longer";
    default: return "";
  }
}

bool is_word(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '-'; });
}

bool is_one_line(std::string_view text) {
  return std::none_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < ' ' || c == '\x7f'; });
}

/// What has a line of its own would be read as another header or request.
Try<void> check_sendable(const Request& request) {
  const auto lines = {request.path, request.query, request.if_match, request.if_none_match, request.accept, request.content_type};
  if (is_word(request.method) && std::all_of(lines.begin(), lines.end(), is_one_line)) return {};
  return fail(Failure(ExitCode::usage, {ErrorKind::bad_request, "cannot be sent, as it is no request: " + printable(request.method + ' ' + request.path), ""}));
}

bool reads_only(const Request& request) { return request.method == "GET" || request.method == "HEAD"; }

bool is_redirect(int status, const Request& request) {
  switch (status) {
    case 307:
    case 308: return true;
    case 301:
    case 302:
    case 303: return reads_only(request);
    default: return false;
  }
}

/// What is sent with TLS, or to this machine alone, stays so.
bool may_follow(const Origin& from, const Origin& to) {
  return from == to || to.scheme == "https" || (from.scheme == "http" && is_this_machine(to));
}

/// Some write JSON so.
std::string with_escaped_slashes(std::string_view text) {
  std::string out;
  for (const char c : text) out.append(c == '/' ? "\\/" : std::string(1, c));
  return out;
}

/// Pages for debugging show the request that they are the answer to, and what they have read in it.
std::vector<std::string> forms_of_token(const std::string& authorization) {
  const std::string token = authorization.substr(authorization.rfind(' ') + 1);
  std::vector<std::string> forms = {token, percent_encode(token), with_escaped_slashes(token)};
  const std::string pair = authorization.starts_with("Basic ") ? base64_decode(token).value_or("") : "";  // RFC 7617 2
  const std::size_t colon = pair.find(':');
  if (colon != std::string::npos) forms.push_back(pair.substr(colon + 1));
  std::erase_if(forms, [](const std::string& form) { return form.size() < kShortestSecret; });
  return forms;
}

}  // namespace

struct HttpClient::Transfer {
  std::unique_ptr<CURL, CurlDeleter> curl{libcurl().curl_easy_init()};
  char reason[CURL_ERROR_SIZE] = {};
};

struct HttpClient::Answer {
  Response response;
  std::size_t header_bytes = 0;
  bool is_too_large = false;
  std::string location;  ///< absolute, of a redirect

  static std::size_t take_body(char* bytes, std::size_t, std::size_t count, void* into) {
    auto& answer = *static_cast<Answer*>(into);
    answer.is_too_large = answer.response.body.size() + count > kMostBytes;
    if (answer.is_too_large) return 0;
    answer.response.body.append(bytes, count);
    return count;
  }

  static std::size_t take_header(char* bytes, std::size_t, std::size_t count, void* into) {
    auto& answer = *static_cast<Answer*>(into);
    answer.header_bytes += count;
    answer.is_too_large = answer.header_bytes > kMostHeaderBytes;
    if (answer.is_too_large) return 0;
    std::string_view line(bytes, count);
    while (line.ends_with('\n') || line.ends_with('\r')) line.remove_suffix(1);
    if (line.starts_with("HTTP/")) answer.response.headers.clear();  // of 100 Continue
    const std::size_t colon = line.find(':');
    if (colon != std::string_view::npos) answer.response.headers.emplace_back(line.substr(0, colon), trim(line.substr(colon + 1)));
    return count;
  }
};

HttpClient::HttpClient(RemoteServer server) : server_(std::move(server)), secrets_(forms_of_token(server_.authorization)), transfer_(std::make_unique<Transfer>()) {}
HttpClient::~HttpClient() = default;

std::string HttpClient::hidden(std::string text) const {
  for (const std::string& secret : secrets_) {
    for (std::size_t at = text.find(secret); at != std::string::npos; at = text.find(secret, at)) text.replace(at, secret.size(), kHidden);
  }
  return text;
}

bool HttpClient::shows_token(std::string_view text) const {
  return std::any_of(secrets_.begin(), secrets_.end(), [&](const std::string& secret) { return text.find(secret) != std::string_view::npos; });
}

Try<Response> HttpClient::send(const Request& request) {
  SCIM_TRY(check_sendable(request));
  std::string url = url_of(server_, request);
  for (int redirects = 0; redirects <= kMostRedirects; ++redirects) {
    SCIM_ASSIGN(Answer answer, exchange(url, request));
    answer.response.body = hidden(std::move(answer.response.body));
    for (auto& [name, value] : answer.response.headers) value = hidden(std::move(value));
    if (!is_redirect(answer.response.status, request)) return std::move(answer.response);
    const auto from = origin_of(url);
    const auto to = origin_of(answer.location);
    if (!from || !to || !may_follow(*from, *to) || shows_token(answer.location)) return std::move(answer.response);
    url = std::move(answer.location);
  }
  return fail(Failure(ExitCode::error, {ErrorKind::unavailable, "no answer from " + printable(url_of(server_, request)) + ": it redirects more than " +
                                                                    std::to_string(kMostRedirects) + " times", ""}));
}

Try<HttpClient::Answer> HttpClient::exchange(const std::string& url, const Request& request) {
  CURL* const curl = transfer_->curl.get();
  Answer answer;
  std::unique_ptr<curl_slist, CurlDeleter> headers;
  const auto add_header = [&](const std::string& header) { headers.reset(libcurl().curl_slist_append(headers.release(), header.c_str())); };
  for (const auto& [name, value] : headers_of(request)) add_header(name + ": " + value);
  const auto origin = origin_of(url);
  const bool is_ours = origin && origin == origin_of(server_.url);
  if (is_ours && !server_.authorization.empty()) add_header("Authorization: " + server_.authorization);
  add_header("Expect:");  // a round trip for nothing: the body is at hand
  if (request.body.empty()) add_header("Content-Type:");

  libcurl().curl_easy_reset(curl);
  transfer_->reason[0] = '\0';
  libcurl().curl_easy_setopt(curl, CURLOPT_URL, url.c_str());
  libcurl().curl_easy_setopt(curl, CURLOPT_PATH_AS_IS, 1L);
  if (request.method == "HEAD") libcurl().curl_easy_setopt(curl, CURLOPT_NOBODY, 1L);
  const bool has_body = !request.body.empty() || request.method == "POST" || request.method == "PUT" || request.method == "PATCH";
  if (has_body) {
    libcurl().curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
    libcurl().curl_easy_setopt(curl, CURLOPT_POSTFIELDS, request.body.c_str());
  }
  libcurl().curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, request.method.c_str());
  libcurl().curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers.get());
  libcurl().curl_easy_setopt(curl, CURLOPT_USERAGENT, "scimctl/" SCIMCTL_VERSION);
  libcurl().curl_easy_setopt(curl, CURLOPT_ACCEPT_ENCODING, "");
  libcurl().curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
  // A proxy would see what is for this machine alone.
  if (origin && is_this_machine(*origin)) libcurl().curl_easy_setopt(curl, CURLOPT_NOPROXY, "*");
  libcurl().curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  libcurl().curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, std::min(kConnectSeconds, static_cast<long>(server_.timeout.count())));
  libcurl().curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, 1L);
  libcurl().curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, static_cast<long>(server_.timeout.count()));
  if (!server_.ca_file.empty()) libcurl().curl_easy_setopt(curl, CURLOPT_CAINFO, server_.ca_file.c_str());
  libcurl().curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, transfer_->reason);
  libcurl().curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, Answer::take_body);
  libcurl().curl_easy_setopt(curl, CURLOPT_WRITEDATA, &answer);
  libcurl().curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, Answer::take_header);
  libcurl().curl_easy_setopt(curl, CURLOPT_HEADERDATA, &answer);

  const CURLcode code = libcurl().curl_easy_perform(curl);
  if (code != CURLE_OK) {
    std::string reason = transfer_->reason[0] != '\0' ? transfer_->reason : libcurl().curl_easy_strerror(code);
    if (answer.is_too_large) reason = "the answer is larger than is ever meant to be read";
    return fail(Failure(ExitCode::error, {ErrorKind::unavailable, "no answer from " + hidden(printable(url)) + ": " + hidden(printable(reason)) + std::string(advice(code)), ""}));
  }
  long status = 0;
  libcurl().curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
  answer.response.status = static_cast<int>(status);
  const char* location = nullptr;
  libcurl().curl_easy_getinfo(curl, CURLINFO_REDIRECT_URL, &location);
  if (location != nullptr) answer.location = location;
  return answer;
}

std::string curl_command(const RemoteServer& server, const Request& request, const std::string& body_file) {
  std::string out = "curl -sS -g";  // -g: brackets in the URL are no patterns
  if (!server.authorization.empty()) {
    const bool names_scheme = !server.authorization.starts_with("Bearer ");
    out = "printf 'Authorization: " + std::string(names_scheme ? "" : "Bearer ") + "%s\\n' \"$SCIMCTL_TOKEN\" | " + out + " -H @-";
  }
  if (request.method == "HEAD") out += " --head";
  else if (request.method != "GET" || !request.body.empty()) out += " -X " + shell_quoted(request.method);
  if (!server.ca_file.empty()) out += " --cacert " + shell_quoted(server.ca_file);
  for (const auto& [name, value] : headers_of(request)) out += " -H " + shell_quoted(name + ": " + value);
  const auto origin = origin_of(server.url);
  if (origin && is_this_machine(*origin)) out += " --noproxy '*'";
  if (!body_file.empty()) out += " --data-binary " + shell_quoted('@' + body_file);
  else if (!request.body.empty()) out += " --data-raw " + shell_quoted(request.body);
  return out + ' ' + shell_quoted(url_of(server, request));
}

}  // namespace scim::cli
