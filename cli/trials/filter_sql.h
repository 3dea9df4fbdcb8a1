// SPDX-License-Identifier: MIT
// The SQL that a filter becomes on each database, and how the one at hand would run it.
#pragma once

#include <iosfwd>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cli/failure.h"
#include "core/config.h"
#include "core/filter.h"
#include "core/predicate.h"
#include "sql/catalog.h"
#include "sql/mapping_check.h"
#include "sql/served.h"
#include "sql/sql_store.h"

namespace scim::cli {

/// What a search runs, on one kind of database.
struct FilterSql {
  std::string database;    ///< "SQLite"
  std::string text = {};   ///< "": it cannot be said
  char sign = '?';         ///< before the numbers of parameters
  Json parameters = Json::array();
  std::string assumption = {};  ///< what had to be assumed, or why it cannot be said; "": nothing
};

/// What a search does with a table.
struct TableUse {
  sql::PlanStep step;
  std::optional<sql::RowCount> count;  ///< of a table that is read from end to end
  /// Whether it is read from end to end only since it is so small that no index is worth it.
  enum class Small { no, yes } small = Small::no;
};

struct FilterPlan {
  std::string of;       ///< which database was asked
  std::string unknown;  ///< why there is no plan; "": there is one
  std::vector<TableUse> uses;
  sql::Findings findings;  ///< what would help
};

/// The database that `config` names, as far as it answers, to be asked and not to be changed.
class FilterAdvisor {
 public:
  /// `served`: what `config` serves, whose mapping learns the types of columns. Both outlive it.
  FilterAdvisor(const Config& config, sql::Served& served);

  FilterSql sqlite(const Filter& filter, std::string_view type) const;
  FilterSql postgresql(const Filter& filter, std::string_view type) const;
  FilterPlan plan(const Filter& filter, const ResourceType& type) const;

 private:
  void connect();
  FilterSql of_other(const Filter& filter, std::string_view type, const char* url, FilterSql sql) const;
  Result<void> explain(const Filter& filter, const ResourceType& type, FilterPlan& plan) const;

  const Config& config_;
  sql::Served& served_;
  std::unique_ptr<Env> env_;
  std::unique_ptr<sql::SqlStore> schema_;  // our own tables, empty, where there is no database yet
  std::unique_ptr<sql::Db> live_;
  sql::Db* db_ = nullptr;  // one of them; nullptr: none answers
  std::string place_;      // of db_
  std::string unknown_;    // why there is none
};

void print(const FilterSql& sql, std::ostream& out);
void print(const FilterPlan& plan, std::ostream& out);
Json to_json(const FilterSql& sql);
Json to_json(const FilterPlan& plan);

}  // namespace scim::cli
