// SPDX-License-Identifier: MIT
// Memberships (Group.members) as rows that join two resources, touching only the rows that differ.
#pragma once

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "core/resource.h"
#include "core/store.h"
#include "sql/write_columns.h"

namespace scim::sql {

/// Changes the memberships of one group, for one request.
class MemberWriter {
 public:
  /// `key`: of the group. All is borrowed.
  MemberWriter(const WriteContext& context, const TypeMapping& group, const Cell& key)
      : context_(context), group_(group), key_(key) {}

  /// What that changed. invalidValue: a member that does not exist, if that is to be rejected, or
  /// that would make the group a member of itself, directly or (GroupCycles::reject) through other groups.
  Result<MembershipChange> apply(const Change& change);

  /// One line for all members that were skipped.
  void log_skipped() const;

 private:
  using Tables = std::vector<MemberTable>;
  /// Which of the tables, and the key of the member in it.
  using Member = std::pair<std::size_t, Cell>;
  using Ids = std::vector<std::string>;

  Result<std::optional<Member>> resolve(const Tables& tables, const std::string& id);
  Result<std::set<Member>> resolve_all(const Tables& tables, const Change& change);
  Result<void> refuse_cycle(const MemberTable& table, const Cell& member, const std::string& where);
  Result<std::set<Member>> current(const Tables& tables);
  Result<Sql> row_of(const MemberTable& table, const Cell& member) const;
  // The ids of those that were not there before, or are no more.
  Result<Ids> add(const Tables& tables, const std::set<Member>& members);
  Result<Ids> add_later(const Tables& tables, const std::set<Member>& members);
  Result<Ids> remove(const Tables& tables, const Change& change);
  Result<MembershipChange> replace(const Tables& tables, const Change& change, const std::set<Member>& wanted);
  Result<bool> remove_row(const MemberTable& table, const Cell& member);
  Result<std::string> id_of(const Tables& tables, const Member& member);
  Result<void> read_above(const MemberTable& table);

  const WriteContext& context_;
  const TypeMapping& group_;
  const Cell& key_;
  std::map<Member, std::string> ids_;    // of those that a client has named
  std::optional<std::set<Cell>> above_;  // keys of the group and of all groups that it is part of
  std::size_t skipped_ = 0;
  std::string first_skipped_;
};

/// Whether the resource has more than `limit` members, living or not: of an index, no more than it takes.
Result<bool> has_more_members(const WriteContext& context, const TypeMapping& type, std::string_view id, std::int64_t limit);

/// Before a resource is locked that is to leave all groups: whoever adds a member locks the group first, too. In the order of
/// their keys, so that two who leave do not wait for each other.
Result<void> lock_groups_of(const WriteContext& context, const TypeMapping& type, std::string_view id);

/// Those that the resource is a member of.
Result<std::vector<LeftGroup>> groups_with(const WriteContext& context, const TypeMapping& type, const Cell& key);

/// Takes the resource out of every group; their version and lastModified move.
Result<void> leave_all_groups(const WriteContext& context, const TypeMapping& type, const Cell& key);

/// Deletes all members of a group.
Result<void> delete_members(const WriteContext& context, const TypeMapping& group, const Cell& key);

}  // namespace scim::sql
