// SPDX-License-Identifier: MIT
#include "sql/candidates.h"

#include "core/text.h"
#include "sql/compile.h"
#include "sql/membership.h"

namespace scim::sql {
namespace {

/// attribute eq value, in a list: some element.
Predicate has_value(const Attribute& attribute, const std::string& value) {
  Predicate compare;
  compare.kind = Predicate::Kind::compare;
  compare.attribute = &attribute;
  compare.op = Op::eq;
  compare.value = collation_key(value, attribute.collation);
  const Attribute* list = attribute.multi_valued ? &attribute : attribute.parent;
  if (list == nullptr || !list->multi_valued) return compare;
  Predicate any;
  any.kind = Predicate::Kind::any;
  any.attribute = list;
  any.children.push_back(std::move(compare));
  return any;
}

std::string shown(const Column& column, const Dialect& dialect) {
  return column.is_mapped() ? shown_expression(alias_of("t", column.table), column, dialect) : "NULL";
}

/// Somebody else's link row without one of ours beside it was made by another SCIM server: it is in SCIM's hands.
std::string is_claimed(const TypeMapping& type, const Dialect& dialect) {
  const Link& link = type.link;
  std::string sql = "false";
  if (link.claimed.is_mapped()) sql += " OR " + column_of(alias_of("t", link.claimed.table), link.claimed.name) + " IS NOT NULL";
  if (link.external_id.is_mapped()) {
    sql += " OR " + shown(link.external_id, dialect) + " IS NOT NULL";
  }
  const bool has_foreign_link = type.has_link_table() && type.own_table >= 0 && type.own_table != link.id.table;
  if (has_foreign_link) {
    sql += " OR (" + column_of(alias_of("t", link.id.table), link.id.name) + " IS NOT NULL AND " +
           column_of(alias_of("t", type.own_table), "owner") + " IS NULL)";
  }
  return '(' + sql + ')';
}

const Column* name_column(const TypeMapping& type) {
  for (const char* name : {"userName", "displayName"}) {
    const auto column = type.columns.find(type.type->find(name));
    if (column != type.columns.end()) return &column->second;
  }
  return nullptr;
}

tl::unexpected<Error> taken(const Attribute& attribute, const std::string& value) {
  return fail(ErrorKind::uniqueness, attribute.path() + " " + quote(value) + " is already in use");
}

bool is_unique(const Attribute& attribute, const Column& column) {
  return attribute.uniqueness != Uniqueness::none && column.codec == Codec::text;
}

/// Two who bring the same value at once come one after the other: the application may have no constraint that compares as SCIM
/// does.
Result<void> lock_value(const WriteContext& context, const Attribute& attribute, const std::string& value) {
  if (context.dialect.lock_value.empty()) return {};
  const auto done = context.db.query({std::string(context.dialect.lock_value), {attribute.path() + ' ' + collation_key(value, Collation::username)}});
  if (!done) return fail(to_error(done.error()));
  return {};
}

/// By an attribute that only one may have.
Result<std::optional<Candidate>> same_by_unique(const WriteContext& context, const TypeMapping& type, const Json& body) {
  for (const auto& [attribute, column] : type.columns) {
    if (!is_unique(*attribute, column)) continue;
    for (const std::string& value : match_values(*attribute, body)) {
      if (column.folded.empty()) SCIM_TRY(lock_value(context, *attribute, value));
      SCIM_ASSIGN(std::vector<Candidate> rows, find_rows(context, type, *attribute, value, 2));
      if (rows.empty()) continue;
      Candidate& row = rows.front();
      // A superuser is made by the application alone.
      const bool may_adopt = type.adopt == Adopt::yes && !row.is_claimed && !row.is_superuser;
      if (rows.size() > 1 || (row.is_living && !may_adopt)) return taken(*attribute, value);
      return std::move(row);
    }
  }
  return std::nullopt;
}

/// By what the mapping says tells people apart.
Result<std::optional<Candidate>> same_by_match(const WriteContext& context, const TypeMapping& type, const Json& body) {
  for (const Attribute* attribute : type.match) {
    std::optional<Candidate> found;
    for (const std::string& value : match_values(*attribute, body)) {
      SCIM_ASSIGN(const std::vector<Candidate> rows, find_rows(context, type, *attribute, value, 1000));
      for (const Candidate& row : rows) {
        if (row.is_claimed || row.is_superuser || !row.is_living || (found && found->key == row.key)) continue;
        if (found) return fail(ErrorKind::uniqueness, attribute->path() + " " + quote(value) + " fits several that exist");
        found = row;
      }
    }
    if (found) return found;
  }
  return std::nullopt;
}

}  // namespace

std::vector<std::string> match_values(const Attribute& attribute, const Json& body) {
  std::vector<std::string> values;
  const Attribute* list = attribute.multi_valued ? &attribute : attribute.parent;
  const bool is_in_list = list != nullptr && list->multi_valued;
  const Json* found = find_value(body, is_in_list ? *list : attribute);
  if (found == nullptr) return values;
  const auto add = [&](const Json& value) {
    if (value.is_string() && !value.get_ref<const std::string&>().empty()) values.push_back(value.get<std::string>());
  };
  if (!is_in_list) add(*found);
  for (const Json& element : is_in_list ? *found : Json::array()) {
    add(element.is_object() ? element.value(attribute.name, Json()) : element);
  }
  return values;
}

Result<std::vector<Candidate>> find_rows(const WriteContext& context, const TypeMapping& type, const Predicate& where,
                                         std::int64_t limit) {
  const CompileContext compile = context.compile(Visible::all);
  const std::string alive = living(type, "t", context.dialect);
  std::vector<int> needs = living_tables(type);
  const Column* name = name_column(type);
  for (const Column* column : {&type.link.id, &type.link.claimed, &type.link.external_id, name}) {
    if (column != nullptr && column->is_mapped() && column->table != 0) needs.push_back(column->table);
  }
  if (type.own_table > 0) needs.push_back(type.own_table);
  Sql sql;
  sql << "SELECT " << key_of(type, "t") << ", " << id_of(type, "t", context.dialect) << ", "
      << (alive.empty() ? "true" : alive) << ", " << is_claimed(type, context.dialect) << ", "
      << (type.superuser.empty() ? "false" : column_of("t0", type.superuser)) << ", "
      << shown(type.link.external_id, context.dialect) << ", " << (name == nullptr ? "NULL" : shown(*name, context.dialect))
      << " " << compile_from_where(where, type, compile, needs) << " LIMIT " << Bind{limit};
  const auto cursor = context.db.query(sql);
  if (!cursor) return fail(to_error(cursor.error()));
  std::vector<Candidate> rows;
  while (true) {
    const auto found = (*cursor)->next();
    if (!found) return fail(to_error(found.error()));
    if (!*found) return rows;
    const Cursor& row = **cursor;
    rows.push_back({row.cell(0), std::string(row.text(1)), row.integer(2) != 0, row.integer(3) != 0, row.integer(4) != 0, std::string(row.text(5)),
                    std::string(row.text(6))});
  }
}

Result<std::vector<Candidate>> find_rows(const WriteContext& context, const TypeMapping& type, const Attribute& attribute,
                                         const Json& value, std::int64_t limit) {
  return find_rows(context, type, has_value(attribute, value.get<std::string>()), limit);
}

Result<std::optional<Candidate>> find_same(const WriteContext& context, const TypeMapping& type, const Json& body) {
  SCIM_ASSIGN(std::optional<Candidate> same, same_by_unique(context, type, body));
  if (same || type.adopt == Adopt::no) return same;
  return same_by_match(context, type, body);
}

Result<std::vector<Candidate>> find_deleted_holders(const WriteContext& context, const TypeMapping& type,
                                                    const std::vector<ColumnValue>& columns, const Cell& key) {
  std::vector<Candidate> deleted;
  for (const ColumnValue& column : columns) {
    const auto* text = std::get_if<std::string>(&column.value);
    const bool is_folded = !column.column->folded.empty();
    const bool is_checked = !column.is_folded() && is_unique(*column.attribute, *column.column) && (!is_folded || context.mapping.is_embedded);
    if (text == nullptr || !is_checked) continue;
    if (!is_folded) SCIM_TRY(lock_value(context, *column.attribute, *text));
    SCIM_ASSIGN(std::vector<Candidate> rows, find_rows(context, type, *column.attribute, *text, 2));
    for (Candidate& row : rows) {
      if (row.key == key) continue;
      if (row.is_living || !context.mapping.is_embedded) return taken(*column.attribute, *text);
      deleted.push_back(std::move(row));
    }
  }
  return deleted;
}

}  // namespace scim::sql
