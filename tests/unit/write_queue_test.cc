// SPDX-License-Identifier: MIT
// Writers that queue share a commit, its success and its failure. Threads come to the queue in an order that the test
// makes: each is waiting before the next one starts.
#include "sql/write_queue.h"

#include <gtest/gtest.h>

#include <atomic>

#include "tests/unit/queued_writers.h"
#include "tests/unit/temp_dir.h"

namespace scim::sql {
namespace {

constexpr std::chrono::hours kForEver{1};

class WriteQueueTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(open()->run_script("CREATE TABLE t (name TEXT PRIMARY KEY);"
                                   "CREATE TABLE child (of TEXT REFERENCES t (name) DEFERRABLE INITIALLY DEFERRED);"));
    limits_.age = kForEver;
    limits_.patience = kForEver;
  }
  void TearDown() override { join(); }

  std::unique_ptr<Db> open(std::int64_t busy_timeout_ms = 60'000) {
    auto db = open_sqlite(path_, Open::create, Journal::wal, Sync::full, busy_timeout_ms);
    if (!db) throw std::runtime_error(db.error().detail);
    return std::move(*db);
  }
  /// Made at first use, which is the test's own thread's: limits_ and busy_timeout_ms_ have been set.
  WriteQueue& queue() {
    if (!queue_) queue_ = std::make_unique<WriteQueue>(std::make_unique<test::SteeredDb>(open(busy_timeout_ms_), log_, commits_), limits_);
    return *queue_;
  }

  using Turn = WriteQueue::Turn;
  static DbResult<std::int64_t> insert(Turn& turn, const std::string& name, const std::string& verb = "INSERT") {
    return turn.db().run({verb + " INTO t VALUES (?)", {name}});
  }
  static DbResult<void> write(WriteQueue& queue, const std::string& name) {
    const auto turn = queue.begin();
    if (!turn) return tl::unexpected(turn.error());
    if (const auto inserted = insert(**turn, name); !inserted) return tl::unexpected(inserted.error());
    return (*turn)->commit();
  }

  /// A thread that waits for its turn when this returns: somebody else has to have it.
  template <class Action>
  void start(Action action) {
    threads_.start(queue(), std::move(action));
  }
  /// Such a thread, which writes a name.
  void start_writer(const std::string& name) {
    start([this, name] { ended(name, write(queue(), name)); });
  }
  void start_writers(int count) {
    for (int i = 0; i < count; ++i) start_writer("w" + std::to_string(i));
  }
  void ended(const std::string& name, const DbResult<void>& result) {
    const std::lock_guard lock(mutex_);
    (result ? kept_ : lost_).push_back(name);
    if (!result) reasons_.push_back(result.error().kind);
  }
  void join() { threads_.join(); }

  /// As another process sees it.
  std::string names(const std::string& order = "name") {
    const auto db = open();
    const auto cursor = db->query({"SELECT coalesce(group_concat(name, ' '), '') FROM (SELECT name FROM t ORDER BY " + order + ")", {}});
    return cursor && *(*cursor)->next() ? std::string((*cursor)->text(0)) : "error";
  }

  test::TempDir dir_;
  std::string path_ = dir_.file("test.db");
  GroupLimits limits_;
  std::int64_t busy_timeout_ms_ = 60'000;
  test::Commits commits_;
  std::mutex mutex_;  // guards the next three
  std::vector<std::string> kept_;
  std::vector<std::string> lost_;
  std::vector<DbErrorKind> reasons_;

 private:
  test::RecordingDb::Log log_;
  std::unique_ptr<WriteQueue> queue_;

 protected:
  test::QueuedThreads threads_;
};

TEST_F(WriteQueueTest, WhoMeetsNobodyBeginsWritesAndCommits) {
  ASSERT_TRUE(write(queue(), "a"));
  const std::int64_t before = queue().db().counters().statements;
  ASSERT_TRUE(write(queue(), "b"));
  EXPECT_EQ(queue().db().counters().statements - before, 3) << "BEGIN, INSERT, COMMIT";
  EXPECT_EQ(commits_.count, 2);
  EXPECT_EQ(names(), "a b");
}

TEST_F(WriteQueueTest, ThoseWhoWaitShareACommit) {
  const auto turn = queue().begin();
  ASSERT_TRUE(turn);
  ASSERT_TRUE(insert(**turn, "a"));
  start_writers(7);
  EXPECT_TRUE((*turn)->commit());
  join();
  EXPECT_EQ(kept_.size(), 7U);
  EXPECT_EQ(commits_.count, 1);
  EXPECT_EQ(queue().counts().commits, 1U);
  EXPECT_EQ(queue().counts().turns, 8U);
  EXPECT_EQ(names(), "a w0 w1 w2 w3 w4 w5 w6");
}

TEST_F(WriteQueueTest, NobodyHearsOfASuccessThatIsNotCommitted) {
  std::atomic<bool> is_answered = false;
  std::string seen;
  std::size_t kept_before = 1;
  commits_.before = [&] {
    const std::lock_guard lock(mutex_);
    kept_before = kept_.size() + (is_answered ? 1 : 0);
    seen = names();
  };
  const auto turn = queue().begin();
  ASSERT_TRUE(insert(**turn, "a"));
  start_writers(3);
  EXPECT_TRUE((*turn)->commit());
  is_answered = true;
  join();
  EXPECT_EQ(kept_before, 0U);
  EXPECT_EQ(seen, "");
  EXPECT_EQ(names(), "a w0 w1 w2");
}

TEST_F(WriteQueueTest, AGroupHasSoManyMembers) {
  limits_.members = 3;
  const auto turn = queue().begin();
  start_writers(7);
  EXPECT_TRUE((*turn)->commit());
  join();
  EXPECT_EQ(commits_.count, 3) << "3 + 3 + 2";
  EXPECT_EQ(kept_.size(), 7U);
}

TEST_F(WriteQueueTest, AGroupLastsSoLong) {
  limits_.age = std::chrono::microseconds(0);
  const auto turn = queue().begin();
  start_writers(7);
  EXPECT_TRUE((*turn)->commit());
  join();
  EXPECT_EQ(commits_.count, 8);
  EXPECT_EQ(names("rowid"), "w0 w1 w2 w3 w4 w5 w6") << "in the order in which they came";
}

TEST_F(WriteQueueTest, WhoSeesTheWritesOfTheOthersMayFailAlone) {
  const auto turn = queue().begin();
  ASSERT_TRUE(insert(**turn, "a"));
  start_writer("b");
  start([this] {
    const auto refused = queue().begin();
    ASSERT_TRUE(insert(**refused, "half"));
    EXPECT_EQ(insert(**refused, "b").error().kind, DbErrorKind::unique);
    EXPECT_TRUE((*refused)->undo()) << "b is kept, and so it was refused rightly";
    EXPECT_EQ(names(), "a b c") << "when it is answered";
  });
  start_writer("c");
  EXPECT_TRUE((*turn)->commit());
  join();
  EXPECT_EQ(commits_.count, 1);
  EXPECT_EQ(names(), "a b c");
}

TEST_F(WriteQueueTest, TheLastOneCommitsForTheOthersEvenIfItFails) {
  const auto turn = queue().begin();
  ASSERT_TRUE(insert(**turn, "a"));
  start_writer("b");
  start_writer("a");
  EXPECT_TRUE((*turn)->commit());
  join();
  EXPECT_EQ(kept_, std::vector<std::string>{"b"});
  EXPECT_EQ(lost_, std::vector<std::string>{"a"});
  EXPECT_EQ(commits_.count, 1);
  EXPECT_EQ(names(), "a b");
}

TEST_F(WriteQueueTest, TheFirstOneMayFail) {
  {
    const auto turn = queue().begin();
    ASSERT_TRUE(insert(**turn, "half"));
    start_writers(2);
  }
  join();
  EXPECT_EQ(commits_.count, 1);
  EXPECT_EQ(names(), "w0 w1");
}

TEST_F(WriteQueueTest, ACommitThatFailsFailsAll) {
  commits_.error = DbError{DbErrorKind::unavailable, "disk full"};
  const auto turn = queue().begin();
  ASSERT_TRUE(insert(**turn, "a"));
  start_writers(2);
  start([this] {
    const auto refused = queue().begin();
    EXPECT_FALSE(insert(**refused, "a"));
    EXPECT_FALSE((*refused)->undo()) << "the a that it met is not there";
  });
  start_writer("last");
  const auto done = (*turn)->commit();
  join();
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().kind, DbErrorKind::unavailable);
  EXPECT_EQ(kept_.size(), 0U);
  EXPECT_EQ(reasons_, std::vector<DbErrorKind>(3, DbErrorKind::unavailable));
  EXPECT_EQ(names(), "");
  commits_.error.reset();
  EXPECT_TRUE(write(queue(), "a"));
  EXPECT_EQ(names(), "a");
}

TEST_F(WriteQueueTest, WhatTheDatabaseEndsIsLostForAllThatShareIt) {
  const auto turn = queue().begin();
  ASSERT_TRUE(insert(**turn, "a"));
  start_writer("b");
  start([this] {
    const auto guilty = queue().begin();
    EXPECT_FALSE(insert(**guilty, "b", "INSERT OR ROLLBACK"));
    EXPECT_FALSE((*guilty)->commit());
  });
  start_writer("c");
  const auto done = (*turn)->commit();
  join();
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().kind, DbErrorKind::busy) << "it may be tried again";
  EXPECT_EQ(lost_, std::vector<std::string>{"b"});
  EXPECT_EQ(names(), "c") << "who came later has a transaction of its own";
}

TEST_F(WriteQueueTest, AForeignKeyThatWaitsForTheCommitFailsItsWriterAlone) {
  const auto orphan = [](WriteQueue::Turn& turn) {
    ASSERT_TRUE(turn.db().run({"INSERT INTO child VALUES ('nobody')", {}}));
    const auto refused = turn.commit();
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind, DbErrorKind::foreign_key);
  };
  {
    const auto first = queue().begin();
    start_writer("a");
    start([this, orphan] { orphan(**queue().begin()); });
    start_writer("b");
    orphan(**first);
  }
  join();
  EXPECT_EQ(names(), "a b");
  EXPECT_EQ(commits_.count, 1);
}

TEST_F(WriteQueueTest, AWriterWaitsForOthersNoLongerThanItsPatience) {
  limits_.patience = std::chrono::milliseconds(20);
  const auto turn = queue().begin();
  ASSERT_TRUE(insert(**turn, "a"));
  threads_.start([this] { ended("b", write(queue(), "b")); });
  join();
  EXPECT_EQ(reasons_, std::vector<DbErrorKind>{DbErrorKind::busy});
  EXPECT_EQ(queue().waiting(), 0U);
  EXPECT_TRUE((*turn)->commit());
  EXPECT_TRUE(write(queue(), "b"));
}

TEST_F(WriteQueueTest, WhileAnotherProcessWritesAllAreBusyAndNobodyIsStuck) {
  busy_timeout_ms_ = 20;
  const auto other = open();
  ASSERT_TRUE(other->begin(Db::Begin::write));
  WriteQueue& writers = queue();
  for (int i = 0; i < 3; ++i) threads_.start([&, i] { ended("w", write(writers, "w" + std::to_string(i))); });
  join();
  EXPECT_EQ(reasons_, std::vector<DbErrorKind>(3, DbErrorKind::busy));
  ASSERT_TRUE(other->commit());
  EXPECT_TRUE(write(queue(), "a"));
}

TEST_F(WriteQueueTest, AThreadHasOneTurn) {
  const auto turn = queue().begin();
  ASSERT_TRUE(insert(**turn, "a"));
  const auto second = queue().begin();
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().kind, DbErrorKind::other);
  EXPECT_TRUE((*turn)->commit());
  EXPECT_FALSE((*turn)->commit()) << "it has ended";
  EXPECT_TRUE((*turn)->undo()) << "and stays kept";
  EXPECT_TRUE(write(queue(), "b"));
  EXPECT_EQ(names(), "a b");
}

TEST_F(WriteQueueTest, ItIsSaidBeforeAThreadWaits) {
  std::atomic<int> waits = 0;
  test::RecordingDb::Log log;
  WriteQueue told(std::make_unique<test::SteeredDb>(open(), log, commits_), limits_, [&] { ++waits; });
  commits_.before = [&] { EXPECT_EQ(waits, 1) << "for the disk"; };
  EXPECT_TRUE(write(told, "a"));
  EXPECT_EQ(waits, 1);
  commits_.before = [] {};
  auto turn = *told.begin();
  ASSERT_TRUE(insert(*turn, "b"));
  threads_.start(told, [&] { ended("c", write(told, "c")); });
  EXPECT_EQ(waits, 2) << "for its turn";
  EXPECT_TRUE(turn->commit());
  join();
  EXPECT_EQ(waits, 4) << "for the commit of the other one, and that for the disk";
  EXPECT_EQ(names(), "a b c");
}

// Requirements: H-21
TEST_F(WriteQueueTest, TwoQueuesWriteToOneFile) {
  limits_ = GroupLimits();
  limits_.patience = kForEver;
  test::Commits commits;
  test::RecordingDb::Log log;
  WriteQueue other(std::make_unique<test::SteeredDb>(open(), log, commits), limits_);
  constexpr int kThreads = 4;
  constexpr int kWrites = 20;
  for (WriteQueue* each : {&queue(), &other}) {
    for (int i = 0; i < kThreads; ++i) {
      threads_.start([this, each, i] {
        for (int n = 0; n < kWrites; ++n) {
          const std::string name = std::to_string(i) + "." + std::to_string(n);
          ended(name, write(*each, (each == &queue() ? "a" : "b") + name));
        }
      });
    }
  }
  join();
  EXPECT_EQ(kept_.size(), 2U * kThreads * kWrites) << lost_.size() << " were refused";
  const auto cursor = other.db().query({"SELECT count(*) FROM t", {}});
  ASSERT_TRUE(*(*cursor)->next());
  EXPECT_EQ((*cursor)->integer(0), 2 * kThreads * kWrites);
}

}  // namespace
}  // namespace scim::sql
