// SPDX-License-Identifier: MIT
#include "cli/apply/apply_plan.h"

#include <algorithm>
#include <map>
#include <unordered_set>

#include "cli/apply/desired_matches.h"
#include "cli/apply/merge.h"
#include "cli/pages.h"
#include "cli/writable.h"
#include "core/resource.h"
#include "core/text.h"

namespace scim::cli {
namespace {

using Rest = ApplyCommand::Rest;

class Planner {
 public:
  Planner(const ApplyCommand& command, const std::vector<DesiredResource>& desired, const DesiredReferences& references, Backend& backend)
      : command_(command), desired_(desired), references_(references), backend_(backend) {}

  Try<Plan> plan() {
    SCIM_ASSIGN(matches_, match_desired(desired_, backend_));
    for (std::size_t i = 0; i < desired_.size(); ++i) {
      plan_.ids.push_back(text_at(matches_[i], "id"));
      if (is_there(i)) owned_.insert(desired_[i].type->name + plan_.ids[i]);
    }
    add_changes(Kind::users);
    add_changes(Kind::groups);
    SCIM_TRY(add_removals(Kind::users, command_.users));
    SCIM_TRY(add_removals(Kind::groups, command_.groups));
    return std::move(plan_);
  }

 private:
  bool is_there(std::size_t i) const { return !plan_.ids[i].empty(); }

  void add_changes(Kind kind) {
    for (std::size_t i = 0; i < desired_.size(); ++i) {
      if (desired_[i].kind == kind && !is_there(i)) plan_.actions.push_back(create(i));
    }
    for (std::size_t i = 0; i < desired_.size(); ++i) {
      if (desired_[i].kind == kind && is_there(i)) add_patch(i);
    }
  }

  Json settled_body(std::size_t i) const {
    return references_.settled(i, plan_.ids, [](const std::string&) { return true; });
  }

  Action create(std::size_t i) const {
    Action action;
    action.type = desired_[i].type;
    action.desired = i;
    action.name = desired_[i].name();
    action.after = settled_body(i);
    return action;
  }

  void add_patch(std::size_t i) {
    const DesiredResource& resource = desired_[i];
    Action action{Action::Kind::patch, resource.type, i, plan_.ids[i], resource.name(), version_of(matches_[i]), std::move(matches_[i]), {}};
    Merged merged = merge(command_, resource, settled_body(i), action.before);
    action.after = std::move(merged.after);
    if (operations_between(*action.type, action.before, action.after).empty()) {
      ++plan_.unchanged;
      return;
    }
    for (const std::string& member : merged.removed_members) {
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
    const std::unordered_map<std::string, std::size_t> referred = references_.outside();
    Try<void> checked;
    SCIM_TRY(for_each_resource(backend_, *type, "", query, [&](const Json& resource) {
      if (checked) checked = check_missed(*type, resource, missed);
      if (checked) checked = check_referred(*type, resource, referred);
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

  /// Whom a file wants to be a member or manager, it wants.
  Try<void> check_referred(const ResourceType& type, const Json& resource, const std::unordered_map<std::string, std::size_t>& referred) const {
    const std::string id = text_at(resource, "id");
    const auto at = owned_.contains(type.name + id) ? referred.end() : referred.find(id);
    if (at == referred.end()) return {};
    const DesiredResource& by = desired_[at->second];
    return fail(Error{ErrorKind::conflict, by.place + ": " + by.type->name + ' ' + printable(by.name()) + " refers to " + type.name + ' ' +
                                               printable(text_at(resource, name_attribute(type).name)) +
                                               ", who is in no file and would be deleted: nothing is done; put both into the files, or none", ""});
  }

  void add_removal(const ResourceType& type, const Json& resource) {
    Action action;
    action.kind = Action::Kind::remove;
    action.type = &type;
    action.id = text_at(resource, "id");
    if (action.id.empty() || owned_.contains(type.name + action.id)) return;
    action.name = text_at(resource, name_attribute(type).name);
    action.version = version_of(resource);
    plan_.removals.push_back(type.name + ' ' + action.name);
    plan_.actions.push_back(std::move(action));
  }

  const ApplyCommand& command_;
  const std::vector<DesiredResource>& desired_;
  const DesiredReferences& references_;
  Backend& backend_;
  std::vector<Json> matches_;              // of each resource of the files, as the server has it
  std::unordered_set<std::string> owned_;  // type and id of those
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

Try<Plan> make_plan(const ApplyCommand& command, const std::vector<DesiredResource>& desired, const DesiredReferences& references,
                    Backend& backend) {
  return Planner(command, desired, references, backend).plan();
}

}  // namespace scim::cli
