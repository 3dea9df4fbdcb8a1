// SPDX-License-Identifier: MIT
// The driver of PostgreSQL: what it sends when, what it makes of errors, and what becomes of a connection that is lost.
#include "sql/pg_db.h"

#include <gtest/gtest.h>

#include "sql/pg_values.h"
#include "tests/unit/postgresql.h"

namespace scim::sql {
namespace {

using Kind = DbErrorKind;

class PgDb : public testing::Test {
 protected:
  std::unique_ptr<Db> open(PgOptions options = {}) {
    return open_postgresql(database_.url(), options, [this](const DbError& error) { errors_.push_back(error.detail); }).value();
  }
  void SetUp() override {
    other_.run_script(
        "CREATE TABLE pets (key BIGINT PRIMARY KEY, name TEXT UNIQUE NOT NULL, owner BIGINT REFERENCES pets (key), age SMALLINT CHECK (age < 100));"
        "INSERT INTO pets VALUES (1, 'Rex', NULL, 3), (2, 'Tom', 1, 5)");
  }

  static std::string text(Db& db, const Sql& sql) {
    const auto cursor = db.query(sql);
    if (!cursor) return "error: " + cursor.error().detail;
    return (*cursor)->next().value() ? std::string((*cursor)->text(0)) : "no row";
  }
  static std::string name(Db& db, std::int64_t key) { return text(db, {"SELECT name FROM pets WHERE key = ?", {key}}); }
  static DbResult<std::int64_t> rename(Db& db, std::int64_t key, const std::string& name) {
    return db.run({"UPDATE pets SET name = ? WHERE key = ?", {name, key}});
  }
  std::string name(std::int64_t key) { return *other_.query("SELECT name FROM pets WHERE key = $1", {std::to_string(key)}).at(0).at(0); }

  /// Ends all connections but other_.
  void disconnect() {
    other_.query(
        "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname = current_database()");
  }
  std::string in_transactions() {
    return *other_.query("SELECT count(*) FROM pg_stat_activity WHERE state LIKE 'idle in transaction%' AND datname = current_database()").at(0).at(0);
  }

  test::PostgresqlDatabase database_;
  test::PostgresqlConnection other_{database_.url()};
  std::vector<std::string> errors_;
};

TEST_F(PgDb, SendsABeginWithTheFirstStatementOnly) {
  const auto db = open();
  ASSERT_TRUE(db->begin(Db::Begin::write));
  EXPECT_EQ(in_transactions(), "0");
  ASSERT_TRUE(rename(*db, 1, "Max"));
  EXPECT_EQ(in_transactions(), "1");
  EXPECT_EQ(name(1), "Rex");
  ASSERT_TRUE(db->commit());
  EXPECT_EQ(name(1), "Max");
  ASSERT_TRUE(db->begin(Db::Begin::write));
  ASSERT_TRUE(db->commit());
  EXPECT_FALSE(db->commit());
}

TEST_F(PgDb, ReadsSeeOneMoment) {
  const auto db = open();
  ASSERT_TRUE(db->begin(Db::Begin::read));
  EXPECT_EQ(name(*db, 1), "Rex");
  other_.run_script("UPDATE pets SET name = 'Max' WHERE key = 1");
  EXPECT_EQ(name(*db, 1), "Rex");
  db->rollback();
  ASSERT_TRUE(db->begin(Db::Begin::read));
  EXPECT_EQ(name(*db, 1), "Max");
  EXPECT_EQ(rename(*db, 1, "Kim").error().kind, Kind::unavailable);  // only for reading
}

TEST_F(PgDb, ErrorsAreOfAKindAndNameTheColumn) {
  const auto db = open();
  const auto insert = [&](const std::vector<Cell>& cells) {
    return db->run({"INSERT INTO pets (key, name, owner, age) VALUES (?, ?, ?, ?)", cells}).error();
  };
  const Cell three = std::int64_t{3};
  const struct {
    std::vector<Cell> cells;
    Kind kind;
    std::string detail;
  } rows[] = {
      {{three, std::string("Rex"), {}, {}}, Kind::unique, "pets.name"},
      {{three, {}, {}, {}}, Kind::not_null, "pets.name"},
      {{three, std::string("Kim"), std::int64_t{77}, {}}, Kind::foreign_key, ""},
      {{three, std::string("Kim"), {}, std::int64_t{100}}, Kind::check, ""},
      {{three, std::string("Kim"), {}, std::int64_t{100'000}}, Kind::check, ""},
      {{three, std::string("Kim"), {}, std::string("old")}, Kind::check, ""},
      {{three, std::string("K\0m", 3), {}, {}}, Kind::check, "a text with a NUL"},
      {{three, std::string("K\xFFm"), {}, {}}, Kind::check, ""},
  };
  for (const auto& row : rows) {
    const DbError error = insert(row.cells);
    EXPECT_EQ(error.kind, row.kind) << error.detail;
    if (!row.detail.empty()) {
      EXPECT_EQ(error.detail, row.detail);
    }
  }
  std::string noise;  // what cannot be compressed
  for (std::uint32_t i = 1; noise.size() < 9000; ++i) noise += std::to_string(i * 2654435761U);
  EXPECT_EQ(insert({three, noise, {}, {}}).kind, Kind::too_long);
  EXPECT_EQ(db->run({"SELECT nothing", {}}).error().kind, Kind::other);
  EXPECT_EQ(name(*db, 2), "Tom");
}

TEST_F(PgDb, AFailedTransactionIsNotCommitted) {
  const auto db = open();
  ASSERT_TRUE(db->begin(Db::Begin::write));
  ASSERT_TRUE(rename(*db, 1, "Max"));
  EXPECT_FALSE(rename(*db, 2, "Max"));
  const auto committed = db->commit();
  ASSERT_FALSE(committed);
  EXPECT_EQ(committed.error().kind, Kind::other);
  EXPECT_EQ(name(1), "Rex");
  EXPECT_EQ(name(*db, 1), "Rex");
}

TEST_F(PgDb, AConnectionThatIsLostBetweenTransactionsIsNotNoticed) {
  const auto db = open();
  EXPECT_EQ(name(*db, 1), "Rex");
  disconnect();
  EXPECT_EQ(name(*db, 1), "Rex");
  disconnect();
  ASSERT_TRUE(db->begin(Db::Begin::write));
  disconnect();
  ASSERT_TRUE(rename(*db, 1, "Max"));
  ASSERT_TRUE(db->commit());
  EXPECT_EQ(name(1), "Max");
}

TEST_F(PgDb, AConnectionThatIsLostInATransactionIsUnavailableAndHeals) {
  const auto db = open();
  for (const auto mode : {Db::Begin::read, Db::Begin::write}) {
    ASSERT_TRUE(db->begin(mode));
    EXPECT_EQ(name(*db, 1), "Rex");
    disconnect();
    const auto read = db->query({"SELECT name FROM pets", {}});
    ASSERT_FALSE(read);
    EXPECT_EQ(read.error().kind, Kind::unavailable);
    db->rollback();
    EXPECT_FALSE(db->in_transaction());
    EXPECT_EQ(name(*db, 1), "Rex");
  }
}

TEST_F(PgDb, WhatMayHaveBeenDoneIsUnknown) {
  const auto db = open();
  ASSERT_TRUE(db->begin(Db::Begin::write));
  ASSERT_TRUE(rename(*db, 1, "Max"));
  disconnect();
  EXPECT_EQ(db->commit().error().kind, Kind::unknown_outcome);
  EXPECT_EQ(name(*db, 1), "Rex");
  disconnect();
  EXPECT_EQ(rename(*db, 1, "Max").error().kind, Kind::unknown_outcome);
}

TEST_F(PgDb, WithoutAServerItSaysSo) {
  std::vector<std::string> told;
  const auto db = open_postgresql("postgresql:///none?host=" + std::string("/nowhere"), {}, [&](const DbError& error) { told.push_back(error.detail); });
  ASSERT_FALSE(db);
  EXPECT_EQ(db.error().kind, Kind::unavailable);
  EXPECT_EQ(told, std::vector{db.error().detail});
}

TEST_F(PgDb, WhoWaitsTooLongIsTold) {
  const auto db = open({.lock_timeout_ms = 20});
  other_.run_script("BEGIN; UPDATE pets SET name = 'Max' WHERE key = 1");
  EXPECT_EQ(rename(*db, 1, "Kim").error().kind, Kind::busy);
  other_.run_script("ROLLBACK");
  EXPECT_TRUE(rename(*db, 1, "Kim"));
  const auto quick = open({.statement_timeout_ms = 20});
  EXPECT_EQ(quick->query({"SELECT pg_sleep(60)", {}}).error().kind, Kind::busy);
}

TEST_F(PgDb, WhatPostgresqlBreaksOffForAnotherIsAConflict) {
  other_.run_script(
      "CREATE FUNCTION lose(state text) RETURNS bigint LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'lost' USING ERRCODE = state; END $$");
  const auto db = open();
  for (const std::string state : {"40001", "40P01"}) {  // serialization failure, deadlock
    ASSERT_TRUE(db->begin(Db::Begin::write));
    ASSERT_TRUE(rename(*db, 1, "Max"));
    EXPECT_FALSE(db->has_lost_conflict());
    EXPECT_EQ(db->query({"SELECT lose(?)", {state}}).error().kind, Kind::conflict);
    EXPECT_TRUE(db->has_lost_conflict());
    db->rollback();
    EXPECT_TRUE(db->has_lost_conflict());
    ASSERT_TRUE(db->begin(Db::Begin::write));
    EXPECT_FALSE(db->has_lost_conflict());
    db->rollback();
  }
  EXPECT_EQ(name(*db, 1), "Rex");
  EXPECT_TRUE(errors_.empty());
}

/// A table may change under a prepared statement.
TEST_F(PgDb, AStatementWhoseTableHasChangedIsPreparedAnew) {
  const auto db = open();
  const Sql all{"SELECT * FROM pets WHERE key = 1", {}};
  EXPECT_EQ(text(*db, all), "1");
  other_.run_script("ALTER TABLE pets ALTER key TYPE TEXT USING ('k' || key), DROP CONSTRAINT pets_owner_fkey");
  EXPECT_EQ(text(*db, {"SELECT * FROM pets WHERE key = 'k1'", {}}), "k1");
  other_.run_script("ALTER TABLE pets ADD more TEXT");
  EXPECT_EQ(text(*db, {"SELECT * FROM pets WHERE key = 'k1'", {}}), "k1");
}

TEST_F(PgDb, KeepsNoMoreStatementsThanTheServerShould) {
  const auto db = open();
  for (int i = 0; i < 1000; ++i) {
    ASSERT_TRUE(db->begin(Db::Begin::read));
    EXPECT_EQ(text(*db, {"SELECT " + std::to_string(i), {}}), std::to_string(i));
    db->rollback();
  }
  EXPECT_EQ(text(*db, {"SELECT count(*) FROM pg_prepared_statements", {}}), "0") << "what comes once is not worth it";
  for (int i = 0; i < 2000; ++i) {
    ASSERT_TRUE(db->begin(Db::Begin::read));
    EXPECT_EQ(text(*db, {"SELECT " + std::to_string(i / 2) + std::string(2000, ' '), {}}), std::to_string(i / 2));
    db->rollback();
  }
  EXPECT_LE(std::stoi(text(*db, {"SELECT sum(length(statement)) FROM pg_prepared_statements", {}})), 300'000);
}

/// What a role, a database or a server sets is their choice, and not to be seen in what we read.
TEST_F(PgDb, SettingsOfOthersDoNotMatter) {
  other_.run_script(
      "ALTER ROLE CURRENT_USER SET datestyle = 'German'; ALTER ROLE CURRENT_USER SET timezone = 'Asia/Kathmandu';"
      "ALTER ROLE CURRENT_USER SET standard_conforming_strings = off; ALTER ROLE CURRENT_USER SET extra_float_digits = 0;"
      "ALTER ROLE CURRENT_USER SET bytea_output = 'escape'");
  for (const auto session : {PgOptions::Session::own, PgOptions::Session::pooled}) {
    const auto db = open({.session = session});
    ASSERT_TRUE(db->begin(Db::Begin::read));
    EXPECT_EQ(text(*db, {"SELECT '2024-02-03 04:05:06+00'::timestamptz", {}}), "2024-02-03 04:05:06+00");
    EXPECT_EQ(text(*db, {R"(SELECT 'a\b')", {}}), R"(a\b)");
    EXPECT_EQ(text(*db, {"SELECT 0.30000000000000004::float8", {}}), "0.30000000000000004");
    EXPECT_EQ(text(*db, {R"(SELECT '\xff'::bytea)", {}}), R"(\xff)");
    db->rollback();
  }
  other_.run_script("ALTER ROLE CURRENT_USER RESET ALL");
}

/// What is tried again inside the driver is no conflict that the caller has lost.
TEST_F(PgDb, WhatHasGoneWellIsNoLostConflict) {
  const auto db = open();
  const Sql all{"SELECT * FROM pets ORDER BY key", {}};
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(db->begin(Db::Begin::write));
    EXPECT_EQ(text(*db, all), "1");
    ASSERT_TRUE(db->commit());
  }
  other_.run_script("ALTER TABLE pets ADD more TEXT");
  ASSERT_TRUE(db->begin(Db::Begin::write));
  EXPECT_EQ(text(*db, all), "1");
  EXPECT_FALSE(db->has_lost_conflict());
  ASSERT_TRUE(db->commit());
  EXPECT_FALSE(db->has_lost_conflict());
}

TEST_F(PgDb, DatabasesOfAnotherEncodingAreRefused) {
  other_.run_script("CREATE DATABASE scim_ascii_test ENCODING 'SQL_ASCII' LOCALE 'C' TEMPLATE template0");
  const std::string url = database_.url();
  const std::size_t name = url.find("///") + 3;
  const auto db = open_postgresql(url.substr(0, name) + "scim_ascii_test" + url.substr(url.find('?')), {});
  ASSERT_FALSE(db);
  EXPECT_EQ(db.error().kind, Kind::unavailable);
  EXPECT_NE(db.error().detail.find("SQL_ASCII"), std::string::npos) << db.error().detail;
  other_.run_script("DROP DATABASE scim_ascii_test WITH (FORCE)");
}

TEST_F(PgDb, DeferredViolationsAreToldFromErrors) {
  other_.run_script("CREATE TABLE toys (pet BIGINT REFERENCES pets (key) DEFERRABLE INITIALLY DEFERRED)");
  const auto db = open({.lock_timeout_ms = 20});
  const auto add = [&](std::int64_t pet) { ASSERT_TRUE(db->run({"INSERT INTO toys VALUES (?)", {pet}})); };
  ASSERT_TRUE(db->begin(Db::Begin::write));
  add(1);
  EXPECT_FALSE(db->has_deferred_violations().value());
  add(7);
  EXPECT_TRUE(db->has_deferred_violations().value());
  db->rollback();
  other_.run_script("BEGIN; SELECT 1 FROM pets FOR UPDATE");
  ASSERT_TRUE(db->begin(Db::Begin::write));
  add(1);
  EXPECT_EQ(db->has_deferred_violations().error().kind, Kind::busy);
  db->rollback();
}

TEST_F(PgDb, RowsInBulkAreWhatTheyWere) {
  const auto db = open();
  other_.run_script("CREATE TABLE cells (a BIGINT, b TEXT, c DOUBLE PRECISION)");
  const std::string odd = "tab\t line\n cr\r back\\slash \\N quote' \"\xC3\xA9";
  const std::vector<Cell> cells = {std::int64_t{-5}, odd, 0.1, Cell(), Cell(), Cell(), std::int64_t{7}, std::string("\\."), -1e300};
  const std::vector<std::string> columns = {"a", "b", "c"};
  ASSERT_TRUE(db->begin(Db::Begin::write));
  ASSERT_TRUE(db->insert_rows("cells", columns, cells));
  ASSERT_TRUE(db->insert_rows("cells", columns, {}));
  ASSERT_TRUE(db->commit());
  const auto cursor = db->query({"SELECT a, b, c FROM cells ORDER BY a", {}});
  ASSERT_TRUE(cursor);
  std::vector<Cell> found;
  while ((*cursor)->next().value()) {
    for (int i = 0; i < 3; ++i) found.push_back((*cursor)->cell(i));
  }
  const std::vector<Cell> sorted = {std::int64_t{-5}, odd, 0.1, std::int64_t{7}, std::string("\\."), -1e300, Cell(), Cell(), Cell()};
  EXPECT_EQ(found, sorted);
  EXPECT_EQ(db->insert_rows("cells", std::vector<std::string>{"a"}, std::vector<Cell>{std::string("x")}).error().kind, Kind::check);
  EXPECT_EQ(text(*db, {"SELECT count(*) FROM cells", {}}), "3");
}

TEST(NumberedParameters, StandOutsideOfQuotes) {
  EXPECT_EQ(numbered_parameters("a = ? AND b = ? AND \"c?\" = '?''?' OR d = ?"), "a = $1 AND b = $2 AND \"c?\" = '?''?' OR d = $3");
  EXPECT_EQ(numbered_parameters("?2 ?1"), "$2 $1");
}

}  // namespace
}  // namespace scim::sql
