// SPDX-License-Identifier: MIT
// Members of objects, whose names have no case (RFC 7643 2.1).
#pragma once

#include <string_view>

#include "core/json.h"

namespace scim {

/// nullptr: `object` is none, or has no such member.
Json* find_member(Json& object, std::string_view name);
const Json* find_member(const Json& object, std::string_view name);

}  // namespace scim
