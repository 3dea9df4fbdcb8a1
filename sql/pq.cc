// SPDX-License-Identifier: MIT
#include "sql/pq.h"

#include "core/shared_object.h"

namespace scim::sql {
namespace {

Result<Pq> loaded_pq() {
  SCIM_ASSIGN(SharedObject library, SharedObject::open("PostgreSQL needs libpq5", "libpq.so.5"));
  // Kept until the process ends: connections may be closed after everything else.
  static const auto* const kept = new SharedObject(std::move(library));
  Pq functions;
#define SCIM_PQ_LOAD(name) SCIM_TRY(kept->load(#name, functions.name));
  SCIM_PQ_FUNCTIONS(SCIM_PQ_LOAD)
#undef SCIM_PQ_LOAD
  return functions;
}

const Result<Pq>& once_loaded() {
  static const Result<Pq> loaded = loaded_pq();
  return loaded;
}

}  // namespace

Result<void> load_pq() {
  const Result<Pq>& loaded = once_loaded();
  if (!loaded) return fail(loaded.error());
  return {};
}

const Pq& pq() { return *once_loaded(); }

}  // namespace scim::sql
