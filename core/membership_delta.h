// SPDX-License-Identifier: MIT
// What operations do to one membership, folded, so that the stored members need not be read.
#pragma once

#include <functional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "core/resource.h"

namespace scim {

class MembershipDelta {
 public:
  /// `stored`: the elements, borrowed; nullptr if they were not read, or there are none.
  explicit MembershipDelta(const Json* stored);

  // Later calls override earlier ones.
  void add(const std::string& id) { decide(id, Fate::added); }
  void remove(const std::string& id) { decide(id, Fate::removed); }
  void clear();

  /// The elements as they stand now, and no fewer than their number. Right only if the stored ones were read.
  void for_each(const std::function<void(const Json& member)>& visit) const;
  std::size_t most() const { return stored_ids_.size() + order_.size(); }

  /// What remains to be done; nothing for what the stored elements, if they were read, already are.
  void append_changes(const Attribute& attribute, Changes& changes) const;

 private:
  enum class Fate { added, removed };
  void decide(const std::string& id, Fate fate);
  Json ids_with(Fate fate) const;
  /// Whether a change of one element would do nothing.
  bool is_done(const std::string& id, Fate fate) const;

  const Json* stored_;
  std::unordered_set<std::string> stored_ids_;
  bool cleared_ = false;  // all that was stored goes
  std::unordered_map<std::string, Fate> fates_;
  std::vector<std::string> order_;  // the keys of fates_, as they came
};

}  // namespace scim
