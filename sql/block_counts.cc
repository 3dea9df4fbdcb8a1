// SPDX-License-Identifier: MIT
#include "sql/block_counts.h"

namespace scim::sql {
namespace {

constexpr std::int64_t kKeysOfBlock = 1024;  // as in the migration

std::string_view counted(Visible visible) {
  switch (visible) {
    case Visible::living: return "living";
    case Visible::all: break;
  }
  return "total";
}

}  // namespace

bool counts_blocks(const Query& query, const CompileContext& context) {
  const Mapping& mapping = context.mapping;
  return mapping.is_embedded && query.where->kind == Predicate::Kind::always && !mapping.of(*query.type).block_counts.empty();
}

Result<std::int64_t> count_by_blocks(Db& db, const Query& query, const CompileContext& context) {
  const std::string table = identifier(context.mapping.of(*query.type).block_counts);
  const auto cursor = db.query({"SELECT coalesce(sum(" + std::string(counted(context.visible)) + "), 0) FROM " + table, {}});
  if (!cursor) return fail(to_error(cursor.error()));
  const auto row = (*cursor)->next();
  if (!row) return fail(to_error(row.error()));
  return (*cursor)->integer(0);
}

Result<BlockPosition> find_block(Db& db, const Query& query, const CompileContext& context) {
  const std::string table = identifier(context.mapping.of(*query.type).block_counts);
  const auto cursor = db.query({"SELECT block, " + std::string(counted(context.visible)) + " FROM " + table + " ORDER BY block", {}});
  if (!cursor) return fail(to_error(cursor.error()));
  BlockPosition position;
  bool is_found = false;
  while (true) {
    const auto has_row = (*cursor)->next();
    if (!has_row) return fail(to_error(has_row.error()));
    if (!*has_row) break;
    const std::int64_t count = (*cursor)->integer(1);
    if (!is_found && position.total + count > query.offset) {
      is_found = true;
      position.first_key = (*cursor)->integer(0) * kKeysOfBlock;
      position.offset = query.offset - position.total;
    }
    position.total += count;
  }
  if (!is_found) position.offset = query.offset;  // beyond the last one, wherever one begins
  return position;
}

}  // namespace scim::sql
