// SPDX-License-Identifier: MIT
#include "cli/exit_code.h"

#include <array>

namespace scim::cli {
namespace {

constexpr std::array kExitCodes = {
    ExitCodeInfo{ExitCode::ok, "ok", "Done."},
    ExitCodeInfo{ExitCode::error, "error",
                 "An error that has no code of its own; check found errors; the answer to a question was not yes."},
    ExitCodeInfo{ExitCode::usage, "usage",
                 "Arguments, input or configuration cannot be understood, or --yes is missing; nothing was done."},
    ExitCodeInfo{ExitCode::not_found, "not found", "There is no such resource or token."},
    ExitCodeInfo{ExitCode::access_denied, "access denied", "Access denied."},
    ExitCodeInfo{ExitCode::conflict, "conflict",
                 "Conflict: a value is taken, an ID fits several resources, link apply has found records in doubt, revert would overwrite what was changed since, or hold comes after somebody else."},
    ExitCodeInfo{ExitCode::precondition_failed, "precondition failed", "The resource has changed (--if-match, edit, replay --undo), or the token (token update, token rotate), or more would be removed than --max-delete allows."},
    ExitCodeInfo{ExitCode::some_failed, "some of many failed", "Some of many failed, or all for several reasons; events could not tell some."},
    ExitCodeInfo{ExitCode::different, "differences found or nothing matches",
                 "Differences were found (diff), filter-test found nothing, db status found work for db migrate, db verify a difference, log verify a change or what it could not compare, replay got other answers, conformance found a fault, or link plan found "
                 "records without a row of their own."},
};

}  // namespace

std::span<const ExitCodeInfo> exit_codes() { return kExitCodes; }

}  // namespace scim::cli
