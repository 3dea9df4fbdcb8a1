// SPDX-License-Identifier: MIT
// SQL of the other ends: the resource that a membership or a lookup leads to, and the groups above a member.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "sql/condition.h"
#include "sql/expression.h"

namespace scim::sql {

/// A resource within another query, its tables under alias_of(prefix, index): `"users" m0`, with what tells its id and
/// whether it lives joined to it.
std::string from_resource(const TypeMapping& type, std::string_view prefix);
/// ` JOIN "users" m0 ON m0."key" = key`, with the same.
std::string join_resource(const TypeMapping& type, std::string_view prefix, std::string_view key);
/// ` LEFT JOIN "profile" m2 ON m2."user" = m0."key"`.
std::string join_table(const TypeMapping& type, std::string_view prefix, int index);
std::string key_of(const TypeMapping& type, std::string_view prefix);
/// NULL for a row of the application that nobody has seen yet.
std::string id_of(const TypeMapping& type, std::string_view prefix, const Dialect& dialect);
/// Whether that is `id`.
Sql has_id(const TypeMapping& type, std::string_view prefix, std::string_view id, const Dialect& dialect);

/// Column of the top-level attribute `active`; nullptr: it is not mapped.
const Column* active_column(const TypeMapping& type);
/// Whether the resource has not been deactivated; "" where nothing is ever deactivated.
std::string living(const TypeMapping& type, std::string_view prefix, const Dialect& dialect);
/// The joined tables that living() names.
std::vector<int> living_tables(const TypeMapping& type);
/// ` AND ...`, or "".
std::string and_living(const TypeMapping& type, std::string_view prefix, const Dialect& dialect);

/// The id of the living resource whose key is in a column of `alias` (Codec::reference): a subquery.
Sql reference_id(const Column& column, std::string_view alias, const CompileContext& context);

/// meta.location and $ref without the id that follows.
std::string location_prefix(const ResourceType& type, std::string_view base_url);

/// What the sub-attributes of a membership (Group.members) and of its other side (User.groups) stand for.
enum class MemberPart { value, ref, type, display, other };
MemberPart member_part(const Attribute& sub_attribute);

/// The common table expression `RECURSIVE up(u, k)`: for each member key u that `which` lets in (" = ...", " IN (...)"),
/// the keys k of all groups that it is in, directly or through other groups.
Sql groups_upward(const ResourceType& member, const ResourceType& group, const std::vector<MemberTable>& tables,
                  const Sql& which);
/// Whether the member up.u is in the group up.k itself.
std::string is_direct_member(const ResourceType& member, const std::vector<MemberTable>& tables);

}  // namespace scim::sql
