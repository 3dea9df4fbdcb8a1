// SPDX-License-Identifier: MIT
// Several operations as one: each thinks that it has a transaction of its own.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/store.h"

namespace scim {

/// Hands out parts of one transaction for writing, which is borrowed. What a part commits is kept when that transaction is.
/// Passwords have to be prepared before it began.
class SharedStore : public Store {
 public:
  explicit SharedStore(Transaction& whole) : whole_(whole) {}
  Result<std::unique_ptr<Transaction>> begin(Mode) override { return std::make_unique<Part>(whole_); }

 private:
  class Part : public Transaction {
   public:
    explicit Part(Transaction& whole) : whole_(whole) {}
    Result<Found> search(const Query& query, JsonWriter& out) override { return whole_.search(query, out); }
    Result<Found> search_all(const std::vector<Query>& queries, JsonWriter& out) override {
      return whole_.search_all(queries, out);
    }
    Result<std::vector<Resource>> read(const Query& query) override { return whole_.read(query); }
    Result<std::int64_t> count(const Query& query) override { return whole_.count(query); }
    Result<bool> has_more_members(const ResourceType& type, std::string_view id, std::int64_t limit) override {
      return whole_.has_more_members(type, id, limit);
    }
    Result<std::string> insert(const Resource& resource) override { return whole_.insert(resource); }
    Result<Effect> update(const ResourceType& type, std::string_view id, const Changes& changes) override {
      return whole_.update(type, id, changes);
    }
    Result<void> remove(const ResourceType& type, std::string_view id) override { return whole_.remove(type, id); }
    Result<void> commit() override { return {}; }

   private:
    Transaction& whole_;
  };

  Transaction& whole_;
};

}  // namespace scim
