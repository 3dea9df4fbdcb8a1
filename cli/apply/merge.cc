// SPDX-License-Identifier: MIT
#include "cli/apply/merge.h"

#include <unordered_set>

#include "cli/writable.h"
#include "core/resource.h"

namespace scim::cli {
namespace {

/// The state before, with what a file says put into it.
class Merge {
 public:
  /// `body`: what the file says, in canonical form, with ids where they are known.
  Merge(const ApplyCommand& command, const Json& body, Json before) : command_(command), body_(body), merged_{std::move(before), {}} {}

  /// `owner` is what the file says of the object that the attribute is a part of.
  void take(const Attribute& attribute, const Json& owner) {
    const auto said = owner.find(attribute.name);
    if (said == owner.end() || !is_taken(attribute)) return;
    if (attribute.is_membership()) return take_members(attribute);
    // {} mentions nothing.
    const bool is_object = attribute.type == Type::complex && !attribute.multi_valued && said->is_object();
    if (is_object) {
      for (const Attribute& sub : attribute.sub_attributes) take(sub, *said);
      return;
    }
    const Json* const value = find_value(body_, attribute);
    assign_value(merged_.after, attribute, value == nullptr ? Json() : *value);
  }
  Merged finish() { return std::move(merged_); }

 private:
  /// What the server keeps to itself cannot be compared, and what it has no place for will never be equal.
  bool is_taken(const Attribute& attribute) const {
    if (!is_written(attribute) || is_schemas(attribute) || !attribute.is_kept) return false;
    switch (command_.passwords) {
      case ApplyCommand::Passwords::of_new_users: return attribute.returned != Returned::never;
      case ApplyCommand::Passwords::of_all: break;
    }
    return true;
  }
  void take_members(const Attribute& attribute) {
    const Json* const wanted = find_value(body_, attribute);
    const Json* const there = find_value(merged_.after, attribute);
    std::unordered_set<std::string> wanted_ids;
    std::unordered_set<std::string> kept_ids;
    Json members = Json::array();
    for (const Json& member : wanted == nullptr ? Json::array() : *wanted) wanted_ids.insert(member_id(member));
    for (const Json& member : there == nullptr ? Json::array() : *there) {
      if (command_.members == ApplyCommand::Rest::keep || wanted_ids.contains(member_id(member))) {
        kept_ids.insert(member_id(member));
        members.push_back(member);
      } else {
        const std::string display = text_at(member, "display");
        merged_.removed_members.push_back(display.empty() ? member_id(member) : display);
      }
    }
    for (const Json& member : wanted == nullptr ? Json::array() : *wanted) {
      if (kept_ids.insert(member_id(member)).second) members.push_back(member);
    }
    assign_value(merged_.after, attribute, std::move(members));
  }

  const ApplyCommand& command_;
  const Json& body_;
  Merged merged_;
};

}  // namespace

Merged merge(const ApplyCommand& command, const DesiredResource& resource, const Json& body, Json before) {
  Merge merge(command, body, std::move(before));
  for (const Attribute& attribute : resource.type->attributes) merge.take(attribute, resource.said);
  return merge.finish();
}

}  // namespace scim::cli
