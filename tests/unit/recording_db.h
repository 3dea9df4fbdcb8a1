// SPDX-License-Identifier: MIT
// A connection that keeps what it is asked: for tests that count statements and rows, or look at their plans.
#pragma once

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "sql/catalog.h"
#include "sql/db.h"

namespace scim::test {

class RecordingDb : public sql::Db {
 public:
  struct Statement {
    sql::Sql sql;
    std::int64_t rows = 0;  ///< that it gave
    bool reads(std::string_view table) const { return sql.text.find(sql::identifier(table)) != std::string::npos; }
  };
  using Log = std::vector<std::shared_ptr<Statement>>;

  /// `log` outlives this.
  RecordingDb(std::unique_ptr<sql::Db> db, Log& log) : db_(std::move(db)), log_(log) {}

  sql::DbResult<std::unique_ptr<sql::Cursor>> query(const sql::Sql& sql) override {
    auto statement = std::make_shared<Statement>(Statement{sql, 0});
    log_.push_back(statement);
    auto cursor = db_->query(sql);
    if (!cursor) return tl::unexpected(cursor.error());
    return std::make_unique<Counted>(*std::move(cursor), std::move(statement));
  }
  sql::DbResult<std::int64_t> run(const sql::Sql& sql) override { return db_->run(sql); }
  sql::DbResult<void> run_script(std::string_view sql) override { return db_->run_script(sql); }
  sql::DbResult<void> begin(Begin mode) override { return db_->begin(mode); }
  sql::DbResult<void> commit() override { return db_->commit(); }
  void rollback() noexcept override { db_->rollback(); }
  bool in_transaction() const override { return db_->in_transaction(); }
  bool has_deferred_violations() const override { return db_->has_deferred_violations(); }
  Counters counters() const override { return db_->counters(); }
  std::unique_ptr<sql::Catalog> catalog() override { return db_->catalog(); }

 private:
  class Counted : public sql::Cursor {
   public:
    Counted(std::unique_ptr<sql::Cursor> cursor, std::shared_ptr<Statement> statement)
        : cursor_(std::move(cursor)), statement_(std::move(statement)) {}
    sql::DbResult<bool> next() override {
      auto has_row = cursor_->next();
      if (has_row && *has_row) ++statement_->rows;
      return has_row;
    }
    Kind kind(int column) const override { return cursor_->kind(column); }
    bool is_null(int column) const override { return cursor_->is_null(column); }
    std::int64_t integer(int column) const override { return cursor_->integer(column); }
    double decimal(int column) const override { return cursor_->decimal(column); }
    std::string_view text(int column) const override { return cursor_->text(column); }
    sql::Cell cell(int column) const override { return cursor_->cell(column); }

   private:
    std::unique_ptr<sql::Cursor> cursor_;
    std::shared_ptr<Statement> statement_;
  };

  std::unique_ptr<sql::Db> db_;
  Log& log_;
};

}  // namespace scim::test
