// SPDX-License-Identifier: MIT
// Entries of the audit log as people name them.
#pragma once

#include <string>
#include <vector>

#include "sql/audit_log.h"

namespace scim::cli {

/// "0-42", as scimctl log list shows it.
std::string name_of(const sql::LoggedEntry& entry);
/// The one entry of that name, or all that the request of that id has written. notFound.
Result<std::vector<sql::LoggedEntry>> entries_called(const std::string& name, sql::Db& db);

}  // namespace scim::cli
