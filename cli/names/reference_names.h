// SPDX-License-Identifier: MIT
// Ids of members and managers -> the names that import understands: "userName=ada", "displayName=Staff", "externalId=7" where
// several groups are called the same.
#pragma once

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "cli/backend.h"
#include "cli/names/reference_hints.h"

namespace scim::cli {

class ReferenceNames {
 public:
  explicit ReferenceNames(Backend& backend) : backend_(backend) {}

  /// In all of them, bodies as writable_resource() makes them, with what each of these resources says of types. An id of nobody, or of
  /// several, stays what it is.
  Try<void> put_into(std::vector<Json>& bodies, const std::vector<ReferenceHints>& hints, const ResourceType& type);

  /// What several groups are called, of which some have no externalId that tells them apart: these keep their ids.
  const std::set<std::string>& ambiguous() const { return ambiguous_; }

 private:
  using Key = std::pair<const ResourceType*, std::string>;  ///< type and id
  Try<void> look_up(const ResourceType& type, const std::set<std::string>& ids);
  std::string name_of(const Reference& reference, const std::vector<const ResourceType*>& types) const;
  Try<void> tell_apart(const ResourceType& groups, const std::vector<Json>& named);
  /// How many users and groups have each of them.
  Try<std::map<std::string, std::size_t>> count_external_ids(const std::set<std::string>& external_ids);

  Backend& backend_;
  std::map<Key, std::string> names_;
  std::set<std::string> ambiguous_;
};

}  // namespace scim::cli
