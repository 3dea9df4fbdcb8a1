// SPDX-License-Identifier: MIT
// How long a thread may wait for the peer of its connection. The thread says that it waits, another one looks whether that takes too long.
#pragma once

#include <atomic>
#include <chrono>

namespace scim::fcgi {

class PeerWait {
 public:
  using Clock = std::chrono::steady_clock;

  /// Before a request. `answer_time` is for all of the answer together.
  void begin(Clock::time_point request_by, Clock::duration answer_time) {
    request_by_ = request_by;
    answer_time_ = answer_time;
    was_cut_ = false;
  }

  /// While there is one, its thread waits for the request.
  class Reading {
   public:
    explicit Reading(PeerWait& wait) : wait_(wait) { wait_.until_ = wait_.request_by_.time_since_epoch().count(); }
    ~Reading() { wait_.until_ = kNever; }
    Reading(const Reading&) = delete;
    Reading& operator=(const Reading&) = delete;

   private:
    PeerWait& wait_;
  };

  /// The same for a part of the answer to be taken.
  class Writing {
   public:
    explicit Writing(PeerWait& wait) : wait_(wait), since_(Clock::now()) {
      wait_.is_writing_ = true;
      wait_.until_ = (since_ + wait_.answer_time_).time_since_epoch().count();
    }
    ~Writing() {
      wait_.until_ = kNever;
      wait_.is_writing_ = false;
      wait_.answer_time_ -= Clock::now() - since_;
    }
    Writing(const Writing&) = delete;
    Writing& operator=(const Writing&) = delete;

   private:
    PeerWait& wait_;
    const Clock::time_point since_;
  };

  // For whoever looks, in another thread.
  bool is_over(Clock::time_point now) const { return now.time_since_epoch().count() > until_; }
  bool is_writing() const { return is_writing_; }
  void note_cut() { was_cut_ = true; }
  bool was_cut() const { return was_cut_; }

 private:
  static constexpr Clock::rep kNever = Clock::time_point::max().time_since_epoch().count();
  std::atomic<Clock::rep> until_ = kNever;
  std::atomic<bool> is_writing_ = false;
  std::atomic<bool> was_cut_ = false;
  Clock::time_point request_by_;
  Clock::duration answer_time_{};
};

}  // namespace scim::fcgi
