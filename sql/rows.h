// SPDX-License-Identifier: MIT
// Searches: rows -> JSON, without a tree between. A page costs one statement, one more for each list that is wanted,
// and one COUNT where the page does not tell the total.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <vector>

#include "core/json.h"
#include "core/resource.h"
#include "core/store.h"
#include "sql/compile.h"
#include "sql/db.h"

namespace scim::sql {

/// Keys of rows that the application has made and that have no id yet, by type.
using Unseen = std::map<const TypeMapping*, std::set<Cell>>;

/// Appends the resources found to `out`, which stands inside an array. After an error, and when there are `unseen`
/// rows, `out` is to be thrown away.
Result<Found> write_rows(Db& db, const Query& query, const CompileContext& context, JsonWriter& out, Unseen& unseen);

/// The same into memory.
Result<std::vector<Resource>> read_rows(Db& db, const Query& query, const CompileContext& context, Unseen& unseen);

/// How many match, whatever offset and limit.
Result<std::int64_t> count_rows(Db& db, const Query& query, const CompileContext& context);

}  // namespace scim::sql
