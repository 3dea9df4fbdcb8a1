// SPDX-License-Identifier: MIT
// What the audit log tells of that is no resource: of it nothing is reverted, and no application hears.
#pragma once

#include <string_view>

#include "cli/local.h"
#include "core/audit.h"

namespace scim::cli {

inline constexpr std::string_view kTokenType = "Token";   ///< scimctl token
inline constexpr std::string_view kHoldType = "Hold";     ///< a request that waited, and what was decided
inline constexpr std::string_view kLogType = "AuditLog";  ///< it has been cut
bool is_own_type(std::string_view type);

/// Appends it, by whoever runs this; in the caller's transaction. Nothing without audit.enabled.
Result<void> tell(AuditEntry entry, LocalBackend& backend);

/// `action`, a Result or Try, in one transaction: what fails has done nothing.
template <class Action>
auto as_whole(LocalBackend& backend, Action action) -> decltype(action()) {
  SCIM_TRY(backend.store().begin_whole());
  auto done = action();
  if (!done) {
    backend.store().undo_whole();
    return done;
  }
  SCIM_TRY(backend.store().end_whole());
  return done;
}

}  // namespace scim::cli
