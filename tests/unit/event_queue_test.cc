// SPDX-License-Identifier: MIT
// Events are told in their order, and what cannot be told holds up nothing but what is about the same.
#include "cli/events/event_queue.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace scim::cli {
namespace {

using std::chrono::milliseconds;

class Queue : public testing::Test {
 protected:
  Queue() {
    // Two chains: 0-1 ada, 1-1 bob, 0-2 ada, 0-3 bob, 1-2 carl.
    add(0, 1, "ada");
    add(1, 1, "bob");
    add(0, 2, "ada");
    add(0, 3, "bob");
    add(1, 2, "carl");
  }
  void add(std::int64_t chain, std::int64_t number, const std::string& resource) {
    const auto position = static_cast<std::int64_t>(log_.size()) + 1;
    log_.push_back({std::to_string(chain) + '-' + std::to_string(number), chain, number, position, "user.updated", resource, false, "{}"});
    queue_.add(log_.back());
  }
  /// What the log alone has, a few at a time.
  void read_again() {
    while (const auto rest = queue_.rest()) {
      std::vector<Event> events;
      for (const Event& event : log_) {
        const bool is_meant = event.resource == rest->resource && event.position > rest->position;
        if (is_meant && events.size() < 3) events.push_back(event);
      }
      queue_.add_again(*rest, std::move(events));
    }
  }
  /// All that may be told now, in that order; those in `refused` cannot be.
  std::string told(const std::string& refused = "") {
    std::string all;
    read_again();
    while (const Event* event = queue_.next(now_)) {
      all += (all.empty() ? "" : " ") + event->id;
      if (refused.find(event->id) != std::string::npos) queue_.set_failed(*event, now_);
      else queue_.set_told(*event);
      read_again();
    }
    return all;
  }

  std::vector<Event> log_;
  EventQueue queue_{sql::ReadPositions{}};
  EventQueue::Clock::time_point now_{};
};

TEST_F(Queue, TellsInOrder) {
  EXPECT_EQ(told(), "0-1 1-1 0-2 0-3 1-2");
  EXPECT_TRUE(queue_.empty());
  EXPECT_EQ(queue_.told(), (sql::ReadPositions{{0, 3}, {1, 2}}));
}

TEST_F(Queue, WhatFailsHoldsUpItsOwnResourceAlone) {
  EXPECT_EQ(told("0-1"), "0-1 1-1 0-3 1-2");
  EXPECT_EQ(queue_.told(), (sql::ReadPositions{{0, 0}, {1, 2}})) << "a new start tells 0-3 again rather than lose 0-1";
  EXPECT_EQ(queue_.added(), (sql::ReadPositions{{0, 3}, {1, 2}}));
  EXPECT_EQ(told(), "") << "not before its time";
  EXPECT_EQ(queue_.next_time(), now_ + EventQueue::kFirstPause);
  now_ += EventQueue::kFirstPause;
  queue_.set_told(*queue_.next(now_));
  read_again();
  queue_.set_told(*queue_.next(now_));
  EXPECT_TRUE(queue_.empty());
  EXPECT_EQ(queue_.told(), (sql::ReadPositions{{0, 3}, {1, 2}}));
}

TEST_F(Queue, OfWhatFailsTheFirstAloneIsKept) {
  EXPECT_EQ(told("0-1"), "0-1 1-1 0-3 1-2");
  for (std::int64_t i = 0; i < 1000; ++i) add(i % 2, 4 + i / 2, "ada");
  add(1, 504, "bob");
  EXPECT_TRUE(queue_.has_room());
  EXPECT_EQ(told(), "1-504") << "who has nothing to do with it";
  EXPECT_EQ(queue_.told(), (sql::ReadPositions{{0, 0}, {1, 3}})) << "a new start tells all of ada, which is in both chains";

  now_ += EventQueue::kFirstPause;
  EXPECT_EQ(told("1-4"), "0-1 0-2 0-4 1-4") << "in the order of the log";
  EXPECT_EQ(queue_.told(), (sql::ReadPositions{{0, 4}, {1, 3}}));
  add(0, 504, "ada");
  now_ += EventQueue::kFirstPause;
  const std::string rest = told();
  EXPECT_TRUE(rest.starts_with("1-4 0-5 1-5 0-6")) << rest.substr(0, 40);
  EXPECT_TRUE(rest.ends_with("0-503 1-503 0-504")) << rest.substr(rest.size() - 40);
  EXPECT_EQ(std::count(rest.begin(), rest.end(), '-'), 1000);
  EXPECT_TRUE(queue_.empty());
  EXPECT_EQ(queue_.told(), (sql::ReadPositions{{0, 504}, {1, 504}}));
}

TEST_F(Queue, PausesGrowToALimit) {
  EXPECT_EQ(told("0-1 0-2 0-3 1-1 1-2"), "0-1 1-1 1-2");
  milliseconds pause = EventQueue::kFirstPause;
  for (int i = 0; i < 20; ++i) {
    EXPECT_EQ(queue_.next_time(), now_ + pause);
    now_ += pause;
    EXPECT_EQ(told("0-1 0-2 0-3 1-1 1-2"), "0-1 1-1 1-2");
    pause = std::min<milliseconds>(pause * 2, EventQueue::kLongestPause);
  }
  EXPECT_EQ(pause, EventQueue::kLongestPause);
}

TEST_F(Queue, HasRoomForSoMany) {
  for (std::int64_t i = 4; queue_.has_room(); ++i) add(0, i, "x" + std::to_string(i));
  told("0-1");
  EXPECT_TRUE(queue_.has_room());
}

}  // namespace
}  // namespace scim::cli
