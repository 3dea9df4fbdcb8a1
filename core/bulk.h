// SPDX-License-Identifier: MIT
// POST /Bulk (RFC 7644 3.7): many requests in one, which may refer to what the others create.
#pragma once

#include <cstdint>
#include <functional>

#include "core/bulk_parse.h"
#include "core/service.h"

namespace scim {

/// What the flow of a request does for each operation of a job as for a request of its own.
struct BulkSteps {
  std::function<Result<void>(const Route&)> authorize;
  /// What is slow, before the transaction that perform() is to be part of.
  std::function<void(const Route&, const Request&, App&)> prepare;
  /// With the adapter; exceptions are errors. Of Atomicity::whole_job what waits for an administrator is the job.
  std::function<Result<Outcome>(const Route&, const Request&, App&, Atomicity)> perform;
};

/// What a bulk request may have, the limit of all bodies included.
std::int64_t max_bulk_bytes(const Config& config);

/// Before anything is parsed: notImplemented where bulk is switched off, payloadTooLarge.
Result<void> check_bulk_message(const Request& request, const Config& config);

/// 200 with an entry for each operation that was carried out or failed; an error if the message is wrong, or if nothing has
/// been done because the store is not available.
Result<Outcome> bulk(const Request& request, App& app, const BulkSteps& steps);

}  // namespace scim
