// SPDX-License-Identifier: MIT
// What an earlier undo has made again: it has another id, and nothing says that it is the same.
#pragma once

#include <optional>

#include "cli/backend.h"

namespace scim::cli {

/// The resource that was made in place of `deleted`: it has its externalId, else its userName or displayName, is otherwise as
/// that was, whoever has become a member since, and was made after that was last changed. nullopt: there is none, or the server
/// does not let it be looked for.
std::optional<Json> find_remade(Backend& backend, const ResourceType& type, const Json& deleted);

/// Without what nobody may read, and some servers show all the same: in a trace its value is gone.
Json without_secrets(const std::vector<Attribute>& attributes, Json body);

}  // namespace scim::cli
