// SPDX-License-Identifier: MIT
// Who runs scimctl, for the audit log.
#pragma once

#include <string>

namespace scim::cli {

/// The login name of the process's user, behind that of who has become it by sudo: "ada as root". A number where the user
/// has no name.
std::string login_name();

}  // namespace scim::cli
