// SPDX-License-Identifier: MIT
// Values from one thread to another, in order, at most so many at a time.
#pragma once

#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>

namespace scim::cli {

template <class T>
class Channel {
 public:
  explicit Channel(std::size_t capacity) : capacity_(capacity) {}

  /// Waits for room. False: nobody wants more.
  bool push(T value) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return is_closed_ || values_.size() < capacity_; });
    if (is_closed_) return false;
    values_.push_back(std::move(value));
    changed_.notify_all();
    return true;
  }
  /// Waits for a value. nullopt: closed, and all have been taken.
  std::optional<T> pop() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return is_closed_ || !values_.empty(); });
    if (values_.empty()) return std::nullopt;
    std::optional<T> value = std::move(values_.front());
    values_.pop_front();
    changed_.notify_all();
    return value;
  }
  /// By either side: no more values.
  void close() {
    const std::lock_guard lock(mutex_);
    is_closed_ = true;
    changed_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<T> values_;
  const std::size_t capacity_;
  bool is_closed_ = false;
};

}  // namespace scim::cli
