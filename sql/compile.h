// SPDX-License-Identifier: MIT
// Predicate + Mapping + Dialect -> SQL. No error branches: a predicate is right once it is bound, and whatever the
// mapping does not hold has no value.
#pragma once

#include <string>
#include <string_view>

#include "core/predicate.h"
#include "sql/db.h"
#include "sql/expression.h"

namespace scim::sql {

/// `FROM ... WHERE ...` that yields one row for each matching resource. Table 0 has the alias t0, table i ti; a joined
/// table takes part only if the predicate or `needs` (indices) names it. `also`: a condition over those tables, in
/// parentheses if it is an `or`; "" for none.
Sql compile_from_where(const Predicate& where, const TypeMapping& type, const CompileContext& context,
                       const std::vector<int>& needs = {}, const Sql& also = {});

/// What filter-test prints: the SELECT of ids that a search would run, parameters shown as ?1, ?2 ... or $1, $2 ... in `text`.
Sql compile_select_ids(const Predicate& where, const TypeMapping& type, const CompileContext& context);

/// As compile_from_where() has it in its WHERE, for a column of the SELECT: tables that it names are added to `needs`.
Sql compile_value(const Predicate& predicate, const TypeMapping& type, const CompileContext& context,
                  std::vector<int>& needs);

/// The column that counts versions, or, for what an application may change, a hash over everything that the row, its
/// lists and memberships hold: tables that it names are added to `needs`.
Sql version_expression(const TypeMapping& type, const CompileContext& context, std::vector<int>& needs);

}  // namespace scim::sql
