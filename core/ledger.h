// SPDX-License-Identifier: MIT
// What a store keeps about writes, in the transaction that makes them: the audit log, and requests that wait for an admin.
#pragma once

#include <optional>
#include <string_view>

#include "core/audit.h"
#include "core/guard.h"

namespace scim {

/// Of one transaction for writing, and gone with it. Errors are unavailable or internal.
class Ledger {
 public:
  virtual ~Ledger() = default;
  /// Adds to the audit log what has been written, with the transaction or not at all: what is undone is not told.
  virtual Result<void> record(AuditEntry entry) = 0;
  /// What the actor has taken away since then, this transaction included. Until its end nobody else with that name is told.
  virtual Result<LossesByType> losses_since(std::string_view actor, Instant since) = 0;
  /// Whether what is read is what was sent. Tables of an application may have no place for it, or change it on its way.
  virtual bool keeps_as_sent() const { return true; }
  /// All memberships of resources of the type.
  virtual Result<std::int64_t> count_members(const ResourceType& type) = 0;
  /// What has become of a request that waited; nullopt: it never has.
  virtual Result<std::optional<HeldRequest::State>> find_hold(std::string_view id) = 0;
  /// Keeps it, or that it has come again; unless `most` others of its client wait.
  virtual Result<Keeping> hold(const HeldRequest& request, std::int64_t most) = 0;
  /// It is done: nothing waits under that id any more, nor has been decided.
  virtual Result<void> forget_hold(std::string_view id) = 0;
};

}  // namespace scim
