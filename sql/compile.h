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
/// table takes part only if the predicate or `needs` (indices) names it.
Sql compile_from_where(const Predicate& where, const TypeMapping& type, const CompileContext& context,
                       const std::vector<int>& needs = {});

/// What filter-test prints: the SELECT of ids that a search would run, parameters shown as ?1, ?2 ... in `text`.
Sql compile_select_ids(const Predicate& where, const TypeMapping& type, const CompileContext& context);

/// As compile_from_where() has it in its WHERE, for a column of the SELECT: tables that it names are added to `needs`.
Sql compile_value(const Predicate& predicate, const TypeMapping& type, const CompileContext& context,
                  std::vector<int>& needs);

/// What manager.displayName and the like show, of the row of `type` whose tables are t0, t1 ...: a subquery. The table of
/// Lookup::by must take part.
Sql lookup_expression(const TypeMapping::Lookup& lookup, const TypeMapping& type, const CompileContext& context);

/// SQL expression of `display` of a resource whose own table is alias_of(prefix, 0): the first of TypeMapping::display
/// that is not NULL; NULL if there is none.
std::string display_expression(const TypeMapping& type, std::string_view prefix, const Dialect& dialect);

/// The column that counts versions, or, for what an application may change, a hash over everything that the row, its
/// lists and memberships hold: tables that it names are added to `needs`.
Sql version_expression(const TypeMapping& type, const CompileContext& context, std::vector<int>& needs);

}  // namespace scim::sql
