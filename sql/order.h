// SPDX-License-Identifier: MIT
// What resources are sorted by, as SQL: the same operands that filters compare, and of a list the element that stands for
// it. core/sort.h says what that is; stands_before() and this must agree: tests/unit/sort_test.cc.
#pragma once

#include <optional>
#include <vector>

#include "sql/expression.h"
#include "sql/mapping.h"

namespace scim::sql {

/// An expression over t0, t1 ...: NULL for who has no value, else compared by its bytes or as a number. Tables that it
/// names are added to `needs`. nullopt: nobody has a value.
std::optional<Sql> order_key(const Attribute* by, const TypeMapping& type, const CompileContext& context,
                             std::vector<int>& needs);

/// Whether the key is an id of other resources, or a text that they are shown by: those must have been seen first.
bool is_ordered_by_others(const Attribute* by, const TypeMapping& type);

}  // namespace scim::sql
