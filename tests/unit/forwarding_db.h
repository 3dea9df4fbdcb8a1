// SPDX-License-Identifier: MIT
// A connection that does what another one does: for tests that change or watch some of it.
#pragma once

#include <memory>
#include <string_view>

#include "sql/catalog.h"
#include "sql/db.h"

namespace scim::test {

class ForwardingDb : public sql::Db {
 public:
  explicit ForwardingDb(std::unique_ptr<sql::Db> db) : db_(std::move(db)) {}
  sql::DbResult<std::unique_ptr<sql::Cursor>> query(const sql::Sql& sql) override { return db_->query(sql); }
  sql::DbResult<std::int64_t> run(const sql::Sql& sql) override { return db_->run(sql); }
  sql::DbResult<void> insert_rows(std::string_view table, std::span<const std::string> columns, std::span<const sql::Cell> cells) override {
    return db_->insert_rows(table, columns, cells);
  }
  sql::DbResult<void> run_script(std::string_view sql) override { return db_->run_script(sql); }
  sql::DbResult<void> begin(Begin mode) override { return db_->begin(mode); }
  sql::DbResult<void> commit() override { return db_->commit(); }
  void rollback() noexcept override { db_->rollback(); }
  bool in_transaction() const override { return db_->in_transaction(); }
  bool has_lost_conflict() const override { return db_->has_lost_conflict(); }
  sql::DbResult<bool> has_deferred_violations() override { return db_->has_deferred_violations(); }
  Counters counters() const override { return db_->counters(); }
  std::unique_ptr<sql::Catalog> catalog() override { return db_->catalog(); }
  const sql::Dialect& dialect() const override { return db_->dialect(); }

 private:
  std::unique_ptr<sql::Db> db_;
};

class ForwardingCursor : public sql::Cursor {
 public:
  explicit ForwardingCursor(std::unique_ptr<sql::Cursor> cursor) : cursor_(std::move(cursor)) {}
  sql::DbResult<bool> next() override { return cursor_->next(); }
  Kind kind(int column) const override { return cursor_->kind(column); }
  bool is_null(int column) const override { return cursor_->is_null(column); }
  std::int64_t integer(int column) const override { return cursor_->integer(column); }
  double decimal(int column) const override { return cursor_->decimal(column); }
  std::string_view text(int column) const override { return cursor_->text(column); }

 private:
  std::unique_ptr<sql::Cursor> cursor_;
};

}  // namespace scim::test
