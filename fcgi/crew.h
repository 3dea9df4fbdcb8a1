// SPDX-License-Identifier: MIT
// How many of the server's threads work: as few as keep up. A request costs least on the thread that has served the one
// before, and a core has more to do than to switch between threads. One thread watches for requests and serves what it
// finds; the others rest, and one of them is called
// - at once when a thread is about to wait for a disk or for other writers (relieve()),
// - after a tick in which nobody came back to watch: what they do takes longer,
// - when in several ticks in a row a crowd of requests was found waiting: there is more than they can do.
// Whoever is called stays until it finds that another one watches. So readers have one thread until that is too few, writers
// who share a commit have all of them, and each long search holds those behind it up for no longer than two ticks.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <vector>

namespace scim::fcgi {

/// Used by many threads.
class Crew {
 public:
  using Tick = std::chrono::microseconds;
  static constexpr Tick kTick{1'000};
  explicit Crew(Tick tick = kTick) : tick_(tick) {}

  /// Whether the calling thread is the one that waits for requests from now on, until it says what it has found.
  enum class Post { taken, occupied };
  Post watch();
  void found(std::size_t requests);
  /// So many at once are a crowd: the last of them waits for as many answers.
  static constexpr std::size_t kCrowd = 16;

  /// Of a thread that has nothing to do while another one watches: returns when it is called.
  enum class Call { work, leave };
  Call rest();

  /// The calling thread is about to wait for something else than requests.
  void relieve();

  /// Everybody leaves, those who come to rest later too.
  void end();

  // For tests.
  std::size_t resting() const;
  bool is_dozing() const;

 private:
  struct Resting {
    std::condition_variable called;
    enum class State { resting, called } state = State::resting;
  };

  // With mutex_ locked.
  void call_one();
  /// Of the one that has rested longest: a tick has passed. It looks after the others.
  void look_after();
  void wait(Resting& resting, std::unique_lock<std::mutex>& lock);

  const Tick tick_;
  mutable std::mutex mutex_;  ///< guards what follows
  std::vector<Resting*> resting_;  ///< the last one is called first: it remembers most of its work
  bool is_watched_ = false;
  bool is_dozing_ = false;  ///< nothing happens: the one who looks after the others does not, until something does
  bool has_ended_ = false;
  bool is_wanted_ = false;  ///< nobody rested who could be called: who is about to rest is
  std::size_t coming_ = 0;  ///< have been called and are not there yet
  std::uint64_t finds_ = 0;       ///< how often requests were found
  std::uint64_t finds_seen_ = 0;  ///< at the last tick
  int quiet_ticks_ = 0;           ///< in a row, in which nothing was found
  bool is_crowded_ = false;       ///< since the last tick a crowd was found
  int crowded_ticks_ = 0;         ///< in a row
};

}  // namespace scim::fcgi
