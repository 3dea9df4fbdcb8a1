// SPDX-License-Identifier: MIT
// A connection that keeps what it is asked: for tests that count statements and rows, or look at their plans.
#pragma once

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "tests/unit/forwarding_db.h"

namespace scim::test {

class RecordingDb : public ForwardingDb {
 public:
  struct Statement {
    sql::Sql sql;
    std::int64_t rows = 0;  ///< that it gave
    bool reads(std::string_view table) const { return sql.text.find(sql::identifier(table)) != std::string::npos; }
  };
  using Log = std::vector<std::shared_ptr<Statement>>;

  /// `log` outlives this.
  RecordingDb(std::unique_ptr<sql::Db> db, Log& log) : ForwardingDb(std::move(db)), log_(log) {}

  sql::DbResult<std::unique_ptr<sql::Cursor>> query(const sql::Sql& sql) override {
    auto statement = std::make_shared<Statement>(Statement{sql, 0});
    log_.push_back(statement);
    auto cursor = ForwardingDb::query(sql);
    if (!cursor) return tl::unexpected(cursor.error());
    return std::make_unique<Counted>(*std::move(cursor), std::move(statement));
  }
 private:
  class Counted : public ForwardingCursor {
   public:
    Counted(std::unique_ptr<sql::Cursor> cursor, std::shared_ptr<Statement> statement)
        : ForwardingCursor(std::move(cursor)), statement_(std::move(statement)) {}
    sql::DbResult<bool> next() override {
      auto has_row = ForwardingCursor::next();
      if (has_row && *has_row) ++statement_->rows;
      return has_row;
    }

   private:
    std::shared_ptr<Statement> statement_;
  };

  Log& log_;
};

}  // namespace scim::test
