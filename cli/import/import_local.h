// SPDX-License-Identifier: MIT
// Imports into the database, thousands a second: many records in one transaction, or all of them; or all of them in one that is
// undone (--dry-run).
#pragma once

#include <memory>

#include "cli/import/import_report.h"
#include "cli/import/import_sink.h"
#include "cli/local.h"

namespace scim::cli {

/// `bytes`: of the file, 0 if nobody knows; it decides whether all of it is one transaction. `report` and all else are
/// borrowed.
Try<std::unique_ptr<ImportSink>> import_into_database(LocalBackend& backend, const ResourceType& type, const LineParser& parser,
                                                      std::uint64_t bytes, ImportReport& report);
/// The same, of which nothing stays when the backend goes. Until then reading sees it, and others cannot write.
Try<std::unique_ptr<ImportSink>> rehearse_import_into_database(LocalBackend& backend, const ResourceType& type, const LineParser& parser,
                                                               ImportReport& report);

}  // namespace scim::cli
