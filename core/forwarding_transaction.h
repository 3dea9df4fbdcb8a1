// SPDX-License-Identifier: MIT
// A transaction that does what another one does, for those that do one thing otherwise.
#pragma once

#include <string_view>
#include <vector>

#include "core/store.h"

namespace scim {

/// The other one is borrowed.
class ForwardingTransaction : public Transaction {
 public:
  explicit ForwardingTransaction(Transaction& inner) : inner_(inner) {}

  Result<Found> search(const Query& query, JsonWriter& out) override { return inner_.search(query, out); }
  Result<Found> search_all(const std::vector<Query>& queries, JsonWriter& out) override { return inner_.search_all(queries, out); }
  Result<std::vector<Resource>> read(const Query& query) override { return inner_.read(query); }
  Result<std::int64_t> count(const Query& query) override { return inner_.count(query); }
  Result<bool> has_more_members(const ResourceType& type, std::string_view id, std::int64_t limit) override {
    return inner_.has_more_members(type, id, limit);
  }
  Result<Inserted> insert(const Resource& resource) override { return inner_.insert(resource); }
  Result<Update> update(const ResourceType& type, std::string_view id, const Changes& changes) override {
    return inner_.update(type, id, changes);
  }
  Result<void> prepare_removal(const ResourceType& type, std::string_view id) override { return inner_.prepare_removal(type, id); }
  Result<Removed> remove(const ResourceType& type, std::string_view id) override { return inner_.remove(type, id); }
  Ledger* ledger() override { return inner_.ledger(); }
  Result<void> commit() override { return inner_.commit(); }
  Result<void> begin_part() override { return inner_.begin_part(); }
  Result<void> keep_part() override { return inner_.keep_part(); }
  void undo_part() noexcept override { inner_.undo_part(); }

 protected:
  Transaction& inner() { return inner_; }

 private:
  Transaction& inner_;
};

}  // namespace scim
