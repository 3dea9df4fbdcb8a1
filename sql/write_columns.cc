// SPDX-License-Identifier: MIT
// The singular attributes of one resource, to and from columns.
#include "sql/write_columns.h"

#include <algorithm>

#include "core/text.h"
#include "sql/compile.h"
#include "sql/membership.h"
#include "sql/password.h"

namespace scim::sql {
namespace {

const Table& table_of(const TypeMapping& type, int table) { return type.tables[static_cast<std::size_t>(table)]; }

/// The tables of the type as t0, t1 ..., those without a row as NULLs.
std::string all_tables(const TypeMapping& type) {
  std::string text = identifier(type.tables.front().name) + " t0";
  for (std::size_t i = 1; i < type.tables.size(); ++i) text += join_table(type, "t", static_cast<int>(i));
  return text;
}

constexpr std::string_view kDefaultScheme = "yescrypt";

std::string_view scheme_name(const Column& column) { return column.scheme.empty() ? kDefaultScheme : std::string_view(column.scheme); }

Cell instant_cell(Instant instant) { return std::int64_t{instant.time_since_epoch().count()}; }

/// A client's value as a cell of the type that shown_expression() has.
Cell shown_cell(const Json* value, Shown shown) {
  if (value == nullptr || value->is_null()) return {};
  switch (shown) {
    case Shown::integer: return value->is_number() ? Cell(value->get<std::int64_t>()) : Cell();
    case Shown::decimal: return value->is_number() ? Cell(value->get<double>()) : Cell();
    case Shown::boolean: return value->is_boolean() ? Cell(std::int64_t{value->get<bool>()}) : Cell();
    case Shown::instant: {
      const auto instant = value->is_string() ? parse_instant(value->get_ref<const std::string&>()) : std::nullopt;
      return instant ? instant_cell(*instant) : Cell();
    }
    case Shown::text: break;
  }
  return value->is_string() ? Cell(value->get_ref<const std::string&>()) : Cell(to_text(*value));
}

bool holds(const WriteContext& context, const ColumnValue& column, const Cell& stored) {
  if (column.column->codec != Codec::password || column.is_folded()) return column.value == stored;
  const auto* clear = std::get_if<std::string>(&column.value);
  const auto* hashed = std::get_if<std::string>(&stored);
  if (clear == nullptr || hashed == nullptr) return clear == nullptr && hashed == nullptr;
  const auto is_same = context.prepared == nullptr ? std::nullopt : context.prepared->is_same(*clear, stored);
  if (is_same) return *is_same;
  return verify_password(*clear, *hashed);
}

/// The attribute that is kept in `column`, "table.column" as the database calls it; nullptr: none.
const Attribute* attribute_of(const TypeMapping& type, std::string_view column) {
  const auto is = [&](const std::string& table, const std::string& name) {
    return !name.empty() && column == table + "." + name;
  };
  for (const auto& [attribute, mapped] : type.columns) {
    const std::string& table = table_of(type, mapped.table).name;
    if (is(table, mapped.name) || is(table, mapped.folded)) return attribute;
  }
  for (const auto& [list, element] : type.elements) {
    if (is(table_of(type, element.value.table).name, element.value.name)) return element.part;
  }
  for (const auto& [list, table] : type.lists) {
    for (const auto& [attribute, mapped] : table.columns) {
      if (is(table.name, mapped.name) || is(table.name, mapped.folded)) return attribute;
    }
  }
  for (const Link::Copy& copy : type.link.copies) {
    if (is(table_of(type, type.link.id.table).name, copy.link_column)) {
      return attribute_of(type, type.tables.front().name + "." + copy.own_column);
    }
  }
  const Column& external = type.link.external_id;
  return external.is_mapped() && is(table_of(type, external.table).name, external.name) ? external_id(type) : nullptr;
}

std::string shown_words(const Column& column) {
  std::string words;
  const Cell* last = nullptr;  // one SCIM value may stand for several of the column
  for (const Column::Word& word : column.words) {
    if (last != nullptr && *last == word.shown) continue;
    last = &word.shown;
    const std::string text = word.shown.index() == 3 ? std::get<std::string>(word.shown) : literal(word.shown);
    words += (words.empty() ? "" : ", ") + text;
  }
  return words;
}

Error error_of(DbErrorKind kind, const Attribute* attribute, const std::string& shown) {
  if (kind == DbErrorKind::not_null) {
    if (attribute == nullptr) return {ErrorKind::internal, "a column of the application that must have a value has no default", ""};
    return {ErrorKind::invalid_value, attribute->path() + ": the application needs a value", ""};
  }
  if (attribute == nullptr) return {ErrorKind::uniqueness, "a value that must be unique is already in use", ""};
  return {ErrorKind::uniqueness, attribute->path() + shown + " is already in use", ""};
}

Result<Cell> default_cell(const WriteContext& context, const DefaultValue& value, std::string_view scheme) {
  switch (value.kind) {
    case DefaultValue::Kind::constant: return value.value;
    case DefaultValue::Kind::now: return moment_cell(value.format, context.env.now());
    case DefaultValue::Kind::uuid: return Cell(context.env.new_id());
    case DefaultValue::Kind::uuid_hex: return Cell(*uuid_to_hex(context.env.new_id()));
    case DefaultValue::Kind::password: break;
  }
  std::string prepared = context.prepared == nullptr ? std::string() : context.prepared->take_hash("");
  if (!prepared.empty()) return Cell(std::move(prepared));
  SCIM_ASSIGN(std::string hashed, hash_of_unknown(context.env, *password_scheme(scheme)));
  return Cell(std::move(hashed));
}

}  // namespace

std::optional<bool> PreparedPasswords::is_same(std::string_view clear, const Cell& stored) const {
  for (const PreparedPassword& prepared : waiting_) {
    if (prepared.clear == clear && prepared.stored == stored) return prepared.is_same;
  }
  return std::nullopt;
}

std::string PreparedPasswords::take_hash(std::string_view clear) {
  for (PreparedPassword& prepared : waiting_) {
    if (prepared.clear == clear && !prepared.hash.empty()) return std::exchange(prepared.hash, "");
  }
  return {};
}

Result<std::int64_t> run(const WriteContext& context, const Sql& sql) {
  const DbResult<std::int64_t> result = context.db.run(sql);
  if (!result) return fail(to_error(result.error()));
  return *result;
}

Result<std::optional<std::vector<Cell>>> first_row(const WriteContext& context, const Sql& sql, int columns) {
  const auto cursor = context.db.query(sql);
  if (!cursor) return fail(to_error(cursor.error()));
  const auto found = (*cursor)->next();
  if (!found) return fail(to_error(found.error()));
  if (!*found) return std::nullopt;
  std::vector<Cell> cells;
  for (int i = 0; i < columns; ++i) cells.push_back((*cursor)->cell(i));
  return cells;
}

void append_values(const Attribute& attribute, const Column& column, const Json* value, std::vector<ColumnValue>& out) {
  if (column.read_only) return;
  Cell cell = shown_cell(value, shown_as(column.codec));
  const auto* text = std::get_if<std::string>(&cell);
  if (!column.folded.empty()) {
    out.push_back({&attribute, &column, column.folded, text == nullptr ? Cell() : Cell(collation_key(*text, attribute.collation))});
  }
  if (column.lower && text != nullptr) cell = collation_key(*text, attribute.collation);
  out.push_back({&attribute, &column, column.name, std::move(cell)});
}

const Attribute* external_id(const TypeMapping& type) {
  return type.link.external_id.is_mapped() ? type.type->find("externalId") : nullptr;
}

std::string stored_expression(std::string_view alias, const ColumnValue& column, const Dialect& dialect) {
  const bool is_raw = column.is_folded() || column.column->codec == Codec::reference;
  return is_raw ? column_of(alias, column.name) : shown_expression(alias, *column.column, dialect);
}

Cell read_shown(const Cursor& cursor, int index, const ColumnValue& column) {
  if (cursor.is_null(index)) return {};
  if (column.column->codec == Codec::reference) return cursor.cell(index);
  if (column.is_folded()) return std::string(cursor.text(index));
  switch (shown_as(column.column->codec)) {
    case Shown::integer:
    case Shown::instant: return cursor.integer(index);
    case Shown::boolean: return std::int64_t{cursor.integer(index) != 0};
    case Shown::decimal: return cursor.decimal(index);
    case Shown::text: break;
  }
  // As it is shown: bytes that are no text have become U+FFFD there, and are not changed by that.
  const std::string text(cursor.text(index));
  return is_utf8(text) ? text : Json::parse(to_text(Json(text))).get<std::string>();
}

Result<std::optional<StoredRow>> load_row(const WriteContext& context, const TypeMapping& type, std::string_view id,
                                          const std::vector<ColumnValue>& columns) {
  const Link& link = type.link;
  const auto part = [](const Column& column) {
    return column.is_mapped() ? column_of(alias_of("t", column.table), column.name) : std::string("NULL");
  };
  const std::string alive = living(type, "t", context.dialect);
  Sql sql{"SELECT " + key_of(type, "t") + ", " + (alive.empty() ? "true" : alive) + ", " + part(link.deactivated) + ", " +
              part(link.claimed) + ", " + part(link.document),
          {}};
  for (std::size_t i = 0; i < type.tables.size(); ++i) {
    sql.text += ", " + column_of(alias_of("t", static_cast<int>(i)), type.tables[i].owner);
  }
  for (const ColumnValue& column : columns) {
    sql.text += ", " + stored_expression(alias_of("t", column.column->table), column, context.dialect);
  }
  sql.text += " FROM " + all_tables(type) + " WHERE ";
  sql << has_id(type, "t", id, context.dialect);

  const auto cursor = context.db.query(sql);
  if (!cursor) return fail(to_error(cursor.error()));
  const auto found = (*cursor)->next();
  if (!found) return fail(to_error(found.error()));
  const Cursor& row = **cursor;
  // A link whose row the application has deleted finds nothing: the row comes first.
  if (!*found) return std::nullopt;
  StoredRow stored;
  stored.key = row.cell(0);
  stored.is_living = row.integer(1) != 0;
  stored.has_mark = !row.is_null(2);
  stored.is_claimed = !link.claimed.is_mapped() || !row.is_null(3);
  if (!row.is_null(4)) stored.document = row.text(4);
  int at = 5;
  for (std::size_t i = 0; i < type.tables.size(); ++i) stored.has_row.push_back(!row.is_null(at++));
  for (const ColumnValue& column : columns) stored.values.push_back(read_shown(row, at++, column));
  return stored;
}

Result<void> lock_row(const WriteContext& context, const TypeMapping& type, std::string_view id) {
  Sql sql;
  sql << "SELECT " << key_of(type, "t") << " FROM " << from_resource(type, "t") << " WHERE " << has_id(type, "t", id, context.dialect)
      << context.dialect.lock_rows << "t0";
  const auto cursor = context.db.query(sql);
  if (!cursor) return fail(to_error(cursor.error()));
  return {};
}

Result<void> resolve_references(const WriteContext& context, std::vector<ColumnValue>& columns) {
  for (ColumnValue& column : columns) {
    const auto* id = std::get_if<std::string>(&column.value);
    if (column.column->codec != Codec::reference || id == nullptr) continue;
    const TypeMapping& other = context.mapping.of(*column.column->refers);
    SCIM_ASSIGN(const std::optional<StoredRow> row, load_row(context, other, *id, {}));
    if (!row || !row->is_living) {
      return fail(ErrorKind::invalid_value, column.attribute->path() + ": there is no " + other.type->name + " with the id " + quote(*id));
    }
    column.value = row->key;
  }
  return {};
}

PasswordScheme scheme_of(const Column& column) { return *password_scheme(scheme_name(column)); }

/// What SCIM shows once a column without a value has got its default.
Cell shown_default(const TypeMapping& type, const ColumnValue& column) {
  const Defaults& defaults = type.tables[static_cast<std::size_t>(column.column->table)].defaults;
  const DefaultValue* value = find_default(defaults, column.name);
  if (value == nullptr || value->kind != DefaultValue::Kind::constant) return {};
  for (const Column::Word& word : column.column->words) {
    if (word.kept == value->value) return word.shown;
  }
  return value->value;
}

std::vector<ColumnValue> differing(const WriteContext& context, const TypeMapping& type, std::vector<ColumnValue> columns,
                                   const StoredRow& row) {
  std::vector<ColumnValue> out;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const bool is_default = columns[i].value == Cell() && row.values[i] != Cell() && row.values[i] == shown_default(type, columns[i]);
    if (is_default) continue;
    if (!holds(context, columns[i], row.values[i])) out.push_back(std::move(columns[i]));
  }
  return out;
}

const DefaultValue* find_default(const Defaults& defaults, std::string_view column) {
  const auto found = std::find_if(defaults.begin(), defaults.end(), [&](const DefaultValue& d) { return d.column == column; });
  return found == defaults.end() ? nullptr : &*found;
}

Result<Cell> kept(const WriteContext& context, ColumnValue column, const Defaults& defaults) {
  const DefaultValue* otherwise = column.value == Cell() ? find_default(defaults, column.name) : nullptr;
  if (otherwise != nullptr) return default_cell(context, *otherwise, scheme_name(*column.column));
  const bool is_kept_as_it_is =
      column.column->codec == Codec::text && column.column->words.empty() && column.column->absent == Cell();
  if (is_kept_as_it_is || column.is_folded() || column.column->codec == Codec::reference) return std::move(column.value);
  if (column.column->codec == Codec::password) {
    const auto* clear = std::get_if<std::string>(&column.value);
    if (clear == nullptr) return column.column->absent;
    std::string prepared = context.prepared == nullptr ? std::string() : context.prepared->take_hash(*clear);
    if (!prepared.empty()) return Cell(std::move(prepared));
    SCIM_ASSIGN(std::string hashed, hash_password(*clear, scheme_of(*column.column)));
    return Cell(std::move(hashed));
  }
  auto cell = kept_cell(*column.column, column.value, context.env.now());
  if (cell) return *std::move(cell);
  if (column.column->words.empty()) return fail(ErrorKind::invalid_value, column.attribute->path() + ": the application keeps whole numbers");
  return fail(ErrorKind::invalid_value, column.attribute->path() + ": the application knows only " + shown_words(*column.column));
}

void RowStatement::reserve(std::size_t columns) {
  parts_.reserve(parts_.size() + columns);
  binds_.reserve(binds_.size() + columns);
}

void RowStatement::set(std::string_view column, Cell value) {
  parts_.push_back({column, ""});
  binds_.push_back(std::move(value));
}

void RowStatement::set_copy(std::string_view column, const Table& table, std::string_view other_column, Cell key) {
  parts_.push_back({column, "(SELECT k." + identifier(other_column) + " FROM " + identifier(table.name) + " k WHERE k." +
                                identifier(table.owner) + " = ?)"});
  binds_.push_back(std::move(key));
}

void RowStatement::count(std::string_view column) { parts_.push_back({column, identifier(column) + " + 1"}); }

void RowStatement::advance(std::string_view column, Instant now) {
  const std::string later = identifier(column) + " + 1000";  // microseconds
  parts_.push_back({column, "CASE WHEN " + later + " > ? THEN " + later + " ELSE ? END"});
  binds_.push_back(instant_cell(now));
  binds_.push_back(instant_cell(now));
}

bool RowStatement::has(std::string_view column) const {
  return std::any_of(parts_.begin(), parts_.end(), [&](const Part& part) { return part.column == column; });
}

bool RowStatement::has_columns(std::span<const std::string> columns) const {
  return std::equal(parts_.begin(), parts_.end(), columns.begin(), columns.end(),
                    [](const Part& part, const std::string& column) { return part.column == column; });
}

std::vector<std::string> RowStatement::columns() const {
  std::vector<std::string> names;
  for (const Part& part : parts_) names.emplace_back(part.column);
  return names;
}

template <class Append>
void RowStatement::join(std::string& out, Append append) const {
  bool is_first = true;
  for (const Part& part : parts_) {
    if (!is_first) out += ", ";
    is_first = false;
    append(part);
  }
}

void RowStatement::append_columns(std::string& out) const {
  join(out, [&](const Part& part) { append_identifier(out, part.column); });
}

void RowStatement::append_expressions(std::string& out) const {
  join(out, [&](const Part& part) { out += part.expression.empty() ? std::string_view("?") : std::string_view(part.expression); });
}

std::string RowStatement::insert_text(std::string_view table) const {
  constexpr std::size_t kRoom = 20;  // of a column, most of the time
  std::string text;
  text.reserve(64 + table.size() + kRoom * parts_.size());
  text += "INSERT INTO ";
  append_identifier(text, table);
  text += " (";
  append_columns(text);
  text += ") VALUES (";
  append_expressions(text);
  text += ')';
  return text;
}

Sql RowStatement::insert(std::string_view table) const& { return {insert_text(table), binds_}; }

Sql RowStatement::insert(std::string_view table) && { return {insert_text(table), std::move(binds_)}; }

Sql RowStatement::insert_missing(std::string_view table) const {
  Sql sql = insert(table);
  sql.text += " ON CONFLICT DO NOTHING";
  return sql;
}

Sql RowStatement::insert_unless(std::string_view quoted_table, std::string_view select) const {
  Sql sql;
  sql.text.append("INSERT INTO ").append(quoted_table).append(" (");
  append_columns(sql.text);
  // A parameter that meets no column has no type: here it meets that of no row.
  sql.text += ") SELECT * FROM (SELECT ";
  append_columns(sql.text);
  sql.text.append(" FROM ").append(quoted_table).append(" WHERE false UNION ALL SELECT ");
  append_expressions(sql.text);
  sql.text.append(") fresh WHERE NOT EXISTS (").append(select).append(")");
  sql.binds = binds_;
  return sql;
}

std::string RowStatement::assignments() const {
  std::string text;
  join(text, [&](const Part& part) {
    append_identifier(text, part.column);
    text.append(" = ").append(part.expression.empty() ? std::string_view("?") : std::string_view(part.expression));
  });
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

void RowStatements::set(const Column& column, Cell value) {
  if (column.is_mapped()) of(column.table).set(column.name, std::move(value));
}

void RowStatements::set_moment(const Column& column, Instant moment) {
  if (column.is_mapped()) set(column, moment_cell(column.codec, moment));
}

void RowStatements::touch(Instant now) {
  const Link& link = type_.link;
  if (link.version.is_mapped()) of(link.version.table).count(link.version.name);
  if (!link.last_modified.is_mapped()) return;
  if (link.last_modified.codec == Codec::instant) of(link.last_modified.table).advance(link.last_modified.name, now);
  else set_moment(link.last_modified, now);
}

void RowStatements::refresh_copies(const Cell& key) {
  for (const Link::Copy& copy : type_.link.copies) {
    of(type_.link.id.table).set_copy(copy.link_column, type_.tables.front(), copy.own_column, key);
  }
}

Result<std::string> hash_of_unknown(Env& env, PasswordScheme scheme) {
  return hash_password(base64url_encode(env.random_bytes(24)), scheme);
}

Result<void> set_defaults(const WriteContext& context, const Defaults& defaults, std::string_view scheme, RowStatement& row) {
  for (const DefaultValue& value : defaults) {
    if (row.has(value.column)) continue;
    SCIM_ASSIGN(Cell cell, default_cell(context, value, scheme.empty() ? kDefaultScheme : scheme));
    row.set(value.column, std::move(cell));
  }
  return {};
}

Error refers_error() { return {ErrorKind::conflict, "other rows of the application still refer to it", ""}; }

/// The place of the longest text, and its size.
std::pair<std::string, std::size_t> longest_text(const Json& value, const std::string& path) {
  if (value.is_string()) return {path, value.get_ref<const std::string&>().size()};
  std::pair<std::string, std::size_t> longest;
  if (!value.is_structured()) return longest;
  for (const auto& [name, part] : value.items()) {
    const std::string place = value.is_array() ? path + '[' + name + ']' : path.empty() ? name : path + '.' + name;
    auto found = longest_text(part, place);
    if (found.second > longest.second) longest = std::move(found);
  }
  return longest;
}

Error refuse(const TypeMapping& type, const Json& body, const DbError& error) {
  switch (error.kind) {
    case DbErrorKind::too_long:
      return {ErrorKind::invalid_value, longest_text(body, "").first + " is longer than what an index of the database takes", ""};
    case DbErrorKind::foreign_key: return refers_error();
    case DbErrorKind::check: return {ErrorKind::invalid_value, "the application's database refuses these values", ""};
    case DbErrorKind::unique:
    case DbErrorKind::not_null: break;
    case DbErrorKind::busy:
    case DbErrorKind::conflict:
    case DbErrorKind::unavailable:
    case DbErrorKind::unknown_outcome:
    case DbErrorKind::other: return to_error(error);
  }
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
    return error_of(error.kind, attribute, shown);
  }
  return error_of(error.kind, nullptr, "");
}

}  // namespace scim::sql
