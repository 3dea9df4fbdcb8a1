// SPDX-License-Identifier: MIT
// Events on their way to somebody: each at least once, those of one resource in their order, and what cannot be told now
// again and again, without holding up what is about others.
#pragma once

#include <chrono>
#include <list>
#include <map>
#include <optional>
#include <set>

#include "cli/event.h"
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
  explicit EventQueue(sql::ReadPositions told) : told_(told), added_(std::move(told)) {}

  void add(Event event);
  bool has_room() const { return waiting_.size() < kMostWaiting; }
  bool empty() const { return waiting_.empty(); }

  /// The first that may be told now; nullptr: there is none. Valid until it has been told.
  const Event* next(Clock::time_point now) const;
  /// When the next one may be told; nullopt: none waits.
  std::optional<Clock::time_point> next_time() const;
  void set_told(const Event& event);
  /// It could not be told: again after a pause, which is twice as long each time.
  void set_failed(const Event& event, Clock::time_point now);

  /// Behind which all has been added, and up to which all has been told.
  const sql::ReadPositions& added() const { return added_; }
  const sql::ReadPositions& told() const { return told_; }

 private:
  struct Waiting {
    Event event;
    Clock::time_point not_before{};
    std::chrono::milliseconds pause = kFirstPause;
  };
  std::list<Waiting>::iterator find(const Event& event);

  std::list<Waiting> waiting_;  ///< in their order
  std::map<std::int64_t, std::set<std::int64_t>> told_early_;  ///< of each chain the numbers behind told_
  sql::ReadPositions told_;
  sql::ReadPositions added_;
};

}  // namespace scim::cli
