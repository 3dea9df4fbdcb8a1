// SPDX-License-Identifier: MIT
#include "sql/ledger.h"

#include <algorithm>

#include "sql/audit_log.h"
#include "sql/held_requests.h"

namespace scim::sql {
namespace {

/// In memory, of a transaction that writes very many.
constexpr std::size_t kMostKept = 1000;

}  // namespace

Result<void> SqlLedger::record(AuditEntry entry) {
  entries_.push_back(std::move(entry));
  // A part that is undone must take with it what was recorded in it, and no more.
  const bool may_write = writes_ == Writes::early && part_ == Part::none;
  return may_write && entries_.size() >= kMostKept ? append() : Result<void>();
}

Result<LossesByType> SqlLedger::losses_since(std::string_view actor, Instant since) {
  if (!context_.dialect.lock_value.empty()) SCIM_TRY(first_row(context_, {std::string(context_.dialect.lock_value), {"guard " + std::string(actor)}}, 0));
  SCIM_ASSIGN(LossesByType losses, sql::losses_since(context_.db, std::string(actor), since));
  for (const AuditEntry& entry : entries_) {
    if (entry.actor.name == actor) losses[entry.type] += entry.losses;
  }
  return losses;
}

Result<std::int64_t> SqlLedger::count_members(const ResourceType& type) {
  std::int64_t count = 0;
  for (const auto& [attribute, tables] : context_.mapping.of(type).members) {
    for (const MemberTable& table : tables) {
      SCIM_ASSIGN(const auto row, first_row(context_, {"SELECT count(*) FROM " + identifier(table.name), {}}, 1));
      if (row) count += std::get<std::int64_t>(row->front());
    }
  }
  return count;
}

Result<std::optional<HeldRequest::State>> SqlLedger::find_hold(std::string_view id) { return find_held_state(context_.db, std::string(id)); }

Result<Keeping> SqlLedger::hold(const HeldRequest& request, std::int64_t most) { return keep_held_request(context_.db, request, most); }

Result<void> SqlLedger::forget_hold(std::string_view id) { return forget_held_request(context_.db, std::string(id)); }

Result<void> SqlLedger::append() {
  auto appended = append_entries(context_.db, entries_);
  entries_.clear();
  return appended;
}

void SqlLedger::begin_part() {
  part_ = Part::open;
  entries_before_part_ = entries_.size();
}

void SqlLedger::undo_part() {
  part_ = Part::none;
  entries_.resize(std::min(entries_before_part_, entries_.size()));
}

}  // namespace scim::sql
