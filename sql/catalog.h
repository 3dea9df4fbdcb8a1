// SPDX-License-Identifier: MIT
// What a database says of its tables: columns, keys, indexes, references, and how it would run a statement. No SCIM
// words; one implementation for each driver of db.h.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sql/db.h"

namespace scim::sql {

/// What a column's declared type can hold without changing it.
enum class Holds {
  text,
  integer,
  decimal,
  boolean,   ///< and nothing else: on SQLite that is anything
  moment,    ///< written as SQL or RFC 3339 has it
  uuid,
  anything,  ///< no type, or one that the database does not act on
};

/// Whether a column tells capitals apart when its texts are compared.
enum class Capitals { told_apart, ignored, unknown };

/// How the database compares names of tables and columns with those that statements have in double quotes.
enum class Names { in_any_case, as_written };

struct TableColumn {
  std::string name;
  std::string type;        ///< as declared
  Capitals capitals = Capitals::unknown;
  Holds holds = Holds::anything;
  std::size_t length = 0;  ///< most characters, as declared; 0: not said
  bool not_null = false;
  bool has_default = false;   ///< the database fills it when an INSERT leaves it out
  bool is_generated = false;  ///< computed: nobody writes it
};

struct TableIndex {
  std::vector<std::string> columns;  ///< in order; "" for an expression
  std::string text;                  ///< CREATE INDEX; "" if it comes with the table
  bool unique = false;
  bool partial = false;  ///< has a WHERE
};

struct TableInfo {
  enum class Kind { table, view };
  std::string name;
  Names names = Names::in_any_case;
  Kind kind = Kind::table;
  bool takes_writes = true;  ///< false: a view that the database cannot write through
  std::vector<TableColumn> columns;
  std::vector<TableIndex> indexes;  ///< primary keys among them
  std::vector<std::string> triggers;  ///< CREATE TRIGGER
  /// A column whose values the database counts up, but gives out again after the row with the highest is deleted.
  std::string reused_key;
  bool has_rowid = false;  ///< rows have a number of their own beside their columns, under the name "rowid"

  bool is_same(std::string_view one, std::string_view other) const;
  /// nullptr: there is none.
  const TableColumn* find(std::string_view column) const;
  /// Whether no two rows have the same value there.
  bool is_unique(std::string_view column) const;
  /// Whether rows are found by it without reading them all.
  bool is_indexed(std::string_view column) const;
};

/// A constraint of `table`: what refers to a row that is to be deleted.
struct ForeignKey {
  std::string table;
  std::string column;  ///< the first, if there are several
  std::string other_table;
  /// Whether the database takes care of rows that refer to one that goes (CASCADE, SET NULL, SET DEFAULT).
  bool follows_delete = false;
};

/// What a statement does with one table.
struct PlanStep {
  enum class How {
    search,         ///< finds rows by an index or their key
    scan,           ///< reads all rows
    scan_of_index,  ///< reads all of an index
  };
  How how = How::scan;
  std::string alias;  ///< as scans() names it
  std::string table;
  std::string index;  ///< "": none, or the table's own key; the table itself where it is nothing but an index
};

/// Of a table.
struct RowCount {
  enum class Kind { counted, estimated } kind = Kind::counted;
  std::int64_t rows = 0;
};

/// What is done with a table.
struct TableNeed {
  std::string table;
  std::vector<std::string> rights;  ///< as GRANT calls them: SELECT, INSERT, UPDATE, DELETE
};

/// What a role may have of a table, sequence, schema or function.
struct Privilege {
  std::string right;   ///< "INSERT"
  std::string object;  ///< as GRANT calls it: `TABLE "users"`
  bool is_granted = false;
};

/// Of the role that has connected.
struct Privileges {
  std::string role;       ///< "": the database has no roles
  bool is_owner = false;  ///< of one of the tables, or may do everything
  std::vector<Privilege> needed;
};

class Catalog {
 public:
  virtual ~Catalog() = default;
  virtual DbResult<std::vector<std::string>> table_names() = 0;
  /// nullopt: there is no such table or view.
  virtual DbResult<std::optional<TableInfo>> find_table(std::string_view name) = 0;
  virtual DbResult<std::vector<ForeignKey>> foreign_keys() = 0;
  /// Names (aliases) of the tables that the statement reads from end to end, for want of an index or, in SQLite, because
  /// they are small.
  virtual DbResult<std::vector<std::string>> scans(const Sql& sql) = 0;
  /// How the statement would be run now, which depends on how many rows there are: tables only, in the order of the database's
  /// own account.
  virtual DbResult<std::vector<PlanStep>> plan(const Sql& sql) = 0;
  /// Estimated where the database knows without counting.
  virtual DbResult<RowCount> row_count(std::string_view table) = 0;
  /// All that the role needs for this, of tables that exist.
  virtual DbResult<Privileges> privileges(const std::vector<TableNeed>& needs) = 0;
  /// A setting of the database with which readers and writers would not wait for each other: the statement that makes
  /// it; "" if it is made.
  virtual DbResult<std::string> setting_for_concurrency() = 0;
  /// What the database itself finds wrong with how it is kept, which reads all of it; "": nothing, or it keeps that to itself.
  virtual DbResult<std::string> damage() = 0;
};

}  // namespace scim::sql
