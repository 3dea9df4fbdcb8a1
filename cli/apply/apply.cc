// SPDX-License-Identifier: MIT
#include "cli/apply/apply.h"

#include <algorithm>
#include <ostream>

#include "cli/apply/apply_run.h"
#include "cli/confirm.h"
#include "cli/trials/preview.h"
#include "core/resource.h"
#include "core/text.h"

namespace scim::cli {
namespace {

/// How many removals a message names.
constexpr std::size_t kShown = 10;

/// Removing everything because a path was wrong is never what somebody wants.
Try<void> check_prune(ApplyCommand::Rest rest, Kind kind, const std::vector<DesiredResource>& desired) {
  const bool removes = rest == ApplyCommand::Rest::remove;
  const bool has_some = std::any_of(desired.begin(), desired.end(), [&](const DesiredResource& each) { return each.kind == kind; });
  if (!removes || has_some) return {};
  const std::string noun = kind == Kind::users ? "user" : "group";
  return fail(Failure(ExitCode::usage, {ErrorKind::bad_request, "--prune=" + noun + "s would remove all: the files have no " + noun, ""}));
}

/// What people call the members that an id stands for.
class Names {
 public:
  Names(const Plan& plan, const DesiredReferences& references) : plan_(plan), references_(references) {}

  /// Members with their names.
  std::vector<Difference> differences(const Action& action) {
    std::vector<Difference> all = cli::differences(*action.type, action.before, action.after);
    const Attribute* const members = action.type->find("members");
    if (all.empty() || members == nullptr || !members->is_membership()) return all;
    auto names = references_.names(action.desired, plan_.ids);
    learn(find_value(action.before, *members), names);
    for (Difference& difference : all) {
      if (difference.path != members->path()) continue;
      const auto name = names.find(member_id(difference.value));
      if (name != names.end()) difference.value["display"] = name->second;
    }
    return all;
  }

 private:
  static void learn(const Json* members, std::unordered_map<std::string, std::string>& names) {
    for (const Json& member : members == nullptr ? Json::array() : *members) {
      if (std::string display = text_at(member, "display"); !display.empty()) names.try_emplace(member_id(member), std::move(display));
    }
  }

  const Plan& plan_;
  const DesiredReferences& references_;
};

Json json_row(const Action& action, Names& names) {
  Json row{{"action", std::string(to_string(action.kind))}, {"type", action.type->name}, {"name", action.name}};
  row["id"] = action.id.empty() ? Json() : Json(action.id);
  row["differences"] = differences_json(names.differences(action));
  return row;
}

void print_text(const Plan& plan, Names& names, Console& console) {
  for (const Action& action : plan.actions) {
    const bool says_all = action.kind == Action::Kind::remove;
    if (says_all) console.out << printable(action.title()) << '\n';
    else print_differences(names.differences(action), action.title(), console);
  }
}

void print(const Plan& plan, Names names, Console& console) {
  if (!console.document_is_asked_for()) {
    print_text(plan, names, console);
  } else {
    Printer printer(console, {});
    for (const Action& action : plan.actions) printer.add(json_row(action, names));
    printer.finish(Envelope{Envelope::Kind::array});
  }
  console.out.flush();
}

std::string removals_text(const std::vector<std::string>& removals) {
  std::string text = std::to_string(removals.size()) + (removals.size() == 1 ? " removal: " : " removals: ");
  for (std::size_t i = 0; i < std::min(removals.size(), kShown); ++i) text += (i == 0 ? "" : ", ") + printable(removals[i]);
  return text + (removals.size() > kShown ? ", ..." : "");
}

bool is_too_much(const ApplyCommand& command, const Plan& plan) {
  return plan.removals.size() > static_cast<std::size_t>(command.max_delete);
}

Try<void> check_removals(const ApplyCommand& command, const Plan& plan, const Globals& globals, Console& console) {
  if (is_too_much(command, plan)) {
    return fail(Failure(ExitCode::precondition_failed,
                        {ErrorKind::precondition_failed, removals_text(plan.removals) + "\nMore than --max-delete allows (" +
                                                             std::to_string(command.max_delete) + "); nothing was done", ""}));
  }
  if (plan.removals.empty()) return {};
  return confirm({"apply", "removal", plan.removals}, globals, console);
}

void say_planned(const Plan& plan, Console& console) {
  using K = Action::Kind;
  console.say("scimctl: to create " + std::to_string(plan.count(K::create)) + ", to patch " + std::to_string(plan.count(K::patch)) +
              ", to delete " + std::to_string(plan.count(K::remove)) + ", unchanged " + std::to_string(plan.unchanged));
}

Try<ExitCode> say_done(const Tally& tally, const Plan& plan, Console& console) {
  const std::string incomplete = tally.incomplete == 0 ? "" : " (" + std::to_string(tally.incomplete) + " incomplete)";
  console.say("scimctl: created " + std::to_string(tally.created) + incomplete + ", patched " + std::to_string(tally.patched) + ", deleted " +
              std::to_string(tally.deleted) + ", unchanged " + std::to_string(plan.unchanged) + ", failed " + std::to_string(tally.failed));
  if (tally.left > 0) {
    return fail(Failure(ExitCode::error, {ErrorKind::unavailable, "interrupted: " + std::to_string(tally.left) + " of " + std::to_string(plan.actions.size()) +
                                                                      " changes were not made; apply again makes them", ""}));
  }
  return tally.failed == 0 ? ExitCode::ok : ExitCode::some_failed;
}

ExitCode finish_diff(const Plan& plan, Console& console) {
  say_planned(plan, console);
  return plan.actions.empty() ? ExitCode::ok : ExitCode::different;
}

ExitCode finish_dry_run(const ApplyCommand& command, const Plan& plan, Console& console) {
  say_planned(plan, console);
  if (is_too_much(command, plan)) console.say("scimctl: that wants --max-delete " + std::to_string(plan.removals.size()));
  console.say("scimctl: nothing was written (--dry-run)");
  return ExitCode::ok;
}

}  // namespace

Try<ExitCode> run(const ApplyCommand& command, const Globals& globals, Console& console) {
  SCIM_TRY(check_wants_no_rows(globals, command.verb == ApplyCommand::Verb::diff ? "diff" : "apply"));
  const Absent absent = command.verb == ApplyCommand::Verb::apply ? Absent::is_made : Absent::is_refused;
  SCIM_ASSIGN(const auto backend, Backend::open(globals, console, absent));
  SCIM_ASSIGN(const std::vector<DesiredResource> desired, read_desired_state(command.files, *backend, console));
  SCIM_TRY(check_prune(command.users, Kind::users, desired));
  SCIM_TRY(check_prune(command.groups, Kind::groups, desired));
  SCIM_ASSIGN(const DesiredReferences references, DesiredReferences::resolve(desired, *backend));
  SCIM_ASSIGN(const Plan plan, make_plan(command, desired, references, *backend));
  print(plan, Names(plan, references), console);
  switch (command.verb) {
    case ApplyCommand::Verb::diff: return finish_diff(plan, console);
    case ApplyCommand::Verb::apply: break;
  }
  switch (globals.effect) {
    case Effect::preview: return finish_dry_run(command, plan, console);
    case Effect::write: break;
  }
  SCIM_TRY(check_removals(command, plan, globals, console));
  return say_done(run_plan(command, plan, desired, references, *backend, console), plan, console);
}

}  // namespace scim::cli
