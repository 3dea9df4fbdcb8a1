// SPDX-License-Identifier: MIT
#include "cli/events/event_queue.h"

#include <algorithm>
#include <set>

namespace scim::cli {

void EventQueue::leave(const Event& event, Failing& failing) {
  const auto at = failing.left.try_emplace(event.chain, Numbers{event.number, event.number}).first;
  Numbers& left = at->second;
  left = {std::min(left.first, event.number), std::max(left.last, event.number)};
}

void EventQueue::add(Event event) {
  added_[event.chain] = event.number;
  const auto failing = failing_.find(event.resource);
  if (failing != failing_.end()) leave(event, failing->second);
  else waiting_.push_back({std::move(event)});
}

std::optional<EventQueue::Rest> EventQueue::rest() const {
  if (failing_.empty()) return std::nullopt;
  std::set<std::string_view> are_here;
  for (const Waiting& each : waiting_) are_here.insert(each.event.resource);
  for (const auto& [resource, failing] : failing_) {
    if (!are_here.contains(resource)) return Rest{resource, failing.position};
  }
  return std::nullopt;
}

void EventQueue::add_again(const Rest& rest, std::vector<Event> events) {
  Failing& failing = failing_.at(rest.resource);
  bool any = false;
  for (Event& event : events) {
    const auto added = added_.find(event.chain);
    const bool is_yet_to_come = added == added_.end() || event.number > added->second;
    if (is_yet_to_come) continue;
    any = true;
    failing.position = event.position;
    const auto left = failing.left.find(event.chain);
    if (left != failing.left.end()) left->second.first = event.number + 1;
    if (left != failing.left.end() && left->second.first > left->second.last) failing.left.erase(left);
    waiting_.push_back({std::move(event)});
  }
  if (!any) failing_.erase(rest.resource);
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
  const auto told = find(event);
  const auto failing = failing_.find(event.resource);
  waiting_.erase(told);
  if (failing != failing_.end() && failing->second.left.empty()) failing_.erase(failing);
}

void EventQueue::set_failed(const Event& event, Clock::time_point now) {
  const auto failed = find(event);
  failed->not_before = now + failed->pause;
  failed->pause = std::min<std::chrono::milliseconds>(failed->pause * 2, kLongestPause);
  Failing& failing = failing_[event.resource];
  failing.position = event.position;
  for (auto each = std::next(failed); each != waiting_.end();) {
    const bool is_behind = each->event.resource == event.resource;
    if (is_behind) leave(each->event, failing);
    each = is_behind ? waiting_.erase(each) : std::next(each);
  }
}

sql::ReadPositions EventQueue::told() const {
  sql::ReadPositions told = added_;
  const auto stop_before = [&](std::int64_t chain, std::int64_t number) { told[chain] = std::min(told[chain], number - 1); };
  for (const Waiting& each : waiting_) stop_before(each.event.chain, each.event.number);
  for (const auto& [resource, failing] : failing_) {
    for (const auto& [chain, left] : failing.left) stop_before(chain, left.first);
  }
  return told;
}

}  // namespace scim::cli
