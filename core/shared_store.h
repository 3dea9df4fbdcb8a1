// SPDX-License-Identifier: MIT
// Several operations as one: each thinks that it has a transaction of its own.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/store.h"

namespace scim {

/// Hands out shares of one transaction for writing, which is borrowed. What a share commits is kept when that transaction
/// is. Passwords have to be prepared before it began.
class SharedStore : public Store {
 public:
  enum class Failure {
    fails_all,   ///< a share that has begun to write and does not commit leaves nothing but to end the whole
    fails_none,  ///< each share is a part of the whole
  };
  SharedStore(Transaction& whole, Failure failure) : whole_(whole), failure_(failure) {}
  Result<std::unique_ptr<Transaction>> begin(Mode mode) override {
    if (failure_ == Failure::fails_all || mode == Mode::read) return std::make_unique<Share>(whole_, Share::State::plain);
    SCIM_TRY(whole_.begin_part());
    return std::make_unique<Share>(whole_, Share::State::open);
  }

 private:
  class Share : public Transaction {
   public:
    enum class State {
      plain,  ///< no part
      open,   ///< a part that is to be kept or undone
    };
    Share(Transaction& whole, State state) : whole_(whole), state_(state) {}
    Share(const Share&) = delete;
    Share& operator=(const Share&) = delete;
    ~Share() override {
      if (state_ == State::open) whole_.undo_part();
    }
    Result<Found> search(const Query& query, JsonWriter& out) override { return whole_.search(query, out); }
    Result<Found> search_all(const std::vector<Query>& queries, JsonWriter& out) override {
      return whole_.search_all(queries, out);
    }
    Result<std::vector<Resource>> read(const Query& query) override { return whole_.read(query); }
    Result<std::int64_t> count(const Query& query) override { return whole_.count(query); }
    Result<bool> has_more_members(const ResourceType& type, std::string_view id, std::int64_t limit) override {
      return whole_.has_more_members(type, id, limit);
    }
    Result<Inserted> insert(const Resource& resource) override { return whole_.insert(resource); }
    Result<Update> update(const ResourceType& type, std::string_view id, const Changes& changes) override {
      return whole_.update(type, id, changes);
    }
    Result<void> prepare_removal(const ResourceType& type, std::string_view id) override { return whole_.prepare_removal(type, id); }
    Result<Removal> remove(const ResourceType& type, std::string_view id) override { return whole_.remove(type, id); }
    Ledger* ledger() override { return whole_.ledger(); }
    Result<void> commit() override {
      if (state_ == State::open) SCIM_TRY(whole_.keep_part());
      state_ = State::plain;
      return {};
    }
    // One that is shared again.
    Result<void> begin_part() override { return whole_.begin_part(); }
    Result<void> keep_part() override { return whole_.keep_part(); }
    void undo_part() noexcept override { whole_.undo_part(); }

   private:
    Transaction& whole_;
    State state_;
  };

  Transaction& whole_;
  const Failure failure_;
};

}  // namespace scim
