// SPDX-License-Identifier: MIT
// From one state of a resource to another.
#pragma once

#include "core/json.h"
#include "core/schema.h"

namespace scim::cli {

/// The body of the PATCH that makes `from` into `to`: an operation for each attribute that differs, none for what only the
/// server changes or nobody can read. No operations: there is nothing to do.
Json transition(const ResourceType& type, const Json& from, const Json& to);

/// What a client may send of `resource`, to make one like it: without id, meta, groups and the like.
Json writable_parts(const ResourceType& type, const Json& resource);

}  // namespace scim::cli
