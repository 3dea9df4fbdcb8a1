// SPDX-License-Identifier: MIT
// Folding of membership changes: the last word on each id wins.
#include "core/membership_delta.h"

namespace scim {
MembershipDelta::MembershipDelta(const Json* stored) : stored_(stored) {
  if (stored == nullptr) return;
  for (const Json& member : *stored) stored_ids_.insert(member_id(member));
}

void MembershipDelta::clear() {
  cleared_ = true;
  fates_.clear();
  order_.clear();
}

void MembershipDelta::decide(const std::string& id, Fate fate) {
  if (fates_.insert_or_assign(id, fate).second) order_.push_back(id);
}

Json MembershipDelta::ids_with(Fate fate) const {
  Json members = Json::array();
  for (const std::string& id : order_) {
    if (fates_.at(id) == fate && !is_done(id, fate)) members.push_back({{"value", id}});
  }
  return members;
}

bool MembershipDelta::is_done(const std::string& id, Fate fate) const {
  if (stored_ == nullptr || cleared_) return false;
  return stored_ids_.contains(id) == (fate == Fate::added);
}

void MembershipDelta::for_each(const std::function<void(const Json& member)>& visit) const {
  if (stored_ != nullptr && !cleared_) {
    for (const Json& member : *stored_) {
      const auto fate = fates_.find(member_id(member));
      if (fate == fates_.end() || fate->second == Fate::added) visit(member);
    }
  }
  for (const Json& member : ids_with(Fate::added)) visit(member);
}

void MembershipDelta::append_changes(const Attribute& attribute, Changes& changes) const {
  Json added = ids_with(Fate::added);
  if (!cleared_) {
    Json removed = ids_with(Fate::removed);
    if (!added.empty()) changes.push_back({&attribute, Change::Kind::add, std::move(added)});
    if (!removed.empty()) changes.push_back({&attribute, Change::Kind::remove, std::move(removed)});
    return;
  }
  bool as_stored = stored_ != nullptr && added.size() == stored_ids_.size();
  for (const Json& member : added) as_stored = as_stored && stored_ids_.contains(member_id(member));
  if (as_stored) return;
  if (added.empty()) {
    changes.push_back({&attribute, Change::Kind::clear, nullptr});
  } else {
    changes.push_back({&attribute, Change::Kind::set, std::move(added)});
  }
}

}  // namespace scim
