// SPDX-License-Identifier: MIT
// Writers of several threads in an order that the test makes, over a connection whose commits it decides about.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <thread>
#include <vector>

#include "sql/write_queue.h"
#include "tests/unit/recording_db.h"

namespace scim::test {

/// What a commit does. Used by whoever has the turn.
struct Commits {
  int count = 0;
  std::function<void()> before = [] {};
  std::optional<sql::DbError> error;
};

class SteeredDb : public RecordingDb {
 public:
  SteeredDb(std::unique_ptr<sql::Db> db, Log& log, Commits& commits) : RecordingDb(std::move(db), log), commits_(commits) {}
  sql::DbResult<void> commit() override {
    ++commits_.count;
    commits_.before();
    if (commits_.error) return tl::unexpected(*commits_.error);
    return RecordingDb::commit();
  }

 private:
  Commits& commits_;
};

/// Threads that all have ended before this does.
class QueuedThreads {
 public:
  ~QueuedThreads() { join(); }
  /// The thread waits for its turn when this returns: somebody else has to have it.
  template <class Action>
  void start(const sql::WriteQueue& queue, Action action) {
    const std::size_t before = queue.waiting();
    threads_.emplace_back(std::move(action));
    while (queue.waiting() == before) std::this_thread::yield();
  }
  template <class Action>
  void start(Action action) {
    threads_.emplace_back(std::move(action));
  }
  void join() {
    for (std::thread& thread : threads_) thread.join();
    threads_.clear();
  }

 private:
  std::vector<std::thread> threads_;
};

}  // namespace scim::test
