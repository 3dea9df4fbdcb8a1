// SPDX-License-Identifier: MIT
// What becomes of tokens, in the audit log: entries of the type Token, which is no resource type.
#pragma once

#include <functional>
#include <string_view>

#include "cli/local.h"

namespace scim::cli {

inline constexpr std::string_view kTokenType = "Token";

/// `write` turns the token `before` into `after`, and the log is told, in one transaction. nullptr: it is new, or has gone.
Result<void> write_told(const Token* before, const Token* after, const std::function<Result<void>()>& write, LocalBackend& backend);

}  // namespace scim::cli
