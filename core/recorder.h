// SPDX-License-Identifier: MIT
// Each write passes here, in the transaction that makes it: whether it may be, and what the audit log is told.
#pragma once

#include <vector>

#include "core/audit.h"
#include "core/env.h"
#include "core/guard.h"
#include "core/store.h"

namespace scim {

struct AuditConfig {
  bool enabled = true;
  std::int64_t keep_days = 0;  ///< 0: for ever
  Masks masked;
};

/// Of one request, or of one import. All is borrowed but the actor. Errors are those of Ledger and Guard::allow().
class Recorder {
 public:
  /// `guard`: nullptr, there is no limit.
  Recorder(const AuditConfig& config, Env& env, Actor actor, const Guard* guard = nullptr)
      : config_(config), env_(env), actor_(std::move(actor)), guard_(guard) {}
  /// The same for a part of the request that is a request of its own to the guard.
  Recorder guarded_by(const Guard& guard) const { return {config_, env_, actor_, &guard}; }
  const Actor& actor() const { return actor_; }
  const Guard* guard() const { return guard_; }

  Result<void> created(Transaction& transaction, const Resource& resource, const Inserted& inserted) const;
  /// Nothing is told of what has changed nothing.
  Result<void> updated(Transaction& transaction, const Resource& before, const Changes& changes, const Update& update) const;
  /// What removed() wants of a resource: the log tells all that is lost.
  Members members_of_removed() const { return config_.enabled ? Members::read : Members::skip; }
  /// The groups that have lost it come before its own entry: who takes back from behind has it again when they get it back.
  Result<void> removed(Transaction& transaction, const Resource& before, const Removed& removed) const;

 private:
  struct Told {
    const ResourceType* type;
    AuditEntry entry;
  };
  Result<void> record(Transaction& transaction, const ResourceType& type, AuditEntry entry) const;
  Result<void> record_all(Transaction& transaction, std::vector<Told> all) const;
  Result<void> append(Transaction& transaction, AuditEntry entry) const;

  const AuditConfig& config_;
  Env& env_;
  Actor actor_;
  const Guard* guard_;
};

}  // namespace scim
