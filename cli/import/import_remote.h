// SPDX-License-Identifier: MIT
// Imports into a server: POST /Bulk where it is offered (RFC 7644 3.7), so that a record does not cost a round trip, else
// one POST for each.
#pragma once

#include <memory>

#include "cli/backend.h"
#include "cli/import/import_report.h"
#include "cli/import/import_resume.h"
#include "cli/import/import_sink.h"

namespace scim::cli {

/// All is borrowed. `resume`: nullptr, or where records go that the server is found to have after all: it may still be at the
/// last request of an import that was killed.
Try<std::unique_ptr<ImportSink>> import_into_server(Backend& backend, const ResourceType& type, ResumeFilter* resume, ImportReport& report);

}  // namespace scim::cli
