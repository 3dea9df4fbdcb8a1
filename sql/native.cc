// SPDX-License-Identifier: MIT
#include "sql/native.h"

#include <algorithm>
#include <map>
#include <string>

#include "core/text.h"
#include "sql/dialect.h"

namespace scim::sql {
namespace {

struct TypeRow {
  std::string_view name;  ///< of pg_type
  Native native;
};
constexpr TypeRow kTypes[] = {
    {"text", Native::text},        {"varchar", Native::text},       {"name", Native::other},       {"citext", Native::alike},
    {"bpchar", Native::padded},    {"uuid", Native::uuid},          {"bool", Native::boolean},     {"int2", Native::small},
    {"int4", Native::small},       {"int8", Native::integer},       {"numeric", Native::numeric},  {"float4", Native::single},
    {"float8", Native::decimal},   {"date", Native::moment},        {"timestamp", Native::moment}, {"timestamptz", Native::moment},
};

Native native_of(std::string_view type, bool is_alike) {
  const auto row = std::find_if(std::begin(kTypes), std::end(kTypes), [&](const TypeRow& each) { return each.name == type; });
  if (row == std::end(kTypes)) return Native::other;
  return row->native == Native::text && is_alike ? Native::alike : row->native;
}

struct TableTypes {
  std::map<std::string, Native, std::less<>> columns;
  std::string key;  ///< the primary key; "": none, or one of several columns
};

bool is_moment(Codec codec) {
  switch (codec) {
    case Codec::instant:
    case Codec::epoch_us:
    case Codec::epoch:
    case Codec::epoch_ms:
    case Codec::date_time:
    case Codec::iso:
    case Codec::instant_text: return true;
    case Codec::text:
    case Codec::integer:
    case Codec::decimal:
    case Codec::boolean:
    case Codec::uuid_hex:
    case Codec::unset:
    case Codec::number:
    case Codec::reference:
    case Codec::password: break;
  }
  return false;
}

class Learner {
 public:
  explicit Learner(Db& db) : db_(db) {}

  Result<void> learn(TypeMapping& type) {
    for (Table& table : type.tables) SCIM_TRY(learn_defaults(table.name, table.defaults));
    const auto table_of = [&](const Column& column) -> const std::string& { return type.tables[static_cast<std::size_t>(column.table)].name; };
    Link& link = type.link;
    for (Column* column : {&link.id, &link.external_id, &link.created, &link.last_modified, &link.version, &link.deactivated, &link.claimed,
                           &link.document}) {
      SCIM_TRY(learn_column(table_of(*column), *column));
    }
    for (auto& [attribute, column] : type.columns) SCIM_TRY(learn_column(table_of(column), column));
    for (auto& [attribute, element] : type.elements) SCIM_TRY(learn_column(table_of(element.value), element.value));
    for (auto& [attribute, list] : type.lists) SCIM_TRY(learn_list(type, *attribute, list));
    for (auto& [attribute, tables] : type.members) {
      for (MemberTable& table : tables) SCIM_TRY(learn_defaults(table.name, table.defaults));
    }
    return {};
  }

 private:
  Result<void> learn_list(const TypeMapping& type, const Attribute& attribute, ListTable& list) {
    SCIM_TRY(learn_defaults(list.name, list.defaults));
    for (auto& [part, column] : list.columns) SCIM_TRY(learn_column(list.name, column));
    SCIM_ASSIGN(const TableTypes* types, types_of(list.name));
    const bool is_known = types->columns.empty() || types->columns.contains(list.key);
    if (is_known || list.key != kRowid) return {};
    if (types->key.empty()) {
      return fail(ErrorKind::invalid_value, '[' + type.section + ".map] " + attribute.path() + ": " + list.name +
                                                " has no primary key of one column: name the column that tells its rows apart, key = \"...\"");
    }
    list.key = types->key;
    return {};
  }

  Result<void> learn_defaults(const std::string& table, Defaults& defaults) {
    for (DefaultValue& value : defaults) {
      SCIM_ASSIGN(const Native native, native_in(table, value.column));
      if (native == Native::moment) value.format = Codec::date_time;
    }
    return {};
  }

  /// A column of moments takes and gives them in one way, whatever the mapping has of numbers and texts.
  Result<void> learn_column(const std::string& table, Column& column) {
    if (!column.is_mapped()) return {};
    SCIM_ASSIGN(column.native, native_in(table, column.name));
    if (column.native != Native::moment) return {};
    column.moment = Codec::date_time;
    if (is_moment(column.codec)) column.codec = Codec::date_time;
    return {};
  }

  Result<Native> native_in(const std::string& table, const std::string& column) {
    SCIM_ASSIGN(const TableTypes* types, types_of(table));
    const auto found = types->columns.find(column);
    return found == types->columns.end() ? Native::any : found->second;
  }

  Result<const TableTypes*> types_of(const std::string& table) {
    if (const auto known = tables_.find(table); known != tables_.end()) return &known->second;
    const auto cursor = db_.query({std::string(db_.dialect().column_types), {table}});
    if (!cursor) return fail(to_error(cursor.error()));
    TableTypes types;
    while (true) {
      const auto found = (*cursor)->next();
      if (!found) return fail(to_error(found.error()));
      if (!*found) break;
      const Cursor& row = **cursor;
      const std::string name(row.text(0));
      types.columns.emplace(name, native_of(row.text(1), row.integer(2) != 0));
      if (row.integer(3) != 0) types.key = name;
    }
    return &tables_.emplace(table, std::move(types)).first->second;
  }

  Db& db_;
  std::map<std::string, TableTypes> tables_;
};

}  // namespace

Result<void> learn_columns(Db& db, Mapping& mapping) {
  if (mapping.knows_columns || mapping.is_embedded || db.dialect().column_types.empty()) return {};
  Learner learner(db);
  for (auto& each : mapping.types) {
    auto type = std::make_unique<TypeMapping>(*each);
    SCIM_TRY(learner.learn(*type));
    for (OwnType& own : mapping.own) {
      if (own.type == each.get()) own.type = type.get();
    }
    each = std::move(type);
  }
  mapping.knows_columns = true;
  return {};
}

}  // namespace scim::sql
