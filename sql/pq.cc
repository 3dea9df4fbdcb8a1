// SPDX-License-Identifier: MIT
#include "sql/pq.h"

namespace scim::sql {
namespace {

const Result<Pq>& loaded_pq() { return library<Pq>("PostgreSQL needs libpq5", "libpq.so.5"); }

}  // namespace

Result<void> load_pq() {
  SCIM_TRY(loaded_pq());
  return {};
}

const Pq& pq() { return *loaded_pq(); }

}  // namespace scim::sql
