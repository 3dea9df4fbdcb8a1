// SPDX-License-Identifier: MIT
// core/ledger.h in the tables scim_log and scim_held, for one transaction of SqlStore.
#pragma once

#include <vector>

#include "core/ledger.h"
#include "sql/write_columns.h"

namespace scim::sql {

class SqlLedger : public Ledger {
 public:
  /// What is recorded may be written while the transaction goes on, or not before append(): where resources wait to be
  /// written together, what is told of them may have to be forgotten.
  enum class Writes { early, late };
  SqlLedger(const WriteContext& context, Writes writes) : context_(context), writes_(writes) {}

  Result<void> record(AuditEntry entry) override;
  Result<LossesByType> losses_since(std::string_view actor, Instant since) override;
  bool keeps_as_sent() const override { return context_.mapping.is_embedded; }
  Result<std::int64_t> count_members(const ResourceType& type) override;
  Result<std::optional<HeldRequest::State>> find_hold(std::string_view id) override;
  Result<Keeping> hold(const HeldRequest& request, std::int64_t most) override;
  Result<void> forget_hold(std::string_view id) override;

  /// Writes what has been recorded: the last thing before a commit.
  Result<void> append();
  /// Forgets what has been recorded and not written.
  void forget() { entries_.clear(); }

  // As the parts of the transaction.
  void begin_part();
  void keep_part() { part_ = Part::none; }
  void undo_part();

 private:
  const WriteContext& context_;
  const Writes writes_;
  std::vector<AuditEntry> entries_;
  enum class Part { none, open } part_ = Part::none;
  std::size_t entries_before_part_ = 0;
};

}  // namespace scim::sql
