// SPDX-License-Identifier: MIT
// Members that a file names by an attribute: {"value": "userName=ada"}.
#pragma once

#include "cli/failure.h"
#include "core/registry.h"
#include "core/store.h"

namespace scim::cli {

/// `attribute=value` in the memberships of `resource` becomes the id of whom it names: of the types that may be members,
/// the first that has one. invalidValue: nobody, or several.
Result<void> resolve_members(Transaction& transaction, const Registry& registry, Resource& resource);

}  // namespace scim::cli
