// SPDX-License-Identifier: MIT
// Renderings (rendering.h) are made by whoever writes a resource; and, of rows that came otherwise, portion by portion.
#pragma once

#include <cstdint>
#include <map>
#include <optional>

#include "sql/write_columns.h"

namespace scim::sql {

/// Keeps the rendering of the row with `key` as the row is now. Does nothing where the type has no renderings.
Result<void> keep_rendering(const WriteContext& context, const TypeMapping& type, const Cell& key);

/// Rows whose renderings may be missing: written by an older program or with another configuration, or imported.
struct RenderingGap {
  const TypeMapping* type = nullptr;
  std::int64_t shape = 0;
  std::int64_t after = 0;  ///< keys
  std::int64_t up_to = 0;
};
/// Up to which keys somebody has already been who walks through all portions.
using RenderingWalk = std::map<const TypeMapping*, std::int64_t>;
/// The first portion of them beyond that; nullopt: there are none. Another process with another configuration may be
/// walking too, and each takes the other's progress for none: without a place of its own neither would come to an end.
Result<std::optional<RenderingGap>> find_rendering_gap(const WriteContext& context, const RenderingWalk& walk);
/// Rows that are made from now on are in a gap, even under keys that others had before.
Result<void> open_rendering_gap(const WriteContext& context);
/// Keeps the renderings of a portion.
Result<void> fill_rendering_gap(const WriteContext& context, const RenderingGap& gap);

}  // namespace scim::sql
