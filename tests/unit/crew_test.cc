// SPDX-License-Identifier: MIT
// Who of the server's threads works, first with threads of the test's own, then in a server. Nobody sleeps: what has to
// happen is waited for, and a test whose thread is never called never ends.
#include "fcgi/crew.h"

#include <gtest/gtest.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <barrier>
#include <cstring>
#include <latch>
#include <memory>
#include <thread>

#include "fcgi/server.h"
#include "tests/unit/frozen_env.h"
#include "tests/unit/temp_dir.h"

namespace scim::fcgi {
namespace {

constexpr Crew::Tick kNever = std::chrono::hours(1);
constexpr Crew::Tick kSoon = std::chrono::microseconds(100);

/// Threads that rest until they are called, once.
class Resters {
 public:
  explicit Resters(Crew& crew) : crew_(crew) {}
  ~Resters() { join(); }
  /// It rests when this returns.
  void start(std::string name) {
    const std::size_t before = crew_.resting();
    threads_.emplace_back([this, name] {
      const Crew::Call call = crew_.rest();
      const std::lock_guard lock(mutex_);
      if (call == Crew::Call::work) called_.push_back(name);
      else left_.push_back(name);
    });
    while (crew_.resting() == before) std::this_thread::yield();
  }
  void join() {
    for (std::thread& thread : threads_) thread.join();
    threads_.clear();
  }
  /// The names of those who have been called, once there are so many.
  std::vector<std::string> called(std::size_t count) {
    while (true) {
      const std::lock_guard lock(mutex_);
      if (called_.size() >= count) return called_;
      std::this_thread::yield();
    }
  }
  std::size_t left() const { return left_.size(); }

 private:
  Crew& crew_;
  std::mutex mutex_;
  std::vector<std::string> called_;
  std::vector<std::string> left_;
  std::vector<std::thread> threads_;
};

TEST(Crew, OneThreadWatches) {
  Crew crew;
  EXPECT_EQ(crew.watch(), Crew::Post::taken);
  EXPECT_EQ(crew.watch(), Crew::Post::occupied);
  crew.found(1);
  EXPECT_EQ(crew.watch(), Crew::Post::taken);
}

TEST(Crew, WhoWaitsForSomethingElseIsRelievedByWhoRestedLast) {
  Crew crew(kNever);
  Resters resters(crew);
  for (const char* name : {"first", "second", "third"}) resters.start(name);
  crew.relieve();
  EXPECT_EQ(resters.called(1), std::vector<std::string>{"third"});
  crew.relieve();
  EXPECT_EQ(resters.called(2).back(), "second");
  // As long as somebody watches there is nobody to relieve.
  ASSERT_EQ(crew.watch(), Crew::Post::taken);
  crew.relieve();
  EXPECT_EQ(crew.resting(), 1U);
  crew.end();
  resters.join();
  EXPECT_EQ(resters.left(), 1U);
}

TEST(Crew, WhoComesToRestIsCalledIfNobodyRestedBefore) {
  Crew crew(kNever);
  ASSERT_EQ(crew.watch(), Crew::Post::taken);
  crew.found(1);
  crew.relieve();
  EXPECT_EQ(crew.rest(), Crew::Call::work);
  // Once, and not if somebody has come to watch.
  crew.relieve();
  ASSERT_EQ(crew.watch(), Crew::Post::taken);
  Resters resters(crew);
  resters.start("only");
  crew.end();
  resters.join();
  EXPECT_EQ(resters.left(), 1U);
}

TEST(Crew, WhoeverTakesLongIsHelpedAfterATick) {
  Crew crew(kSoon);
  ASSERT_EQ(crew.watch(), Crew::Post::taken);
  Resters resters(crew);
  resters.start("first");
  resters.start("second");
  crew.found(1);
  // And whoever helps is helped after another one.
  EXPECT_EQ(resters.called(2).size(), 2U);
}

TEST(Crew, WhoeverHasTooMuchToDoIsHelped) {
  Crew crew(kSoon);
  ASSERT_EQ(crew.watch(), Crew::Post::taken);
  Resters resters(crew);
  resters.start("only");
  // It comes back all the time, and finds requests so fast that nobody ever sees it watch.
  while (crew.resting() > 0) crew.found(Crew::kCrowd);
  EXPECT_EQ(resters.called(1).front(), "only");
}

TEST(Crew, NothingHappensAndThenSomethingTakesLong) {
  Crew crew(kSoon);
  ASSERT_EQ(crew.watch(), Crew::Post::taken);
  Resters resters(crew);
  resters.start("only");
  while (!crew.is_dozing()) std::this_thread::yield();
  EXPECT_EQ(crew.resting(), 1U);
  crew.found(1);
  EXPECT_EQ(resters.called(1).front(), "only");
}

TEST(Crew, AtTheEndNobodyRests) {
  Crew crew(kNever);
  Resters resters(crew);
  resters.start("one");
  resters.start("other");
  crew.end();
  EXPECT_EQ(crew.rest(), Crew::Call::leave);
  resters.join();
  EXPECT_EQ(resters.left(), 2U);
}

/// A web server's side of one connection (FastCGI 1.0, 3.3 and 6.1).
class Client {
 public:
  explicit Client(const std::string& path) : fd_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    if (::connect(fd_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) throw std::runtime_error("connect");
  }
  void ask(std::string_view name) {
    constexpr std::string_view kResponderToBeKept("\0\1\1\0\0\0\0\0", 8);
    std::string pair{static_cast<char>(1), static_cast<char>(name.size())};
    pair.append("N").append(name);
    const std::string sent = record(1, kResponderToBeKept) + record(4, pair) + record(4, "") + record(5, "");
    if (::send(fd_.get(), sent.data(), sent.size(), MSG_NOSIGNAL) != std::ssize(sent)) throw std::runtime_error("send");
  }
  /// What comes up to the end of the request.
  std::string answer() {
    std::string all;
    while (true) {
      std::array<char, 8> head;
      receive(head.data(), head.size());
      const auto byte = [&](std::size_t i) { return static_cast<std::size_t>(static_cast<unsigned char>(head[i])); };
      std::string content(byte(4) * 256 + byte(5) + byte(6), '\0');
      receive(content.data(), content.size());
      content.resize(content.size() - byte(6));
      if (byte(1) == 3) return all;
      all += content;
    }
  }

 private:
  static std::string record(char type, std::string_view content) {
    const std::array<char, 8> head = {1, type, 0, 1, 0, static_cast<char>(content.size()), 0, 0};
    return std::string(head.data(), head.size()).append(content);
  }
  void receive(char* to, std::size_t size) {
    for (std::size_t done = 0; done < size;) {
      const ssize_t count = ::recv(fd_.get(), to + done, size - done, 0);
      if (count <= 0) throw std::runtime_error("recv");
      done += static_cast<std::size_t>(count);
    }
  }
  Fd fd_;
};

/// A server whose threads do what the name of a request says, and answer with their number.
class ServerTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { ASSERT_TRUE(start_fcgi()); }
  void TearDown() override { stop(); }
  void stop() {
    if (!server_.joinable()) return;
    tell_to_stop();
    server_.join();
  }
  void tell_to_stop() {
    const std::uint64_t one = 1;
    ASSERT_EQ(::write(stop_.get(), &one, sizeof one), static_cast<ssize_t>(sizeof one));
  }
  /// All threads but one rest when this returns.
  void start(int threads, Crew::Tick tick) {
    crew_ = std::make_unique<Crew>(tick);
    stop_ = Fd(::eventfd(0, EFD_CLOEXEC));
    auto listener = open_listener("unix:" + path_);
    ASSERT_TRUE(listener) << listener.error().detail;
    std::vector<Responder> responders;
    for (int i = 0; i < threads; ++i) {
      responders.push_back([this, i](Exchange& exchange) { respond(exchange, i); });
    }
    auto server = std::make_shared<Server>(std::move(*listener), stop_, std::move(responders), *crew_, env_);
    server_ = std::thread([server] { EXPECT_TRUE(server->run()); });
    while (crew_->resting() + 1 != static_cast<std::size_t>(threads)) std::this_thread::yield();
  }
  std::string ask(const std::string& name) {
    Client client(path_);
    client.ask(name);
    return client.answer();
  }

  test::TempDir directory_;
  std::string path_ = directory_.file("socket");
  std::latch may_end_{1};
  std::latch has_begun_{1};
  std::barrier<> both_{2};

 private:
  void respond(Exchange& exchange, int thread) {
    std::array<char, 16> body;
    while (exchange.read(body.data(), body.size()) > 0) {
    }
    const std::string_view name = exchange.variables().get("N");
    if (name == "commit" || name == "meet") crew_->relieve();
    if (name == "meet") both_.arrive_and_wait();
    if (name == "commit" || name == "long") {
      has_begun_.count_down();
      may_end_.wait();
    }
    exchange.write("\r\nthread " + std::to_string(thread));
  }

  test::FrozenEnv env_;
  std::unique_ptr<Crew> crew_;
  Fd stop_;
  std::thread server_;
};

TEST_F(ServerTest, OneThreadServesThoseWhoComeOneAfterTheOther) {
  start(4, kNever);
  const std::string first = ask("");
  for (int i = 0; i < 20; ++i) EXPECT_EQ(ask(""), first);
}

TEST_F(ServerTest, AnotherThreadServesWhileOneWaitsForItsCommit) {
  start(2, kNever);
  Client writer(path_);
  writer.ask("commit");
  has_begun_.wait();
  const std::string other = ask("");
  may_end_.count_down();
  EXPECT_NE(writer.answer(), other);
}

TEST_F(ServerTest, AnotherThreadServesWhileOneTakesLong) {
  start(2, kSoon);
  Client searcher(path_);
  searcher.ask("long");
  has_begun_.wait();
  const std::string other = ask("");
  may_end_.count_down();
  EXPECT_NE(searcher.answer(), other);
}

TEST_F(ServerTest, WhatOneThreadHasFoundBesideItsRequestWaitsForNoThread) {
  // Each request ends when the other has begun, so that none may be left lying while a thread waits for more.
  start(2, kNever);
  const auto go = [&] {
    Client client(path_);
    for (int i = 0; i < 2'000; ++i) {
      client.ask("meet");
      client.answer();
    }
  };
  std::thread other(go);
  go();
  other.join();
}

TEST_F(ServerTest, WhatHasArrivedIsAnsweredAtTheEnd) {
  start(1, kNever);
  Client first(path_);
  first.ask("long");
  has_begun_.wait();
  std::vector<std::unique_ptr<Client>> waiting;
  for (int i = 0; i < 5; ++i) {
    waiting.push_back(std::make_unique<Client>(path_));
    waiting.back()->ask("");
  }
  // The only thread is told to stop while it has something else to do.
  tell_to_stop();
  may_end_.count_down();
  EXPECT_EQ(first.answer(), "\r\nthread 0");
  stop();
  for (const auto& client : waiting) EXPECT_EQ(client->answer(), "\r\nthread 0");
}

}  // namespace
}  // namespace scim::fcgi
