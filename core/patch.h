// SPDX-License-Identifier: MIT
// RFC 7644 3.5.2: PATCH body -> operations -> what must be read -> Changes.
#pragma once

#include <limits>
#include <memory>
#include <vector>

#include "core/path.h"
#include "core/predicate.h"
#include "core/resource.h"
#include "core/tolerance.h"

namespace scim {

struct Config;

struct PatchLimits {
  std::size_t operations = 1000;
  std::size_t members = std::numeric_limits<std::size_t>::max();  ///< values of one attribute in all operations
  FilterLimits filter = {};
  std::size_t resource_bytes = std::numeric_limits<std::size_t>::max();  ///< of what they make of it, without its memberships
  std::size_t comparisons = std::numeric_limits<std::size_t>::max();     ///< of stored values with terms of filters, see plan_patch()
};
/// What clients may send, and have done.
PatchLimits patch_limits(const Config& config);

enum class PatchOp { add, remove, replace };

/// One operation with its path resolved. Exactly the targets of Figure 7.
struct PatchOperation {
  /// Who named the attribute: clients repeat read-only members in a value, so those may be there if they are unchanged.
  enum class Origin { path, member };

  PatchOp op = PatchOp::add;
  Origin origin = Origin::path;
  std::size_t position = 0;  ///< in Operations, for details: "Operations[2]: ..."
  const Attribute* attribute = nullptr;  ///< what is named, never null: also `schemas`, or an extension as a whole
  std::shared_ptr<const Filter> filter;  ///< as written: its eq terms seed an element that is missing
  std::shared_ptr<const Predicate> selected;  ///< the same, bound to an element of `attribute`; null without brackets
  const Attribute* sub = nullptr;  ///< after the bracket, or, for a list without one, the part of every element
  Json value;                      ///< as sent
  bool has_value = false;
};

/// Checks the message and resolves every path against `type`; path-less objects become one operation for each member.
/// invalidSyntax for the message, invalidPath, invalidFilter, invalidValue (no value), noTarget (remove without a path).
Result<std::vector<PatchOperation>> parse_patch(const Json& body, const ResourceType& type, const PatchLimits& limits,
                                                Leniency& leniency);

/// Whether the stored elements of the memberships must be read to plan these operations. Adding, removing by value and
/// replacing the whole list need none of them.
bool needs_members(const std::vector<PatchOperation>& operations);

/// The changes that the operations make to `before`, in order and all or nothing. `before` may lack memberships unless
/// needs_members(). No changes at all is a success (RFC 7644 3.5.2.1).
/// mutability, noTarget, invalidValue, invalidPath; payloadTooLarge for a resource that they make larger than limits.resource_bytes: one
/// short operation can write a long value into each element of a list, and many requests make it grow. It is also said of
/// operations that cost more than limits.comparisons: each may look at every element, while other writers wait.
Result<Changes> plan_patch(const std::vector<PatchOperation>& operations, const Resource& before, const PatchLimits& limits, Leniency& leniency);

// For scimctl: Dialect::any.
Result<std::vector<PatchOperation>> parse_patch(const Json& body, const ResourceType& type, const PatchLimits& limits = {});
Result<Changes> plan_patch(const std::vector<PatchOperation>& operations, const Resource& before);

}  // namespace scim
