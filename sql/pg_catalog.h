// SPDX-License-Identifier: MIT
// The catalog of a PostgreSQL database: information_schema where that says enough, pg_catalog for indexes.
#pragma once

#include <memory>

#include "sql/catalog.h"

namespace scim::sql {

/// Of the tables that a name alone finds (search_path). `db` outlives it.
std::unique_ptr<Catalog> pg_catalog(Db& db);

}  // namespace scim::sql
