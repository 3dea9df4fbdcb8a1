// SPDX-License-Identifier: MIT
#include "cli/apply_plan.h"

#include <algorithm>
#include <map>
#include <unordered_set>

#include "cli/pages.h"
#include "cli/resource_finder.h"
#include "cli/writable.h"
#include "core/resource.h"
#include "core/text.h"

namespace scim::cli {
namespace {

using Rest = ApplyCommand::Rest;

// What a resource is to become.

/// The state before, with what a file says put into it.
class Merge {
 public:
  /// `body`: what the file says, in canonical form, with ids where they are known.
  Merge(const ApplyCommand& command, const Json& body, Json before) : command_(command), body_(body), after_(std::move(before)) {}

  /// `owner` is what the file says of the object that the attribute is a part of.
  void take(const Attribute& attribute, const Json& owner) {
    const auto said = owner.find(attribute.name);
    if (said == owner.end() || !is_taken(attribute)) return;
    if (attribute.is_membership()) return take_members(attribute);
    const bool has_parts = attribute.type == Type::complex && !attribute.multi_valued && said->is_object() && !said->empty();
    if (has_parts) {
      for (const Attribute& sub : attribute.sub_attributes) take(sub, *said);
      return;
    }
    const Json* const value = find_value(body_, attribute);
    assign_value(after_, attribute, value == nullptr ? Json() : *value);
  }
  Json finish() { return std::move(after_); }
  const std::vector<std::string>& removed_members() const { return removed_members_; }

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
    const Json* const there = find_value(after_, attribute);
    std::unordered_set<std::string> wanted_ids;
    std::unordered_set<std::string> kept_ids;
    Json members = Json::array();
    for (const Json& member : wanted == nullptr ? Json::array() : *wanted) wanted_ids.insert(member_id(member));
    for (const Json& member : there == nullptr ? Json::array() : *there) {
      if (command_.members == Rest::keep || wanted_ids.contains(member_id(member))) {
        kept_ids.insert(member_id(member));
        members.push_back(member);
      } else {
        const std::string display = text_at(member, "display");
        removed_members_.push_back(display.empty() ? member_id(member) : display);
      }
    }
    for (const Json& member : wanted == nullptr ? Json::array() : *wanted) {
      if (kept_ids.insert(member_id(member)).second) members.push_back(member);
    }
    assign_value(after_, attribute, std::move(members));
  }

  const ApplyCommand& command_;
  const Json& body_;
  Json after_;
  std::vector<std::string> removed_members_;
};

// Reading the server.

/// Groups of a user can be many, and are not compared; members are as many, and are compared where a file has some.
std::string reading_query(const ResourceType& type, const std::vector<DesiredResource>& desired) {
  const auto says_members = [&](const DesiredResource& each) { return each.type == &type && each.said.contains("members"); };
  const bool needs_members = std::any_of(desired.begin(), desired.end(), says_members);
  std::string wanted;
  std::string unwanted;
  bool has_hidden = false;
  for (const Attribute& attribute : type.attributes) {
    const bool is_left_out = attribute.name == "groups" || (attribute.is_membership() && !needs_members);
    std::string& names = is_left_out ? unwanted : wanted;
    names += (names.empty() ? "" : ",") + attribute.path();
    has_hidden = has_hidden || (attribute.returned == Returned::request && is_written(attribute));
  }
  std::string query;
  append_parameter(query, has_hidden ? "attributes" : "excludedAttributes", has_hidden ? wanted : unwanted);
  return query;
}

class Planner {
 public:
  Planner(const ApplyCommand& command, const std::vector<DesiredResource>& desired, const References& references, Backend& backend)
      : command_(command), desired_(desired), references_(references), backend_(backend), matches_(desired.size()) {
    plan_.ids.resize(desired.size());
  }

  Try<Plan> plan() {
    SCIM_TRY(read(Kind::users));
    SCIM_TRY(read(Kind::groups));
    add_changes(Kind::users);
    add_changes(Kind::groups);
    SCIM_TRY(add_removals(Kind::users, command_.users));
    SCIM_TRY(add_removals(Kind::groups, command_.groups));
    return std::move(plan_);
  }

 private:
  bool is_there(std::size_t i) const { return !plan_.ids[i].empty(); }

  /// What is found by its id is not looked for by its name.
  Try<void> read(Kind kind) {
    const auto is_of_kind = [&](const DesiredResource& each) { return each.kind == kind; };
    const auto first = std::find_if(desired_.begin(), desired_.end(), is_of_kind);
    if (first == desired_.end()) return {};
    const ResourceType& type = *first->type;
    ResourceFinder finder(backend_, type, reading_query(type, desired_));
    Found found(type, {type.find("externalId"), &name_attribute(type)});
    for (std::size_t rank = 0; rank < kIdentities; ++rank) {
      std::vector<std::pair<std::size_t, Sought>> sought;
      for (std::size_t i = 0; i < desired_.size(); ++i) {
        if (desired_[i].kind != kind || is_there(i)) continue;
        if (auto identity = identity_of(desired_[i], rank)) sought.emplace_back(i, *std::move(identity));
      }
      SCIM_TRY(finder.find(values_of(sought), found));
      for (const auto& [i, identity] : sought) SCIM_TRY(match(i, identity, found));
    }
    return {};
  }

  static std::vector<Sought> values_of(const std::vector<std::pair<std::size_t, Sought>>& sought) {
    std::vector<Sought> values;
    for (const auto& [i, identity] : sought) values.push_back(identity);
    return values;
  }

  static constexpr std::size_t kIdentities = 3;
  /// What tells which resource is meant, best first; nullopt: the file does not say it.
  static std::optional<Sought> identity_of(const DesiredResource& resource, std::size_t rank) {
    const Sought identities[kIdentities] = {{resource.type->find("id"), resource.id()},
                                            {resource.type->find("externalId"), resource.external_id()},
                                            {&resource.name_attribute(), resource.name()}};
    const Sought& identity = identities[rank];
    return identity.attribute == nullptr || identity.value.empty() ? std::nullopt : std::optional(identity);
  }

  Try<void> match(std::size_t i, const Sought& identity, const Found& found) {
    const DesiredResource& resource = desired_[i];
    const std::vector<std::size_t> matches = found.having(identity);
    const bool is_last = identity.attribute == &resource.name_attribute();
    if (matches.empty() || (matches.size() > 1 && !is_last)) return {};
    if (matches.size() > 1) return fail(several(resource, matches, found));
    matches_[i] = found.all()[matches.front()];
    plan_.ids[i] = text_at(matches_[i], "id");
    const auto [at, is_new] = owners_.try_emplace(resource.type->name + plan_.ids[i], i);
    if (is_new) return {};
    return fail(Error{ErrorKind::conflict, resource.place + ": is the same " + resource.type->name + " (id " + plan_.ids[i] + ") as " +
                                               desired_[at->second].place, ""});
  }

  static Error several(const DesiredResource& resource, const std::vector<std::size_t>& matches, const Found& found) {
    std::string detail = resource.place + ": " + resource.name_attribute().name + ' ' + quote(resource.name()) + " fits " +
                         std::to_string(matches.size()) + " resources, name one by its id:";
    for (const std::size_t match : matches) detail += "\n  " + text_at(found.all()[match], "id");
    return {ErrorKind::conflict, std::move(detail), ""};
  }

  void add_changes(Kind kind) {
    for (std::size_t i = 0; i < desired_.size(); ++i) {
      if (desired_[i].kind == kind && !is_there(i)) plan_.actions.push_back(create(i));
    }
    for (std::size_t i = 0; i < desired_.size(); ++i) {
      if (desired_[i].kind == kind && is_there(i)) add_patch(i);
    }
  }

  Json settled_body(const DesiredResource& resource) const {
    Json body = resource.body;
    settle_references(*resource.type, body, references_, plan_.ids, [](const std::string&) { return true; });
    return body;
  }

  Action create(std::size_t i) const {
    Action action;
    action.type = desired_[i].type;
    action.desired = i;
    action.name = desired_[i].name();
    action.after = settled_body(desired_[i]);
    return action;
  }

  void add_patch(std::size_t i) {
    const DesiredResource& resource = desired_[i];
    const Json body = settled_body(resource);
    Action action{Action::Kind::patch, resource.type, i, plan_.ids[i], resource.name(), version_of(matches_[i]), std::move(matches_[i]), {}};
    Merge merge(command_, body, action.before);
    for (const Attribute& attribute : resource.type->attributes) merge.take(attribute, resource.said);
    action.after = merge.finish();
    if (operations_between(*action.type, action.before, action.after).empty()) {
      ++plan_.unchanged;
      return;
    }
    for (const std::string& member : merge.removed_members()) {
      plan_.removals.push_back("member " + member + " of " + action.type->name + ' ' + action.name);
    }
    plan_.actions.push_back(std::move(action));
  }

  Try<void> add_removals(Kind kind, Rest rest) {
    switch (rest) {
      case Rest::keep: return {};
      case Rest::remove: break;
    }
    SCIM_ASSIGN(const ResourceType* type, backend_.type(kind));
    std::string query;
    append_parameter(query, "attributes", "id,externalId," + name_attribute(*type).name + ",meta.version");
    const std::map<std::string, std::size_t> missed = missed_names(*type);
    Try<void> checked;
    SCIM_TRY(for_each_resource(backend_, *type, "", query, [&](const Json& resource) {
      if (checked) checked = check_missed(*type, resource, missed);
      if (checked) add_removal(*type, resource);
    }));
    return checked;
  }

  /// What names the resources of the files that were not found.
  std::map<std::string, std::size_t> missed_names(const ResourceType& type) const {
    std::map<std::string, std::size_t> names;
    for (std::size_t i = 0; i < desired_.size(); ++i) {
      if (desired_[i].type != &type || is_there(i)) continue;
      for (const auto& [attribute, value] : {std::pair(type.find("externalId"), desired_[i].external_id()), std::pair(&name_attribute(type), desired_[i].name())}) {
        if (attribute != nullptr && !value.empty()) names.emplace(attribute->name + ' ' + equality_key(*attribute, Json(value)), i);
      }
    }
    return names;
  }

  /// Who is in a file is never removed: he may have come since he was looked for, or the server does not find whom it has.
  Try<void> check_missed(const ResourceType& type, const Json& resource, const std::map<std::string, std::size_t>& missed) const {
    for (const Attribute* attribute : {type.find("externalId"), &name_attribute(type)}) {
      const std::string value = attribute == nullptr ? "" : text_at(resource, attribute->name);
      const auto at = value.empty() ? missed.end() : missed.find(attribute->name + ' ' + equality_key(*attribute, Json(value)));
      if (at == missed.end()) continue;
      return fail(Error{ErrorKind::conflict, desired_[at->second].place + ": " + type.name + ' ' + printable(value) +
                                                 " was not found when it was looked for, and is there: nothing is done; try again", ""});
    }
    return {};
  }

  void add_removal(const ResourceType& type, const Json& resource) {
    Action action;
    action.kind = Action::Kind::remove;
    action.type = &type;
    action.id = text_at(resource, "id");
    if (action.id.empty() || owners_.contains(type.name + action.id)) return;
    action.name = text_at(resource, name_attribute(type).name);
    action.version = version_of(resource);
    plan_.removals.push_back(type.name + ' ' + action.name);
    plan_.actions.push_back(std::move(action));
  }

  const ApplyCommand& command_;
  const std::vector<DesiredResource>& desired_;
  const References& references_;
  Backend& backend_;
  std::vector<Json> matches_;  // of each resource of the files, as the server has it
  std::unordered_map<std::string, std::size_t> owners_;  // type and id -> resource of the files
  Plan plan_;
};

}  // namespace

std::string_view to_string(Action::Kind kind) {
  switch (kind) {
    case Action::Kind::create: return "create";
    case Action::Kind::patch: return "patch";
    case Action::Kind::remove: break;
  }
  return "delete";
}

std::string Action::title() const { return std::string(to_string(kind)) + ' ' + type->name + ' ' + name; }

std::size_t Plan::count(Action::Kind kind) const {
  return static_cast<std::size_t>(std::count_if(actions.begin(), actions.end(), [&](const Action& action) { return action.kind == kind; }));
}

Try<Plan> make_plan(const ApplyCommand& command, const std::vector<DesiredResource>& desired, const References& references,
                    Backend& backend) {
  return Planner(command, desired, references, backend).plan();
}

void settle_references(const ResourceType& type, Json& body, const References& references, const Ids& ids,
                       const std::function<bool(const std::string& text)>& keep) {
  for_each_reference(type, body, [&](std::string& value) {
    const References::Target target = references.target(value);
    const std::string id = target.desired ? ids[*target.desired] : target.id;
    if (id.empty()) return keep(value);
    value = id;
    return true;
  });
}

}  // namespace scim::cli
