// SPDX-License-Identifier: MIT
// Reading tokens where there is no store: to check a database that is not opened for serving.
#pragma once

#include <vector>

#include "core/token.h"
#include "sql/db.h"

namespace scim::sql {

/// By creation.
Result<std::vector<Token>> list_tokens(Db& db);

}  // namespace scim::sql
