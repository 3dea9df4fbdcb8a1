// SPDX-License-Identifier: MIT
#include "fcgi/crew.h"

#include <algorithm>
#include <utility>

namespace scim::fcgi {
namespace {

/// Ticks without a request after which nobody counts them any more.
constexpr int kQuietTicks = 16;
/// Crowded ticks after which one more is called.
constexpr int kCrowdedTicks = 8;

}  // namespace

Crew::Post Crew::watch() {
  const std::lock_guard lock(mutex_);
  if (is_watched_) return Post::occupied;
  is_watched_ = true;
  is_wanted_ = false;
  return Post::taken;
}

void Crew::found(std::size_t requests) {
  const std::lock_guard lock(mutex_);
  is_watched_ = false;
  ++finds_;
  is_crowded_ = is_crowded_ || requests >= kCrowd;
  if (!is_dozing_ || resting_.empty()) return;
  is_dozing_ = false;
  resting_.front()->called.notify_one();  // not called: it looks after the others again
}

Crew::Call Crew::rest() {
  std::unique_lock lock(mutex_);
  Resting self;
  if (has_ended_) return Call::leave;
  if (std::exchange(is_wanted_, false)) return Call::work;
  resting_.push_back(&self);
  while (!has_ended_ && self.state == Resting::State::resting) wait(self, lock);
  if (self.state == Resting::State::called) --coming_;
  else std::erase(resting_, &self);
  return has_ended_ ? Call::leave : Call::work;
}

void Crew::wait(Resting& self, std::unique_lock<std::mutex>& lock) {
  if (resting_.front() != &self || is_dozing_) return self.called.wait(lock);
  if (self.called.wait_for(lock, tick_) == std::cv_status::no_timeout) return;
  if (self.state == Resting::State::resting) look_after();
}

void Crew::look_after() {
  const bool found_nothing = finds_ == finds_seen_;
  finds_seen_ = finds_;
  crowded_ticks_ = std::exchange(is_crowded_, false) ? crowded_ticks_ + 1 : 0;
  const bool is_calm = found_nothing && is_watched_;
  quiet_ticks_ = is_calm ? quiet_ticks_ + 1 : 0;
  is_dozing_ = quiet_ticks_ >= kQuietTicks;
  const bool takes_long = found_nothing && !is_watched_;
  if (!takes_long && crowded_ticks_ < kCrowdedTicks) return;
  crowded_ticks_ = 0;
  call_one();
}

void Crew::relieve() {
  const std::lock_guard lock(mutex_);
  if (is_watched_) return;
  is_wanted_ = resting_.empty() && coming_ == 0;
  call_one();
}

void Crew::call_one() {
  if (resting_.empty() || coming_ > 0) return;
  Resting* next = resting_.back();
  resting_.pop_back();
  if (resting_.empty()) is_dozing_ = false;
  next->state = Resting::State::called;
  ++coming_;
  next->called.notify_one();
}

std::size_t Crew::resting() const {
  const std::lock_guard lock(mutex_);
  return resting_.size();
}

bool Crew::is_dozing() const {
  const std::lock_guard lock(mutex_);
  return is_dozing_;
}

void Crew::end() {
  const std::lock_guard lock(mutex_);
  has_ended_ = true;
  for (Resting* each : resting_) each->called.notify_one();
}

}  // namespace scim::fcgi
