// SPDX-License-Identifier: MIT
// The database of a test: a SQLite file, or, where the tests run by tests/e2e/postgresql.py, one of its own on that server. So
// the same tests say the same of both.
#pragma once

#include <memory>
#include <string>

#include "sql/dialect.h"
#include "tests/unit/temp_dir.h"

namespace scim::test {

class PostgresqlDatabase;

class TestDatabase {
 public:
  TestDatabase();
  ~TestDatabase();
  TestDatabase(const TestDatabase&) = delete;
  TestDatabase& operator=(const TestDatabase&) = delete;

  bool is_postgresql() const { return postgresql_ != nullptr; }
  sql::Aids aids() const { return is_postgresql() ? sql::Aids::none : sql::Aids::triggers; }
  std::string url() const;
  /// Of SQLite.
  std::string file(const std::string& name = "scim.db") const { return dir_.file(name); }
  /// CREATE TABLE statements of SQLite, in this database's words, with the types that an application would have there: boolean,
  /// timestamptz, uuid, smallint, a collation that ignores case. What is inserted must fit both.
  std::string script(const std::string& sqlite) const;

 private:
  TempDir dir_;
  std::unique_ptr<PostgresqlDatabase> postgresql_;
};

}  // namespace scim::test
