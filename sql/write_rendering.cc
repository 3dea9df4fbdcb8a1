// SPDX-License-Identifier: MIT
#include "sql/write_rendering.h"

#include <algorithm>
#include <limits>

#include "sql/membership.h"
#include "sql/rendering.h"
#include "sql/row_search.h"

namespace scim::sql {
namespace {

/// Beyond that it is not kept: who has a photograph in a column need not have it twice. In bytes.
constexpr std::size_t kLongest = 16 << 10;

/// Rows of a portion: others want to write too.
constexpr std::int64_t kPortion = 500;

/// Makes renderings of rows of one type, all that is wanted being what a response carries by default.
class Renderer {
 public:
  Renderer(const WriteContext& context, const TypeMapping& type)
      : context_(context), compile_(context.compile(Visible::all)), type_(type), projection_(Projection::defaults(*type.type)) {
    query_.type = type.type;
    query_.where = &all_;
    query_.projection = &projection_;
  }
  Renderer(const Renderer&) = delete;
  Renderer& operator=(const Renderer&) = delete;

  std::int64_t shape() { return search().shape(); }

  Result<void> keep(const std::vector<Cell>& keys) {
    RowSearch rows = search();
    SCIM_TRY(rows.read(keys));
    if (rows.count() != std::ssize(keys)) return fail(ErrorKind::internal, "a row has gone within a transaction");
    const std::string statement = "INSERT OR REPLACE INTO " + identifier(type_.renderings) + " VALUES (?, ?, ?)";
    for (const Cell& key : keys) {
      JsonWriter out;
      SCIM_TRY(rows.write(key, out));
      if (out.text().size() > kLongest) continue;
      SCIM_TRY(run(context_, {statement, {key, rows.shape(), out.take()}}));
    }
    return {};
  }

 private:
  RowSearch search() { return {context_.db, query_, compile_, unseen_, Purpose::keep}; }

  const WriteContext& context_;
  const CompileContext compile_;
  const TypeMapping& type_;
  const Predicate all_;
  const Projection projection_;
  Query query_;
  Unseen unseen_;
};

Result<std::int64_t> last_kept_key(const WriteContext& context, const TypeMapping& type, std::int64_t shape) {
  const Sql sql{"SELECT last_key FROM rendering_progress WHERE table_name = ? AND shape = ?", {type.tables.front().name, shape}};
  SCIM_ASSIGN(const auto row, first_row(context, sql, 1));
  return row ? std::get<std::int64_t>(row->front()) : std::numeric_limits<std::int64_t>::min();
}

}  // namespace

Result<void> keep_rendering(const WriteContext& context, const TypeMapping& type, const Cell& key) {
  if (!can_be_kept(type)) return {};
  return Renderer(context, type).keep({key});
}

Result<std::optional<RenderingGap>> find_rendering_gap(const WriteContext& context, const RenderingWalk& walk) {
  for (const auto& type : context.mapping.types) {
    if (!can_be_kept(*type)) continue;
    RenderingGap gap{type.get(), Renderer(context, *type).shape(), 0, 0};
    SCIM_ASSIGN(gap.after, last_kept_key(context, *type, gap.shape));
    if (const auto been = walk.find(type.get()); been != walk.end()) gap.after = std::max(gap.after, been->second);
    const std::string key = identifier(type->key);
    const Sql sql{"SELECT max(k) FROM (SELECT " + key + " AS k FROM " + identifier(type->tables.front().name) + " WHERE " + key +
                      " > ? ORDER BY k LIMIT ?)",
                  {gap.after, kPortion}};
    SCIM_ASSIGN(const auto row, first_row(context, sql, 1));
    if (!row || row->front() == Cell()) continue;
    gap.up_to = std::get<std::int64_t>(row->front());
    return gap;
  }
  return std::nullopt;
}

Result<void> open_rendering_gap(const WriteContext& context) {
  for (const auto& type : context.mapping.types) {
    if (!can_be_kept(*type)) continue;
    const std::string& table = type->tables.front().name;
    const Sql sql{"UPDATE rendering_progress SET last_key = min(last_key, (SELECT coalesce(max(" + identifier(type->key) + "), 0) FROM " +
                      identifier(table) + ")) WHERE table_name = ?",
                  {table}};
    SCIM_TRY(run(context, sql));
  }
  return {};
}

Result<void> fill_rendering_gap(const WriteContext& context, const RenderingGap& gap) {
  const std::string key = key_of(*gap.type, "t");
  const Sql missing{"SELECT " + key + " FROM " + identifier(gap.type->tables.front().name) + " t0 WHERE " + key + " > ? AND " + key +
                        " <= ? AND NOT EXISTS (SELECT 1 FROM " + identifier(gap.type->renderings) + " r WHERE r.key = " + key +
                        " AND r.shape = ?)",
                    {gap.after, gap.up_to, gap.shape}};
  std::vector<Cell> keys;
  SCIM_TRY(for_each_row(context.db, missing, [&](const Cursor& cursor) { keys.push_back(cursor.cell(0)); }));
  if (!keys.empty()) SCIM_TRY(Renderer(context, *gap.type).keep(keys));
  SCIM_TRY(run(context, {"INSERT OR REPLACE INTO rendering_progress VALUES (?, ?, ?)",
                         {gap.type->tables.front().name, gap.shape, gap.up_to}}));
  return {};
}

}  // namespace scim::sql
