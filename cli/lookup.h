// SPDX-License-Identifier: MIT
// ID arguments: a SCIM id, or `userName=ada`, `externalId=42`, any attribute and its value.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "cli/backend.h"

namespace scim::cli {

/// The filter that an ID argument stands for, nullopt if it is an id as it is. invalidPath: `name=value` whose name
/// is no attribute.
Result<std::optional<std::string>> filter_of_id(std::string_view argument, const ResourceType& type);

/// The id of the one resource that `argument` names. notFound, conflict if it fits several (with their ids).
Try<std::string> find_id(Backend& backend, const ResourceType& type, std::string_view argument);

/// The id of the user or else the group that `argument` names: a member of a group.
Try<std::string> find_member_id(Backend& backend, std::string_view argument);

}  // namespace scim::cli
