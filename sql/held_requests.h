// SPDX-License-Identifier: MIT
// Requests that wait for an administrator (core/guard.h), in the table scim_held.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/guard.h"
#include "sql/db.h"

namespace scim::sql {

/// In the caller's transaction, for writing: keeps it, or that it has come again. forbidden: very many of the client wait already.
Result<void> keep_held_request(Db& db, const HeldRequest& request);
Result<std::optional<HeldRequest::State>> find_held_state(Db& db, const std::string& id);

/// By when they first came. What has been decided is in it, too, without bodies.
Result<std::vector<HeldRequest>> list_held_requests(Db& db);
/// Notes what has been decided, and forgets the body. False: nothing waits under that id.
Result<bool> decide_held_request(Db& db, const std::string& id, HeldRequest::State state);
/// What has been released could not be carried out: it waits again.
Result<void> reopen_held_request(Db& db, const HeldRequest& request);
Result<void> forget_held_request(Db& db, const std::string& id);
/// Forgets those that were decided and came last before then.
Result<std::int64_t> forget_decided_requests(Db& db, Instant before);

std::string_view to_string(HeldRequest::State state);

}  // namespace scim::sql
