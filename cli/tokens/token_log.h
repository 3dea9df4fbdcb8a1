// SPDX-License-Identifier: MIT
// What becomes of tokens, in the audit log.
#pragma once

#include <functional>

#include "cli/local.h"

namespace scim::cli {

/// `write` turns the token `before` into `after`, and the log is told, in one transaction. nullptr: it is new, or has gone.
Result<void> write_told(const Token* before, const Token* after, const std::function<Result<void>()>& write, LocalBackend& backend);

}  // namespace scim::cli
