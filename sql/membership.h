// SPDX-License-Identifier: MIT
// SQL of the other ends: the resource that a membership or a lookup leads to, and the groups above a member.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "sql/condition.h"
#include "sql/mapping.h"

namespace scim::sql {

/// A resource's row and its link within another query, under `alias`.
std::string from_resource(const TypeMapping& type, std::string_view alias);  ///< `"users" m`, with the link joined to it
/// ` JOIN "users" m ON m."key" = key`, with the link.
std::string join_resource(const TypeMapping& type, std::string_view alias, std::string_view key);
std::string id_of(const TypeMapping& type, std::string_view alias);
/// ` AND m."deactivated" IS NULL`, "" where nothing is ever deactivated.
std::string and_living(const TypeMapping& type, std::string_view alias);

/// meta.location and $ref without the id that follows.
std::string location_prefix(const ResourceType& type, std::string_view base_url);

/// alias."name".
std::string column_of(std::string_view alias, std::string_view name);

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
