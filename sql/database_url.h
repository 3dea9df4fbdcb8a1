// SPDX-License-Identifier: MIT
// URLs of databases, as people may see them.
#pragma once

#include <string>
#include <string_view>

namespace scim::sql {

/// For messages and logs: *** for the password, wherever the URL has it.
std::string without_password(std::string_view url);

}  // namespace scim::sql
