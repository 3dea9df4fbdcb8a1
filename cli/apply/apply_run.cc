// SPDX-License-Identifier: MIT
#include "cli/apply/apply_run.h"

#include "cli/apply/merge.h"
#include "cli/interruption.h"
#include "cli/output/progress.h"
#include "cli/writable.h"
#include "core/resource.h"
#include "core/text.h"

namespace scim::cli {
namespace {

/// Most operations of one PATCH: servers have limits.
constexpr std::size_t kOperations = 500;

Failure overtaken(const Failure& failure) {
  return Failure(failure.code, Error{ErrorKind::precondition_failed,
                                     "has been changed by somebody else since it was read, and is left as it is: apply again", ""});
}

/// `resource` with what `wanted` has: a server fills in what a file does not say.
Json overlaid(const ResourceType& type, Json resource, const Json& wanted) {
  for (const Attribute& attribute : type.attributes) {
    const Json* const value = find_value(wanted, attribute);
    if (value != nullptr && is_written(attribute) && attribute.returned != Returned::never) assign_value(resource, attribute, *value);
  }
  return resource;
}

class Runner {
 public:
  Runner(const ApplyCommand& command, const Plan& plan, const std::vector<DesiredResource>& desired, const DesiredReferences& references,
         Backend& backend, Console& console)
      : command_(command), desired_(desired), references_(references), backend_(backend), console_(console), progress_(console), plan_(plan), ids_(plan.ids) {}

  Tally run() {
    for (const Action& action : plan_.actions) {
      if (interruption_.has_come()) {
        tally_.left = plan_.actions.size() - done_;
        break;
      }
      if (action.kind != Action::Kind::create) finish_created();
      // What could not be made may be what is removed, by another name.
      if (action.kind == Action::Kind::remove && is_file_unmet_) {
        progress_.clear();
        console_.say("scimctl: nothing is deleted, since something has failed before");
        break;
      }
      note(action, perform(action));
      progress_.show(++done_);
    }
    finish_created();
    progress_.clear();
    return tally_;
  }

 private:
  /// One that was made without references to what is made after it.
  struct Unfinished {
    const Action* action = nullptr;
    Json before;
  };

  Try<void> perform(const Action& action) {
    switch (action.kind) {
      case Action::Kind::create: return create(action);
      case Action::Kind::patch: return patch(action);
      case Action::Kind::remove: break;
    }
    return remove(action);
  }

  void note(const Action& action, const Try<void>& result) {
    if (result) {
      ++counter(action.kind);
      return;
    }
    ++tally_.failed;
    progress_.clear();
    const bool is_of_file = action.kind != Action::Kind::remove;
    is_file_unmet_ = is_file_unmet_ || is_of_file;
    const std::string subject = (is_of_file ? desired_[action.desired].place + ": " : "") + action.title();
    console_.report(failure_at(subject, result.error()));
  }

  std::size_t& counter(Action::Kind kind) {
    switch (kind) {
      case Action::Kind::create: return tally_.created;
      case Action::Kind::patch: return tally_.patched;
      case Action::Kind::remove: break;
    }
    return tally_.deleted;
  }

  Try<void> create(const Action& action) {
    bool is_whole = true;
    Json body = references_.settled(action.desired, ids_, [&](const std::string&) { return is_whole = false; });
    body["schemas"] = schemas_of(*action.type, body);
    Request request = request_for("POST", action.type->endpoint, "");
    request.body = to_text(body);
    SCIM_ASSIGN(Json made, backend_.send(std::move(request)));
    ids_[action.desired] = made.is_object() ? text_at(made, "id") : "";
    if (ids_[action.desired].empty()) return fail(ErrorKind::internal, "the server does not say which id it has given");
    if (is_whole) check_kept(action, overlaid(*action.type, made, body), made);
    else unfinished_.push_back({&action, std::move(made)});
    return {};
  }

  /// What refers to something later, now that all of it is there. One that cannot be completed is there all the same.
  void finish_created() {
    for (const Unfinished& each : std::exchange(unfinished_, {})) {
      const auto done = finish(each);
      if (done) continue;
      ++tally_.incomplete;
      note(*each.action, done);
    }
  }

  Try<void> finish(const Unfinished& each) {
    SCIM_ASSIGN(const Json wanted, settled(*each.action));
    return make_equal(*each.action, ids_[each.action->desired], each.before, overlaid(*each.action->type, each.before, wanted));
  }

  Try<void> patch(const Action& action) {
    SCIM_ASSIGN(const Json body, settled(action));
    const Merged merged = merge(command_, desired_[action.desired], body, action.before);
    return make_equal(action, action.id, action.before, merged.after);
  }

  /// What the file says, with ids for all references.
  Try<Json> settled(const Action& action) const {
    std::string missing;
    Json body = references_.settled(action.desired, ids_, [&](const std::string& name) {
      missing = name;
      return true;
    });
    if (missing.empty()) return body;
    return fail(Error{ErrorKind::not_found, "refers to " + quote(missing) + ", which could not be made", ""});
  }

  Try<void> make_equal(const Action& action, const std::string& id, const Json& before, const Json& after) {
    const Json operations = operations_between(*action.type, before, after);
    std::string version = version_of(before);
    Json answer;
    for (std::size_t begin = 0; begin < operations.size(); begin += kOperations) {
      Json part = Json::array();
      for (std::size_t i = begin; i < std::min(begin + kOperations, operations.size()); ++i) part.push_back(operations[i]);
      Request request = request_for("PATCH", resource_path(*action.type, id), "");
      request.body = to_text(patch_message(std::move(part)));
      request.if_match = version;
      SCIM_ASSIGN(const Response response, backend_.exchange(std::move(request)));
      if (response.status == 412) return fail(overtaken(Failure(response)));
      if (response.status >= 300) return fail(Failure(response));
      const std::string_view tag = response.header("ETag");
      answer = Json::parse(response.body, nullptr, false);
      version = tag.empty() ? version_of(answer) : std::string(tag);
    }
    check_kept(action, after, answer);
    return {};
  }

  /// The next run would do it again.
  void check_kept(const Action& action, const Json& wanted, const Json& answer) {
    if (!answer.is_object() || !answer.contains("id")) return;
    const std::string paths = paths_not_taken(*action.type, wanted, answer);
    if (paths.empty()) return;
    progress_.clear();
    console_.say("scimctl: " + printable(desired_[action.desired].place) + ": " + printable(action.title()) +
                 ": the server has not taken all as it is in the file: " + printable(paths));
  }

  /// Somebody else may have been faster.
  Try<void> remove(const Action& action) {
    Request request = request_for("DELETE", resource_path(*action.type, action.id), "");
    request.if_match = action.version;
    const auto done = backend_.send(std::move(request));
    if (done || done.error().code == ExitCode::not_found) return {};
    return fail(done.error().code == ExitCode::precondition_failed ? overtaken(done.error()) : done.error());
  }

  const Interruption interruption_;
  const ApplyCommand& command_;
  const std::vector<DesiredResource>& desired_;
  const DesiredReferences& references_;
  Backend& backend_;
  Console& console_;
  ProgressLine progress_;
  const Plan& plan_;
  Ids ids_;
  std::vector<Unfinished> unfinished_;
  bool is_file_unmet_ = false;  // something that a file says could not be made so
  Tally tally_;
  std::size_t done_ = 0;
};

}  // namespace

Tally run_plan(const ApplyCommand& command, const Plan& plan, const std::vector<DesiredResource>& desired, const DesiredReferences& references,
               Backend& backend, Console& console) {
  return Runner(command, plan, desired, references, backend, console).run();
}

}  // namespace scim::cli
