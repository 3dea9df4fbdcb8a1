// SPDX-License-Identifier: MIT
// import --dry-run: what would be refused, as far as that can be known beforehand. Nothing is written.
#pragma once

#include <memory>

#include "cli/backend.h"
#include "cli/import/import_report.h"
#include "cli/import/import_sink.h"

namespace scim::cli {

/// All is borrowed.
std::unique_ptr<ImportSink> import_into_nothing(Backend& backend, const ResourceType& type, ImportReport& report);

}  // namespace scim::cli
