// SPDX-License-Identifier: MIT
// The mutex guards who has the turn; statements run outside it. Nothing is allocated between taking a turn and handing it
// on, and a turn that goes out of scope hands itself on, so that no exception leaves the others waiting.
#include "sql/write_queue.h"

#include <algorithm>
#include <utility>

namespace scim::sql {
namespace {

using Clock = std::chrono::steady_clock;

/// After a group with writers waiting behind it, the database is left alone for this part of the time that it was
/// locked. Other processes look again and again whether it is free, and without a pause they would hardly ever find it so.
/// It costs less than it takes: who comes meanwhile joins the next group.
constexpr int kRestPart = 4;
constexpr std::chrono::milliseconds kLongestRest{10};

tl::unexpected<DbError> ended_by_database() {
  return tl::unexpected<DbError>({DbErrorKind::other, "the database has ended the transaction"});
}

}  // namespace

WriteQueue::WriteQueue(std::unique_ptr<Db> db, const GroupLimits& limits, BeforeWait before_wait)
    : limits_(limits), db_(std::move(db)), before_wait_(std::move(before_wait)) {
  sharing_.reserve(limits_.members);
}

DbResult<std::unique_ptr<WriteQueue::Turn>> WriteQueue::begin() {
  auto turn = std::unique_ptr<Turn>(new Turn(*this));
  if (auto taken = take(*turn); !taken) return tl::unexpected<DbError>(std::move(taken).error());
  if (auto opened = open(*turn); !opened) return tl::unexpected<DbError>(std::move(opened).error());
  return turn;
}

DbResult<void> WriteQueue::begin_whole() {
  auto begun = db_->begin(Db::Begin::write);
  if (begun) extent_ = Extent::whole;
  return begun;
}

DbResult<void> WriteQueue::end_whole() {
  extent_ = Extent::turns;
  auto ended = db_->in_transaction() ? db_->commit() : ended_by_database();
  if (!ended) db_->rollback();
  return ended;
}

void WriteQueue::undo_whole() noexcept {
  extent_ = Extent::turns;
  if (db_->in_transaction()) db_->rollback();
}

DbResult<void> WriteQueue::take(Turn& turn) {
  std::unique_lock lock(mutex_);
  if (connection_ == Connection::taken) {
    if (holder_ == std::this_thread::get_id()) {
      return tl::unexpected<DbError>({DbErrorKind::other, "a transaction for writing within another one"});
    }
    waiting_.push_back(&turn);
    turn.was_waiting_ = true;
    turn.state_ = Turn::State::waiting;
    before_wait_();
    if (!turn.changed_.wait_for(lock, limits_.patience, [&] { return turn.state_ == Turn::State::called; })) {
      std::erase(waiting_, &turn);
      turn.state_ = Turn::State::outside;
      return tl::unexpected<DbError>({DbErrorKind::busy, "other writers of this process"});
    }
  }
  connection_ = Connection::taken;
  turn.state_ = Turn::State::called;
  holder_ = std::this_thread::get_id();
  return {};
}

DbResult<void> WriteQueue::open(Turn& turn) {
  if (!sharing_.empty() || extent_ == Extent::whole) {
    auto joined = run(savepoint_);
    if (joined) turn.state_ = Turn::State::joined;
    return joined;
  }
  if (turn.was_waiting_) std::this_thread::sleep_until(rest_until_);
  auto begun = db_->begin(Db::Begin::write);
  opened_ = Clock::now();
  if (begun) turn.state_ = Turn::State::first;
  return begun;
}

DbResult<void> WriteQueue::Turn::commit() {
  if (state_ != State::first && state_ != State::joined) return ended_by_database();
  // Foreign keys that wait for the end of the transaction: there they would fail the others with this one.
  const auto has_violations = db().has_deferred_violations();
  if (!has_violations) return tl::unexpected<DbError>(has_violations.error());
  if (*has_violations) {
    return tl::unexpected<DbError>({DbErrorKind::foreign_key, "rows point nowhere at the end of the transaction"});
  }
  if (state_ == State::joined) {
    if (auto released = queue_.run(queue_.release_); !released) return queue_.conclude(*this, std::move(released));
  }
  return queue_.settle(*this);
}

DbResult<void> WriteQueue::Turn::undo() {
  switch (state_) {
    case State::called:
      return queue_.settle(*this);
    case State::first:
      db().rollback();
      return queue_.conclude(*this, {});
    case State::joined: {
      auto undone = queue_.run(queue_.rollback_to_);
      if (undone) undone = queue_.run(queue_.release_);
      return undone ? queue_.settle(*this) : queue_.conclude(*this, std::move(undone));
    }
    case State::outside:
    case State::waiting:
    case State::sharing:
    case State::kept:
    case State::lost:
      break;
  }
  return {};
}

DbResult<void> WriteQueue::settle(Turn& turn) {
  const bool is_open = turn.state_ != Turn::State::called || !sharing_.empty();
  if (!is_open) return conclude(turn, {});
  // Some errors end it: a full disk, ON CONFLICT ROLLBACK in a table of the application.
  if (!db_->in_transaction()) return conclude(turn, ended_by_database());
  if (extent_ == Extent::whole) return conclude(turn, {});
  {
    std::unique_lock lock(mutex_);
    if (may_grow()) return share(turn, lock);
  }
  before_wait_();
  return conclude(turn, commit());
}

DbResult<void> WriteQueue::commit() {
  auto done = db_->commit();
  if (!done) return done;
  const std::lock_guard lock(mutex_);
  ++counts_.commits;
  counts_.turns += 1 + sharing_.size();
  return done;
}

bool WriteQueue::may_grow() const {
  return !waiting_.empty() && sharing_.size() + 1 < limits_.members && Clock::now() - opened_ < limits_.age;
}

DbResult<void> WriteQueue::share(Turn& turn, std::unique_lock<std::mutex>& lock) {
  turn.state_ = Turn::State::sharing;
  sharing_.push_back(&turn);
  pass_on();
  before_wait_();
  turn.changed_.wait(lock, [&] { return turn.state_ != Turn::State::sharing; });
  if (turn.state_ == Turn::State::kept) return {};
  return tl::unexpected<DbError>({turn.reason_, "the commit that it shared with others failed"});
}

DbResult<void> WriteQueue::conclude(Turn& turn, DbResult<void> outcome) {
  if (!outcome) db_->rollback();
  const auto end = outcome ? Turn::State::kept : Turn::State::lost;
  // To the others it is no more than bad luck, unless nobody can write.
  const bool is_down = !outcome && outcome.error().kind == DbErrorKind::unavailable;
  const auto now = Clock::now();
  rest_until_ = now + std::min<Clock::duration>((now - opened_) / kRestPart, kLongestRest);
  turn.state_ = end;
  const std::lock_guard lock(mutex_);
  for (Turn* other : sharing_) {
    other->reason_ = is_down ? DbErrorKind::unavailable : DbErrorKind::busy;
    other->state_ = end;
    other->changed_.notify_one();  // under the mutex: without it the other one might be gone
  }
  sharing_.clear();
  pass_on();
  return outcome;
}

void WriteQueue::pass_on() {
  holder_ = {};
  if (waiting_.empty()) {
    connection_ = Connection::free;
    return;
  }
  Turn* next = waiting_.front();
  waiting_.pop_front();
  next->state_ = Turn::State::called;
  next->changed_.notify_one();
}

DbResult<void> WriteQueue::run(const Sql& sql) {
  // A savepoint outside a transaction would begin one, and its release would be a commit.
  if (!db_->in_transaction()) return ended_by_database();
  const auto done = db_->run(sql);
  if (!done) return tl::unexpected<DbError>(done.error());
  return {};
}

WriteQueue::Counts WriteQueue::counts() const {
  const std::lock_guard lock(mutex_);
  return counts_;
}

std::size_t WriteQueue::waiting() const {
  const std::lock_guard lock(mutex_);
  return waiting_.size();
}

}  // namespace scim::sql
