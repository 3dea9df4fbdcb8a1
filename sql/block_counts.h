// SPDX-License-Identifier: MIT
// Totals and deep pages without counting rows, where a table says how many rows each block of keys has
// (TypeMapping::block_counts, migrations/005_block_counts.sql).
#pragma once

#include <cstdint>
#include <optional>

#include "core/store.h"
#include "sql/db.h"
#include "sql/expression.h"

namespace scim::sql {

/// Whether a query asks for all resources of a type whose blocks are counted.
bool counts_blocks(const Query& query, const CompileContext& context);

/// How many resources there are in all. For such queries only, as the next one.
Result<std::int64_t> count_by_blocks(Db& db, const Query& query, const CompileContext& context);

struct BlockPosition {
  std::int64_t first_key = 0;  ///< of a block
  std::int64_t offset = 0;     ///< resources to skip from there on
  std::int64_t total = 0;
};
/// Where Query::offset is.
Result<BlockPosition> find_block(Db& db, const Query& query, const CompileContext& context);

}  // namespace scim::sql
