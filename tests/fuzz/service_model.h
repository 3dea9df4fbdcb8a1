// SPDX-License-Identifier: MIT
// What the server must show, in the simplest form that can say it: a map from ids to what was sent last.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "core/resource.h"

namespace scim::fuzz {

/// `value` so that two are the same exactly if no client could tell them apart: lists without their order, dateTimes as instants,
/// `primary` only where it is true.
Json canonical(const Json& value);

/// What a GET shows, without what the server decides alone.
Json without_derived(Json shown);

class Model {
 public:
  struct Entry {
    const ResourceType* type = nullptr;
    Json body = Json::object();     ///< without `members` and what follows from others
    std::set<std::string> members;  ///< of a group
  };

  const std::map<std::string, Entry>& entries() const { return entries_; }
  const Entry* find(const std::string& id) const;
  std::vector<std::string> ids(const ResourceType& type) const;
  /// Users and groups.
  std::vector<std::string> possible_members() const;
  /// Whether another user than `but` has the name.
  bool is_taken(const std::string& user_name, const std::string& but) const;
  /// The user that /Me is, "" if there is none.
  std::string user_named(const std::string& user_name) const;

  void put(const std::string& id, Entry entry);
  /// Whoever is gone is in no group.
  void remove(const std::string& id);
  /// What was called by its bulkId has an id.
  void rename(const std::string& from, const std::string& to);
  /// What lists show of everything, taken for true: who is not in it has been deleted.
  using Shown = std::vector<std::pair<const ResourceType*, Json>>;
  void adopt(const Shown& all);

  /// What a GET must show, without_derived().
  Json shown(const std::string& id) const;

 private:
  void adopt(const ResourceType& type, const Json& shown);
  void add_groups(const std::string& id, Json& body) const;
  void add_members(const Entry& group, Json& body) const;
  void add_manager(Json& body) const;
  std::string display_of(const std::string& id) const;

  std::map<std::string, Entry> entries_;
};

}  // namespace scim::fuzz
