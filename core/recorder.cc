// SPDX-License-Identifier: MIT
#include "core/recorder.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

namespace scim {
namespace {

bool keeps_as_sent(Transaction& transaction) {
  const Ledger* ledger = transaction.ledger();
  return ledger == nullptr || ledger->keeps_as_sent();
}

/// nullopt: the store does not show it.
Result<std::optional<Resource>> read_one(Transaction& transaction, const ResourceType& type, std::string_view id) {
  const Predicate where = id_is(std::string(id));
  const Projection projection = Projection::for_planning(type, Members::skip);
  Query query;
  query.type = &type;
  query.where = &where;
  query.projection = &projection;
  query.limit = 1;
  SCIM_ASSIGN(std::vector<Resource> found, transaction.read(query));
  if (found.empty()) return std::nullopt;
  return std::move(found.front());
}

/// A password: what was sent is all that is known of it.
bool is_unread(const Attribute& attribute) { return attribute.returned == Returned::never && attribute.is_kept; }

/// The changes that the store has made of those that were planned. Only for one that does not keep them as sent.
Result<Changes> as_stored(Transaction& transaction, const Resource& before, std::string_view id, Changes planned) {
  SCIM_ASSIGN(const std::optional<Resource> stored, read_one(transaction, *before.type, id));
  if (!stored) return planned;
  Changes made = difference(*before.type, before.body, stored->body);
  for (Change& change : planned) {
    if (is_unread(*change.attribute)) made.push_back(std::move(change));
  }
  return made;
}

/// The resource as the store has it. The same.
Result<Resource> as_stored(Transaction& transaction, const Resource& sent, std::string_view id) {
  Resource stored{sent.type, Json::object()};
  SCIM_ASSIGN(const Changes made, as_stored(transaction, stored, id, difference(*sent.type, stored.body, sent.body)));
  for (const Change& change : made) assign_value(stored.body, *change.attribute, change.value);
  return stored;
}

}  // namespace

Result<void> Recorder::created(Transaction& transaction, const Resource& resource, const Inserted& inserted) const {
  if (!config_.enabled) return {};
  const ResourceType& type = *resource.type;
  const auto record_it = [&](const Resource& stored) {
    if (!inserted.taken_over) return record(transaction, type, entry_of_creation(stored, inserted.id, inserted.memberships, config_.masked));
    return record(transaction, type, entry_of_adoption(*inserted.taken_over, stored, inserted.memberships, config_.masked));
  };
  if (keeps_as_sent(transaction)) return record_it(resource);
  SCIM_ASSIGN(const Resource stored, as_stored(transaction, resource, inserted.id));
  return record_it(stored);
}

Result<void> Recorder::updated(Transaction& transaction, const Resource& before, const Changes& changes, const Update& update) const {
  switch (update.effect) {
    case Effect::unchanged: return {};
    case Effect::changed: break;
  }
  if (!config_.enabled) return {};
  const auto record_it = [&](const Changes& made) { return record(transaction, *before.type, entry_of_update(before, made, update.memberships, config_.masked)); };
  if (keeps_as_sent(transaction)) return record_it(changes);
  SCIM_ASSIGN(const Changes made, as_stored(transaction, before, before.id(), changes));
  return record_it(made);
}

Result<void> Recorder::removed(Transaction& transaction, const Resource& before, const Removed& removed) const {
  if (removed.how == Removal::none || !config_.enabled) return {};
  std::vector<Told> all;
  for (const LeftGroup& left : removed.left) {
    SCIM_ASSIGN(const std::optional<Resource> group, read_one(transaction, *left.type, left.id));
    if (!group) continue;  // a member of itself
    all.push_back({left.type, entry_of_update(*group, {}, {{left.attribute, {}, {std::string(before.id())}}}, config_.masked)});
  }
  all.push_back({before.type, entry_of_removal(before, removed.how, config_.masked)});
  return record_all(transaction, std::move(all));
}

/// One write, of which the guard is asked once.
Result<void> Recorder::record_all(Transaction& transaction, std::vector<Told> all) const {
  std::vector<TypedLosses> lost;
  for (const Told& each : all) {
    const auto known = std::find_if(lost.begin(), lost.end(), [&](const TypedLosses& of) { return of.type == each.type; });
    TypedLosses& of_type = known == lost.end() ? lost.emplace_back(TypedLosses{each.type, {}}) : *known;
    of_type.losses += each.entry.losses;
  }
  if (guard_ != nullptr && transaction.ledger() != nullptr) SCIM_TRY(guard_->allow(transaction, lost));
  for (Told& each : all) SCIM_TRY(append(transaction, std::move(each.entry)));
  return {};
}

Result<void> Recorder::record(Transaction& transaction, const ResourceType& type, AuditEntry entry) const {
  const bool may_be_too_much = guard_ != nullptr && transaction.ledger() != nullptr && entry.losses.any();
  if (may_be_too_much) SCIM_TRY(guard_->allow(transaction, {TypedLosses{&type, entry.losses}}));
  return append(transaction, std::move(entry));
}

Result<void> Recorder::append(Transaction& transaction, AuditEntry entry) const {
  Ledger* ledger = transaction.ledger();
  if (ledger == nullptr) return {};
  entry.time = env_.now();
  entry.actor = actor_;
  return ledger->record(std::move(entry));
}

}  // namespace scim
