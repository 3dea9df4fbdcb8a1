// SPDX-License-Identifier: MIT
// CGI variables to Request, Response to CGI.
#include "fcgi/gateway.h"

#include <gtest/gtest.h>

#include <unistd.h>

#include <array>

#include "fcgi/options.h"
#include "tests/unit/frozen_env.h"

namespace scim::fcgi {
namespace {

/// An exchange in memory.
class FakeExchange final : public Exchange {
 public:
  FakeExchange(std::vector<const char*> environment, std::string body) : environment_(std::move(environment)), body_(std::move(body)) {
    environment_.push_back(nullptr);
  }
  CgiVariables variables() const override { return CgiVariables(environment_.data()); }
  std::size_t read(char* buffer, std::size_t size) override {
    const std::size_t count = body_.copy(buffer, size, read_);
    read_ += count;
    return count;
  }
  bool write(std::string_view bytes) override {
    written += bytes;
    return true;
  }
  Breaks breaks() const override { return sees; }
  bool is_late() const override { return has_taken_too_long; }
  void break_off() override { is_broken_off = true; }
  std::size_t read_bytes() const { return read_; }

  std::string written;
  Breaks sees = Breaks::seen;
  bool is_broken_off = false;
  bool has_taken_too_long = false;

 private:
  std::vector<const char*> environment_;
  std::string body_;
  std::size_t read_ = 0;
};

Gateway small_gateway() {
  Gateway gateway;
  gateway.base_path = "/scim/v2";
  gateway.max_body_bytes = 10;
  gateway.max_header_bytes = 1000;
  return gateway;
}

TEST(CgiVariables, TheLastValueCountsAndHeadersAreJoined) {
  const std::array<const char*, 7> environment = {"REMOTE_USER=admin", "HTTP_ACCEPT=a", "REMOTE_USER_X=no", "REMOTE_USER=",
                                                  "HTTP_ACCEPT=b",     "EMPTY",         nullptr};
  const CgiVariables variables(environment.data());
  EXPECT_EQ(variables.get("REMOTE_USER"), "");
  EXPECT_EQ(variables.header("ACCEPT"), "a, b");
  EXPECT_EQ(variables.header("HOST"), "");
  EXPECT_FALSE(variables.has("EMPTY"));
  EXPECT_FALSE(CgiVariables(nullptr).has("X"));
}

TEST(Gateway, BasePathIsThatOfTheBaseUrl) {
  const std::array<std::pair<const char*, const char*>, 5> cases = {{{"", "/scim/v2"},
                                                                     {"https://a.example/scim/v2/", "/scim/v2"},
                                                                     {"https://a.example:8443/x/scim/v2", "/x/scim/v2"},
                                                                     {"https://a.example", ""},
                                                                     {"https://a.example/", ""}}};
  for (const auto& [url, path] : cases) {
    Config config;
    config.base_url = url;
    EXPECT_EQ(gateway(config).base_path, path) << url;
    EXPECT_FALSE(gateway(config).base_url.ends_with('/')) << url;
  }
}

TEST(Locate, BelowTheBasePath) {
  struct Case {
    std::string_view path, base, below;
  };
  const std::array cases = {
      Case{"/scim/v2/Users", "/scim/v2", "/Users"},
      Case{"/scim/v2", "/scim/v2", ""},
      Case{"/scim/v2/Users/a%2Fb", "/scim/v2", "/Users/a%2Fb"},
      Case{"/scim/Users", "/scim/v2", "/Users"},  // RFC 7644 3.13
      Case{"/scim", "/scim/v2", ""},
      Case{"/v2/Users", "/v2", "/Users"},
      Case{"/Users", "/v2", "/Users"},
      Case{"/Users", "", "/Users"},
      Case{"/scim/Users", "/scim", "/Users"},
  };
  for (const Case& c : cases) {
    const Located located = locate(c.path, c.base);
    EXPECT_FALSE(located.misplaced) << c.path;
    EXPECT_EQ(located.path, c.below) << c.path << " under " << c.base;
  }
}

TEST(Locate, ElsewhereIsNotFoundAndOtherVersionsAreRefused) {
  struct Case {
    std::string_view path, base;
    ErrorKind kind;
  };
  const std::array cases = {
      Case{"/", "/scim/v2", ErrorKind::not_found},
      Case{"", "/scim/v2", ErrorKind::not_found},
      Case{"/scimitar/v2/Users", "/scim/v2", ErrorKind::not_found},
      Case{"/v2/Users", "/scim/v2", ErrorKind::not_found},
      Case{"/Users", "/scim", ErrorKind::not_found},
      Case{"/scim/v1/Users", "/scim/v2", ErrorKind::invalid_version},
      Case{"/scim/v22", "/scim/v2", ErrorKind::invalid_version},
      Case{"/v1/Users", "/v2", ErrorKind::invalid_version},
  };
  for (const Case& c : cases) {
    const Located located = locate(c.path, c.base);
    ASSERT_TRUE(located.misplaced) << c.path;
    EXPECT_EQ(located.misplaced->kind, c.kind) << c.path;
    EXPECT_EQ(located.path.find("Users"), std::string::npos) << c.path;
  }
}

TEST(Arrive, TakesTheUriAsTheClientWroteIt) {
  const FakeExchange exchange({"REQUEST_METHOD=GET", "REQUEST_URI=http://evil.example/scim/v2/Users/a%2Fb?filter=x%20y?z", "HTTPS=on",
                               "SERVER_NAME=idm.example", "SERVER_PORT=8443", "HTTP_HOST=evil.example",
                               "HTTP_AUTHORIZATION=Bearer a", "HTTP_IF_MATCH=\"1\"", "REMOTE_USER=ada"},
                              "");
  const Arrival arrival = arrive(exchange.variables(), small_gateway());
  EXPECT_EQ(arrival.request.method, "GET");
  EXPECT_EQ(arrival.request.path, "/Users/a%2Fb");
  EXPECT_EQ(arrival.request.query, "filter=x%20y?z");
  EXPECT_EQ(arrival.request.base_url, "https://idm.example:8443/scim/v2");
  EXPECT_EQ(arrival.request.authorization, "Bearer a");
  EXPECT_EQ(arrival.request.if_match, "\"1\"");
  EXPECT_EQ(arrival.request.remote_user, "ada");
  EXPECT_FALSE(arrival.misplaced);
}

TEST(Arrive, OfTwoVariablesTheLastOneCountsAndHeadersAreJoined) {
  const FakeExchange exchange({"REMOTE_USER=admin", "HTTP_AUTHORIZATION=Bearer a", "AUTH_TYPE=Basic", "HTTP_IF_MATCH=", "REMOTE_USER=",
                               "HTTP_AUTHORIZATION=Bearer b", "REMOTE_USER_X=no", "HTTP_IF_MATCH=\"1\"", "CONTENT_TYPE=a", "CONTENT_TYPE=b",
                               "AUTH_TYPE"},
                              "");
  const Request request = arrive(exchange.variables(), small_gateway()).request;
  EXPECT_EQ(request.remote_user, "");
  EXPECT_EQ(request.authorization, "Bearer a, Bearer b");
  EXPECT_EQ(request.auth_type, "Basic");
  EXPECT_EQ(request.if_match, ", \"1\"");
  EXPECT_EQ(request.content_type, "b");
  EXPECT_EQ(request.if_match, exchange.variables().header("IF_MATCH"));
}

TEST(Arrive, AnyHeaderByName) {
  const FakeExchange exchange({"HTTP_X_INTERNAL_KEY=k", "HTTP_AUTHORIZATION=Bearer a", "CONTENT_TYPE=text/x", "CONTENT_LENGTH=7",
                               "REMOTE_ADDR=::1", "HTTP_VIA=a", "HTTP_VIA=b", "X_SECRET=s"},
                              "");
  const Arrival arrival = arrive(exchange.variables(), small_gateway());
  EXPECT_EQ(arrival.request.remote_addr, "::1");
  const auto& header = arrival.request.header;
  EXPECT_EQ(header("X-Internal-Key"), "k");
  EXPECT_EQ(header("x-internal-key"), "k");
  EXPECT_EQ(header("Authorization"), "Bearer a");
  EXPECT_EQ(header("Content-Type"), "text/x");
  EXPECT_EQ(header("Content-Length"), "7");
  EXPECT_EQ(header("Via"), "a, b");
  EXPECT_EQ(header("X-Secret"), "") << "a variable of the web server is no header";
  EXPECT_EQ(header("Remote-Addr"), "");
  EXPECT_EQ(header(""), "");
}

TEST(Arrive, WithoutRequestUriPathInfoIsEncodedAgain) {
  const FakeExchange exchange({"SCRIPT_NAME=/scim/v2", "PATH_INFO=/Users/a b", "QUERY_STRING=count=1", "REQUEST_SCHEME=http",
                               "SERVER_ADDR=192.0.2.1", "SERVER_PORT=80"},
                              "");
  const Arrival arrival = arrive(exchange.variables(), small_gateway());
  EXPECT_EQ(arrival.request.path, "/Users/a%20b");
  EXPECT_EQ(arrival.request.query, "count=1");
  EXPECT_EQ(arrival.request.base_url, "http://192.0.2.1/scim/v2");
}

TEST(ReadBody, Lengths) {
  struct Case {
    const char* length;
    std::string_view sent;
    std::string_view read;
    bool too_large;
    bool refused;
    std::size_t taken;
  };
  const std::array cases = {
      Case{"CONTENT_LENGTH=5", "hello", "hello", false, false, 5},
      Case{"CONTENT_LENGTH=10", "0123456789", "0123456789", false, false, 10},
      Case{"CONTENT_LENGTH=11", "0123456789x", "", true, false, 0},  // unread
      Case{"CONTENT_LENGTH=99999999999999999999999", "x", "", true, false, 0},
      Case{"CONTENT_LENGTH=", "hello", "hello", false, false, 5},
      Case{"CONTENT_LENGTH=", "0123456789x", "", true, false, 11},
      Case{"NONE=", "", "", false, false, 0},
      Case{"CONTENT_LENGTH=5", "hell", "hell", false, true, 4},
      Case{"CONTENT_LENGTH=-5", "hello", "", false, true, 0},
      Case{"CONTENT_LENGTH=5x", "hello", "", false, true, 0},
      Case{"CONTENT_LENGTH=+5", "hello", "", false, true, 0},
  };
  for (const Case& c : cases) {
    FakeExchange exchange({c.length}, std::string(c.sent));
    Request request;
    const auto result = read_body(exchange, small_gateway(), request);
    EXPECT_EQ(!result, c.refused) << c.length;
    if (!result) {
      EXPECT_EQ(result.error().kind, ErrorKind::bad_request);
    }
    EXPECT_EQ(request.body, c.read) << c.length;
    EXPECT_EQ(request.body_too_large, c.too_large) << c.length;
    EXPECT_EQ(exchange.read_bytes(), c.taken) << c.length;
  }
}

TEST(ReadBody, OfWhoTakesTooLong) {
  FakeExchange exchange({"CONTENT_LENGTH=5"}, "hel");
  exchange.has_taken_too_long = true;
  Gateway gateway = small_gateway();
  gateway.request_s = 7;
  Request request;
  const auto result = read_body(exchange, gateway, request);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().kind, ErrorKind::request_timeout);
  EXPECT_EQ(result.error().detail, "the request has not arrived within 7 s (limits.request_s)");
}

TEST(CgiHead, HasNoLineBreaksInHeaders) {
  Response response;
  response.status = 201;
  response.headers = {{"Location", "x\r\nX-Evil: 1\n"}, {"content-length", "999"}};
  EXPECT_EQ(cgi_head(response, 2, ""), "Status: 201 Created\r\nLocation: xX-Evil: 1\r\nContent-Length: 2\r\n\r\n");
  EXPECT_EQ(cgi_head(response, std::nullopt, ""), "Status: 201 Created\r\nLocation: xX-Evil: 1\r\n\r\n");
}

TEST(CgiHead, NoContentHasNothingOfABody) {
  for (const auto& [status, line] : {std::pair{204, "Status: 204 No Content\r\n"}, std::pair{304, "Status: 304 Not Modified\r\n"}}) {
    Response response;
    response.status = status;
    response.headers = {{"Content-Type", "application/scim+json"}, {"ETag", "W/\"1\""}};
    EXPECT_EQ(cgi_head(response, 2, "r1"), std::string(line) + "ETag: W/\"1\"\r\nX-Request-Id: r1\r\n\r\n");
    EXPECT_FALSE(has_body(status, "GET"));
  }
  EXPECT_TRUE(has_body(200, "GET"));
  EXPECT_FALSE(has_body(200, "HEAD"));
}

/// What an answer is on the wire.
struct Sent {
  std::string written;
  bool is_broken_off;
  std::string log;
};
Sent send(std::string_view method, Exchange::Breaks breaks, const Handle& handle) {
  test::FrozenEnv env;
  const std::string variable = "REQUEST_METHOD=" + std::string(method);
  FakeExchange exchange({variable.c_str(), "REQUEST_URI=/scim/v2/Groups/g", "REQUEST_ID=r1"}, "");
  exchange.sees = breaks;
  RequestEnv about(env);
  respond(exchange, small_gateway(), handle, about);
  std::string log;
  for (const std::string& line : env.lines()) log += line + '\n';
  return {exchange.written, exchange.is_broken_off, log};
}

/// Sends two pieces, then what `end` says.
Handle in_pieces(Response end) {
  return [end = std::move(end)](const Request& request) {
    Response head;
    head.headers = {{"ETag", "W/\"1\""}};
    request.sink->begin(head);
    if (request.sink->write("[1,")) request.sink->write("2,");
    return end;
  };
}

TEST(Respond, SendsAnAnswerAsItComes) {
  Response rest;
  rest.holds = Response::Body::rest;
  rest.body = "3]";
  const Sent get = send("GET", Exchange::Breaks::seen, in_pieces(rest));
  EXPECT_EQ(get.written, "Status: 200 OK\r\nETag: W/\"1\"\r\nX-Request-Id: r1\r\n\r\n[1,2,3]");
  EXPECT_FALSE(get.is_broken_off);
  EXPECT_NE(get.log.find("200 7 bytes"), std::string::npos) << get.log;
  const Sent head = send("HEAD", Exchange::Breaks::seen, in_pieces(rest));
  EXPECT_EQ(head.written, "Status: 200 OK\r\nETag: W/\"1\"\r\nX-Request-Id: r1\r\n\r\n");
}

TEST(Respond, AnErrorAfterTheFirstPieceBreaksTheAnswerOff) {
  Response error;
  error.status = 500;
  error.body = "{\"status\":\"500\"}";
  const Sent sent = send("GET", Exchange::Breaks::seen, in_pieces(error));
  EXPECT_EQ(sent.written, "Status: 200 OK\r\nETag: W/\"1\"\r\nX-Request-Id: r1\r\n\r\n[1,2,");
  EXPECT_TRUE(sent.is_broken_off);
  EXPECT_NE(sent.log.find("broken off"), std::string::npos) << sent.log;
}

TEST(Respond, KeepsAnswersWholeWhoseBreakNobodyWouldSee) {
  const Sent sent = send("GET", Exchange::Breaks::unseen, [](const Request& request) {
    EXPECT_EQ(request.sink, nullptr);
    Response response;
    response.body = "{}";
    return response;
  });
  EXPECT_EQ(sent.written, "Status: 200 OK\r\nX-Request-Id: r1\r\nContent-Length: 2\r\n\r\n{}");
}

// Requirements: SEC-2
TEST(Respond, LogsNamesOfParametersAndNoValues) {
  test::FrozenEnv env;
  FakeExchange exchange({"REQUEST_METHOD=GET", "REQUEST_URI=/scim/v2/Users?count=1&ada%40example.com&filter%3Duser=x&0123456789"}, "");
  RequestEnv about(env);
  respond(exchange, small_gateway(), [](const Request&) { return Response(); }, about);
  ASSERT_EQ(env.lines().size(), 1U);
  EXPECT_NE(env.lines().front().find("/Users?count&...&...&...\""), std::string::npos) << env.lines().front();
}

/// Keeps the facts of its lines.
class FactEnv final : public test::FrozenEnv {
 public:
  void log_facts(LogLevel, std::string_view message, std::span<const LogFact> facts) override {
    std::string line(message);
    for (const LogFact& fact : facts) {
      const auto* const text = std::get_if<std::string_view>(&fact.value);
      line.append(" ").append(fact.name).append("=");
      line += text != nullptr ? std::string(*text) : std::to_string(std::get<std::int64_t>(fact.value));
    }
    with_facts.push_back(line);
  }
  std::vector<std::string> with_facts;
};

TEST(Respond, FactsSayWhoAskedForWhat) {
  FactEnv env;
  RequestEnv about(env);
  FakeExchange exchange({"REQUEST_METHOD=POST", "REQUEST_URI=/scim/v2/Users?attributes=id", "REQUEST_ID=r1", "REMOTE_ADDR=192.0.2.1",
                         "CONTENT_LENGTH=2", "HTTP_X_REQUEST_ID=theirs\n"},
                        "{}");
  const Answered answered = respond(exchange, small_gateway(), [&](const Request& request) {
    about.log(LogLevel::warning, "in the middle");
    EXPECT_EQ(request.id, "r1");
    Response response;
    response.status = 201;
    response.body = "{}x";
    response.about = {"create", "User", "token:okta"};
    return response;
  }, about);
  EXPECT_EQ(answered.status, 201);
  EXPECT_EQ(answered.request_bytes, 2U);
  EXPECT_EQ(answered.response_bytes, 3U);
  ASSERT_EQ(env.with_facts.size(), 2U);
  EXPECT_EQ(env.with_facts[0], "in the middle request_id=r1");
  const std::string& line = env.with_facts[1];
  for (const char* part : {"\"POST\" \"/scim/v2/Users?attributes\" 201 3 bytes ", " ms r1 request_id=r1 method=POST path=/scim/v2/Users?attributes ",
                           " operation=create type=User status=201 ", " request_bytes=2 bytes=3 subject=token:okta remote_addr=192.0.2.1",
                           " client_request_id=theirs\n"}) {
    EXPECT_NE(line.find(part), std::string::npos) << line << "\nhas no " << part;
  }
}

TEST(Respond, OnlyTheWebServerNamesRequests) {
  test::FrozenEnv env;
  EXPECT_EQ(request_id("0123456789abcdef0123456789ABCDEF", env), "0123456789abcdef0123456789ABCDEF");
  for (const std::string& odd : {std::string(), std::string("a b"), std::string("a\"b"), std::string("a\r\nX-Evil: 1"), std::string(65, 'a')}) {
    EXPECT_EQ(request_id(odd, env).size(), 36U) << odd;
  }
  FakeExchange exchange({"REQUEST_METHOD=GET", "REQUEST_URI=/scim/v2/Users", "HTTP_X_REQUEST_ID=theirs"}, "");
  RequestEnv about(env);
  respond(exchange, small_gateway(), [](const Request&) { return Response(); }, about);
  EXPECT_EQ(exchange.written.find("theirs"), std::string::npos) << exchange.written;
  EXPECT_NE(exchange.written.find("X-Request-Id: 00000000-"), std::string::npos) << exchange.written;
}

TEST(Respond, LogsTheRequestsThatAreWanted) {
  struct Case {
    LogRequests requests;
    int status;
    std::size_t lines;
  };
  for (const Case& c : {Case{LogRequests::all, 200, 1}, Case{LogRequests::errors, 399, 0}, Case{LogRequests::errors, 400, 1},
                        Case{LogRequests::none, 500, 0}}) {
    test::FrozenEnv env;
    RequestEnv about(env);
    FakeExchange exchange({"REQUEST_METHOD=GET", "REQUEST_URI=/scim/v2/Users"}, "");
    Gateway gateway = small_gateway();
    gateway.log_requests = c.requests;
    respond(exchange, gateway, [&](const Request&) {
      Response response;
      response.status = c.status;
      return response;
    }, about);
    EXPECT_EQ(env.lines().size(), c.lines) << c.status;
  }
}

TEST(Respond, MisplacedRequestsMustPassTheHandlerFirst) {
  test::FrozenEnv env;
  RequestEnv about(env);
  for (const auto& [handled, status] : {std::pair{401, "401"}, std::pair{404, "400"}}) {
    FakeExchange exchange({"REQUEST_METHOD=GET", "REQUEST_URI=/scim/v1/Users"}, "");
    respond(exchange, small_gateway(), [status = handled](const Request& request) {
      EXPECT_EQ(request.path.find("Users"), std::string::npos);
      Response response;
      response.status = status;
      return response;
    }, about);
    EXPECT_TRUE(exchange.written.starts_with(std::string("Status: ") + status)) << exchange.written;
  }
}

TEST(CgiExchange, ReadsNoFurtherThanTheBody) {
  std::array<int, 2> in{}, out{};
  ASSERT_EQ(pipe(in.data()), 0);
  ASSERT_EQ(pipe(out.data()), 0);
  ASSERT_EQ(write(in[1], "hello more", 10), 10);  // and the pipe stays open
  const std::array<const char*, 2> environment = {"CONTENT_LENGTH=5", nullptr};
  CgiExchange exchange(environment.data(), in[0], out[1]);
  std::array<char, 100> buffer{};
  std::string body;
  while (const std::size_t count = exchange.read(buffer.data(), buffer.size())) body.append(buffer.data(), count);
  EXPECT_EQ(body, "hello");
  exchange.write("answer");
  EXPECT_EQ(read(out[0], buffer.data(), buffer.size()), 6);
  for (const int fd : {in[0], in[1], out[0], out[1]}) close(fd);
}

TEST(Options, Table) {
  struct Case {
    std::vector<const char*> words;
    bool ok;
  };
  const std::array cases = {
      Case{{}, true},
      Case{{"--config", "x", "--listen=unix:/s", "--threads", "3"}, true},
      Case{{"--threads=1024"}, true},
      Case{{"--threads=0"}, false},
      Case{{"--threads=1025"}, false},
      Case{{"--threads=x"}, false},
      Case{{"--threads"}, false},
      Case{{"--config="}, false},
      Case{{"--help=1"}, false},
      Case{{"--thread=1"}, false},
      Case{{"word"}, false},
  };
  for (const Case& c : cases) {
    std::string program = "scim-fcgi";
    std::vector<std::string> copies(c.words.begin(), c.words.end());
    std::vector<char*> argv = {program.data()};
    for (std::string& word : copies) argv.push_back(word.data());
    EXPECT_EQ(parse_options(static_cast<int>(argv.size()), argv.data()).has_value(), c.ok)
        << (c.words.empty() ? "" : c.words.front());
  }
}

}  // namespace
}  // namespace scim::fcgi
