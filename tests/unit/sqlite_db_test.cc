// SPDX-License-Identifier: MIT
// The SQLite driver: cells, statements, transactions, errors.
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "sql/db.h"
#include "sql/page_rows.h"
#include "tests/unit/temp_dir.h"

namespace scim::sql {
namespace {

class SqliteDb : public ::testing::Test {
 protected:
  std::unique_ptr<Db> open(std::int64_t timeout_ms = 100) {
    auto db = open_sqlite(path_, Open::create, Journal::wal, Sync::normal, timeout_ms, [this](const DbError& e) { log_.push_back(e); });
    if (!db) throw std::runtime_error(db.error().detail);
    return std::move(*db);
  }
  void SetUp() override {
    db_ = open();
    ASSERT_TRUE(db_->run_script("CREATE TABLE t (key INTEGER PRIMARY KEY, name TEXT UNIQUE, n REAL);"
                                "CREATE TABLE child (owner INTEGER NOT NULL REFERENCES t (key))"));
  }
  static std::int64_t number(Db& db, const Sql& sql) {
    const auto cursor = db.query(sql);
    return cursor && *(*cursor)->next() ? (*cursor)->integer(0) : -1;
  }

  test::TempDir dir_;
  std::string path_ = dir_.file("test.db");
  std::vector<DbError> log_;
  std::unique_ptr<Db> db_;
};

TEST_F(SqliteDb, BindsAndReadsEveryKindOfCell) {
  const std::string text("a\0'b\xC3\xA9", 6);
  const auto cursor = db_->query({"SELECT ?, ?, ?, ?, ?", {Cell(), std::int64_t{1} << 40, 1.5, text, std::string()}});
  ASSERT_TRUE(cursor);
  ASSERT_TRUE(*(*cursor)->next());
  EXPECT_TRUE((*cursor)->is_null(0));
  EXPECT_EQ((*cursor)->text(0), "");
  EXPECT_EQ((*cursor)->integer(1), std::int64_t{1} << 40);
  EXPECT_EQ((*cursor)->decimal(2), 1.5);
  EXPECT_EQ((*cursor)->text(3), text);
  EXPECT_FALSE((*cursor)->is_null(4));
  EXPECT_EQ((*cursor)->cell(0), Cell());
  EXPECT_EQ((*cursor)->cell(1), Cell(std::int64_t{1} << 40));
  EXPECT_EQ((*cursor)->cell(2), Cell(1.5));
  EXPECT_EQ((*cursor)->cell(3), Cell(text));
  EXPECT_FALSE(*(*cursor)->next());
  EXPECT_FALSE(*(*cursor)->next()) << "the end is the end";
}

TEST_F(SqliteDb, RowsThatAreKeptSayWhatTheCursorSaid) {
  const auto cursor = db_->query({"SELECT '3.5', 1e300, -1e300, 2.75, 7, 'x', '12', NULL", {}});
  ASSERT_TRUE(cursor);
  ASSERT_TRUE(*(*cursor)->next());
  PageRows rows;
  rows.add(**cursor, 8);
  const PageRows::Row row = rows.back();
  for (int column = 0; column < 8; ++column) {
    EXPECT_EQ(row.cell(column), (*cursor)->cell(column)) << column;
    EXPECT_EQ(row.integer(column), (*cursor)->integer(column)) << column;
    EXPECT_EQ(row.decimal(column), (*cursor)->decimal(column)) << column;
  }
}

TEST_F(SqliteDb, RunSaysHowManyRowsItChanged) {
  EXPECT_EQ(*db_->run({"INSERT INTO t (name) VALUES ('a'), ('b')", {}}), 2);
  EXPECT_EQ(*db_->run({"UPDATE t SET n = 1 WHERE name = ?", {std::string("a")}}), 1);
  EXPECT_EQ(*db_->run({"SELECT 1", {}}), 0);
  EXPECT_EQ(*db_->run({"INSERT OR IGNORE INTO t (name) VALUES ('a')", {}}), 0);
}

TEST_F(SqliteDb, TheSameStatementMayRunInsideItself) {
  ASSERT_TRUE(db_->run({"INSERT INTO t (name) VALUES ('a'), ('b'), ('c')", {}}));
  const Sql sql{"SELECT key FROM t ORDER BY key", {}};
  const auto outer = db_->query(sql);
  int pairs = 0;
  while (*(*outer)->next()) {
    const auto inner = db_->query(sql);
    while (*(*inner)->next()) ++pairs;
  }
  EXPECT_EQ(pairs, 9);
}

TEST_F(SqliteDb, AnAbandonedCursorStartsAfresh) {
  ASSERT_TRUE(db_->run({"INSERT INTO t (name) VALUES ('a'), ('b')", {}}));
  for (int i = 0; i < 3; ++i) EXPECT_EQ(number(*db_, {"SELECT key FROM t WHERE key >= ? ORDER BY key", {std::int64_t{1}}}), 1);
  // No read transaction is left open by it.
  ASSERT_TRUE(db_->begin(Db::Begin::write));
  ASSERT_TRUE(db_->commit());
}

TEST_F(SqliteDb, ManyDifferentStatementsAreNotAllKept) {
  for (int i = 0; i < 2000; ++i) EXPECT_EQ(number(*db_, {"SELECT " + std::to_string(i), {}}), i);
}

TEST_F(SqliteDb, ParametersAndValuesMustBeAsMany) {
  EXPECT_FALSE(db_->query({"SELECT ?, ?", {std::int64_t{1}}}));
  EXPECT_FALSE(db_->query({"SELECT ?", {}}));
  EXPECT_EQ(db_->run({"SELECT", {}}).error().kind, DbErrorKind::other);
}

TEST_F(SqliteDb, ConstraintsHaveTheirKinds) {
  ASSERT_TRUE(db_->run({"INSERT INTO t (name) VALUES ('a')", {}}));
  const auto unique = db_->run({"INSERT INTO t (name) VALUES ('a')", {}});
  EXPECT_EQ(unique.error().kind, DbErrorKind::unique);
  EXPECT_EQ(unique.error().detail, "t.name");
  EXPECT_EQ(db_->run({"INSERT INTO t (key) VALUES (1)", {}}).error().detail, "t.key");
  EXPECT_EQ(log_.size(), 0U) << "a taken value is no fault";
  EXPECT_EQ(db_->run({"INSERT INTO child VALUES (77)", {}}).error().kind, DbErrorKind::foreign_key);
  EXPECT_EQ(db_->run({"INSERT INTO child VALUES (NULL)", {}}).error().kind, DbErrorKind::not_null);
  EXPECT_EQ(log_.size(), 2U);
}

TEST_F(SqliteDb, ASecondWriterIsBusy) {
  const auto other = open(20);
  ASSERT_TRUE(db_->begin(Db::Begin::write));
  const auto refused = other->begin(Db::Begin::write);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, DbErrorKind::busy);
  EXPECT_EQ(to_error(refused.error()).kind, ErrorKind::unavailable);
  EXPECT_EQ(to_error(refused.error()).header, "1");
  ASSERT_TRUE(db_->commit());
  EXPECT_TRUE(other->begin(Db::Begin::write));
}

TEST_F(SqliteDb, ASnapshotThatIsTooOldToWriteIsBusy) {
  const auto other = open();
  ASSERT_TRUE(db_->begin(Db::Begin::read));
  EXPECT_EQ(number(*db_, {"SELECT count(*) FROM t", {}}), 0);
  ASSERT_TRUE(other->run({"INSERT INTO t (name) VALUES ('a')", {}}));
  EXPECT_EQ(number(*db_, {"SELECT count(*) FROM t", {}}), 0) << "a read transaction sees one moment";
  EXPECT_EQ(db_->run({"INSERT INTO t (name) VALUES ('b')", {}}).error().kind, DbErrorKind::busy);
}

TEST_F(SqliteDb, RollbackUndoesAndMayBeRepeated) {
  ASSERT_TRUE(db_->begin(Db::Begin::write));
  ASSERT_TRUE(db_->run({"INSERT INTO t (name) VALUES ('a')", {}}));
  db_->rollback();
  db_->rollback();
  EXPECT_EQ(number(*db_, {"SELECT count(*) FROM t", {}}), 0);
  EXPECT_TRUE(db_->begin(Db::Begin::write));
}

TEST_F(SqliteDb, FoldsAndParsesInSql) {
  EXPECT_EQ(number(*db_, {"SELECT scim_fold(?) = scim_fold(?)", {std::string("STRASSE"), std::string("stra\xC3\x9F" "e")}}), 1);
  EXPECT_EQ(number(*db_, {"SELECT scim_username(?) = 'ada'", {std::string("\xEF\xBC\xA1" "DA")}}), 1);
  EXPECT_EQ(number(*db_, {"SELECT scim_instant('1970-01-01T00:00:01+00:00')", {}}), 1000000);
  EXPECT_EQ(number(*db_, {"SELECT scim_fold(NULL) IS NULL AND scim_instant(NULL) IS NULL AND scim_instant('x') IS NULL", {}}), 1);
}

TEST_F(SqliteDb, TheFileIsPrivateWhateverTheUmask) {
  const mode_t before = ::umask(0);
  const std::string path = dir_.file("private.db");
  auto db = open_sqlite(path, Open::create, Journal::wal, Sync::full, 100);
  ASSERT_TRUE(db);
  ASSERT_TRUE((*db)->run_script("CREATE TABLE t (x)"));
  ::umask(before);
  for (const char* suffix : {"", "-wal", "-shm"}) {
    struct stat status {};
    ASSERT_EQ(::stat((path + suffix).c_str(), &status), 0) << suffix;
    EXPECT_EQ(status.st_mode & 0777U, 0600U) << suffix;
  }
}

TEST_F(SqliteDb, SettingsAreThoseOfTheHeader) {
  EXPECT_EQ(number(*db_, {"PRAGMA foreign_keys", {}}), 1);
  EXPECT_EQ(number(*db_, {"PRAGMA synchronous", {}}), 1);
  auto full = open_sqlite(path_, Open::existing, Journal::wal, Sync::full, 100);
  ASSERT_TRUE(full);
  EXPECT_EQ(number(**full, {"PRAGMA synchronous", {}}), 3);
  const auto mode = db_->query({"PRAGMA journal_mode", {}});
  ASSERT_TRUE(*(*mode)->next());
  EXPECT_EQ((*mode)->text(0), "wal");
}

TEST_F(SqliteDb, WhatIsNoDatabaseIsUnavailable) {
  EXPECT_EQ(open_sqlite(dir_.file("none.db"), Open::existing, Journal::wal, Sync::full, 10).error().kind, DbErrorKind::unavailable);
  EXPECT_EQ(open_sqlite(dir_.file(""), Open::create, Journal::wal, Sync::full, 10).error().kind, DbErrorKind::unavailable);
  const std::string path = dir_.file("text.db");
  std::FILE* file = std::fopen(path.c_str(), "w");
  ASSERT_NE(file, nullptr);
  std::fputs(std::string(4096, 'x').c_str(), file);
  std::fclose(file);
  const auto refused = open_sqlite(path, Open::existing, Journal::wal, Sync::full, 10);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, DbErrorKind::unavailable) << refused.error().detail;
}

TEST_F(SqliteDb, AFullDiskIsUnavailable) {
  ASSERT_TRUE(db_->run_script("PRAGMA max_page_count = 20"));
  const auto refused = db_->run({"INSERT INTO t (name) VALUES (hex(zeroblob(500000)))", {}});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, DbErrorKind::unavailable);
}

TEST_F(SqliteDb, CountsStatementsAndRows) {
  ASSERT_TRUE(db_->run({"INSERT INTO t (name) VALUES ('a'), ('b')", {}}));
  const Db::Counters before = db_->counters();
  const auto cursor = db_->query({"SELECT key FROM t", {}});
  while (*(*cursor)->next()) {
  }
  EXPECT_EQ(db_->counters().statements - before.statements, 1);
  EXPECT_EQ(db_->counters().rows - before.rows, 2);
}

TEST(Identifier, IsQuoted) { EXPECT_EQ(identifier("a\"b"), "\"a\"\"b\""); }

}  // namespace
}  // namespace scim::sql
