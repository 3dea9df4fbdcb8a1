// SPDX-License-Identifier: MIT
// The singular attributes of one resource: JSON values -> cells, and the rows of its own and its joined tables.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "core/env.h"
#include "core/json.h"
#include "sql/db.h"
#include "sql/mapping.h"
#include "sql/sql_store.h"

namespace scim::sql {

/// What all the writers work with; borrowed for one transaction.
struct WriteContext {
  Db& db;
  const Mapping& mapping;
  const StoreOptions& options;
  Env& env;
};

/// Runs a statement that cannot break a rule of the application; how many rows it changed.
Result<std::int64_t> run(const WriteContext& context, const Sql& sql);

/// One column and what it is to hold. `name` is the mapping's.
struct ColumnValue {
  int table = 0;
  std::string_view name;
  Codec codec = Codec::text;
  Cell value;  ///< a password: still in clear
};

/// `value` (nullptr: none) for `column` and, if it has one, for its folded column.
void append_values(const Attribute& attribute, const Column& column, const Json* value, std::vector<ColumnValue>& out);

/// externalId of the type: its column is part of the link.
const Attribute* external_id(const TypeMapping& type);

/// What a column held, read in the form that append_values() gives.
Cell read_cell(const Cursor& cursor, int column, Codec codec);

/// The row or rows of a resource as they are now.
struct StoredRow {
  Cell key;
  bool deactivated = false;
  std::vector<Cell> values;    ///< of the columns asked for, in their order
  std::vector<bool> has_row;   ///< by table
};

/// nullopt: no resource has the id.
Result<std::optional<StoredRow>> load_row(const WriteContext& context, const TypeMapping& type, std::string_view id,
                                          const std::vector<ColumnValue>& columns);

/// The id of a deactivated resource with the same value in an attribute that must be unique.
Result<std::optional<std::string>> find_deactivated(const WriteContext& context, const TypeMapping& type, const Json& body);

/// Keeps the columns whose value differs from what `row` has, and hashes the passwords among them.
Result<std::vector<ColumnValue>> differing(std::vector<ColumnValue> columns, const StoredRow& row);
Result<void> hash_passwords(std::vector<ColumnValue>& columns);

/// The statements of one table's row, under construction.
class RowStatement {
 public:
  void set(std::string_view column, Cell value);
  /// version + 1, and lastModified = now, or a millisecond more than it was if the clock has not moved.
  void touch(const Link& link, Instant now);
  bool empty() const { return columns_.empty(); }
  Sql insert(std::string_view table, std::string_view returning) const;
  Sql update(std::string_view table, std::string_view key_column, Cell key) const;
  /// For the rows whose key is among those that `keys` selects.
  Sql update_in(std::string_view table, std::string_view key_column, const Sql& keys) const;

 private:
  std::string assignments() const;
  std::vector<std::string> columns_;
  std::vector<std::string> expressions_;
  std::vector<Cell> binds_;
};

Cell instant_cell(Instant instant);

/// Error of a statement that wrote values of `body`: a broken unique constraint names the attribute.
Error refuse(const TypeMapping& type, const Json& body, const DbError& error);

}  // namespace scim::sql
