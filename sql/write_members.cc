// SPDX-License-Identifier: MIT
// Memberships, row by row.
#include "sql/write_members.h"

#include <utility>

#include "core/text.h"
#include "sql/links.h"
#include "sql/membership.h"
#include "sql/row_buffer.h"

namespace scim::sql {
namespace {

/// The id that an element of a membership names; nullptr: none.
const std::string* named_id(const Json& element) {
  if (!element.is_object()) return nullptr;
  const auto value = element.find("value");
  return value == element.end() ? nullptr : value->get_ptr<const std::string*>();
}

/// The key of the resource with an id.
Sql key_with_id(const TypeMapping& type, std::string_view id, const Dialect& dialect) {
  Sql sql;
  sql << "SELECT " << key_of(type, "m") << " FROM " << from_resource(type, "m") << " WHERE " << has_id(type, "m", id, dialect);
  return sql;
}

std::string where_pair(const MemberTable& table) {
  return " WHERE " + identifier(table.owner) + " = ? AND " + identifier(table.value) + " = ?";
}

Result<std::set<Cell>> read_keys(const WriteContext& context, const Sql& sql) {
  const auto cursor = context.db.query(sql);
  if (!cursor) return fail(to_error(cursor.error()));
  std::set<Cell> keys;
  while (true) {
    const auto row = (*cursor)->next();
    if (!row) return fail(to_error(row.error()));
    if (!*row) return keys;
    keys.insert((*cursor)->cell(0));
  }
}

}  // namespace

Result<MembershipChange> MemberWriter::apply(const Change& change) {
  MembershipChange done{change.attribute, {}, {}};
  const auto found = group_.members.find(change.attribute);
  if (found == group_.members.end()) return done;
  const Tables& tables = found->second;
  switch (change.kind) {
    case Change::Kind::add: {
      SCIM_ASSIGN(const std::set<Member> members, resolve_all(tables, change));
      SCIM_ASSIGN(done.added, add(tables, members));
      return done;
    }
    case Change::Kind::set: {
      SCIM_ASSIGN(const std::set<Member> members, resolve_all(tables, change));
      return replace(tables, change, members);
    }
    case Change::Kind::clear:
      return replace(tables, change, {});
    case Change::Kind::remove: {
      SCIM_ASSIGN(done.removed, remove(tables, change));
      return done;
    }
  }
  return done;
}

void MemberWriter::log_skipped() const {
  if (skipped_ == 0) return;
  const std::string more = skipped_ == 1 ? "" : " and " + std::to_string(skipped_ - 1) + " more";
  context_.env.log(LogLevel::warning, "members skipped, no resource has the id " + quote(first_skipped_) + more);
}

Result<std::optional<MemberWriter::Member>> MemberWriter::resolve(const Tables& tables, const std::string& id) {
  for (std::size_t i = 0; i < tables.size(); ++i) {
    const TypeMapping& type = context_.mapping.of(*tables[i].member_type);
    Sql sql = key_with_id(type, id, context_.dialect);
    // Nobody is added who is being deactivated at this moment. What has been waited for is seen by the next statement: by that
    // which waits, in the locked row alone, and the mark of a deactivation may be in another one.
    if (!context_.dialect.keep_rows.empty()) {
      Sql kept = sql;
      kept << context_.dialect.keep_rows << "m0";
      SCIM_TRY(read_keys(context_, kept));
    }
    sql << and_living(type, "m", context_.dialect);
    SCIM_ASSIGN(const std::set<Cell> keys, read_keys(context_, sql));
    if (keys.empty()) continue;
    Member member{i, *keys.begin()};
    ids_.emplace(member, id);
    return member;
  }
  return std::nullopt;
}

Result<std::set<MemberWriter::Member>> MemberWriter::resolve_all(const Tables& tables, const Change& change) {
  std::set<Member> members;
  std::set<std::string_view> seen;
  for (std::size_t i = 0; i < change.value.size(); ++i) {
    const std::string* id = named_id(change.value[i]);
    const std::string where = change.attribute->path() + "[" + std::to_string(i) + "].value: ";
    if (id == nullptr) return fail(ErrorKind::invalid_value, where + "the id of the member is missing");
    if (!seen.insert(*id).second) continue;
    SCIM_ASSIGN(const std::optional<Member> member, resolve(tables, *id));
    if (member) {
      SCIM_TRY(refuse_cycle(tables[member->first], member->second, where + quote(*id)));
      members.insert(*member);
      continue;
    }
    if (context_.options.unknown_member == UnknownMember::reject)
      return fail(ErrorKind::invalid_value, where + "no resource has the id " + quote(*id));
    if (skipped_++ == 0) first_skipped_ = *id;
  }
  return members;
}

Result<void> MemberWriter::refuse_cycle(const MemberTable& table, const Cell& member, const std::string& where) {
  if (table.member_type != group_.type) return {};
  if (context_.buffer != nullptr) return {};  // a group that is new is in no other one
  if (context_.options.group_cycles == GroupCycles::allow) {
    if (member != key_) return {};
    return fail(ErrorKind::invalid_value, where + " is the group itself");
  }
  if (!above_) SCIM_TRY(read_above(table));
  if (!above_->contains(member)) return {};
  return fail(ErrorKind::invalid_value, where + " would make the group a member of itself");
}

/// Upwards from the group, which one query answers for all its new members; what is below the group cannot change it.
Result<void> MemberWriter::read_above(const MemberTable& table) {
  // Two groups that take each other in know nothing of that.
  if (!context_.dialect.lock_nesting.empty()) SCIM_TRY(run(context_, {std::string(context_.dialect.lock_nesting), {}}));
  const std::string text = "WITH RECURSIVE above(k) AS (SELECT " + identifier(group_.key) + " FROM " +
                           identifier(group_.tables.front().name) + " WHERE " + identifier(group_.key) +
                           " = ? UNION SELECT m." + identifier(table.owner) + " FROM " + identifier(table.name) +
                           " m JOIN above ON m." + identifier(table.value) + " = above.k) SELECT k FROM above";
  SCIM_ASSIGN(above_, read_keys(context_, {text, {key_}}));
  return {};
}

Result<std::set<MemberWriter::Member>> MemberWriter::current(const Tables& tables) {
  std::set<Member> members;
  for (std::size_t i = 0; i < tables.size(); ++i) {
    SCIM_ASSIGN(const std::set<Cell> keys,
                read_keys(context_, {"SELECT " + identifier(tables[i].value) + " FROM " + identifier(tables[i].name) +
                                         " WHERE " + identifier(tables[i].owner) + " = ?",
                                     {key_}}));
    for (const Cell& key : keys) members.emplace(i, key);
  }
  return members;
}

/// Unless the table has defaults, it has the same text for all rows, and those of the member are every second of the binds.
Result<Sql> MemberWriter::row_of(const MemberTable& table, const Cell& member) const {
  RowStatement row;
  row.set(table.owner, key_);
  row.set(table.value, member);
  // The table of an application may lack the unique key that makes it so plain.
  if (context_.mapping.is_embedded) return row.insert_missing(table.name);
  SCIM_TRY(set_defaults(context_, table.defaults, "", row));
  const std::string name = identifier(table.name);
  Sql sql = row.insert_unless(name, "SELECT 1 FROM " + name + where_pair(table));
  sql.binds.insert(sql.binds.end(), {key_, member});
  return sql;
}

Result<MemberWriter::Ids> MemberWriter::add(const Tables& tables, const std::set<Member>& members) {
  if (context_.buffer != nullptr) return add_later(tables, members);
  Ids added;
  Sql sql;
  const MemberTable* last = nullptr;  // members are sorted by their table
  for (const auto& [index, member] : members) {
    const MemberTable& table = tables[index];
    const bool is_same = &table == std::exchange(last, &table) && table.defaults.empty();
    if (!is_same) {
      SCIM_ASSIGN(sql, row_of(table, member));
    }
    for (std::size_t i = 1; is_same && i < sql.binds.size(); i += 2) sql.binds[i] = member;
    const DbResult<std::int64_t> rows = context_.db.run(sql);
    if (!rows) return fail(refuse(group_, Json::object(), rows.error()));
    if (*rows > 0) added.push_back(ids_.at({index, member}));
  }
  return added;
}

/// Of a group that waits itself.
Result<MemberWriter::Ids> MemberWriter::add_later(const Tables& tables, const std::set<Member>& members) {
  Ids added;
  for (const auto& [index, member] : members) {
    const MemberTable& table = tables[index];
    RowStatement row;
    row.set(table.value, member);
    SCIM_TRY(set_defaults(context_, table.defaults, "", row));
    context_.buffer->add(table.name, table.owner, std::move(row));
    added.push_back(ids_.at({index, member}));
  }
  return added;
}

Result<bool> MemberWriter::remove_row(const MemberTable& table, const Cell& member) {
  SCIM_ASSIGN(const std::int64_t rows, run(context_, {"DELETE FROM " + identifier(table.name) + where_pair(table), {key_, member}}));
  return rows > 0;
}

/// Rows of the application may have no id yet.
Result<std::string> MemberWriter::id_of(const Tables& tables, const Member& member) {
  if (const auto known = ids_.find(member); known != ids_.end()) return known->second;
  return linked_id(context_, context_.mapping.of(*tables[member.first].member_type), member.second);
}

Result<MemberWriter::Ids> MemberWriter::remove(const Tables& tables, const Change& change) {
  Ids removed;
  for (const Json& element : change.value) {
    const std::string* id = named_id(element);
    if (id == nullptr) continue;
    SCIM_ASSIGN(const std::optional<Member> member, resolve(tables, *id));
    if (!member) continue;
    SCIM_ASSIGN(const bool is_removed, remove_row(tables[member->first], member->second));
    if (is_removed) removed.push_back(*id);
  }
  return removed;
}

Result<MembershipChange> MemberWriter::replace(const Tables& tables, const Change& change, const std::set<Member>& wanted) {
  SCIM_ASSIGN(const std::set<Member> now, current(tables));
  MembershipChange done{change.attribute, {}, {}};
  for (const Member& member : now) {
    if (wanted.contains(member)) continue;
    SCIM_ASSIGN(std::string id, id_of(tables, member));
    SCIM_ASSIGN(const bool is_removed, remove_row(tables[member.first], member.second));
    if (is_removed) done.removed.push_back(std::move(id));
  }
  std::set<Member> missing;
  for (const Member& member : wanted) {
    if (!now.contains(member)) missing.insert(member);
  }
  SCIM_ASSIGN(done.added, add(tables, missing));
  return done;
}

Result<bool> has_more_members(const WriteContext& context, const TypeMapping& type, std::string_view id, std::int64_t limit) {
  const Sql key = key_with_id(type, id, context.dialect);
  Sql sql;
  for (const auto& [attribute, tables] : type.members) {
    for (const MemberTable& table : tables) {
      sql << (sql.text.empty() ? "SELECT " : " + ") << "(SELECT count(*) FROM (SELECT 1 FROM " << identifier(table.name)
          << " WHERE " << identifier(table.owner) << " = (" << key << ") LIMIT " << Bind{limit + 1} << ") few)";
    }
  }
  if (sql.text.empty()) return false;
  SCIM_ASSIGN(const auto row, first_row(context, sql, 1));
  const auto* count = row ? std::get_if<std::int64_t>(&row->front()) : nullptr;
  return count != nullptr && *count > limit;
}

Result<void> lock_groups_of(const WriteContext& context, const TypeMapping& type, std::string_view id) {
  if (context.dialect.lock_rows.empty()) return {};
  for (const auto& group : context.mapping.types) {
    for (const auto& [attribute, tables] : group->members) {
      for (const MemberTable& table : tables) {
        if (table.member_type != type.type) continue;
        Sql sql;
        sql << "SELECT " << key_of(*group, "t") << " FROM " << identifier(group->tables.front().name) << " t0 WHERE " << key_of(*group, "t")
            << " IN (SELECT " << identifier(table.owner) << " FROM " << identifier(table.name) << " WHERE " << identifier(table.value)
            << " IN (" << key_with_id(type, id, context.dialect) << ")) ORDER BY 1" << context.dialect.lock_rows << "t0";
        SCIM_TRY(read_keys(context, sql));
      }
    }
  }
  return {};
}

Result<std::vector<LeftGroup>> groups_with(const WriteContext& context, const TypeMapping& type, const Cell& key) {
  std::vector<LeftGroup> groups;
  for (const auto& group : context.mapping.types) {
    for (const auto& [attribute, tables] : group->members) {
      for (const MemberTable& table : tables) {
        if (table.member_type != type.type) continue;
        Sql sql;
        // Rows may be left of groups that the application has deleted.
        sql << "SELECT " << key_of(*group, "t") << " FROM " << from_resource(*group, "t") << " WHERE " << key_of(*group, "t") << " IN (SELECT "
            << identifier(table.owner) << " FROM " << identifier(table.name) << " WHERE " << identifier(table.value) << " = " << Bind{key} << ")";
        SCIM_ASSIGN(const std::set<Cell> owners, read_keys(context, sql));
        for (const Cell& owner : owners) {
          SCIM_ASSIGN(std::string id, linked_id(context, *group, owner));
          groups.push_back({group->type, std::move(id), attribute});
        }
      }
    }
  }
  return groups;
}

Result<void> leave_all_groups(const WriteContext& context, const TypeMapping& type, const Cell& key) {
  for (const auto& group : context.mapping.types) {
    for (const auto& [attribute, tables] : group->members) {
      for (const MemberTable& table : tables) {
        if (table.member_type != type.type) continue;
        const std::string where = " FROM " + identifier(table.name) + " WHERE " + identifier(table.value) + " = ?";
        RowStatements moved(*group);
        moved.touch(context.env.now());
        for (std::size_t i = 0; i < group->tables.size(); ++i) {
          const RowStatement& statement = moved.of(static_cast<int>(i));
          if (statement.empty()) continue;
          SCIM_TRY(run(context, statement.update_in(group->tables[i].name, group->tables[i].owner,
                                                    {"SELECT " + identifier(table.owner) + where, {key}})));
        }
        SCIM_TRY(run(context, {"DELETE" + where, {key}}));
      }
    }
  }
  return {};
}

Result<void> delete_members(const WriteContext& context, const TypeMapping& group, const Cell& key) {
  for (const auto& [attribute, tables] : group.members) {
    for (const MemberTable& table : tables)
      SCIM_TRY(run(context, {"DELETE FROM " + identifier(table.name) + " WHERE " + identifier(table.owner) + " = ?", {key}}));
  }
  return {};
}

}  // namespace scim::sql
