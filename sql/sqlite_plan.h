// SPDX-License-Identifier: MIT
// The lines of SQLite's EXPLAIN QUERY PLAN, which name tables by their aliases, as steps.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "sql/catalog.h"

namespace scim::sql {

class SqlitePlan {
 public:
  /// `statement`: ours, with the names of tables in double quotes.
  explicit SqlitePlan(std::string_view statement);
  /// A line, in the order in which SQLite gives them. What is no table of the database is passed over.
  void add(std::string_view line);
  std::vector<PlanStep> take() { return std::move(steps_); }

 private:
  struct Named {
    std::string alias;
    std::string table;
    bool is_seen = false;
  };
  std::string table_of(std::string_view alias);

  std::vector<Named> tables_;  // of the statement, as they stand in it
  std::vector<PlanStep> steps_;
};

}  // namespace scim::sql
