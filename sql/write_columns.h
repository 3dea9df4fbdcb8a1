// SPDX-License-Identifier: MIT
// The singular attributes of one resource: JSON values -> cells, and the rows of its own and its joined tables.
#pragma once

#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "core/env.h"
#include "core/json.h"
#include "core/resource.h"
#include "sql/db.h"
#include "sql/expression.h"
#include "sql/password.h"
#include "sql/sql_store.h"

namespace scim::sql {

/// A password whose slow part has been done before the transaction.
struct PreparedPassword {
  std::string clear;
  Cell stored;          ///< what the column held, monostate: nothing
  bool is_same = false; ///< `stored` was made of it
  std::string hash;     ///< "": not needed; of a password that nobody knows if `clear` is ""
};

/// Those of one transaction.
class PreparedPasswords {
 public:
  void add(PreparedPassword prepared) { waiting_.push_back(std::move(prepared)); }
  /// Whether `stored` was made of `clear`; nullopt: nobody has looked.
  std::optional<bool> is_same(std::string_view clear, const Cell& stored) const;
  /// The hash made for `clear`, "" if there is none. Each is given once: no two users share a salt.
  std::string take_hash(std::string_view clear);

 private:
  std::vector<PreparedPassword> waiting_;
};

class RowBuffer;

/// What all the writers work with; borrowed for one transaction.
struct WriteContext {
  Db& db;
  const Mapping& mapping;
  const Dialect& dialect;
  const StoreOptions& options;
  Env& env;
  PreparedPasswords* prepared = nullptr;
  RowPlans* plans = nullptr;
  CompiledFilters* filters = nullptr;
  RowBuffer* buffer = nullptr;  ///< what is inserted waits here, if it is not nullptr

  CompileContext compile(Visible visible) const { return {mapping, dialect, "", visible, plans, filters}; }
};

/// Runs a statement that cannot break a rule of the application; how many rows it changed.
Result<std::int64_t> run(const WriteContext& context, const Sql& sql);
/// The first row of a query, its columns as cells; nullopt: there is none.
Result<std::optional<std::vector<Cell>>> first_row(const WriteContext& context, const Sql& sql, int columns);

/// One column and what it is to hold.
struct ColumnValue {
  const Attribute* attribute = nullptr;
  const Column* column = nullptr;
  std::string_view name;  ///< of the column, or of its folded one
  Cell value;             ///< as SCIM shows it; a password still in clear, a reference as the key; for a folded column the key
  bool is_folded() const { return name != column->name; }
};

/// `value` (nullptr: none) for `column` and, if it has one, for its folded column.
void append_values(const Attribute& attribute, const Column& column, const Json* value, std::vector<ColumnValue>& out);

/// externalId of the type: its column is part of the link.
const Attribute* external_id(const TypeMapping& type);

/// What a column held, read in the form that append_values() gives.
Cell read_shown(const Cursor& cursor, int index, const ColumnValue& column);
/// SQL for that form.
std::string stored_expression(std::string_view alias, const ColumnValue& column, const Dialect& dialect);

/// The row or rows of a resource as they are now.
struct StoredRow {
  Cell key;
  bool is_living = true;
  bool has_mark = false;       ///< of a DELETE; the application may have made it living again
  bool is_claimed = true;      ///< nothing to note
  std::string document;
  std::vector<Cell> values;    ///< of the columns asked for, in their order
  std::vector<bool> has_row;   ///< by table
};

/// nullopt: no resource has the id.
Result<std::optional<StoredRow>> load_row(const WriteContext& context, const TypeMapping& type, std::string_view id,
                                          const std::vector<ColumnValue>& columns);

/// Nobody else writes the resource until the end of the transaction (Dialect::lock_rows), if there is one.
Result<void> lock_row(const WriteContext& context, const TypeMapping& type, std::string_view id);

/// Ids of resources become keys of rows (Codec::reference); invalidValue: there is no such resource.
Result<void> resolve_references(const WriteContext& context, std::vector<ColumnValue>& columns);

/// Keeps the columns whose value differs from what `row` has; where there is no value, from what `defaults` make of that.
std::vector<ColumnValue> differing(const WriteContext& context, const TypeMapping& type, std::vector<ColumnValue> columns,
                                   const StoredRow& row);

/// The scheme in which the column keeps passwords.
PasswordScheme scheme_of(const Column& column);

/// The cell that goes into the column: words replaced, moments formatted, passwords hashed; for no value what `defaults`,
/// of the column's table, say. invalidValue.
Result<Cell> kept(const WriteContext& context, ColumnValue column, const Defaults& defaults);

/// The statements of one table's row, under construction. Names of columns are borrowed.
class RowStatement {
 public:
  /// Room for so many more columns.
  void reserve(std::size_t columns);
  void set(std::string_view column, Cell value);
  /// The value of another column of the row with `key` in `table`.
  void set_copy(std::string_view column, const Table& table, std::string_view other_column, Cell key);
  /// version + 1.
  void count(std::string_view column);
  /// now, or a millisecond more than it was if the clock has not moved.
  void advance(std::string_view column, Instant now);
  bool has(std::string_view column) const;
  bool empty() const { return parts_.empty(); }
  /// Its columns are these, in this order.
  bool has_columns(std::span<const std::string> columns) const;
  std::vector<std::string> columns() const;
  /// What they are to hold, of a row that has values alone.
  std::vector<Cell> cells() && { return std::move(binds_); }
  Sql insert(std::string_view table) const&;
  Sql insert(std::string_view table) &&;
  /// The same, but not if that breaks a unique constraint.
  Sql insert_missing(std::string_view table) const;
  /// The same, but not if `select`, whose parameters are for the caller to add, finds a row. `table`: already quoted.
  Sql insert_unless(std::string_view quoted_table, std::string_view select) const;
  Sql update(std::string_view table, std::string_view key_column, Cell key) const;
  /// For the rows whose key is among those that `keys` selects.
  Sql update_in(std::string_view table, std::string_view key_column, const Sql& keys) const;

 private:
  struct Part {
    std::string_view column;
    std::string expression;  ///< "": a bind
  };
  /// The parts side by side, by `append`.
  template <class Append>
  void join(std::string& out, Append append) const;
  void append_columns(std::string& out) const;
  void append_expressions(std::string& out) const;
  std::string insert_text(std::string_view table) const;
  std::string assignments() const;
  std::vector<Part> parts_;
  std::vector<Cell> binds_;
};

/// One statement for each table of a type.
class RowStatements {
 public:
  explicit RowStatements(const TypeMapping& type) : type_(type), statements_(type.tables.size()) {}
  RowStatement& of(int table) { return statements_[static_cast<std::size_t>(table)]; }
  /// Nothing where the column is not mapped.
  void set(const Column& column, Cell value);
  /// The moment in the column's format.
  void set_moment(const Column& column, Instant moment);
  /// version and lastModified move.
  void touch(Instant now);
  /// The columns of the link that repeat columns of the row.
  void refresh_copies(const Cell& key);

 private:
  const TypeMapping& type_;
  std::vector<RowStatement> statements_;
};

/// What the mapping says for a column that SCIM has no value for; nullptr: nothing.
const DefaultValue* find_default(const Defaults& defaults, std::string_view column);
/// The hash of a password that nobody knows: the account has one that the application can read, and no login.
Result<std::string> hash_of_unknown(Env& env, PasswordScheme scheme);
/// Fills the columns that a new row needs and nobody has set.
Result<void> set_defaults(const WriteContext& context, const Defaults& defaults, std::string_view scheme, RowStatement& row);

/// A foreign key of the application stands in the way.
Error refers_error();
/// Error of a statement that wrote values of `body`: a broken unique constraint names the attribute.
Error refuse(const TypeMapping& type, const Json& body, const DbError& error);

}  // namespace scim::sql
