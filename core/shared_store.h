// SPDX-License-Identifier: MIT
// Several operations as one: each thinks that it has a transaction of its own.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/forwarding_transaction.h"

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
  class Share final : public ForwardingTransaction {
   public:
    enum class State {
      plain,  ///< no part
      open,   ///< a part that is to be kept or undone
    };
    Share(Transaction& whole, State state) : ForwardingTransaction(whole), state_(state) {}
    Share(const Share&) = delete;
    Share& operator=(const Share&) = delete;
    ~Share() override {
      if (state_ == State::open) inner().undo_part();
    }
    Result<void> commit() override {
      if (state_ == State::open) SCIM_TRY(inner().keep_part());
      state_ = State::plain;
      return {};
    }

   private:
    State state_;
  };

  Transaction& whole_;
  const Failure failure_;
};

}  // namespace scim
