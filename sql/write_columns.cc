// SPDX-License-Identifier: MIT
// The singular attributes of one resource, to and from columns.
#include "sql/write_columns.h"

#include "core/resource.h"
#include "core/text.h"
#include "sql/password.h"

namespace scim::sql {
namespace {

std::string alias(int table) { return "t" + std::to_string(table); }
std::string column_of(int table, std::string_view name) { return alias(table) + "." + identifier(name); }
const Table& table_of(const TypeMapping& type, int table) { return type.tables[static_cast<std::size_t>(table)]; }

/// The tables of the type as t0, t1 ..., those without a row as NULLs.
std::string all_tables(const TypeMapping& type) {
  std::string text = identifier(type.tables.front().name) + " t0";
  for (std::size_t i = 1; i < type.tables.size(); ++i) {
    const int table = static_cast<int>(i);
    text += " LEFT JOIN " + identifier(type.tables[i].name) + " " + alias(table) + " ON " +
            column_of(table, type.tables[i].owner) + " = " + column_of(0, type.key);
  }
  return text;
}

Cell to_cell(const Json* value, Codec codec) {
  if (value == nullptr || value->is_null()) return {};
  switch (codec) {
    case Codec::text:
    case Codec::instant_text:
    case Codec::password:
      return value->is_string() ? value->get<std::string>() : to_text(*value);
    case Codec::integer:
      return value->is_number() ? Cell(value->get<std::int64_t>()) : Cell();
    case Codec::decimal:
      return value->is_number() ? Cell(value->get<double>()) : Cell();
    case Codec::boolean:
      return value->is_boolean() ? Cell(std::int64_t{value->get<bool>()}) : Cell();
    case Codec::instant: {
      const auto instant = value->is_string() ? parse_instant(value->get_ref<const std::string&>()) : std::nullopt;
      return instant ? instant_cell(*instant) : Cell();
    }
  }
  return {};
}

bool holds(const ColumnValue& column, const Cell& stored) {
  if (column.codec != Codec::password) return column.value == stored;
  const auto* clear = std::get_if<std::string>(&column.value);
  const auto* hashed = std::get_if<std::string>(&stored);
  if (clear == nullptr || hashed == nullptr) return clear == nullptr && hashed == nullptr;
  return verify_password(*clear, *hashed);
}

/// The path of the attribute that is kept in `column`, "table.column" as the database calls it; nullptr: none.
const Attribute* attribute_of(const TypeMapping& type, std::string_view column) {
  const auto is = [&](const std::string& table, const std::string& name) {
    return !name.empty() && column == table + "." + name;
  };
  for (const auto& [attribute, mapped] : type.columns) {
    const std::string& table = table_of(type, mapped.table).name;
    if (is(table, mapped.name) || is(table, mapped.folded)) return attribute;
  }
  for (const auto& [list, table] : type.lists) {
    for (const auto& [attribute, mapped] : table.columns) {
      if (is(table.name, mapped.name) || is(table.name, mapped.folded)) return attribute;
    }
  }
  return is(table_of(type, type.link.table).name, type.link.external_id) ? external_id(type) : nullptr;
}

}  // namespace

Result<std::int64_t> run(const WriteContext& context, const Sql& sql) {
  const DbResult<std::int64_t> result = context.db.run(sql);
  if (!result) return fail(to_error(result.error()));
  return *result;
}

void append_values(const Attribute& attribute, const Column& column, const Json* value, std::vector<ColumnValue>& out) {
  Cell cell = to_cell(value, column.codec);
  if (!column.folded.empty()) {
    const auto* text = std::get_if<std::string>(&cell);
    out.push_back({column.table, column.folded, Codec::text,
                   text == nullptr ? Cell() : Cell(collation_key(*text, attribute.collation))});
  }
  out.push_back({column.table, column.name, column.codec, std::move(cell)});
}

const Attribute* external_id(const TypeMapping& type) {
  return type.link.external_id.empty() ? nullptr : type.type->find("externalId");
}

Cell read_cell(const Cursor& cursor, int column, Codec codec) {
  if (cursor.is_null(column)) return {};
  switch (codec) {
    case Codec::text:
    case Codec::instant_text:
    case Codec::password:
      return std::string(cursor.text(column));
    case Codec::integer:
    case Codec::instant:
      return cursor.integer(column);
    case Codec::boolean:
      return std::int64_t{cursor.integer(column) != 0};
    case Codec::decimal:
      return cursor.decimal(column);
  }
  return {};
}

Result<std::optional<StoredRow>> load_row(const WriteContext& context, const TypeMapping& type, std::string_view id,
                                          const std::vector<ColumnValue>& columns) {
  const Link& link = type.link;
  Sql sql{"SELECT " + column_of(0, type.key) + ", " +
              (link.deactivated.empty() ? "NULL" : column_of(link.table, link.deactivated)),
          {std::string(id)}};
  for (std::size_t i = 0; i < type.tables.size(); ++i) sql.text += ", " + column_of(static_cast<int>(i), type.tables[i].owner);
  for (const ColumnValue& column : columns) sql.text += ", " + column_of(column.table, column.name);
  sql.text += " FROM " + all_tables(type) + " WHERE " + column_of(link.table, link.id) + " = ?";

  const auto cursor = context.db.query(sql);
  if (!cursor) return fail(to_error(cursor.error()));
  const auto found = (*cursor)->next();
  if (!found) return fail(to_error(found.error()));
  if (!*found) return std::nullopt;
  const Cursor& row = **cursor;
  StoredRow stored{row.cell(0), !row.is_null(1), {}, {}};
  int at = 2;
  for (std::size_t i = 0; i < type.tables.size(); ++i) stored.has_row.push_back(!row.is_null(at++));
  for (const ColumnValue& column : columns) stored.values.push_back(read_cell(row, at++, column.codec));
  return stored;
}

Result<std::optional<std::string>> find_deactivated(const WriteContext& context, const TypeMapping& type,
                                                    const Json& body) {
  if (type.link.deactivated.empty()) return std::nullopt;
  for (const auto& [attribute, column] : type.columns) {
    if (attribute->uniqueness == Uniqueness::none) continue;
    std::vector<ColumnValue> values;
    append_values(*attribute, column, find_value(body, *attribute), values);
    const ColumnValue& wanted = values.front();
    if (std::holds_alternative<std::monostate>(wanted.value)) continue;
    const auto cursor = context.db.query({"SELECT " + column_of(type.link.table, type.link.id) + " FROM " + all_tables(type) +
                                              " WHERE " + column_of(wanted.table, wanted.name) + " = ? AND " +
                                              column_of(type.link.table, type.link.deactivated) + " IS NOT NULL",
                                          {wanted.value}});
    if (!cursor) return fail(to_error(cursor.error()));
    const auto found = (*cursor)->next();
    if (!found) return fail(to_error(found.error()));
    if (*found) return std::string((*cursor)->text(0));
  }
  return std::nullopt;
}

Result<std::vector<ColumnValue>> differing(std::vector<ColumnValue> columns, const StoredRow& row) {
  std::vector<ColumnValue> out;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    if (!holds(columns[i], row.values[i])) out.push_back(std::move(columns[i]));
  }
  SCIM_TRY(hash_passwords(out));
  return out;
}

Result<void> hash_passwords(std::vector<ColumnValue>& columns) {
  for (ColumnValue& column : columns) {
    const auto* clear = std::get_if<std::string>(&column.value);
    if (column.codec != Codec::password || clear == nullptr) continue;
    SCIM_ASSIGN(column.value, hash_password(*clear));
  }
  return {};
}

void RowStatement::set(std::string_view column, Cell value) {
  columns_.push_back(identifier(column));
  expressions_.emplace_back("?");
  binds_.push_back(std::move(value));
}

void RowStatement::touch(const Link& link, Instant now) {
  const std::string version = identifier(link.version);
  columns_.push_back(version);
  expressions_.push_back(version + " + 1");
  const std::string modified = identifier(link.last_modified);
  const std::string later = modified + " + 1000";  // microseconds
  columns_.push_back(modified);
  expressions_.push_back("CASE WHEN " + later + " > ? THEN " + later + " ELSE ? END");
  binds_.push_back(instant_cell(now));
  binds_.push_back(instant_cell(now));
}

Sql RowStatement::insert(std::string_view table, std::string_view returning) const {
  std::string names;
  std::string values;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    const char* comma = i == 0 ? "" : ", ";
    names += comma + columns_[i];
    values += comma + expressions_[i];
  }
  std::string text = "INSERT INTO " + identifier(table) + " (" + names + ") VALUES (" + values + ")";
  if (!returning.empty()) text += " RETURNING " + identifier(returning);
  return {std::move(text), binds_};
}

std::string RowStatement::assignments() const {
  std::string text;
  for (std::size_t i = 0; i < columns_.size(); ++i) text += (i == 0 ? "" : ", ") + columns_[i] + " = " + expressions_[i];
  return text;
}

Sql RowStatement::update(std::string_view table, std::string_view key_column, Cell key) const {
  Sql sql{"UPDATE " + identifier(table) + " SET " + assignments() + " WHERE " + identifier(key_column) + " = ?", binds_};
  sql.binds.push_back(std::move(key));
  return sql;
}

Sql RowStatement::update_in(std::string_view table, std::string_view key_column, const Sql& keys) const {
  Sql sql{"UPDATE " + identifier(table) + " SET " + assignments() + " WHERE " + identifier(key_column) + " IN (" +
              keys.text + ")",
          binds_};
  sql.binds.insert(sql.binds.end(), keys.binds.begin(), keys.binds.end());
  return sql;
}

Cell instant_cell(Instant instant) { return std::int64_t{instant.time_since_epoch().count()}; }

Error refuse(const TypeMapping& type, const Json& body, const DbError& error) {
  if (error.kind != DbErrorKind::unique) return to_error(error);
  // Several columns are parted by ", ": the first that is an attribute names the place.
  std::string_view columns = error.detail;
  while (!columns.empty()) {
    const std::size_t end = std::min(columns.find(", "), columns.size());
    const Attribute* attribute = attribute_of(type, columns.substr(0, end));
    columns.remove_prefix(std::min(end + 2, columns.size()));
    if (attribute == nullptr) continue;
    const bool in_list = attribute->multi_valued || (attribute->parent != nullptr && attribute->parent->multi_valued);
    const Json* value = in_list ? nullptr : find_value(body, *attribute);
    const std::string shown = value != nullptr && value->is_string() ? " " + quote(value->get_ref<const std::string&>()) : "";
    return {ErrorKind::uniqueness, attribute->path() + shown + " is already in use", ""};
  }
  return {ErrorKind::uniqueness, "a value that must be unique is already in use", ""};
}

}  // namespace scim::sql
