// SPDX-License-Identifier: MIT
#include "fcgi/monitor.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <vector>

#include "tests/unit/temp_dir.h"

namespace scim::fcgi {
namespace {

class MonitorTest : public ::testing::Test {
 protected:
  Fd connect() {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::copy(path_.begin(), path_.end(), address.sun_path);
    Fd fd(::socket(AF_UNIX, SOCK_STREAM, 0));
    EXPECT_EQ(::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    return fd;
  }
  static std::string rest(const Fd& fd) {
    std::string text;
    std::array<char, 4096> buffer;
    ssize_t count = 0;
    while ((count = ::recv(fd.get(), buffer.data(), buffer.size(), 0)) > 0) text.append(buffer.data(), static_cast<std::size_t>(count));
    return text;
  }
  std::string ask(std::string_view request) {
    const Fd fd = connect();
    EXPECT_EQ(::send(fd.get(), request.data(), request.size(), 0), static_cast<ssize_t>(request.size()));
    ::shutdown(fd.get(), SHUT_WR);
    return rest(fd);
  }

  test::TempDir directory_;
  std::string path_ = directory_.file("socket");
  Monitor monitor_{*open_local_listener("unix:" + path_), [](std::string_view path) {
    return path == "/page" ? Page{200, "text\n"} : Page{404, "none\n"};
  }};
};

TEST_F(MonitorTest, AnswersPages) {
  const std::string page = ask("GET /page?x=1 HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_TRUE(page.starts_with("HTTP/1.1 200 OK\r\n")) << page;
  EXPECT_TRUE(page.ends_with("Content-Length: 5\r\n\r\ntext\n")) << page;
  const std::string head = ask("HEAD /page HTTP/1.0\r\n\r\n");
  EXPECT_TRUE(head.ends_with("Content-Length: 5\r\n\r\n")) << head;
  EXPECT_TRUE(ask("GET / HTTP/1.1\r\n\r\n").starts_with("HTTP/1.1 404 Not Found\r\n"));
  EXPECT_TRUE(ask("POST /page HTTP/1.1\r\n\r\n").starts_with("HTTP/1.1 405 Method Not Allowed\r\nAllow: GET, HEAD\r\n"));
}

TEST_F(MonitorTest, TakesWholeUrls) {
  for (const std::string_view target : {"http://x/page", "HTTP://x:80/page?x=1"}) {
    EXPECT_TRUE(ask("GET " + std::string(target) + " HTTP/1.1\r\nHost: x\r\n\r\n").starts_with("HTTP/1.1 200 OK\r\n")) << target;
  }
  for (const std::string_view target : {"http://x", "http://x?/page", "https://x/page", "page"}) {
    EXPECT_TRUE(ask("GET " + std::string(target) + " HTTP/1.1\r\nHost: x\r\n\r\n").starts_with("HTTP/1.1 404 ")) << target;
  }
}

TEST_F(MonitorTest, WhoSendsNothingKeepsNobodyWaiting) {
  std::vector<Fd> silent;
  while (silent.size() < 100) silent.push_back(connect());
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_TRUE(ask("GET /page HTTP/1.1\r\n\r\n").starts_with("HTTP/1.1 200 OK\r\n"));
  // One after the other they would take 100 seconds.
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(50));
  for (const Fd& fd : silent) EXPECT_EQ(rest(fd), "") << "given up";
}

TEST_F(MonitorTest, OutlivesWhatIsNoHttp) {
  for (const std::string_view noise : {std::string_view("\r\n\r\n"), std::string_view("GET /page\r\n\r\n"), std::string_view("GET /page SPDY/3\r\n\r\n")}) {
    EXPECT_TRUE(ask(noise).starts_with("HTTP/1.1 400 ")) << noise;
  }
  EXPECT_EQ(ask("GET /page HTTP/1.1\r\n"), "") << "no more comes";
  EXPECT_EQ(ask(std::string(20'000, 'x')), "") << "too long";
  EXPECT_TRUE(ask("GET /page HTTP/1.1\r\n\r\n").starts_with("HTTP/1.1 200 OK\r\n"));
}

TEST(OpenLocalListener, OnlyThisMachineReachesIt) {
  for (const char* address : {"127.0.0.1:0", "127.9.9.9:0", "localhost:0"}) EXPECT_TRUE(open_local_listener(address)) << address;
  for (const char* address : {"0.0.0.0:0", "[::]:0", "nonsense", ":1"}) EXPECT_FALSE(open_local_listener(address)) << address;
}

}  // namespace
}  // namespace scim::fcgi
