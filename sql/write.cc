// SPDX-License-Identifier: MIT
// Insert, update and remove of one resource, put together from its columns, lists and memberships.
#include "sql/write.h"

#include "core/text.h"
#include "sql/write_lists.h"
#include "sql/write_members.h"

namespace scim::sql {
namespace {

using Columns = std::vector<ColumnValue>;

/// One statement for each table of a type.
using RowStatements = std::vector<RowStatement>;

bool is_part_of(const Attribute& leaf, const Attribute& whole) {
  for (const Attribute* at = &leaf; at != nullptr; at = at->parent) {
    if (at == &whole) return true;
  }
  return false;
}

/// The columns of all leaves that `wanted` takes, with their values in `body`.
template <class Wanted>
Columns columns_of(const TypeMapping& type, const Json& body, Wanted wanted) {
  Columns columns;
  for (const auto& [attribute, column] : type.columns) {
    if (wanted(*attribute)) append_values(*attribute, column, find_value(body, *attribute), columns);
  }
  const Attribute* external = external_id(type);
  if (external != nullptr && wanted(*external)) {
    const Json* value = find_value(body, *external);
    columns.push_back({type.link.table, type.link.external_id, Codec::text,
                       value != nullptr && value->is_string() ? Cell(value->get<std::string>()) : Cell()});
  }
  return columns;
}

Columns all_columns(const TypeMapping& type, const Json& body) {
  return columns_of(type, body, [](const Attribute&) { return true; });
}

/// What `changes` sets, as a resource holds it; what they clear is absent.
Json body_of(const Changes& changes) {
  Json body = Json::object();
  for (const Change& change : changes) {
    if (change.kind == Change::Kind::set) assign_value(body, *change.attribute, change.value);
  }
  return body;
}

/// Column of the top-level attribute `active`, nullptr: it is not mapped.
const Column* active_column(const TypeMapping& type) {
  const auto found = type.columns.find(type.type->find("active"));
  return found == type.columns.end() ? nullptr : &found->second;
}

bool is_active(const Json& body) {
  const auto active = body.find("active");
  return active != body.end() && *active == true;
}

/// A deactivated resource shows active = false until it is activated, also after a PUT that leaves it out.
void drop_active(const TypeMapping& type, Columns& columns) {
  const Column* active = active_column(type);
  if (active == nullptr) return;
  std::erase_if(columns, [&](const ColumnValue& c) { return c.table == active->table && c.name == active->name; });
}

RowStatement& statement_of(RowStatements& statements, int table) { return statements[static_cast<std::size_t>(table)]; }

/// What SCIM adds to a resource that is new: no columns that the mapping does not have.
void set_new_link(const Link& link, std::string_view id, Instant now, RowStatement& row) {
  const auto set = [&](const std::string& column, Cell value) {
    if (!column.empty()) row.set(column, std::move(value));
  };
  set(link.id, std::string(id));
  set(link.created, instant_cell(now));
  set(link.last_modified, instant_cell(now));
  set(link.version, std::int64_t{1});
}

Result<void> run_row(const WriteContext& context, const TypeMapping& type, const Json& body, const Sql& sql) {
  const DbResult<std::int64_t> result = context.db.run(sql);
  if (!result) return fail(refuse(type, body, result.error()));
  return {};
}

/// Updates the rows that are there; joined tables without a row get one.
Result<void> write_tables(const WriteContext& context, const TypeMapping& type, const Json& body, RowStatements statements,
                        const StoredRow& stored) {
  for (std::size_t i = 0; i < statements.size(); ++i) {
    if (statements[i].empty()) continue;
    const Table& table = type.tables[i];
    if (stored.has_row[i]) {
      SCIM_TRY(run_row(context, type, body, statements[i].update(table.name, table.owner, stored.key)));
      continue;
    }
    statements[i].set(table.owner, stored.key);
    SCIM_TRY(run_row(context, type, body, statements[i].insert(table.name, "")));
  }
  return {};
}

/// The rows of a resource that is not there yet; columns without a value keep the default of the table.
Result<Cell> insert_rows(const WriteContext& context, const TypeMapping& type, const Json& body, std::string_view id) {
  Columns columns = all_columns(type, body);
  std::erase_if(columns, [](const ColumnValue& column) { return column.value == Cell(); });
  SCIM_TRY(hash_passwords(columns));
  RowStatements statements(type.tables.size());
  for (ColumnValue& column : columns) statement_of(statements, column.table).set(column.name, std::move(column.value));
  set_new_link(type.link, id, context.env.now(), statement_of(statements, type.link.table));

  StoredRow stored;
  {
    const auto cursor = context.db.query(statements.front().insert(type.tables.front().name, type.key));
    if (!cursor) return fail(refuse(type, body, cursor.error()));
    const auto row = (*cursor)->next();
    if (!row) return fail(refuse(type, body, row.error()));
    stored.key = (*cursor)->cell(0);
  }
  statements.front() = RowStatement();
  stored.has_row.assign(type.tables.size(), false);
  SCIM_TRY(write_tables(context, type, body, std::move(statements), stored));
  return stored.key;
}

/// A deactivated row becomes `body`, with nothing left of what it was (RFC 7644 3.6: a deleted resource is no conflict).
Result<Cell> revive(const WriteContext& context, const TypeMapping& type, const Json& body, std::string_view old_id,
                    std::string_view id) {
  SCIM_ASSIGN(const std::optional<StoredRow> stored, load_row(context, type, old_id, {}));
  if (!stored) return fail(ErrorKind::internal, "a deactivated resource has gone");
  Json whole = body;
  // Deactivating had set it to false, which the client did not ask for.
  if (active_column(type) != nullptr && !whole.contains("active")) whole["active"] = true;
  Columns columns = all_columns(type, whole);
  SCIM_TRY(hash_passwords(columns));
  RowStatements statements(type.tables.size());
  for (ColumnValue& column : columns) statement_of(statements, column.table).set(column.name, std::move(column.value));
  RowStatement& link = statement_of(statements, type.link.table);
  set_new_link(type.link, id, context.env.now(), link);
  link.set(type.link.deactivated, Cell());
  SCIM_TRY(write_tables(context, type, body, std::move(statements), *stored));
  for (const auto& [attribute, table] : type.lists) SCIM_TRY(delete_list(context, table, stored->key));
  return stored->key;
}

/// Lists and memberships: all that is not in the resource's own row. How many rows changed.
Result<std::int64_t> write_parts(const WriteContext& context, const TypeMapping& type, const Changes& changes,
                                 const Cell& key) {
  MemberWriter members(context, type, key);
  std::int64_t rows = 0;
  for (const Change& change : changes) {
    const bool set = change.kind == Change::Kind::set;
    SCIM_ASSIGN(const std::int64_t in_list, write_list(context, type, *change.attribute, key, set ? &change.value : nullptr));
    SCIM_ASSIGN(const std::int64_t in_members, members.apply(change));
    rows += in_list + in_members;
  }
  members.log_skipped();
  return rows;
}

/// The lists and memberships of a new resource as changes.
Changes parts_of(const TypeMapping& type, const Json& body) {
  Changes changes;
  const auto append = [&](const Attribute& attribute, Change::Kind kind) {
    if (const Json* value = find_value(body, attribute)) changes.push_back({&attribute, kind, *value});
  };
  for (const auto& [attribute, table] : type.lists) append(*attribute, Change::Kind::set);
  for (const auto& [attribute, tables] : type.members) append(*attribute, Change::Kind::add);
  return changes;
}

/// Whether DELETE leaves the row.
bool deactivates(const WriteContext& context, const TypeMapping& type) {
  return !type.link.deactivated.empty() && context.options.user_delete == DeleteMode::deactivate;
}

Result<void> deactivate(const WriteContext& context, const TypeMapping& type, const StoredRow& stored) {
  const Instant now = context.env.now();
  RowStatements statements(type.tables.size());
  RowStatement& link = statement_of(statements, type.link.table);
  link.touch(type.link, now);
  link.set(type.link.deactivated, instant_cell(now));
  if (const Column* active = active_column(type)) statement_of(statements, active->table).set(active->name, std::int64_t{0});
  return write_tables(context, type, Json::object(), std::move(statements), stored);
}

/// Children first: the tables of an application may have foreign keys without ON DELETE CASCADE, or none at all.
Result<void> delete_rows(const WriteContext& context, const TypeMapping& type, const Cell& key) {
  for (const auto& [attribute, table] : type.lists) SCIM_TRY(delete_list(context, table, key));
  SCIM_TRY(delete_members(context, type, key));
  for (auto table = type.tables.rbegin(); table != type.tables.rend(); ++table) {
    SCIM_TRY(run(context, {"DELETE FROM " + identifier(table->name) + " WHERE " + identifier(table->owner) + " = ?", {key}}));
  }
  return {};
}

tl::unexpected<Error> not_found(const ResourceType& type, std::string_view id) {
  return fail(ErrorKind::not_found, type.name + " " + quote(id) + " does not exist");
}

/// The stored row of a resource that can be seen; notFound.
Result<StoredRow> visible_row(const WriteContext& context, const TypeMapping& type, std::string_view id,
                              const Columns& columns) {
  SCIM_ASSIGN(std::optional<StoredRow> stored, load_row(context, type, id, columns));
  if (!stored || (stored->deactivated && !context.options.deleted_visible)) return not_found(*type.type, id);
  return std::move(*stored);
}

}  // namespace

Result<std::string> insert_resource(const WriteContext& context, const Resource& resource) {
  const TypeMapping& type = context.mapping.of(*resource.type);
  const std::string id = context.env.new_id();
  SCIM_ASSIGN(const std::optional<std::string> old_id, find_deactivated(context, type, resource.body));
  SCIM_ASSIGN(const Cell key, old_id ? revive(context, type, resource.body, *old_id, id)
                                     : insert_rows(context, type, resource.body, id));
  SCIM_TRY(write_parts(context, type, parts_of(type, resource.body), key));
  return id;
}

Result<Effect> update_resource(const WriteContext& context, const ResourceType& resource_type, std::string_view id,
                               const Changes& changes) {
  const TypeMapping& type = context.mapping.of(resource_type);
  const Json body = body_of(changes);
  Columns columns = columns_of(type, body, [&](const Attribute& leaf) {
    for (const Change& change : changes) {
      if (is_part_of(leaf, *change.attribute)) return true;
    }
    return false;
  });
  SCIM_ASSIGN(const StoredRow stored, visible_row(context, type, id, columns));
  const bool comes_back = stored.deactivated && is_active(body);
  SCIM_ASSIGN(columns, differing(std::move(columns), stored));
  if (stored.deactivated && !comes_back) drop_active(type, columns);
  SCIM_ASSIGN(const std::int64_t rows, write_parts(context, type, changes, stored.key));
  if (columns.empty() && rows == 0 && !comes_back) return Effect::unchanged;

  RowStatements statements(type.tables.size());
  for (ColumnValue& column : columns) statement_of(statements, column.table).set(column.name, std::move(column.value));
  RowStatement& link = statement_of(statements, type.link.table);
  link.touch(type.link, context.env.now());
  if (comes_back) link.set(type.link.deactivated, Cell());
  SCIM_TRY(write_tables(context, type, body, std::move(statements), stored));
  return Effect::changed;
}

Result<void> remove_resource(const WriteContext& context, const ResourceType& resource_type, std::string_view id) {
  const TypeMapping& type = context.mapping.of(resource_type);
  SCIM_ASSIGN(const StoredRow stored, visible_row(context, type, id, {}));
  const bool stays = deactivates(context, type);
  if (stays && stored.deactivated) return {};
  SCIM_TRY(leave_all_groups(context, type, stored.key));
  return stays ? deactivate(context, type, stored) : delete_rows(context, type, stored.key);
}

}  // namespace scim::sql
