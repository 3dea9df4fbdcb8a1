// SPDX-License-Identifier: MIT
// Requests from CGI variables (RFC 3875 section 4), answers as CGI documents (section 6).
#include "fcgi/gateway.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>

#include "core/render.h"
#include "core/text.h"

namespace scim::fcgi {
namespace {

/// No resource of the server: for requests outside the base path, which must pass authentication before they learn
/// that there is nothing.
constexpr std::string_view kNowhere = "/-";

struct Reason {
  int status;
  std::string_view phrase;
};
constexpr std::array kReasons = {
    Reason{200, "OK"},
    Reason{201, "Created"},
    Reason{204, "No Content"},
    Reason{304, "Not Modified"},
    Reason{308, "Permanent Redirect"},
    Reason{400, "Bad Request"},
    Reason{401, "Unauthorized"},
    Reason{403, "Forbidden"},
    Reason{404, "Not Found"},
    Reason{405, "Method Not Allowed"},
    Reason{406, "Not Acceptable"},
    Reason{408, "Request Timeout"},
    Reason{409, "Conflict"},
    Reason{412, "Precondition Failed"},
    Reason{413, "Content Too Large"},
    Reason{414, "URI Too Long"},
    Reason{415, "Unsupported Media Type"},
    Reason{428, "Precondition Required"},
    Reason{429, "Too Many Requests"},
    Reason{431, "Request Header Fields Too Large"},
    Reason{500, "Internal Server Error"},
    Reason{501, "Not Implemented"},
    Reason{503, "Service Unavailable"},
};

std::string_view reason_phrase(int status) {
  const auto* found = std::find_if(kReasons.begin(), kReasons.end(), [&](const Reason& r) { return r.status == status; });
  return found == kReasons.end() ? "" : found->phrase;
}

constexpr int kNoContent = 204;
constexpr int kNotModified = 304;

std::string_view without_trailing_slash(std::string_view text) {
  while (text.ends_with('/')) text.remove_suffix(1);
  return text;
}

/// What follows "scheme://authority"; `text` itself if it does not begin so.
std::string_view after_authority(std::string_view text) {
  const std::size_t authority = text.find("://");
  if (authority == std::string_view::npos || text.find('/') < authority) return text;
  const std::size_t path = text.find_first_of("/?", authority + 3);
  return path == std::string_view::npos ? std::string_view() : text.substr(path);
}

/// Percent-encodes all but the slashes: PATH_INFO comes decoded.
std::string encode_path(std::string_view path) {
  std::string encoded;
  while (true) {
    const std::size_t slash = path.find('/');
    encoded += percent_encode(path.substr(0, slash));
    if (slash == std::string_view::npos) return encoded;
    encoded += '/';
    path.remove_prefix(slash + 1);
  }
}

/// Path and query as the client wrote them; servers without REQUEST_URI give the parts.
std::string request_uri(const CgiVariables& variables) {
  const std::string_view as_written = variables.get("REQUEST_URI");
  if (!as_written.empty() || variables.has("REQUEST_URI")) return std::string(after_authority(as_written));
  std::string uri = encode_path(variables.get("SCRIPT_NAME")) + encode_path(variables.get("PATH_INFO"));
  if (const std::string_view query = variables.get("QUERY_STRING"); !query.empty()) (uri += '?') += query;
  return uri;
}

/// A header by the name that RFC 9110 gives it, from the variable that RFC 3875 4.1.18 keeps it in.
std::string request_header(const CgiVariables& variables, std::string_view name) {
  std::string variable;
  for (const char c : name) variable += c == '-' ? '_' : static_cast<char>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
  const bool is_of_body = variable == "CONTENT_TYPE" || variable == "CONTENT_LENGTH";
  return is_of_body ? std::string(variables.get(variable)) : variables.header(variable);
}

/// Variables that every request is looked at for.
struct Wanted {
  std::string_view variable;
  std::string Request::*member;
  enum class Twice { last, joined } twice = Twice::last;  ///< as CgiVariables::get() and header() have it
};
constexpr std::array kWanted = {
    Wanted{"REQUEST_METHOD", &Request::method},
    Wanted{"CONTENT_TYPE", &Request::content_type},
    Wanted{"HTTP_CONTENT_ENCODING", &Request::content_encoding, Wanted::Twice::joined},
    Wanted{"HTTP_ACCEPT", &Request::accept, Wanted::Twice::joined},
    Wanted{"HTTP_AUTHORIZATION", &Request::authorization, Wanted::Twice::joined},
    Wanted{"HTTP_IF_MATCH", &Request::if_match, Wanted::Twice::joined},
    Wanted{"HTTP_IF_NONE_MATCH", &Request::if_none_match, Wanted::Twice::joined},
    Wanted{"REMOTE_USER", &Request::remote_user},
    Wanted{"AUTH_TYPE", &Request::auth_type},
    Wanted{"REMOTE_ADDR", &Request::remote_addr},
    Wanted{"REQUEST_ID", &Request::id},
    Wanted{"SSL_CLIENT_VERIFY", &Request::certificate_verified},
    Wanted{"SSL_CLIENT_S_DN", &Request::certificate_subject},
};

constexpr std::string_view kOfLibfcgi = "FCGI_ROLE";

/// How many bytes the variables have that the web server has sent.
std::size_t take_wanted(const CgiVariables& variables, Request& request) {
  std::array<bool, kWanted.size()> is_known{};
  std::size_t bytes = 0;
  variables.for_each([&](std::string_view name, std::string_view value) {
    if (name != kOfLibfcgi) bytes += name.size() + value.size();
    const auto* found = std::find_if(kWanted.begin(), kWanted.end(), [&](const Wanted& each) { return each.variable == name; });
    if (found == kWanted.end()) return;
    std::string& member = request.*found->member;
    bool& is_second = is_known[static_cast<std::size_t>(found - kWanted.begin())];
    if (is_second && found->twice == Wanted::Twice::joined) member.append(", ").append(value);
    else member = value;
    is_second = true;
  });
  return bytes;
}

std::string server_url(const CgiVariables& variables) {
  std::string_view scheme = variables.get("REQUEST_SCHEME");
  if (scheme.empty()) scheme = variables.get("HTTPS") == "on" ? "https" : "http";
  std::string_view name = variables.get("SERVER_NAME");
  if (name.empty()) name = variables.get("SERVER_ADDR");
  std::string url = std::string(scheme) + "://" + std::string(name);
  const std::string_view port = variables.get("SERVER_PORT");
  const std::string_view usual = scheme == "https" ? "443" : "80";
  if (!port.empty() && port != usual) (url += ':') += port;
  return url;
}

bool is_below(std::string_view path, std::string_view base) {
  return path.starts_with(base) && (path.size() == base.size() || path[base.size()] == '/');
}

/// "v2", "v10": how RFC 7644 3.13 writes versions.
bool is_version(std::string_view segment) {
  return segment.size() > 1 && segment.front() == 'v' &&
         std::all_of(segment.begin() + 1, segment.end(), [](char c) { return c >= '0' && c <= '9'; });
}

std::string_view first_segment(std::string_view path) {
  if (path.starts_with('/')) path.remove_prefix(1);
  return path.substr(0, path.find('/'));
}

Error not_here(std::string_view path, std::string_view base) {
  return Error{ErrorKind::not_found, quote(path) + " is outside of the base path " + quote(base), {}};
}

/// Our own values are printable ASCII; what a web server says of itself (SERVER_NAME) might not be.
void append_header(std::string& out, std::string_view name, std::string_view value) {
  const auto is_printable = [](char c) { return c >= ' ' && c <= '~'; };
  out.append(name).append(": ");
  if (std::all_of(value.begin(), value.end(), is_printable)) out += value;
  else std::copy_if(value.begin(), value.end(), std::back_inserter(out), is_printable);
  out += "\r\n";
}

/// What can be a parameter's name. Anything else may be a value that lacks one.
bool is_name(std::string_view text) {
  constexpr std::size_t kLongestName = 32;
  return text.size() <= kLongestName &&
         std::all_of(text.begin(), text.end(), [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; });
}

/// "?filter&count": which parameters there were; their values are personal data.
std::string parameter_names(std::string_view query) {
  std::string names;
  while (!query.empty()) {
    const std::string_view pair = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(query.size(), pair.size() + 1));
    names += names.empty() ? '?' : '&';
    const std::string_view name = pair.substr(0, pair.find('='));
    names += is_name(name) ? name : std::string_view("...");
  }
  return names;
}

/// Whether the request has a line of its own.
bool is_logged(LogRequests requests, int status) {
  constexpr int kFirstError = 400;
  switch (requests) {
    case LogRequests::none: return false;
    case LogRequests::errors: return status >= kFirstError;
    case LogRequests::all: return true;
  }
  return true;
}

/// Client text in a fact is no longer than this.
constexpr std::size_t kLongestFact = 512;

void log_request(Env& env, const Request& request, std::string_view uri, const Answered& answered) {
  const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(answered.time).count();
  std::string target(uri.substr(0, uri.find('?')));
  target += parameter_names(request.query);
  std::string line = quote(request.method);
  line.append(" ").append(quote(target)).append(" ").append(std::to_string(answered.status)).append(" ");
  line.append(std::to_string(answered.response_bytes)).append(" bytes ").append(std::to_string(ms)).append(" ms ").append(request.id);
  const std::string named_by_client = request.header("X-Request-Id");
  const auto beginning = [](std::string_view text) { return text.substr(0, kLongestFact); };
  std::vector<LogFact> facts = {
      {"method", beginning(request.method)},
      {"path", beginning(target)},
      {"operation", answered.about.operation},
      {"type", answered.about.type},
      {"status", std::int64_t{answered.status}},
      {"duration_us", std::int64_t{std::chrono::duration_cast<std::chrono::microseconds>(answered.time).count()}},
      {"request_bytes", static_cast<std::int64_t>(answered.request_bytes)},
      {"bytes", static_cast<std::int64_t>(answered.response_bytes)},
      {"subject", answered.about.subject},
      {"remote_addr", beginning(request.remote_addr)},
  };
  if (!named_by_client.empty()) facts.push_back({"client_request_id", beginning(named_by_client)});
  env.log_facts(LogLevel::info, line, facts);
}

/// Sends an answer: at once when it is whole, or as it comes.
class Outlet final : public BodySink {
 public:
  Outlet(Exchange& exchange, const Request& request) : exchange_(exchange), method_(request.method), id_(request.id) {}

  void begin(const Response& head) override {
    state_ = State::begun;
    exchange_.write(cgi_head(head, std::nullopt, id_));
  }
  bool write(std::string_view piece) override {
    bytes_ += piece.size();
    return method_ != "HEAD" && exchange_.write(piece);
  }
  /// What handle() has returned.
  void end(const Response& response) {
    if (state_ == State::begun && response.holds == Response::Body::whole) {
      state_ = State::broken_off;
      return exchange_.break_off();
    }
    if (state_ == State::whole) exchange_.write(cgi_head(response, response.body.size(), id_));
    bytes_ += response.body.size();
    if (has_body(response.status, method_)) exchange_.write(response.body);
  }
  bool is_broken_off() const { return state_ == State::broken_off; }
  std::size_t bytes() const { return bytes_; }  ///< of the body

 private:
  enum class State { whole, begun, broken_off };
  Exchange& exchange_;
  std::string_view method_;
  std::string_view id_;
  State state_ = State::whole;
  std::size_t bytes_ = 0;
};

Error headers_too_large(std::int64_t most) {
  return Error{ErrorKind::headers_too_large,
               "URL, headers and the parameters of the web server have more bytes than " + std::to_string(most) + " (limits.header_bytes)", {}};
}

Response answer(Exchange& exchange, const Gateway& gateway, const Handle& handle, Arrival& arrival) {
  if (arrival.header_bytes > static_cast<std::size_t>(gateway.max_header_bytes)) return render_error(headers_too_large(gateway.max_header_bytes));
  if (auto body = read_body(exchange, gateway, arrival.request); !body) return render_error(body.error());
  Response response = handle(arrival.request);
  constexpr int kNotFound = 404;
  if (arrival.misplaced && response.status == kNotFound) return render_error(*arrival.misplaced);
  return response;
}

}  // namespace

Gateway gateway(const Config& config) {
  Gateway result;
  result.base_url = without_trailing_slash(config.base_url);
  result.base_path = config.base_url.empty() ? "/scim/v2" : without_trailing_slash(after_authority(config.base_url));
  result.max_body_bytes = config.max_body_bytes;
  result.max_header_bytes = config.max_header_bytes;
  result.request_s = config.request_s;
  result.log_requests = config.log.requests;
  return result;
}

Located locate(std::string_view path, std::string_view base) {
  if (is_below(path, base)) return {std::string(path.substr(base.size())), std::nullopt};
  const std::size_t slash = base.rfind('/');
  const bool versioned = slash != std::string_view::npos && is_version(base.substr(slash + 1));
  if (!versioned || !is_below(path, base.substr(0, slash))) return {std::string(kNowhere), not_here(path, base)};
  const std::string_view rest = path.substr(slash);
  // RFC 7644 3.13: without a version the server chooses its own.
  if (!is_version(first_segment(rest))) return {std::string(rest), std::nullopt};
  return {std::string(kNowhere),
          Error{ErrorKind::invalid_version, "this server speaks " + std::string(base.substr(slash + 1)), {}}};
}

Arrival arrive(const CgiVariables& variables, const Gateway& gateway) {
  Arrival arrival;
  arrival.uri = request_uri(variables);
  const std::string& uri = arrival.uri;
  const std::size_t question = std::min(uri.find('?'), uri.size());
  Located located = locate(std::string_view(uri).substr(0, question), gateway.base_path);
  arrival.misplaced = std::move(located.misplaced);
  Request& request = arrival.request;
  arrival.header_bytes = take_wanted(variables, request);
  request.path = std::move(located.path);
  if (question < uri.size()) request.query = uri.substr(question + 1);
  request.base_url = gateway.base_url.empty() ? server_url(variables) + gateway.base_path : gateway.base_url;
  request.header = [variables](std::string_view name) { return request_header(variables, name); };
  return arrival;
}

Result<void> read_body(Exchange& exchange, const Gateway& gateway, Request& request) {
  const std::string_view length_text = exchange.variables().get("CONTENT_LENGTH");
  const auto limit = static_cast<std::uint64_t>(gateway.max_body_bytes);
  std::uint64_t length = 0;
  if (!length_text.empty()) {
    const auto [end, error] = std::from_chars(length_text.data(), length_text.data() + length_text.size(), length);
    if (error == std::errc::invalid_argument || end != length_text.data() + length_text.size()) {
      return fail(ErrorKind::bad_request, "Content-Length " + quote(length_text) + " is not a number");
    }
    request.body_too_large = error == std::errc::result_out_of_range || length > limit;
    if (request.body_too_large) return {};
  }
  // Without a length (a chunked body that the web server does not buffer) the end of the stream decides.
  std::array<char, 16384> buffer;
  request.body.reserve(length);
  while (true) {
    // One byte beyond the limit decides; waiting for more could take for ever.
    const std::size_t wanted = std::min<std::size_t>(buffer.size(), limit + 1 - request.body.size());
    const std::size_t count = exchange.read(buffer.data(), wanted);
    if (count == 0) break;
    if (request.body.size() + count > limit) {
      request.body.clear();
      request.body_too_large = true;
      return {};
    }
    request.body.append(buffer.data(), count);
  }
  if (exchange.is_late()) {
    return fail(ErrorKind::request_timeout, "the request has not arrived within " + std::to_string(gateway.request_s) + " s (limits.request_s)");
  }
  if (!length_text.empty() && request.body.size() != length) {
    return fail(ErrorKind::bad_request, "the body has " + std::to_string(request.body.size()) + " of " +
                                            std::to_string(length) + " bytes");
  }
  return {};
}

bool has_body(int status, std::string_view method) {
  return status != kNoContent && status != kNotModified && method != "HEAD";
}

std::string cgi_head(const Response& response, std::optional<std::size_t> length, std::string_view request_id) {
  const bool describes_body = has_body(response.status, "GET");
  std::string out;
  constexpr std::size_t kUsualSize = 512;
  out.reserve(kUsualSize);
  append_header(out, "Status", std::to_string(response.status) + " " + std::string(reason_phrase(response.status)));
  for (const auto& [name, value] : response.headers) {
    const bool is_length = equal_ignoring_case(name, "Content-Length");
    if (is_length || (!describes_body && equal_ignoring_case(name, "Content-Type"))) continue;
    append_header(out, name, value);
  }
  if (!request_id.empty()) append_header(out, "X-Request-Id", request_id);
  if (describes_body && length) append_header(out, "Content-Length", std::to_string(*length));
  out += "\r\n";
  return out;
}

std::string request_id(std::string named, Env& env) {
  constexpr std::size_t kLongest = 64;
  const auto is_plain = [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '_' || c == '.';
  };
  const bool is_name = !named.empty() && named.size() <= kLongest && std::all_of(named.begin(), named.end(), is_plain);
  return is_name ? named : env.new_id();
}

std::string refusal_of_headers(std::int64_t max_header_bytes) {
  const Response response = render_error(headers_too_large(max_header_bytes));
  return cgi_head(response, response.body.size(), "") + response.body;
}

Answered respond(Exchange& exchange, const Gateway& gateway, const Handle& handle, RequestEnv& env) {
  const auto begin = std::chrono::steady_clock::now();
  Arrival arrival = arrive(exchange.variables(), gateway);
  Request& request = arrival.request;
  request.id = request_id(std::move(request.id), env);
  env.set_request(request.id);
  Outlet outlet(exchange, request);
  if (exchange.breaks() == Exchange::Breaks::seen) request.sink = &outlet;
  Response response = answer(exchange, gateway, handle, arrival);
  outlet.end(response);
  const Answered answered{response.status, std::move(response.about), request.body.size(), outlet.bytes(), std::chrono::steady_clock::now() - begin};
  if (is_logged(gateway.log_requests, answered.status)) log_request(env, request, arrival.uri, answered);
  if (outlet.is_broken_off()) env.log(LogLevel::error, "this answer was broken off, after its beginning had been sent");
  return answered;
}

}  // namespace scim::fcgi
