// SPDX-License-Identifier: MIT
// Imports into a server: POST /Bulk where it is offered (RFC 7644 3.7), so that a record does not cost a round trip, else
// one POST for each.
#pragma once

#include <memory>

#include "cli/backend.h"
#include "cli/import_report.h"
#include "cli/import_sink.h"

namespace scim::cli {

/// All is borrowed.
Try<std::unique_ptr<ImportSink>> import_into_server(Backend& backend, const ResourceType& type, ImportReport& report);

}  // namespace scim::cli
