// SPDX-License-Identifier: MIT
// What a database is, and how far our own tables in it are: `scimctl db status`. Nothing is changed.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "sql/migrations.h"
#include "sql/sql_store.h"

namespace scim::sql {

struct DatabaseStatus {
  struct Table {
    std::string name;
    bool exists = false;
  };
  /// A piece of what open_store() would do.
  struct Step {
    std::string title;  ///< "version 3 of the tables"
    std::string sql;    ///< "": it depends on what is there
  };
  std::string kind;  ///< as Dialect::name
  std::string server_version;
  std::optional<TableVersion> version;  ///< nullopt: beside an application's tables there is none
  std::vector<Table> tables;
  std::vector<Step> steps;  ///< none: all is up to date
  bool are_steps_runnable = false;  ///< whether any client of the database can run them: they need no functions of our connections
};

/// unavailable: the database cannot be asked, or a newer program has made it.
Result<DatabaseStatus> database_status(Db& db, const Mapping& mapping, const StoreOptions& options);

}  // namespace scim::sql
