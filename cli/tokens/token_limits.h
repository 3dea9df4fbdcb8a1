// SPDX-License-Identifier: MIT
// --scope, --hide, --rate-limit and --guard of a token.
#pragma once

#include "cli/line/options.h"
#include "core/registry.h"
#include "core/token.h"

namespace scim::cli {

/// Changes what `limits` says of; invalidValue, badRequest.
Result<void> set_limits(const TokenLimits& limits, const Registry& registry, Token& token);

/// "read", "users", "-phoneNumbers": on one line; "" without any.
std::string limits_text(const Token& token);

}  // namespace scim::cli
