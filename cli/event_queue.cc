// SPDX-License-Identifier: MIT
#include "cli/event_queue.h"

#include <algorithm>

namespace scim::cli {

void EventQueue::add(Event event) {
  added_[event.chain] = event.number;
  waiting_.push_back({std::move(event)});
}

const Event* EventQueue::next(Clock::time_point now) const {
  std::set<std::string_view> held_up;
  for (const Waiting& each : waiting_) {
    const bool is_first = held_up.insert(each.event.resource).second;
    if (is_first && each.not_before <= now) return &each.event;
  }
  return nullptr;
}

std::optional<EventQueue::Clock::time_point> EventQueue::next_time() const {
  std::optional<Clock::time_point> first;
  std::set<std::string_view> held_up;
  for (const Waiting& each : waiting_) {
    const bool is_first = held_up.insert(each.event.resource).second;
    if (is_first && (!first || each.not_before < *first)) first = each.not_before;
  }
  return first;
}

std::list<EventQueue::Waiting>::iterator EventQueue::find(const Event& event) {
  return std::find_if(waiting_.begin(), waiting_.end(), [&](const Waiting& each) { return &each.event == &event; });
}

void EventQueue::set_told(const Event& event) {
  std::set<std::int64_t>& early = told_early_[event.chain];
  std::int64_t& told = told_[event.chain];
  early.insert(event.number);
  while (!early.empty() && *early.begin() <= told + 1) {
    told = std::max(told, *early.begin());
    early.erase(early.begin());
  }
  waiting_.erase(find(event));
}

void EventQueue::set_failed(const Event& event, Clock::time_point now) {
  Waiting& waiting = *find(event);
  waiting.not_before = now + waiting.pause;
  waiting.pause = std::min<std::chrono::milliseconds>(waiting.pause * 2, kLongestPause);
}

}  // namespace scim::cli
