// SPDX-License-Identifier: MIT
// Requests that wait for an administrator (core/guard.h), in the table scim_held.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/guard.h"
#include "sql/db.h"

namespace scim::sql {

/// In the caller's transaction, for writing: keeps it, or that it has come again, unless `most` others of its client wait.
Result<Keeping> keep_held_request(Db& db, const HeldRequest& request, std::int64_t most);
Result<std::optional<HeldRequest::State>> find_held_state(Db& db, const std::string& id);
/// nullopt: there is none.
Result<std::optional<HeldRequest>> find_held_request(Db& db, const std::string& id);

enum class HeldWhich { waiting, all };
/// By when they first came, without bodies and permissions.
Result<std::vector<HeldRequest>> list_held_requests(Db& db, HeldWhich which);

/// Notes what has been decided, and forgets the body. False: nothing waits under that id. Until the end of the caller's transaction,
/// if there is one, nobody else decides.
Result<bool> decide_held_request(Db& db, const std::string& id, HeldRequest::State state, Instant now);
Result<void> forget_held_request(Db& db, const std::string& id);
/// Forgets those that were decided before then.
Result<std::int64_t> forget_decided_requests(Db& db, Instant before);

std::string_view to_string(HeldRequest::State state);

}  // namespace scim::sql
