// SPDX-License-Identifier: MIT
// Renderings: the JSON of a resource kept beside its rows (TypeMapping::renderings), made whenever it is written and deleted
// by triggers whenever anything that it shows changes, so that there may be none and never is a wrong one. What other
// resources show, and the base URL, it leaves open: a gap stands there, kGap and a letter.
#pragma once

#include <cstdint>
#include <string>

#include "core/project.h"
#include "sql/row_plan.h"

namespace scim::sql {

/// No JSON text has this byte.
inline constexpr char kGap = '\x01';
/// The letter of the gap in which the location prefix of the type belongs, `https://.../Users/`.
inline constexpr char kLocationGap = 'L';
/// The first letter of an attribute that is left open.
inline constexpr char kFirstOpen = 'a';

/// The attributes that a rendering leaves open, in the order of their letters. If one has a value, then a member with its
/// name belongs in its gap, behind a comma.
AttributeSet open_attributes(const TypeMapping& type);

/// Whether there are renderings, and enough letters; and whoever has something in a gap has something beside it, so that the
/// object is there.
bool can_be_kept(const TypeMapping& type);

/// What a search that wants `projection` is to be planned for: Purpose::show_kept where renderings have all that is wanted
/// and is not open, and nothing else.
Purpose purpose_of(const TypeMapping& type, const Projection& projection);

/// Names what a rendering is made with: of two that could differ in a byte it is not the same. The renderings of another
/// version of this program, or of another configuration on the same database, are none to us.
std::int64_t shape_of(const RowPlan& keep);

/// The column of a search that has the rendering of the row t0, NULL: there is none.
std::string rendering_expression(const TypeMapping& type, std::int64_t shape);

}  // namespace scim::sql
