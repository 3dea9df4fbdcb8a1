// SPDX-License-Identifier: MIT
// Insert, update and remove of one resource, put together from its columns, lists and memberships.
#include "sql/write.h"

#include <algorithm>

#include "core/text.h"
#include "sql/candidates.h"
#include "sql/links.h"
#include "sql/membership.h"
#include "sql/row_buffer.h"
#include "sql/rows.h"
#include "sql/write_document.h"
#include "sql/write_lists.h"
#include "sql/write_members.h"
#include "sql/write_rendering.h"

namespace scim::sql {
namespace {

using Columns = std::vector<ColumnValue>;

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
  columns.reserve(2 * type.columns.size());
  for (const auto& [attribute, column] : type.columns) {
    if (wanted(*attribute)) append_values(*attribute, column, find_value(body, *attribute), columns);
  }
  for (const auto& [list, element] : type.elements) {
    if (!wanted(*list)) continue;
    const Json value = split_list(type, *list, find_value(body, *list)).in_column;
    append_values(*element.part, element.value, value.is_null() ? nullptr : &value, columns);
  }
  const Attribute* external = external_id(type);
  if (external != nullptr && wanted(*external)) {
    append_values(*external, type.link.external_id, find_value(body, *external), columns);
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

bool is_active(const Json& body) {
  const auto active = body.find("active");
  return active != body.end() && *active == true;
}

/// RFC 7643 4.1.1 leaves open what a user is that does not say: a new one is active, and every answer says so. nullopt:
/// `body` needs nothing.
std::optional<Json> with_active(const TypeMapping& type, const Json& body) {
  if (body.contains("active")) return std::nullopt;
  const Attribute* active = type.type->find("active");
  if (active == nullptr || active->type != Type::boolean) return std::nullopt;
  if (!type.columns.contains(active) && !is_in_document(type, *active)) return std::nullopt;
  std::optional<Json> completed = body;
  (*completed)["active"] = true;
  return completed;
}

/// A deactivated resource shows active = false until it is activated, also after a PUT that leaves it out.
void drop_active(const TypeMapping& type, Columns& columns) {
  const Column* active = active_column(type);
  std::erase_if(columns, [&](const ColumnValue& c) { return active != nullptr && c.column == active; });
}

/// What SCIM adds to a resource that is new: no columns that the mapping does not have.
void set_new_link(const WriteContext& context, const TypeMapping& type, std::string_view id, RowStatements& rows) {
  const Link& link = type.link;
  const Instant now = context.env.now();
  rows.set(link.id, link.id.codec == Codec::uuid_hex ? *uuid_to_hex(id) : std::string(id));
  rows.set_moment(link.created, now);
  rows.set_moment(link.last_modified, now);
  rows.set(link.version, std::int64_t{1});
}

Result<void> set_columns(const WriteContext& context, const TypeMapping& type, Columns columns, RowStatements& rows) {
  for (ColumnValue& column : columns) {
    const int table = column.column->table;
    const std::string_view name = column.name;
    SCIM_ASSIGN(Cell cell, kept(context, std::move(column), type.tables[static_cast<std::size_t>(table)].defaults));
    rows.of(table).set(name, std::move(cell));
  }
  return {};
}

Result<void> run_row(const WriteContext& context, const TypeMapping& type, const Json& body, const Sql& sql) {
  const DbResult<std::int64_t> result = context.db.run(sql);
  if (!result) return fail(refuse(type, body, result.error()));
  return {};
}

/// Updates the rows that are there; joined tables without a row get one.
Result<void> write_tables(const WriteContext& context, const TypeMapping& type, const Json& body, RowStatements& rows,
                          const StoredRow& stored) {
  for (std::size_t i = 0; i < type.tables.size(); ++i) {
    const Table& table = type.tables[i];
    RowStatement& row = rows.of(static_cast<int>(i));
    if (row.empty()) continue;
    if (static_cast<int>(i) == type.link.id.table) SCIM_TRY(renew_copies(context, type, stored.key));
    if (stored.has_row[i]) {
      SCIM_TRY(run_row(context, type, body, row.update(table.name, table.owner, stored.key)));
      continue;
    }
    row.set(table.owner, stored.key);
    SCIM_TRY(set_defaults(context, table.defaults, "", row));
    SCIM_TRY(run_row(context, type, body, std::move(row).insert(table.name)));
  }
  return {};
}

std::string password_scheme_name(const TypeMapping& type) {
  for (const auto& [attribute, column] : type.columns) {
    if (column.codec == Codec::password && !column.scheme.empty()) return column.scheme;
  }
  return "yescrypt";
}

/// What an insert does where a value that must be unique is taken.
enum class OnTaken { fail, give_up };

/// Into a table of our own, whose key SQLite makes, and whose RETURNING would cost a journal of the statement.
Result<std::optional<Cell>> insert_own(const WriteContext& context, const TypeMapping& type, const Json& body, const Sql& sql) {
  const auto rows = context.db.run(sql);
  if (!rows) return fail(refuse(type, body, rows.error()));
  if (*rows == 0) return std::nullopt;
  const auto key = context.db.query({std::string(context.dialect.last_key), {}});
  if (!key) return fail(to_error(key.error()));
  if (const auto row = (*key)->next(); !row) return fail(to_error(row.error()));
  return (*key)->cell(0);
}

/// The resource's own row; its key. nullopt: it has been given up.
Result<std::optional<Cell>> insert_row(const WriteContext& context, const TypeMapping& type, const Json& body, RowStatement row,
                                       OnTaken on_taken) {
  const Table& table = type.tables.front();
  SCIM_TRY(set_defaults(context, table.defaults, password_scheme_name(type), row));
  const Defaults own_key = {{type.key, type.make_key, {}, {}}};
  if (type.make_key != DefaultValue::Kind::constant) SCIM_TRY(set_defaults(context, own_key, "", row));
  Sql sql = std::move(row).insert(table.name);
  switch (on_taken) {
    case OnTaken::fail: break;
    case OnTaken::give_up:
      sql.text += " ON CONFLICT DO NOTHING";
      if (!context.dialect.last_key.empty()) return insert_own(context, type, body, sql);
      break;
  }
  sql.text += " RETURNING " + identifier(type.key);
  const auto cursor = context.db.query(sql);
  if (!cursor) return fail(refuse(type, body, cursor.error()));
  const auto inserted = (*cursor)->next();
  if (!inserted) return fail(refuse(type, body, inserted.error()));
  if (!*inserted) return std::nullopt;
  return (*cursor)->cell(0);
}

/// Which joined tables have a row for a row that is new: the application's triggers may have made it. A link that is there
/// belonged to a row with the same key that has gone, and must not become the newcomer's.
Result<std::vector<bool>> rows_beside_new(const WriteContext& context, const TypeMapping& type, const Cell& key) {
  std::vector<bool> has_row = {true};
  for (std::size_t i = 1; i < type.tables.size(); ++i) {
    const int index = static_cast<int>(i);
    const std::string from = " FROM " + identifier(type.tables[i].name) + " WHERE " + identifier(type.tables[i].owner) + " = ?";
    if (index == type.own_table || index == type.link.id.table) {
      SCIM_TRY(run(context, {"DELETE" + from, {key}}));
      has_row.push_back(false);
      continue;
    }
    SCIM_ASSIGN(const auto row, first_row(context, {"SELECT 1" + from, {key}}, 1));
    has_row.push_back(row.has_value());
  }
  return has_row;
}

/// The rows of a resource that is not there yet; columns without a value keep the default of the table.
Result<RowStatements> new_rows(const WriteContext& context, const TypeMapping& type, const Json& body, std::string_view id) {
  Columns columns = all_columns(type, body);
  SCIM_TRY(resolve_references(context, columns));
  // Our own tables have no such defaults: there all resources are inserted by the same statement.
  if (!context.mapping.is_embedded) {
    std::erase_if(columns, [](const ColumnValue& c) { return c.value == Cell() && c.column->absent == Cell(); });
  }
  RowStatements rows(type);
  constexpr std::size_t kOfLink = 8;
  rows.of(0).reserve(columns.size() + kOfLink);
  SCIM_TRY(set_columns(context, type, std::move(columns), rows));
  set_new_link(context, type, id, rows);
  rows.set_moment(type.link.claimed, context.env.now());
  rows.set(type.link.document, document_cell(new_document(type, body)));
  return rows;
}

/// Those of new_rows(), written. The key of the resource.
Result<std::optional<Cell>> insert_rows(const WriteContext& context, const TypeMapping& type, const Json& body,
                                        std::string_view id, OnTaken on_taken) {
  SCIM_ASSIGN(RowStatements rows, new_rows(context, type, body, id));
  SCIM_ASSIGN(std::optional<Cell> key, insert_row(context, type, body, std::exchange(rows.of(0), {}), on_taken));
  if (!key || type.tables.size() == 1) return key;
  StoredRow stored;
  stored.key = *key;
  rows.refresh_copies(stored.key);
  SCIM_ASSIGN(stored.has_row, rows_beside_new(context, type, stored.key));
  SCIM_TRY(write_tables(context, type, body, rows, stored));
  return key;
}

/// What writing them has changed.
struct PartsWritten {
  std::int64_t rows = 0;
  std::vector<MembershipChange> memberships;
};

/// Lists and memberships: all that is not in the resource's own row.
Result<PartsWritten> write_parts(const WriteContext& context, const TypeMapping& type, const Changes& changes,
                                 const Cell& key) {
  MemberWriter members(context, type, key);
  PartsWritten written;
  for (const Change& change : changes) {
    const bool set = change.kind == Change::Kind::set;
    SCIM_ASSIGN(const std::int64_t in_list, write_list(context, type, *change.attribute, key, set ? &change.value : nullptr));
    SCIM_ASSIGN(MembershipChange membership, members.apply(change));
    written.rows += in_list + std::ssize(membership.added) + std::ssize(membership.removed);
    if (!membership.empty()) written.memberships.push_back(std::move(membership));
  }
  members.log_skipped();
  return written;
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

/// The same, of a resource that has just been inserted. Triggers of an application may have given it some already.
Result<std::vector<MembershipChange>> write_first_parts(const WriteContext& context, const TypeMapping& type, const Json& body, const Cell& key) {
  std::vector<MembershipChange> memberships;
  if (!context.mapping.is_embedded) {
    SCIM_ASSIGN(PartsWritten written, write_parts(context, type, parts_of(type, body), key));
    return std::move(written.memberships);
  }
  for (const auto& [attribute, table] : type.lists) {
    const Json* elements = find_value(body, *attribute);
    if (elements != nullptr) SCIM_TRY(insert_list(context, type, table, key, *elements));
  }
  MemberWriter members(context, type, key);
  for (const auto& [attribute, tables] : type.members) {
    const Json* elements = find_value(body, *attribute);
    if (elements == nullptr) continue;
    SCIM_ASSIGN(MembershipChange membership, members.apply({attribute, Change::Kind::add, *elements}));
    if (!membership.empty()) memberships.push_back(std::move(membership));
  }
  members.log_skipped();
  return memberships;
}

/// Rows that wait. Whether a value is taken that must be unique is seen when they are written.
Result<std::vector<MembershipChange>> insert_later(const WriteContext& context, const TypeMapping& type, const Json& body, std::string_view id) {
  SCIM_ASSIGN(RowStatements rows, new_rows(context, type, body, id));
  RowStatement& row = rows.of(0);
  SCIM_TRY(set_defaults(context, type.tables.front().defaults, password_scheme_name(type), row));
  context.buffer->begin(type, std::move(row));
  return write_first_parts(context, type, body, Cell());
}

/// Whoever comes back under the name of somebody who has gone starts as a new user does: columns that SCIM does not know
/// as `defaults` say, no superuser, nothing of what hung on the row.
Result<void> forget_rights(const WriteContext& context, const TypeMapping& type, const Cell& key, RowStatement& row) {
  if (type.own_table < 0) return {};
  SCIM_TRY(set_defaults(context, type.tables.front().defaults, password_scheme_name(type), row));
  if (!type.superuser.empty() && !row.has(type.superuser)) row.set(type.superuser, std::int64_t{0});
  for (const TypeMapping::Dependent& dependent : type.remove_also) {
    SCIM_TRY(run_row(context, type, Json::object(),
                     {"DELETE FROM " + identifier(dependent.table) + " WHERE " + identifier(dependent.owner) + " = ?", {key}}));
  }
  return {};
}

/// A deactivated row becomes `body`, with nothing left of what it was (RFC 7644 3.6: a deleted resource is no conflict).
Result<Inserted> revive(const WriteContext& context, const TypeMapping& type, const Json& body, std::string_view old_id,
                    std::string_view id) {
  Columns columns = all_columns(type, body);
  SCIM_TRY(resolve_references(context, columns));
  SCIM_ASSIGN(const std::optional<StoredRow> stored, load_row(context, type, old_id, columns));
  if (!stored) return fail(ErrorKind::internal, "a deactivated resource has gone");
  RowStatements rows(type);
  SCIM_TRY(set_columns(context, type, differing(context, type, std::move(columns), *stored), rows));
  // An id that is the application's own column is its business: it stays.
  const bool keeps_id = type.link.id.table == 0 && type.own_table >= 0;
  set_new_link(context, type, keeps_id ? old_id : id, rows);
  rows.set_moment(type.link.claimed, context.env.now());
  rows.set(type.link.deactivated, Cell());
  rows.set(type.link.document, document_cell(new_document(type, body)));
  SCIM_TRY(forget_rights(context, type, stored->key, rows.of(0)));
  rows.refresh_copies(stored->key);
  SCIM_TRY(write_tables(context, type, body, rows, *stored));
  for (const auto& [attribute, table] : type.lists) SCIM_TRY(delete_list(context, table, stored->key));
  SCIM_ASSIGN(PartsWritten written, write_parts(context, type, parts_of(type, body), stored->key));
  SCIM_TRY(keep_rendering(context, type, stored->key));
  return Inserted{std::string(keeps_id ? old_id : id), std::move(written.memberships)};
}

/// lastModified and version move. A resource whose id is the application's may have no row of ours yet: it begins now.
void touch(const TypeMapping& type, const StoredRow& stored, Instant now, RowStatements& rows) {
  const Link& link = type.link;
  const int own = type.own_table;
  const bool begins = own >= 0 && !stored.has_row[static_cast<std::size_t>(own)];
  if (begins && link.created.table == own) rows.set_moment(link.created, now);
  if (begins && link.last_modified.table == own) return rows.set_moment(link.last_modified, now);
  rows.touch(now);
}

/// Whether DELETE leaves the row.
bool deactivates(const WriteContext& context, const TypeMapping& type) {
  return type.link.deactivated.is_mapped() &&
         type.delete_mode.value_or(context.options.user_delete) == DeleteMode::deactivate;
}

Result<void> deactivate(const WriteContext& context, const TypeMapping& type, const StoredRow& stored) {
  const Instant now = context.env.now();
  RowStatements rows(type);
  touch(type, stored, now, rows);
  rows.set_moment(type.link.deactivated, now);
  const Column* active = active_column(type);
  const bool is_active_now = active != nullptr && !stored.values.empty() && stored.values.front() != Cell(std::int64_t{0});
  if (is_active_now && !active->read_only) {
    const auto cell = kept_cell(*active, std::int64_t{0}, now);
    if (!cell) return fail(ErrorKind::internal, "the mapping of `active` has no value for false");
    rows.set(*active, *cell);
  }
  rows.refresh_copies(stored.key);
  return write_tables(context, type, Json::object(), rows, stored);
}

/// Children first: the tables of an application may have foreign keys without ON DELETE CASCADE, or none at all.
Result<void> delete_rows(const WriteContext& context, const TypeMapping& type, const Cell& key) {
  const auto remove_from = [&](const std::string& table, const std::string& owner) {
    return run_row(context, type, Json::object(), {"DELETE FROM " + identifier(table) + " WHERE " + identifier(owner) + " = ?", {key}});
  };
  for (const auto& [attribute, table] : type.lists) SCIM_TRY(remove_from(table.name, table.owner));
  SCIM_TRY(delete_members(context, type, key));
  for (const TypeMapping::Dependent& dependent : type.remove_also) SCIM_TRY(remove_from(dependent.table, dependent.owner));
  for (auto table = type.tables.rbegin(); table != type.tables.rend(); ++table) SCIM_TRY(remove_from(table->name, table->owner));
  return {};
}

tl::unexpected<Error> not_found(const ResourceType& type, std::string_view id) {
  return fail(ErrorKind::not_found, type.name + " " + quote(id) + " does not exist");
}

/// The stored row of a resource that can be seen; notFound.
Result<StoredRow> visible_row(const WriteContext& context, const TypeMapping& type, std::string_view id,
                              const Columns& columns) {
  SCIM_ASSIGN(std::optional<StoredRow> stored, load_row(context, type, id, columns));
  if (!stored || (!stored->is_living && !context.options.deleted_visible)) return not_found(*type.type, id);
  return std::move(*stored);
}

/// The key of the row is one of its columns and has a new value: what refers to the row follows, where the database has
/// not done so itself (ON UPDATE CASCADE).
Result<void> follow_key(const WriteContext& context, const TypeMapping& type, const Columns& columns, StoredRow& stored) {
  const auto column = std::find_if(columns.begin(), columns.end(), [&](const ColumnValue& c) {
    return c.column->table == 0 && c.name == type.key;
  });
  if (column == columns.end()) return {};
  SCIM_ASSIGN(const Cell key, kept(context, *column, {}));
  const auto move = [&](const std::string& table, const std::string& owner) {
    RowStatement row;
    row.set(owner, key);
    return run_row(context, type, Json::object(), row.update(table, owner, stored.key));
  };
  for (const Table& table : type.tables) SCIM_TRY(move(table.name, table.owner));
  for (const auto& [attribute, list] : type.lists) SCIM_TRY(move(list.name, list.owner));
  for (const auto& group : context.mapping.types) {
    for (const auto& [attribute, tables] : group->members) {
      for (const MemberTable& table : tables) {
        if (group->type == type.type) SCIM_TRY(move(table.name, table.owner));
        if (table.member_type == type.type) SCIM_TRY(move(table.name, table.value));
      }
    }
  }
  for (const auto& other : context.mapping.types) {
    for (const auto& [attribute, reference] : other->columns) {
      if (reference.refers == type.type) SCIM_TRY(move(other->tables[static_cast<std::size_t>(reference.table)].name, reference.name));
    }
  }
  for (const TypeMapping::Dependent& dependent : type.remove_also) SCIM_TRY(move(dependent.table, dependent.owner));
  stored.key = key;
  return {};
}

/// The leaf of `value` that no column takes; nullptr: there is none. Read-only values are nobody's.
const Attribute* find_unkept(const TypeMapping& type, const Attribute& attribute, const Json& value) {
  if (attribute.mutability == Mutability::read_only) return nullptr;
  if (attribute.type != Type::complex) return is_kept(type, attribute) ? nullptr : &attribute;
  const Json elements = value.is_array() ? value : Json::array({value});
  for (const Json& element : elements) {
    for (const Attribute& sub : attribute.sub_attributes) {
      if (!element.is_object() || !element.contains(sub.name)) continue;
      if (const Attribute* unkept = find_unkept(type, sub, element.at(sub.name))) return unkept;
    }
  }
  return nullptr;
}

/// unmapped = "reject": what has no place is refused instead of lost.
Result<void> refuse_unkept(const TypeMapping& type, const Changes& changes) {
  if (type.unmapped != Unmapped::reject) return {};
  for (const Change& change : changes) {
    if (change.kind != Change::Kind::set) continue;
    if (const Attribute* unkept = find_unkept(type, *change.attribute, change.value)) {
      return fail(ErrorKind::invalid_value, unkept->path() + ": the application has no place for it");
    }
    if (type.elements.contains(change.attribute) && change.value.size() > 1) {
      return fail(ErrorKind::invalid_value, change.attribute->path() + ": the application has a place for one");
    }
  }
  return {};
}

Result<void> keep_first_rendering(const WriteContext& context, const TypeMapping& type, const Cell& key) {
  switch (context.options.renderings) {
    case StoreOptions::Renderings::left: return {};
    case StoreOptions::Renderings::kept: break;
  }
  return keep_rendering(context, type, key);
}

/// What a client could see of it, members aside.
Result<std::optional<Resource>> stored_resource(const WriteContext& context, const TypeMapping& type, const std::string& id) {
  const Predicate where = id_is(id);
  const Projection projection = Projection::for_planning(*type.type, Members::skip);
  Query query;
  query.type = type.type;
  query.where = &where;
  query.projection = &projection;
  query.limit = 1;
  Unseen unseen;
  SCIM_ASSIGN(std::vector<Resource> found, read_rows(context.db, query, context.compile(Visible::all), unseen));
  return found.empty() ? std::nullopt : std::optional(std::move(found.front()));
}

/// A taken over row keeps what the client does not mention.
Result<Inserted> adopt(const WriteContext& context, const TypeMapping& type, const Json& body, const Candidate& row) {
  std::string id = row.id;
  if (id.empty()) {
    SCIM_ASSIGN(id, linked_id(context, type, row.key));
  }
  SCIM_ASSIGN(std::optional<Resource> before, stored_resource(context, type, id));
  SCIM_ASSIGN(Update update, update_resource(context, *type.type, id, changes_of(type, body)));
  return Inserted{std::move(id), std::move(update.memberships), std::move(before)};
}

Result<void> lock_key(const WriteContext& context, const TypeMapping& type, const Cell& key) {
  if (context.dialect.lock_rows.empty()) return {};
  Sql lock;
  lock << "SELECT 1 FROM " << identifier(type.tables.front().name) << " t0 WHERE " << key_of(type, "t") << " = " << Bind{key}
       << context.dialect.lock_rows << "t0";
  SCIM_TRY(run(context, lock));
  return {};
}

/// Of two who bring the same row back at the same time, the second sees what the first has done.
Result<std::optional<Candidate>> find_same_locked(const WriteContext& context, const TypeMapping& type, const Json& body) {
  SCIM_ASSIGN(std::optional<Candidate> same, find_same(context, type, body));
  if (!same || context.dialect.lock_rows.empty()) return same;
  SCIM_TRY(lock_key(context, type, same->key));
  return find_same(context, type, body);
}

/// RFC 7644 3.6: a deleted resource is no conflict. Whoever takes its name as a new one becomes its row (revive()); whoever has
/// a row already, and takes it by a change, leaves none for it. One who comes back meanwhile is seen, and is a conflict.
Result<void> free_values(const WriteContext& context, const TypeMapping& type, const Columns& columns, const Cell& key) {
  SCIM_ASSIGN(std::vector<Candidate> deleted, find_deleted_holders(context, type, columns, key));
  if (!deleted.empty() && !context.dialect.lock_rows.empty()) {
    for (const Candidate& row : deleted) SCIM_TRY(lock_key(context, type, row.key));
    SCIM_ASSIGN(deleted, find_deleted_holders(context, type, columns, key));
  }
  for (const Candidate& row : deleted) SCIM_TRY(delete_rows(context, type, row.key));
  return {};
}

}  // namespace

Result<Inserted> insert_resource(const WriteContext& context, const Resource& resource) {
  const TypeMapping& type = context.mapping.of(*resource.type);
  if (type.unmapped == Unmapped::reject) SCIM_TRY(refuse_unkept(type, changes_of(type, resource.body)));
  std::optional<Json> completed = with_active(type, resource.body);
  const Json& body = completed ? *completed : resource.body;
  const std::string id = context.env.new_id();
  if (context.buffer != nullptr) {
    SCIM_ASSIGN(auto memberships, insert_later(context, type, body, id));
    return Inserted{id, std::move(memberships)};
  }
  // Our own tables have an index for all that must be unique: who is new is not looked for before.
  if (context.mapping.is_embedded && type.adopt == Adopt::no) {
    SCIM_ASSIGN(const std::optional<Cell> key, insert_rows(context, type, body, id, OnTaken::give_up));
    if (key) {
      SCIM_ASSIGN(auto memberships, write_first_parts(context, type, body, *key));
      SCIM_TRY(keep_first_rendering(context, type, *key));
      return Inserted{id, std::move(memberships)};
    }
  }
  SCIM_ASSIGN(const std::optional<Candidate> same, find_same_locked(context, type, resource.body));
  if (same && same->is_living) return adopt(context, type, resource.body, *same);
  if (same) return revive(context, type, body, same->id, id);
  SCIM_ASSIGN(const std::optional<Cell> key, insert_rows(context, type, body, id, OnTaken::fail));
  SCIM_ASSIGN(auto memberships, write_first_parts(context, type, body, *key));
  SCIM_TRY(keep_first_rendering(context, type, *key));
  return Inserted{id, std::move(memberships)};
}

Result<Update> update_resource(const WriteContext& context, const ResourceType& resource_type, std::string_view id,
                               const Changes& changes) {
  const TypeMapping& type = context.mapping.of(resource_type);
  SCIM_TRY(refuse_unkept(type, changes));
  const Json body = body_of(changes);
  Columns columns = columns_of(type, body, [&](const Attribute& leaf) {
    return std::any_of(changes.begin(), changes.end(),
                       [&](const Change& change) { return is_part_of(leaf, *change.attribute); });
  });
  SCIM_TRY(resolve_references(context, columns));
  SCIM_ASSIGN(StoredRow stored, visible_row(context, type, id, columns));
  const bool comes_back = !stored.is_living && is_active(body);
  columns = differing(context, type, std::move(columns), stored);
  if (!stored.is_living && !comes_back) drop_active(type, columns);
  SCIM_TRY(free_values(context, type, columns, stored.key));
  SCIM_ASSIGN(PartsWritten parts, write_parts(context, type, changes, stored.key));
  const Json old_document = parse_document(stored.document);
  const Json document = type.has_document() ? change_document(type, old_document, changes) : old_document;
  const bool changes_document = document != old_document;
  if (columns.empty() && parts.rows == 0 && !comes_back && !changes_document && stored.is_claimed) return Update();

  const Instant now = context.env.now();
  RowStatements rows(type);
  SCIM_TRY(set_columns(context, type, columns, rows));
  if (!columns.empty() || parts.rows > 0 || comes_back || changes_document) touch(type, stored, now, rows);
  if (changes_document) rows.set(type.link.document, document_cell(document));
  rows.set_moment(type.link.claimed, now);
  // The mark of a DELETE goes too where the application had made the resource living again.
  if (stored.has_mark && (comes_back || stored.is_living)) rows.set(type.link.deactivated, Cell());
  SCIM_TRY(follow_key(context, type, columns, stored));
  rows.refresh_copies(stored.key);
  SCIM_TRY(write_tables(context, type, body, rows, stored));
  SCIM_TRY(keep_rendering(context, type, stored.key));
  return Update{Effect::changed, std::move(parts.memberships)};
}

Result<std::string> claim_row(const WriteContext& context, const TypeMapping& type, const Cell& key,
                              const std::string& external_id_text) {
  SCIM_TRY(lock_key(context, type, key));
  SCIM_ASSIGN(std::string id, linked_id(context, type, key));
  Columns columns;
  const Json value = external_id_text;
  const Attribute* external = external_id(type);
  if (external != nullptr && !external_id_text.empty()) append_values(*external, type.link.external_id, &value, columns);
  SCIM_ASSIGN(const std::optional<StoredRow> stored, load_row(context, type, id, columns));
  if (!stored) return fail(ErrorKind::internal, "a row that was to be taken over has gone");
  columns = differing(context, type, std::move(columns), *stored);
  if (columns.empty() && stored->is_claimed) return id;
  const Instant now = context.env.now();
  RowStatements rows(type);
  touch(type, *stored, now, rows);
  rows.of(0) = RowStatement();  // what SCIM knows of the application's own row has not changed
  SCIM_TRY(set_columns(context, type, columns, rows));
  if (!stored->is_claimed) rows.set_moment(type.link.claimed, now);
  rows.refresh_copies(stored->key);
  SCIM_TRY(write_tables(context, type, Json{{"externalId", value}}, rows, *stored));
  return id;
}

Result<Removed> remove_resource(const WriteContext& context, const ResourceType& resource_type, std::string_view id) {
  const TypeMapping& type = context.mapping.of(resource_type);
  Columns columns;
  if (const Column* active = active_column(type); active != nullptr && !active->read_only) {
    append_values(*type.type->find("active"), *active, nullptr, columns);
  }
  SCIM_ASSIGN(const StoredRow stored, visible_row(context, type, id, columns));
  const bool stays = deactivates(context, type);
  Removed removed;
  if (stays && !stored.is_living) return removed;
  removed.how = stays ? Removal::deactivated : Removal::deleted;
  const bool tells_its_groups = resource_type.find("groups") != nullptr;
  if (!tells_its_groups) {
    SCIM_ASSIGN(removed.left, groups_with(context, type, stored.key));
  }
  SCIM_TRY(leave_all_groups(context, type, stored.key));
  SCIM_TRY(stays ? deactivate(context, type, stored) : delete_rows(context, type, stored.key));
  return removed;
}

}  // namespace scim::sql
