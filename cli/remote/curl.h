// SPDX-License-Identifier: MIT
// libcurl, loaded for the first request to a server: it brings two dozen libraries along, and to load them takes longer than
// most commands on a database do.
#pragma once

#define CURL_DISABLE_TYPECHECK  // of calls by name
#include <curl/curl.h>

#include "core/library.h"

namespace scim::cli {

#define SCIM_CURL_FUNCTIONS(X)                                                                               \
  X(curl_easy_init) X(curl_easy_cleanup) X(curl_easy_reset) X(curl_easy_setopt) X(curl_easy_getinfo)         \
  X(curl_easy_perform) X(curl_easy_strerror) X(curl_slist_append) X(curl_slist_free_all)

SCIM_LIBRARY_FUNCTIONS(Curl, SCIM_CURL_FUNCTIONS);

/// Loads it, if that has not been done. invalidValue: it is not installed.
Result<void> load_curl();
/// After load_curl() has gone well.
const Curl& libcurl();

}  // namespace scim::cli
