// SPDX-License-Identifier: MIT
// The catalog of a PostgreSQL database, from pg_catalog: what information_schema shows depends on what the role may do.
#pragma once

#include <memory>

#include "sql/catalog.h"

namespace scim::sql {

/// Of the tables that a name alone finds (search_path). `db` outlives it.
std::unique_ptr<Catalog> pg_catalog(Db& db);

}  // namespace scim::sql
