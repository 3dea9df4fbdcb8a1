// SPDX-License-Identifier: MIT
// Searches: rows -> JSON, without a tree between. A page costs one statement, one more for each list that is wanted,
// and one COUNT where the page does not tell the total. One that is sorted, or found by position, costs three more: two
// for the keys of its rows and one for what stands on its other side. All this for each type that is asked for.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <span>
#include <vector>

#include "core/json.h"
#include "core/resource.h"
#include "core/store.h"
#include "sql/compile.h"
#include "sql/db.h"

namespace scim::sql {

/// Keys of rows that the application has made and that have no id yet, by type.
using Unseen = std::map<const TypeMapping*, std::set<Cell>>;

/// Appends the resources found to `out`, which stands inside an array: those of all queries, in one order (page.h). After
/// an error, and when there are `unseen` rows, `out` is to be thrown away.
Result<Found> write_rows(Db& db, std::span<const Query> queries, const CompileContext& context, JsonWriter& out, Unseen& unseen);
Result<Found> write_rows(Db& db, const Query& query, const CompileContext& context, JsonWriter& out, Unseen& unseen);

/// The same into memory.
Result<std::vector<Resource>> read_rows(Db& db, const Query& query, const CompileContext& context, Unseen& unseen);

}  // namespace scim::sql
