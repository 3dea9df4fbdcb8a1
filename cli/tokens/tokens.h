// SPDX-License-Identifier: MIT
// scimctl token: bearer tokens for identity providers.
#pragma once

#include <optional>
#include <string_view>

#include "cli/line/options.h"
#include "core/text.h"

namespace scim::cli {

Try<ExitCode> run(const TokenCreateCommand& command, const Globals& globals, Console& console);
Try<ExitCode> run(const TokenUpdateCommand& command, const Globals& globals, Console& console);
Try<ExitCode> run(const TokenShowCommand& command, const Globals& globals, Console& console);
Try<ExitCode> run(const TokenDialectsCommand& command, const Globals& globals, Console& console);
Try<ExitCode> run(const TokenListCommand& command, const Globals& globals, Console& console);
Try<ExitCode> run(const TokenRotateCommand& command, const Globals& globals, Console& console);
Try<ExitCode> run(const TokenRevokeCommand& command, const Globals& globals, Console& console);

/// "90d", "12h", "30m" from `now`, a dateTime, or a date, which is its midnight in UTC; nullopt for "" and "never". badRequest, also
/// for what is not after `now`.
Result<std::optional<Instant>> parse_expiry(std::string_view text, Instant now);

}  // namespace scim::cli
