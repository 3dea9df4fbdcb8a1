// SPDX-License-Identifier: MIT
#include "core/recorder.h"

namespace scim {

Result<void> Recorder::created(Transaction& transaction, const Resource& resource, const Inserted& inserted) const {
  if (!config_.enabled) return {};
  const ResourceType& type = *resource.type;
  if (!inserted.taken_over) return record(transaction, type, entry_of_creation(resource, inserted.id, inserted.memberships, config_.masked));
  return record(transaction, type, entry_of_adoption(*inserted.taken_over, resource, inserted.memberships, config_.masked));
}

Result<void> Recorder::updated(Transaction& transaction, const Resource& before, const Changes& changes, const Update& update) const {
  switch (update.effect) {
    case Effect::unchanged: return {};
    case Effect::changed: break;
  }
  if (!config_.enabled) return {};
  return record(transaction, *before.type, entry_of_update(before, changes, update.memberships, config_.masked));
}

Result<void> Recorder::removed(Transaction& transaction, const Resource& before, Removal removal) const {
  if (removal == Removal::none || !config_.enabled) return {};
  return record(transaction, *before.type, entry_of_removal(before, removal, config_.masked));
}

Result<void> Recorder::record(Transaction& transaction, const ResourceType& type, AuditEntry entry) const {
  Ledger* ledger = transaction.ledger();
  if (ledger == nullptr) return {};
  if (guard_ != nullptr) SCIM_TRY(guard_->allow(transaction, type, entry.losses));
  entry.time = env_.now();
  entry.actor = actor_;
  return ledger->record(std::move(entry));
}

}  // namespace scim
