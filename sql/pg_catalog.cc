#include "sql/pg_catalog.h"
namespace scim::sql { std::unique_ptr<Catalog> pg_catalog(Db&) { return nullptr; } }
