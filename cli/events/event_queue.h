// SPDX-License-Identifier: MIT
// Events on their way to somebody: each at least once, those of one resource in their order, and what cannot be told now
// again and again, without holding up what is about others: of a resource whose event fails the first alone is kept here, and
// what comes behind it is read from the log once more when that has been told.
#pragma once

#include <chrono>
#include <list>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "cli/events/event.h"
#include "sql/change_feed.h"

namespace scim::cli {

class EventQueue {
 public:
  using Clock = std::chrono::steady_clock;
  /// How many wait at most: more are not read before some of them have been told.
  static constexpr std::size_t kMostWaiting = 1000;
  static constexpr std::chrono::milliseconds kFirstPause{500};
  static constexpr std::chrono::minutes kLongestPause{5};

  /// All up to `told` has been told, and all that is added comes behind it.
  explicit EventQueue(sql::ReadPositions told) : added_(std::move(told)) {}

  void add(Event event);
  bool has_room() const { return waiting_.size() < kMostWaiting; }
  bool empty() const { return waiting_.empty() && failing_.empty(); }

  /// What is in the log alone: the events of one resource behind a position.
  struct Rest {
    std::string resource;
    std::int64_t position = 0;
  };
  /// Which is to be read again now; nullopt: none.
  std::optional<Rest> rest() const;
  /// The next events of `rest`, in their order; none: there are no more.
  void add_again(const Rest& rest, std::vector<Event> events);

  /// The first that may be told now; nullptr: there is none. Valid until it has been told.
  const Event* next(Clock::time_point now) const;
  /// When the next one may be told; nullopt: none waits.
  std::optional<Clock::time_point> next_time() const;
  void set_told(const Event& event);
  /// It could not be told: again after a pause, which is twice as long each time.
  void set_failed(const Event& event, Clock::time_point now);

  /// Behind which nothing has been added yet.
  const sql::ReadPositions& added() const { return added_; }
  /// Up to which all has been told.
  sql::ReadPositions told() const;

 private:
  struct Waiting {
    Event event;
    Clock::time_point not_before{};
    std::chrono::milliseconds pause = kFirstPause;
  };
  /// Of the first event, or one before it, and of the last one.
  struct Numbers {
    std::int64_t first = 0;
    std::int64_t last = 0;
  };
  /// A resource of which an event has failed, until all that was added of it since has been told.
  struct Failing {
    std::int64_t position = 0;             ///< of its last event that has been here
    std::map<std::int64_t, Numbers> left;  ///< of each chain what is in the log alone
  };
  std::list<Waiting>::iterator find(const Event& event);
  static void leave(const Event& event, Failing& failing);

  std::list<Waiting> waiting_;              ///< in their order
  std::map<std::string, Failing> failing_;  ///< by resource
  sql::ReadPositions added_;
};

}  // namespace scim::cli
