// SPDX-License-Identifier: MIT
// Whether a configuration can be served as it is installed: files and who may write them, address, database, mapping.
#pragma once

#include "core/config.h"
#include "core/env.h"
#include "sql/mapping_check.h"

namespace scim::sql {

/// What `scimctl check` says and scim-fcgi refuses to start over, errors first. Writes nothing. unavailable, internal: the
/// database cannot be asked.
Result<Findings> check_installation(const Config& config, const Mapping& mapping, Env& env, Depth depth);

/// The file of the database, if the first start is to make it: ours, and not there yet. "": there is none to be made.
std::string missing_database(const Config& config, const Mapping& mapping);

/// The user that this process runs as, by name if it has one.
std::string this_user();

}  // namespace scim::sql
