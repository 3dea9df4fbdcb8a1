// SPDX-License-Identifier: MIT
// A service of several threads that write by one connection: what they answer when they share a commit.
#include <map>

#include "core/bulk_parse.h"
#include "tests/unit/application.h"
#include "tests/unit/queued_writers.h"

namespace scim::test {
namespace {

class SharedWriters : public ::testing::TestWithParam<const char*> {
 protected:
  SharedWriters() {
    sql::GroupLimits limits;
    limits.age = std::chrono::hours(1);
    limits.patience = std::chrono::hours(1);
    auto db = connect();
    queue_ = std::make_unique<sql::WriteQueue>(std::make_unique<SteeredDb>(std::move(db), log_, commits_), limits);
  }

  std::unique_ptr<sql::Db> connect() { return sql::open_database(app_.config(), sql::Open::existing, sql::Journal::as_it_is, app_.env()).value(); }
  /// What a thread of the service has.
  std::unique_ptr<sql::SqlStore> open() {
    return sql::open_store(app_.config(), app_.mapping(), app_.env(), queue_.get()).value();
  }

  /// A request that waits for its turn when this returns, or has been answered without one.
  void start(const std::string& name, const std::string& method, const std::string& path, const Json& body,
             const std::string& if_match = "") {
    threads_.start(*queue_, [=, this] {
      const auto mine = open();
      const Answer answer = app_.ask(*mine, method, path, body, if_match);
      const std::lock_guard lock(mutex_);
      answers_[name] = answer;
    });
  }
  /// Runs what was started, one after the other: the turn that kept them waiting has done nothing.
  void run_together(std::unique_ptr<sql::WriteQueue::Turn> turn) {
    turn.reset();
    threads_.join();
  }
  static Json user(const std::string& name) { return {{"schemas", {urn::kUser}}, {"userName", name}}; }
  static Json patch(const Json& operation) { return {{"schemas", {urn::kPatchOp}}, {"Operations", {operation}}}; }
  int status(const std::string& name) { return answers_.at(name).status; }

  Application app_{GetParam()};
  Commits commits_;
  std::map<std::string, Answer> answers_;

 private:
  RecordingDb::Log log_;

 protected:
  std::unique_ptr<sql::WriteQueue> queue_;

 private:
  std::mutex mutex_;  // guards answers_
  QueuedThreads threads_;
};

// Requirements: H-21
TEST_P(SharedWriters, MembersAddedByEightThreadsAreAllThere) {
  constexpr int kThreads = 8;
  constexpr int kEach = 5;
  const Answer group = app_.create_group({{"displayName", "Crew"}});
  ASSERT_EQ(group.status, 201) << group.detail();
  const auto writers = sql::open_write_queue(app_.config(), app_.mapping(), app_.env()).value();
  QueuedThreads threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.start([&, i] {
      const auto mine = sql::open_store(app_.config(), app_.mapping(), app_.env(), writers.get()).value();
      for (int n = 0; n < kEach; ++n) {
        const Answer made = app_.ask(*mine, "POST", "/Users", user("u" + std::to_string(i) + "-" + std::to_string(n)));
        ASSERT_EQ(made.status, 201) << made.detail();
        const Json value = Json::array({{{"value", made.id()}}});
        const Answer added = app_.ask(*mine, "PATCH", "/Groups/" + group.id(), patch({{"op", "add"}, {"path", "members"}, {"value", value}}));
        EXPECT_LT(added.status, 300) << added.detail();
        // On the connection for reading, at once.
        EXPECT_EQ(app_.ask(*mine, "GET", "/Users/" + made.id()).body["groups"].size(), 1U);
      }
    });
  }
  threads.join();
  EXPECT_EQ(app_.ask("GET", "/Groups/" + group.id()).body["members"].size(), 1U * kThreads * kEach);
}

TEST_P(SharedWriters, ARefusalMayRestOnWhatIsCommittedWithIt) {
  auto turn = queue_->begin().value();
  start("first", "POST", "/Users", user("zoe"));
  start("second", "POST", "/Users", user("zoe"));
  start("third", "POST", "/Users", user("yan"));
  run_together(std::move(turn));
  EXPECT_EQ(commits_.count, 1);
  EXPECT_EQ(status("first"), 201);
  EXPECT_EQ(status("second"), 409);
  EXPECT_EQ(status("third"), 201);
}

TEST_P(SharedWriters, ARefusalThatRestsOnWhatIsLostIsNoneEither) {
  const Answer zoe = app_.create_user({{"userName", "zoe"}});
  const std::string path = "/Users/" + zoe.id();
  const auto rename = [](const std::string& name) { return patch({{"op", "replace"}, {"path", "name.givenName"}, {"value", name}}); };
  commits_.error = sql::DbError{sql::DbErrorKind::unavailable, "disk full"};
  auto turn = queue_->begin().value();
  start("taken", "POST", "/Users", user("yan"));
  start("same", "POST", "/Users", user("yan"));
  start("changed", "PATCH", path, rename("Zoe"));
  start("stale", "PATCH", path, rename("Zora"), zoe.version);
  start("bulk", "POST", "/Bulk",
        {{"schemas", {urn::kBulkRequest}},
         {"atomic", true},
         {"Operations", {{{"method", "POST"}, {"path", "/Users"}, {"bulkId", "1"}, {"data", user("yan")}}}}});
  run_together(std::move(turn));
  for (const char* name : {"taken", "same", "changed", "stale", "bulk"}) EXPECT_EQ(status(name), 503) << name;
  EXPECT_EQ(commits_.count, 1);
  commits_.error.reset();
  const auto store = open();
  EXPECT_EQ(app_.ask(*store, "PATCH", path, rename("Zora"), zoe.version).status, 200);
  EXPECT_EQ(app_.ask(*store, "POST", "/Users", user("yan")).status, 201);
  EXPECT_EQ(app_.ask(*store, "POST", "/Users", user("yan")).status, 409);
}

INSTANTIATE_TEST_SUITE_P(Mapping, SharedWriters, ::testing::Values("embedded", "flat"));

class SharedLinks : public SharedWriters {};

/// A reader that meets rows without an id has to write theirs.
TEST_P(SharedLinks, ReadersWaitForTheirTurnToMakeLinks) {
  auto turn = queue_->begin().value();
  start("reader", "GET", "/Users", nullptr);
  start("writer", "POST", "/Users", user("yan"));
  run_together(std::move(turn));
  EXPECT_EQ(status("reader"), 200);
  EXPECT_EQ(status("writer"), 201);
  EXPECT_EQ(answers_.at("reader").body["totalResults"], app_.ask("GET", "/Users").body["totalResults"])
      << "it goes on when the ids are kept, and yan with them";
}

INSTANTIATE_TEST_SUITE_P(Mapping, SharedLinks, ::testing::Values("flat"));

}  // namespace
}  // namespace scim::test
