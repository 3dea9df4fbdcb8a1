// SPDX-License-Identifier: MIT
#include "cli/curl.h"

#include "core/shared_object.h"

namespace scim::cli {
namespace {

Result<Curl> loaded_curl() {
  SCIM_ASSIGN(SharedObject library, SharedObject::open("--url needs libcurl4", "libcurl.so.4"));
  // Kept until the process ends, as libraries that it has loaded are.
  static const auto* const kept = new SharedObject(std::move(library));
  Curl functions;
#define SCIM_CURL_LOAD(name) SCIM_TRY(kept->load(#name, functions.name));
  SCIM_CURL_FUNCTIONS(SCIM_CURL_LOAD)
#undef SCIM_CURL_LOAD
  return functions;
}

const Result<Curl>& once_loaded() {
  static const Result<Curl> loaded = loaded_curl();
  return loaded;
}

}  // namespace

Result<void> load_curl() {
  const Result<Curl>& loaded = once_loaded();
  if (!loaded) return fail(loaded.error());
  return {};
}

const Curl& libcurl() { return *once_loaded(); }

}  // namespace scim::cli
