// SPDX-License-Identifier: MIT
// The writers of a process stand in a queue before the one connection that writes, and those who queue share a commit:
// where a commit waits for the disk, it waits once for all of them.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "sql/db.h"

namespace scim::sql {

/// When a group of writers is closed, so that other processes get their turn, and the first of the group its answer.
struct GroupLimits {
  std::size_t members = 32;
  std::chrono::microseconds age{10'000};        ///< of the transaction, when the last one may join
  std::chrono::milliseconds patience{5'000};    ///< how long a writer waits for its turn: the busy timeout
};

/// Used by many threads. A writer works alone on the connection; what it does is a transaction of its own to itself:
///
///   first writer     BEGIN IMMEDIATE, its statements
///   each that waits  SAVEPOINT, its statements, RELEASE (or ROLLBACK TO: the others are not touched)
///   last writer      its statements, RELEASE, COMMIT
///
/// Who has done its part while others wait hands the connection on, and waits until the last one has committed: nobody
/// hears of a success that is not on the disk, and all hear of a commit that failed. A writer that meets no other one
/// begins and commits as if there were no queue.
class WriteQueue {
 public:
  /// One writer's transaction, for one thread; gone before its queue is. Without commit() it has done nothing.
  class Turn {
   public:
    ~Turn() { static_cast<void>(undo()); }
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;

    /// Nobody else's before commit() or undo(). No cursor of it may be open then.
    Db& db() const { return *queue_.db_; }

    /// Done when the commit has been. foreign_key: this writer leaves rows that point nowhere, and may only undo(). Any
    /// other error ends the turn.
    DbResult<void> commit();

    /// Takes back what this writer did. What it read may be what others of the same commit wrote: it returns when that is
    /// kept, or with an error if it is not, and nothing that was concluded from it is true.
    DbResult<void> undo();

   private:
    friend class WriteQueue;
    enum class State {
      outside,
      waiting,  ///< for its turn
      called,   ///< and has begun nothing
      first,    ///< has begun the transaction
      joined,   ///< has a savepoint in the transaction of others
      sharing,  ///< waits for the commit of others
      kept,
      lost,
    };
    explicit Turn(WriteQueue& queue) : queue_(queue) {}

    WriteQueue& queue_;
    State state_ = State::outside;  ///< another thread changes it while this one waits, under the queue's mutex
    bool was_waiting_ = false;
    DbErrorKind reason_ = DbErrorKind::other;  ///< of State::lost
    std::condition_variable changed_;
  };

  /// Called by a thread that is about to wait, for its turn, for a commit of others, or for the disk. Fast, and without errors.
  using BeforeWait = std::function<void()>;
  WriteQueue(std::unique_ptr<Db> db, const GroupLimits& limits, BeforeWait before_wait = [] {});

  /// busy: other writers, of this process or another one, for longer than is waited. A thread has one turn at a time.
  DbResult<std::unique_ptr<Turn>> begin();

  /// One transaction around all turns from here on, until end_whole(): each of them is a part of it, whose commit puts
  /// nothing on the disk, and what it undoes takes nothing else with it. For a process of one writer that shares with
  /// nobody; it is undone if the queue goes without end_whole().
  DbResult<void> begin_whole();
  DbResult<void> end_whole();
  void undo_whole() noexcept;

  /// The connection, for whoever knows that there is no other thread.
  Db& db() { return *db_; }

  /// How many wait for their turn.
  std::size_t waiting() const;
  /// Since the beginning: commits, and the turns that they were for.
  struct Counts {
    std::uint64_t commits = 0;
    std::uint64_t turns = 0;
  };
  Counts counts() const;

 private:
  DbResult<void> take(Turn& turn);
  DbResult<void> open(Turn& turn);
  /// The turn has done its part, or taken it back: the next one's, or the commit.
  DbResult<void> settle(Turn& turn);
  DbResult<void> share(Turn& turn, std::unique_lock<std::mutex>& lock);
  DbResult<void> commit();
  /// The transaction has ended so, for all that share it.
  DbResult<void> conclude(Turn& turn, DbResult<void> outcome);
  bool may_grow() const;
  void pass_on();
  /// A statement about savepoints.
  DbResult<void> run(const Sql& sql);

  const GroupLimits limits_;
  const std::unique_ptr<Db> db_;  ///< used by whoever has the turn
  const BeforeWait before_wait_;
  const Sql savepoint_{"SAVEPOINT scim_turn", {}};
  const Sql release_{"RELEASE scim_turn", {}};
  const Sql rollback_to_{"ROLLBACK TO scim_turn", {}};

  mutable std::mutex mutex_;
  // Under the mutex.
  enum class Connection { free, taken };
  Connection connection_ = Connection::free;  ///< free: nobody waits
  std::thread::id holder_;                    ///< of the turn
  std::deque<Turn*> waiting_;                 ///< in the order in which they came
  Counts counts_;

  enum class Extent { turns, whole };
  Extent extent_ = Extent::turns;  ///< of a transaction

  // Of whoever has the turn.
  std::vector<Turn*> sharing_;  ///< have done their part of the open transaction
  std::chrono::steady_clock::time_point opened_;
  std::chrono::steady_clock::time_point rest_until_;
};

}  // namespace scim::sql
