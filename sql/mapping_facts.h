// SPDX-License-Identifier: MIT
// What mapping_check compares: everything that the mapping says of the database, in the form in which it is checked,
// and the tables as they are.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sql/catalog.h"
#include "sql/mapping.h"
#include "sql/mapping_check.h"

namespace scim::sql {

/// The database as far as the mapping names it.
struct Live {
  const Mapping& mapping;
  const StoreOptions& options;
  std::map<std::string, TableInfo> tables;  ///< those that exist, by the names that the mapping has
  std::vector<std::string> names;                             ///< of all tables, for hints
  std::vector<ForeignKey> foreign_keys;

  const TableInfo* table(const std::string& name) const;
  const TableColumn* column(const std::string& table, const std::string& name) const;
};
DbResult<Live> load_live(Catalog& catalog, const Mapping& mapping, const StoreOptions& options);

/// A column that the mapping names.
struct Use {
  std::string place;  ///< of scimctl.toml: "[user.map] userName"
  std::string table;
  std::string column;
  const Attribute* attribute = nullptr;  ///< nullptr: SCIM does not know it
  const Column* mapped = nullptr;        ///< how its values are kept; nullptr with `attribute`
  bool is_written() const { return mapped != nullptr && !mapped->read_only; }
};
/// All of them, tables of our own excepted.
std::vector<Use> uses_of(const TypeMapping& type);

/// A row that the store inserts.
struct NewRow {
  std::string table;
  std::string place;                  ///< where its `defaults` stand; "" where there can be none
  const Defaults* defaults = nullptr;
  std::vector<std::string> filled;    ///< columns that always get a value
  std::vector<Use> mapped;            ///< those that get what the client says
  /// When a column that the client leaves out gets the `absent` of its mapping.
  enum class Absent { always, in_whole_rows } absent = Absent::always;
};
std::vector<NewRow> new_rows(const TypeMapping& type);
bool has_default(const NewRow& row, std::string_view column);

/// Two columns that are compared with each other.
struct Join {
  std::string place;
  std::string table;
  std::string column;
  std::string other_table;
  std::string other_column;
};
std::vector<Join> joins_of(const TypeMapping& type, const Mapping& mapping);

const Table& table_of(const TypeMapping& type, int index);
/// Whether DELETE takes the rows away.
bool removes_rows(const TypeMapping& type, const StoreOptions& options);
/// "[user.map] name.givenName".
std::string map_place(const TypeMapping& type, const Attribute& attribute);
std::string section_place(const TypeMapping& type);

}  // namespace scim::sql
