// SPDX-License-Identifier: MIT
#include "cli/audit/own_entries.h"

#include <utility>

#include "sql/audit_log.h"

namespace scim::cli {

bool is_own_type(std::string_view type) { return type == kTokenType || type == kHoldType || type == kLogType; }

Result<void> tell(AuditEntry entry, LocalBackend& backend) {
  if (!backend.config().audit.enabled) return {};
  entry.time = backend.env().now();
  entry.actor = backend.recorder().actor();
  return sql::append_entries(backend.store().db(), {std::move(entry)});
}

}  // namespace scim::cli
