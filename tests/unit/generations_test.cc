// SPDX-License-Identifier: MIT
// Generations replace each other while threads serve.
#include "fcgi/generations.h"

#include <gtest/gtest.h>
#include <poll.h>

#include <atomic>
#include <functional>
#include <thread>
#include <utility>
#include <vector>

namespace scim::fcgi {
namespace {

/// What a request does is for the test to say; the exchange is not looked at.
class Scripted final : public Generation {
 public:
  Scripted(std::atomic<int>& alive, std::function<void()> request) : alive_(alive), request_(std::move(request)) { ++alive_; }
  ~Scripted() override {
    EXPECT_EQ(requests_, 0);
    --alive_;
  }
  void respond(std::size_t, Exchange&) override {
    ++requests_;
    request_();
    --requests_;
  }
  Result<void> ask_database() override { return {}; }
  Result<void> reopen_journal() override { return {}; }
  Writers writers() const override { return {1, 2, 3}; }

 private:
  std::atomic<int>& alive_;
  std::function<void()> request_;
  std::atomic<int> requests_ = 0;
};

bool has_unused(const Generations& generations) {
  pollfd wanted{generations.unused_fd(), POLLIN, 0};
  return ::poll(&wanted, 1, 0) == 1;
}

class GenerationsTest : public ::testing::Test {
 protected:
  std::unique_ptr<Generation> make(std::function<void()> request) { return std::make_unique<Scripted>(alive_, std::move(request)); }
  std::atomic<int> alive_ = 0;
  CgiExchange exchange_{nullptr, -1, -1};
};

TEST_F(GenerationsTest, ARequestIsServedToItsEndByTheOneThatItHasMet) {
  std::vector<std::string> served;
  std::unique_ptr<Generations> generations;
  generations = std::make_unique<Generations>(make([&] {
    // Meanwhile another one comes, and serves a request.
    generations->replace(make([&] { served.emplace_back("second"); }));
    generations->respond(1, exchange_);
    EXPECT_TRUE(has_unused(*generations)) << "it might have been";
    generations->end_unused();
    EXPECT_EQ(alive_, 2);
    EXPECT_FALSE(has_unused(*generations));
    served.emplace_back("first");
  }));
  generations->respond(0, exchange_);
  EXPECT_EQ(served, (std::vector<std::string>{"second", "first"}));
  EXPECT_TRUE(has_unused(*generations));
  generations->end_unused();
  EXPECT_EQ(alive_, 1);
  generations.reset();
  EXPECT_EQ(alive_, 0);
}

TEST_F(GenerationsTest, ThoseThatNobodyHasMetEndAtOnce) {
  Generations generations(make([] {}));
  for (int i = 0; i < 3; ++i) generations.replace(make([] {}));
  EXPECT_EQ(alive_, 4);
  EXPECT_EQ(generations.count(), 4U);
  generations.end_unused();
  EXPECT_EQ(alive_, 1);
  EXPECT_EQ(generations.count(), 1U);
  EXPECT_EQ(generations.writers().commits, 8U) << "what is gone has been counted";
}

TEST_F(GenerationsTest, ThreadsServeWhileTheyAreReplaced) {
  std::atomic<int> served = 0;
  Generations generations(make([&] { ++served; }));
  constexpr int kThreads = 3, kRequests = 2000;
  {
    std::vector<std::jthread> threads;
    for (std::size_t i = 0; i < kThreads; ++i) {
      threads.emplace_back([&, i] {
        CgiExchange exchange(nullptr, -1, -1);
        for (int request = 0; request < kRequests; ++request) generations.respond(i, exchange);
      });
    }
    while (served < kThreads * kRequests / 2) {
      generations.replace(make([&] { ++served; }));
      generations.end_unused();
    }
  }
  EXPECT_EQ(served, kThreads * kRequests);
  generations.end_unused();
  EXPECT_EQ(alive_, 1);
}

}  // namespace
}  // namespace scim::fcgi
