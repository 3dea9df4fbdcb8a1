// SPDX-License-Identifier: MIT
// All rows from one database to another, and the comparison that finds each difference. tests/e2e/db_test.py has the program.
#include "sql/database_copy.h"

#include "sql/table_rows.h"
#include "tests/unit/embedded_store.h"

namespace scim::test {
namespace {

/// What each way of writing rows has to escape.
const std::vector<std::string> kOdd = {"", "\t", "\n\r", "\\", "\\N", "\\.", "'\"", "a\tb\\tc\nd", "\xC3\xA9\xF0\x9F\x98\x80"};

class DatabaseCopy : public EmbeddedStore {
 protected:
  using Cells = std::vector<sql::Cell>;

  DatabaseCopy() { target_config_.database_url = target_.url(); }

  sql::Db& to() {
    if (!to_) to_ = sql::open_store(target_config_, mapping_, env_).value();
    return to_->db();
  }
  void copy() {
    const auto plan = sql::plan_copy(store().db(), to(), mapping_);
    ASSERT_TRUE(plan) << plan.error().detail;
    ASSERT_TRUE(sql::begin_whole(to(), sql::Db::Begin::write, "beginning failed"));
    const auto copied = sql::copy_tables(store().db(), to(), *plan, mapping_, [](std::int64_t) {});
    ASSERT_TRUE(copied) << copied.error().detail;
    ASSERT_TRUE(to().commit());
  }
  /// Of tables that differ: "users 1: key 3: title".
  std::string differences() {
    const auto plan = sql::plan_copy(store().db(), to(), mapping_);
    if (!plan) return plan.error().detail;
    const auto compared = sql::compare_tables(store().db(), to(), *plan, [](std::int64_t) {});
    if (!compared) return compared.error().detail;
    std::string out;
    for (const auto& table : *compared) {
      if (table.differences > 0) out += table.name + ' ' + std::to_string(table.differences) + ": " + table.first + '\n';
    }
    return out;
  }
  void run(sql::Db& db, const std::string& script) {
    const auto done = db.run_script(script);
    ASSERT_TRUE(done) << done.error().detail;
  }

  TestDatabase target_;
  Config target_config_;

 private:
  std::unique_ptr<sql::SqlStore> to_;
};

TEST_F(DatabaseCopy, RowsOfAnyTextsAreInserted) {
  sql::Db& db = store().db();
  run(db, database_.script("CREATE TABLE t (key INTEGER PRIMARY KEY, name TEXT, n REAL)"));
  const std::vector<std::string> columns = {"key", "n", "name"};
  Cells cells;
  for (std::size_t i = 0; i < kOdd.size(); ++i) {
    cells.insert(cells.end(), {static_cast<std::int64_t>(i), i % 2 == 0 ? sql::Cell() : sql::Cell(1.5e300), kOdd[i]});
  }
  ASSERT_TRUE(db.begin(sql::Db::Begin::write));
  ASSERT_TRUE(db.insert_rows("t", columns, cells));
  ASSERT_TRUE(db.insert_rows("t", columns, {}));
  ASSERT_TRUE(db.commit());
  sql::TableRows rows(db, {"t", {"key"}}, columns);
  EXPECT_EQ(rows.next().value(), cells);
  EXPECT_TRUE(rows.next().value().empty());
  const auto refused = db.insert_rows("t", columns, std::span(cells).first(3));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, sql::DbErrorKind::unique);
  EXPECT_EQ(rows.key_of(std::span(cells).subspan(3, 3)), Cells{std::int64_t{1}});
  EXPECT_TRUE(db.run({"DELETE FROM t", {}})) << "the connection is as it was";
}

TEST_F(DatabaseCopy, LargeRowsComeInSmallerPortions) {
  sql::Db& db = store().db();
  run(db, database_.script("CREATE TABLE t (key INTEGER PRIMARY KEY, name TEXT)"));
  constexpr std::int64_t kRows = 1500;
  Cells cells;
  for (std::int64_t i = 0; i < kRows; ++i) cells.insert(cells.end(), {i, std::string(10'000, 'x')});
  ASSERT_TRUE(db.insert_rows("t", std::vector<std::string>{"key", "name"}, cells));
  sql::TableRows rows(db, {"t", {"key"}}, {"key", "name"});
  std::vector<std::size_t> portions;
  Cells read;
  for (Cells portion = rows.next().value(); !portion.empty(); portion = rows.next().value()) {
    portions.push_back(portion.size() / 2);
    read.insert(read.end(), portion.begin(), portion.end());
  }
  EXPECT_EQ(portions, (std::vector<std::size_t>{420, 420, 420, 240})) << "4 MiB each";
  EXPECT_EQ(read, cells);
}

/// After many that are small, and one by one if they are larger than any portion should be.
TEST_F(DatabaseCopy, LargeRowsAreNotReadTogether) {
  sql::Db& db = store().db();
  run(db, database_.script("CREATE TABLE t (key INTEGER PRIMARY KEY, name TEXT)"));
  constexpr std::int64_t kSmall = 2500;
  Cells cells;
  for (std::int64_t i = 0; i < kSmall; ++i) cells.insert(cells.end(), {i, std::string("x")});
  for (std::int64_t i = kSmall; i < kSmall + 5; ++i) cells.insert(cells.end(), {i, std::string(3 << 20, 'y')});
  for (std::int64_t i = kSmall + 5; i < kSmall + 7; ++i) cells.insert(cells.end(), {i, std::string(5 << 20, 'z')});
  ASSERT_TRUE(db.insert_rows("t", std::vector<std::string>{"key", "name"}, cells));
  const std::int64_t before = db.counters().rows;
  sql::TableRows rows(db, {"t", {"key"}}, {"key", "name"});
  std::vector<std::size_t> portions;
  for (Cells portion = rows.next().value(); !portion.empty(); portion = rows.next().value()) portions.push_back(portion.size() / 2);
  EXPECT_EQ(portions, (std::vector<std::size_t>{1000, 1000, 502, 2, 2, 1}));
  EXPECT_EQ(db.counters().rows - before, kSmall + 7) << "no row is read twice";
}

TEST_F(DatabaseCopy, TextsAreOrderedByTheirBytes) {
  sql::Db& db = store().db();
  run(db, database_.script("CREATE TABLE t (a TEXT, b TEXT, PRIMARY KEY (a, b))"));
  Cells cells;
  for (const char* a : {"B", "Z", "_", "a", "\xC3\xA4"}) {
    for (const char* b : {"", "A", "b"}) cells.insert(cells.end(), {std::string(a), std::string(b)});
  }
  ASSERT_TRUE(db.insert_rows("t", std::vector<std::string>{"a", "b"}, cells));
  sql::TableRows rows(db, {"t", {"a", "b"}, sql::OwnTable::Key::text}, {"a", "b"});
  EXPECT_EQ(rows.next().value(), cells);
}

TEST_F(DatabaseCopy, EachDifferenceIsFound) {
  for (const char* name : {"ada", "bob", "cyd", "dan"}) insert_user(name);
  insert_group("Staff", {insert_user("zoe")});
  copy();
  EXPECT_EQ(differences(), "");
  run(to(), "UPDATE users SET title = '', timezone = 'x' WHERE key = 2");
  EXPECT_EQ(differences(), "users 1: key 2: title, timezone\n");
  run(to(), "DELETE FROM users WHERE key = 1");
  EXPECT_EQ(differences(), "users 2: key 1 is missing in the target\n");
  run(store().db(), "DELETE FROM users WHERE key IN (1, 2, 4)");
  EXPECT_EQ(differences(), "users 2: key 2 is missing in the source\n");
  run(to(), "DELETE FROM users WHERE key IN (2, 4)");
  EXPECT_EQ(differences(), "");
  run(store().db(), "DELETE FROM group_users");
  EXPECT_EQ(differences(), "group_users 1: group_key 1, user_key 5 is missing in the source\n");
}

TEST_F(DatabaseCopy, NothingIsCopiedIntoRows) {
  const auto plan = sql::plan_copy(store().db(), to(), mapping_);
  ASSERT_TRUE(plan) << plan.error().detail;
  ASSERT_TRUE(sql::begin_whole(to(), sql::Db::Begin::write, "beginning failed"));
  EXPECT_TRUE(sql::claim_tables(to(), *plan));
  run(to(), "INSERT INTO scim_secrets VALUES ('cursor', 'x')");
  const auto refused = sql::claim_tables(to(), *plan);
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().detail.find("scim_secrets"), std::string::npos) << refused.error().detail;
}

TEST_F(DatabaseCopy, NobodyElseWritesTheTarget) {
  const auto plan = sql::plan_copy(store().db(), to(), mapping_);
  ASSERT_TRUE(plan) << plan.error().detail;
  ASSERT_TRUE(sql::begin_whole(to(), sql::Db::Begin::write, "beginning failed"));
  ASSERT_TRUE(sql::claim_tables(to(), *plan));
  target_config_.busy_timeout_ms = 20;
  const auto other = sql::open_database(target_config_, sql::Open::existing, sql::Journal::wal, env_).value();
  const auto refused = other->run({"INSERT INTO scim_secrets VALUES ('other', 'x')", {}});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, sql::DbErrorKind::busy);
  ASSERT_TRUE(to().commit());
  EXPECT_TRUE(other->run({"INSERT INTO scim_secrets VALUES ('other', 'x')", {}}));
}

TEST_F(DatabaseCopy, WhatReadsAllMayTakeAnyTime) {
  if (!database_.is_postgresql()) GTEST_SKIP() << "nothing sets it a time";
  config_.statement_timeout_ms = 7000;
  const auto settings = [&] {
    const auto cursor = store().db().query({"SELECT concat_ws(' ', current_setting('statement_timeout'), current_setting('lock_timeout'), "
                                            "current_setting('row_security'))", {}});
    EXPECT_TRUE((*cursor)->next().value());
    return std::string((*cursor)->text(0));
  };
  const std::string before = settings();
  EXPECT_TRUE(before.starts_with("7s ")) << before;
  ASSERT_TRUE(sql::begin_whole(store().db(), sql::Db::Begin::read, "beginning failed"));
  EXPECT_EQ(settings(), "0 0 off");
  ASSERT_TRUE(store().db().commit());
  EXPECT_EQ(settings(), before);
}

/// Keys of rows that are gone are given out again by SQLite, but not by PostgreSQL.
TEST_F(DatabaseCopy, CountingGoesOnWhereTheSourceIs) {
  if (!database_.is_postgresql()) GTEST_SKIP() << "the greatest key is where it counts";
  for (const char* name : {"ada", "bob", "cyd"}) insert_user(name);
  run(store().db(), "DELETE FROM users WHERE user_name <> 'ada'; INSERT INTO groups (id, created, last_modified, display_name, display_name_key) "
                    "VALUES ('x', 1, 1, 'x', 'x'); DELETE FROM groups");
  copy();
  run(to(), "INSERT INTO users (id, created, last_modified, user_name, user_name_key) VALUES ('new', 1, 1, 'new', 'new'); "
            "INSERT INTO groups (id, created, last_modified, display_name, display_name_key) VALUES ('new', 1, 1, 'new', 'new')");
  const auto cursor = to().query({"SELECT u.key, g.key FROM users u, groups g WHERE u.id = 'new'", {}});
  ASSERT_TRUE((*cursor)->next().value());
  EXPECT_EQ((*cursor)->integer(0), 4);
  EXPECT_EQ((*cursor)->integer(1), 2);
}

TEST_F(DatabaseCopy, WhatIsRefusedIsNamed) {
  for (const char* name : {"ada", "bob"}) insert_user(name);
  run(to(), database_.is_postgresql() ? "ALTER TABLE users ADD CHECK (user_name <> 'bob')"
                                      : "CREATE TRIGGER no BEFORE INSERT ON users WHEN new.user_name = 'bob' BEGIN SELECT RAISE(ABORT, 'not him'); END");
  const auto plan = sql::plan_copy(store().db(), to(), mapping_);
  ASSERT_TRUE(plan) << plan.error().detail;
  ASSERT_TRUE(sql::begin_whole(to(), sql::Db::Begin::write, "beginning failed"));
  const auto refused = sql::copy_tables(store().db(), to(), *plan, mapping_, [](std::int64_t) {});
  ASSERT_FALSE(refused);
  EXPECT_TRUE(refused.error().detail.starts_with("writing the table users, key 1 to key 2, failed: ")) << refused.error().detail;
}

TEST_F(DatabaseCopy, OtherColumnsAreRefused) {
  run(store().db(), "ALTER TABLE groups ADD COLUMN more TEXT");
  const auto refused = sql::plan_copy(store().db(), to(), mapping_);
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().detail.find("\"groups\""), std::string::npos) << refused.error().detail;
}

}  // namespace
}  // namespace scim::test
