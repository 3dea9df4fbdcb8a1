// SPDX-License-Identifier: MIT
// Which resources are on a page of one or several queries, before anything of them is read: so only keys are sorted, and
// a page costs the same wherever it is.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "core/store.h"
#include "sql/compile.h"
#include "sql/db.h"

namespace scim::sql {

/// A resource on a page.
struct Hit {
  std::size_t query = 0;  ///< which of the queries found it
  Cell key;
  Standing standing;      ///< of a query with a sort
};

struct Page {
  std::vector<Hit> hits;
  std::optional<std::int64_t> total;  ///< of all queries, if it was no work
  // Paging::by_position only.
  bool has_before = false;
  bool has_after = false;
};

/// The page that store.h describes: all queries have the sort order, the paging, the anchor and the limit of the first.
/// invalidCursor for an anchor that is no position of these queries.
Result<Page> find_page(Db& db, std::span<const Query> queries, const CompileContext& context);

/// The hit as an anchor: [sort key, id, type] or, without a sort, [key, type].
Position position_of(const Hit& hit, std::span<const Query> queries);

/// How many match, whatever offset and limit.
Result<std::int64_t> count_rows(Db& db, const Query& query, const CompileContext& context);

}  // namespace scim::sql
