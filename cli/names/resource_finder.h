// SPDX-License-Identifier: MIT
// Many resources by values that they have, in few requests.
#pragma once

#include <string>
#include <unordered_map>
#include <vector>

#include "cli/backend.h"

namespace scim::cli {

/// A value of a singular attribute.
struct Sought {
  const Attribute* attribute = nullptr;
  std::string value;
};

/// Resources of one type, and which of them has a value, as the schema compares them.
class Found {
 public:
  /// `attributes`: those that having() is asked for.
  Found(const ResourceType& type, std::vector<const Attribute*> attributes);
  /// Each resource once, whatever it was found by.
  void add(Json resource);
  /// Which of all().
  std::vector<std::size_t> having(const Sought& sought) const;
  const std::vector<Json>& all() const { return all_; }

 private:
  const Attribute& id_;
  std::vector<const Attribute*> indexed_;
  std::vector<Json> all_;
  std::unordered_map<std::string, std::vector<std::size_t>> by_value_;
};

/// Asks for many by `or`, and one by one once a server refuses that.
class ResourceFinder {
 public:
  ResourceFinder(Backend& backend, const ResourceType& type, std::string query) : backend_(backend), type_(type), query_(std::move(query)) {}

  /// Adds every resource that has one of the values; `query` goes with each request.
  Try<void> find(const std::vector<Sought>& sought, Found& found);

 private:
  enum class Asking { together, one_by_one };
  Try<void> find_together(const std::vector<const Sought*>& batch, Found& found);
  Try<void> find_one_by_one(const std::vector<const Sought*>& batch, Found& found);
  Try<void> find_one(const Sought& sought, Found& found);
  Try<void> search(const std::string& filter, Found& found);

  Backend& backend_;
  const ResourceType& type_;
  const std::string query_;
  Asking asking_ = Asking::together;
};

}  // namespace scim::cli
