// SPDX-License-Identifier: MIT
#include "cli/remote/curl.h"

namespace scim::cli {
namespace {

const Result<Curl>& loaded_curl() { return library<Curl>("--url needs libcurl4", "libcurl.so.4"); }

}  // namespace

Result<void> load_curl() {
  SCIM_TRY(loaded_curl());
  return {};
}

const Curl& libcurl() { return *loaded_curl(); }

}  // namespace scim::cli
