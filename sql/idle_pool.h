// SPDX-License-Identifier: MIT
// What is dear to make, kept by its text until it is wanted again.
#pragma once

#include <cstddef>
#include <list>
#include <memory>
#include <new>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace scim::sql {

/// At most `capacity` idle ones: the one that has lain there longest goes first, so that what is used all the time stays
/// however many others come once.
template <class T>
class IdlePool {
  using Items = std::list<std::pair<const std::string, std::unique_ptr<T>>>;
  /// The key is the text of the item itself, which lives as long.
  using Index = std::unordered_map<std::string_view, typename Items::iterator>;

 public:
  /// One that is nobody else's until it comes back.
  class Taken {
   public:
    T& operator*() const { return *item_.front().second; }
    T* operator->() const { return item_.front().second.get(); }

   private:
    friend class IdlePool;
    Items item_;
    typename Index::node_type place_;  // empty if it is new
  };

  explicit IdlePool(std::size_t capacity) : capacity_(capacity) {}

  /// Made by `make` if none is idle.
  template <class Make>
  Taken take(const std::string& text, Make make) {
    Taken taken;
    if (const auto found = index_.find(text); found != index_.end()) {
      taken.item_.splice(taken.item_.begin(), idle_, found->second);
      taken.place_ = index_.extract(found);
    } else {
      taken.item_.emplace_back(text, make());
    }
    return taken;
  }

  /// Of two with the same text, the second one is destroyed.
  void give_back(Taken taken) noexcept {
    try {
      const auto item = taken.item_.begin();
      const bool is_kept = taken.place_.empty() ? index_.emplace(item->first, item).second : index_.insert(std::move(taken.place_)).inserted;
      if (!is_kept) return;
    } catch (const std::bad_alloc&) {
      return;
    }
    idle_.splice(idle_.begin(), taken.item_);
    if (idle_.size() <= capacity_) return;
    index_.erase(idle_.back().first);
    idle_.pop_back();
  }

 private:
  const std::size_t capacity_;
  Items idle_;  // given back last first
  Index index_;
};

}  // namespace scim::sql
