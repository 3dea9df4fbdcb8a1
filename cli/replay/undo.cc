// SPDX-License-Identifier: MIT
// The resources that a trace touched -> a request for each.
#include "cli/replay/undo.h"

#include <algorithm>
#include <map>
#include <set>

#include "cli/backend.h"
#include "cli/confirm.h"
#include "cli/files/input.h"
#include "cli/replay/remade.h"
#include "cli/replay/renaming.h"
#include "cli/replay/undo_plan.h"
#include "cli/trials/preview.h"
#include "cli/writable.h"
#include "core/resource.h"
#include "core/text.h"

namespace scim::cli {
namespace {

const std::vector<std::string> kColumns = {"exchange", "method", "path", "status", "detail"};
constexpr int kGone = 404;
constexpr int kConflict = 409;
constexpr int kChanged = 412;
constexpr const char* kOthers = "has been changed since, and is left alone";
constexpr const char* kUnknown = "whether it was changed by this, or since, is not known: there was no answer; it is left alone";

/// The answer, if it has all of the resource: else what was read after it.
std::optional<Json> state_after(const TraceRecord& record) {
  if (record.after || !record.request.query.empty() || !record.is_outcome_known()) return record.after;
  auto body = parse_json(record.response.body, kFileLimits);
  return body && body->is_object() ? std::optional<Json>(*std::move(body)) : std::nullopt;
}

std::string version_after(const TraceRecord& record) {
  const std::string version = version_of(record.response);
  return version.empty() && record.after ? version_of(*record.after) : version;
}

/// The type that is served at "/Users/ID"; nullptr: nobody says.
const ResourceType* type_at(const Registry& registry, std::string_view path) {
  if (path == "/Me") return registry.type_by_name("User");
  return registry.type_by_endpoint(path.substr(0, path.find('/', 1)));
}

bool has_secrets(const ResourceType& type) {
  return std::any_of(type.attributes.begin(), type.attributes.end(), [](const Attribute& a) { return a.mutability == Mutability::write_only; });
}

class Undoer {
 public:
  Undoer(Backend& backend, const Registry& registry, const Globals& globals, Console& console)
      : backend_(backend), registry_(registry), globals_(globals), console_(console), printer_(console, member_columns(globals.columns.empty() ? kColumns : globals.columns), "path"), renaming_(registry) {}

  Try<void> undo_all(const std::vector<Touched>& all) {
    for (const Touched& touched : all) SCIM_TRY(undo(touched));
    // A name that is unique may be free when others have theirs again.
    bool has_helped = true;
    while (has_helped && !put_off_.empty()) {
      const std::vector<const Touched*> again = std::exchange(put_off_, {});
      for (const Touched* touched : again) SCIM_TRY(undo(*touched));
      has_helped = put_off_.size() < again.size();
    }
    conflicts_ = Conflicts::are_failures;
    const std::vector<const Touched*> stuck = std::exchange(put_off_, {});
    const bool is_of_others = stuck.size() == 1;
    return is_of_others ? undo(*stuck.front()) : step_back(stuck);
  }

  void report(const UndoPlan::Unknown& unknown) {
    const Failure failure = Error{ErrorKind::unavailable, unknown.why, ""};
    count(failure);
    const Request& request = unknown.record->request;
    print(*unknown.record, "", request.path, "", failure.detail);
    console_.report(failure, unknown.record->place + ": " + request.method + ' ' + request.path);
  }

  ExitCode finish(std::size_t count) {
    switch (globals_.effect) {
      case Effect::write: printer_.finish(Envelope{Envelope::Kind::array}); break;
      case Effect::preview:
        if (console_.document_is_asked_for()) printer_.finish(Envelope{Envelope::Kind::array});
        console_.say("scimctl: nothing was written (--dry-run)");
        break;
    }
    if (failed_ == 0) return ExitCode::ok;
    return count == failed_ ? common_ : ExitCode::some_failed;
  }

 private:
  enum class Conflicts { are_put_off, are_failures };

  Try<void> undo(const Touched& touched) {
    const ResourceType* const type = type_at(registry_, touched.path);
    if (type == nullptr) return add_failure(touched, "", kGone, Error{ErrorKind::not_found, "the server describes no resource type there", ""});
    if (!touched.is_there) return make_again(touched, *type);
    SCIM_ASSIGN(const Response now, backend_.exchange(request_for("GET", renaming_.path(touched.path), "")));
    const auto current = parse_json(now.body, kFileLimits);
    if (!succeeded(now.status) || !current || !current->is_object()) {
      const bool is_gone_as_wanted = now.status == kGone && !touched.before;
      if (is_gone_as_wanted) return add_row(touched, "DELETE", "", "is gone already");
      // By a DELETE whose answer was lost.
      if (now.status == kGone && touched.last().request.method == "DELETE") return make_again(touched, *type);
      return add_failure(touched, touched.before ? "PATCH" : "DELETE", now.status, Failure(now));
    }
    const bool is_restored = touched.before && wanted(touched, *type, *current)["Operations"].empty();
    if (is_restored) return add_row(touched, "PATCH", "", "is as it was already");
    if (!is_unchanged(touched, *type, now, *current)) {
      return add_failure(touched, touched.before ? "PATCH" : "DELETE", kChanged, Error{ErrorKind::precondition_failed, touched.last().is_outcome_known() ? kOthers : kUnknown, ""});
    }
    return touched.before ? restore(touched, *type, now, *current) : remove(touched, *type, now);
  }

  /// Names that were swapped: each of these goes back by all its states, and not at once to the first one, in the order in which
  /// they had them, so that each name is free when it is wanted.
  Try<void> step_back(const std::vector<const Touched*>& stuck) {
    struct Step {
      const Touched* touched;
      Touched::Change change;
    };
    std::vector<Step> steps;
    for (const Touched* touched : stuck) {
      for (const Touched::Change& change : touched->changes) {
        if (touched->is_there && change.record->before) steps.push_back({touched, change});
      }
    }
    std::sort(steps.begin(), steps.end(), [](const Step& a, const Step& b) { return a.change.number > b.change.number; });
    std::set<const Touched*> failed;
    for (const Step& step : steps) {
      if (failed.contains(step.touched)) continue;
      SCIM_ASSIGN(const bool is_done, go_back(*step.touched, *step.change.record));
      if (!is_done) failed.insert(step.touched);
    }
    for (const Touched* touched : stuck) {
      if (!touched->is_there) SCIM_TRY(undo(*touched));
    }
    return {};
  }

  /// To the state before one of its changes. False: that failed, which is reported.
  Try<bool> go_back(const Touched& touched, const TraceRecord& change) {
    const ResourceType& type = *type_at(registry_, touched.path);
    SCIM_ASSIGN(const Response now, backend_.exchange(request_for("GET", renaming_.path(touched.path), "")));
    const auto current = parse_json(now.body, kFileLimits);
    const bool is_there = succeeded(now.status) && current && current->is_object();
    if (!is_there || !is_as_left(touched, type, now, *current)) {
      SCIM_TRY(add_failure(touched, "PATCH", kChanged, Error{ErrorKind::precondition_failed, kOthers, ""}));
      return false;
    }
    const Json was = without_secrets(type.attributes, renaming_.body(*change.before, touched.path));
    const Json operations = difference(type, *current, was);
    reached_[&touched] = was;
    if (operations.empty()) return true;
    Request request = request_for("PATCH", renaming_.path(touched.path), "");
    request.body = to_text(patch_message(operations));
    request.if_match = version_of(now);
    SCIM_ASSIGN(const auto answer, send(touched, type, std::move(request), was));
    return answer.has_value();
  }

  bool is_as_left(const Touched& touched, const ResourceType& type, const Response& now, const Json& current) const {
    const auto reached = reached_.find(&touched);
    return reached == reached_.end() ? is_unchanged(touched, type, now, current) : difference(type, current, reached->second).empty();
  }

  /// By its version; where that is another one, or there are none, by what it is: that members of it came back under other
  /// ids, for example, is no change of others. If the trace has neither, it is believed.
  bool is_unchanged(const Touched& touched, const ResourceType& type, const Response& now, const Json& current) const {
    const std::string was = version_after(touched.last());
    const std::string is = version_of(now);
    if (!was.empty() && was == is) return true;
    const auto is_in = [&](const Json& state) { return difference(type, current, renaming_.body(state, touched.path)).empty(); };
    const auto after = state_after(touched.last());
    if (after && is_in(*after)) return true;
    if (!touched.last().is_outcome_known()) return touched.last().before && is_in(*touched.last().before);
    return !after && (was.empty() || is.empty());
  }

  Json wanted(const Touched& touched, const ResourceType& type, const Json& current) const {
    return patch_message(difference(type, current, renaming_.body(*touched.before, touched.path)));
  }

  static Json difference(const ResourceType& type, const Json& from, Json to) {
    return operations_between(type, without_secrets(type.attributes, from), without_secrets(type.attributes, std::move(to)));
  }

  /// A PATCH of what differs, and no PUT of what was before: a PUT clears what it does not have, and what nobody may read,
  /// passwords above all, is in no trace. It also leaves alone what the server keeps beside what it describes.
  Try<void> restore(const Touched& touched, const ResourceType& type, const Response& now, const Json& current) {
    Request request = request_for("PATCH", renaming_.path(touched.path), "");
    request.body = to_text(wanted(touched, type, current));
    request.if_match = version_of(now);
    SCIM_ASSIGN([[maybe_unused]] const auto answer, send(touched, type, std::move(request), without_secrets(type.attributes, renaming_.body(*touched.before, touched.path))));
    return {};
  }

  Try<void> remove(const Touched& touched, const ResourceType& type, const Response& now) {
    Request request = request_for("DELETE", renaming_.path(touched.path), "");
    request.if_match = version_of(now);
    SCIM_ASSIGN([[maybe_unused]] const auto answer, send(touched, type, std::move(request), std::nullopt));
    return {};
  }

  /// It gets another id, and has to be put into its groups again: `groups` is read only. An earlier undo may have done that.
  Try<void> make_again(const Touched& touched, const ResourceType& type) {
    const auto remade = find_remade(backend_, type, renaming_.body(*touched.before, touched.path));
    if (remade) {
      const std::string path = resource_path(type, text_at(*remade, "id"));
      renaming_.learn(touched.path, path);
      print(touched.last(), "POST", path, "", "is there again already");
      return add_to_groups(touched, *remade);
    }
    Request request = request_for("POST", renaming_.path(touched.path.substr(0, touched.path.rfind('/'))), "");
    const Json was = without_secrets(type.attributes, renaming_.body(*touched.before, touched.path));
    request.body = to_text(writable_resource(type, was));
    SCIM_ASSIGN(const auto answer, send(touched, type, std::move(request), was));
    if (!answer) return {};
    const std::string id = id_of(*answer);
    renaming_.learn(touched.path, resource_path(type, id));
    if (has_secrets(type)) console_.say("scimctl: " + touched.last().place + ": a password, if it had one, is not in the trace: " + printable(id) + " has none");
    return add_to_groups(touched, {{"id", id}});
  }

  /// Those that `resource` is not in.
  Try<void> add_to_groups(const Touched& touched, const Json& resource) {
    const ResourceType* const type = registry_.type_by_name("Group");
    if (type == nullptr || !touched.before->contains("groups")) return {};
    const Json now = resource.value("groups", Json::array());
    for (const Json& group : touched.before->at("groups")) {
      const bool is_direct = group.is_object() && group.contains("value") && group.at("value").is_string() && group.value("type", Json("direct")) == Json("direct");
      if (!is_direct) continue;
      const std::string path = renaming_.path(resource_path(*type, group.at("value").get<std::string>()));
      const bool is_in = std::any_of(now.begin(), now.end(), [&](const Json& other) { return other.is_object() && resource_path(*type, text_at(other, "value")) == path; });
      if (is_in) continue;
      Request request = request_for("PATCH", path, "");
      request.body = to_text(Json{{"schemas", Json::array({std::string(urn::kPatchOp)})},
                                  {"Operations", Json::array({{{"op", "add"}, {"path", "members"}, {"value", Json::array({{{"value", text_at(resource, "id")}}})}}})}});
      SCIM_ASSIGN([[maybe_unused]] const auto answer, send(touched, *type, std::move(request), std::nullopt));
    }
    return {};
  }

  /// What the server has passed over of `wanted`, "" if nothing is known of that. An answer may say little of the resource.
  std::string not_taken(const ResourceType& type, const std::string& path, const Response& response, const Json& wanted) {
    Json now = Json::parse(response.body, nullptr, false);
    const bool is_whole = now.is_object() && now.contains("schemas");
    if (!is_whole) {
      const std::string id = id_of(response);
      const auto read = backend_.exchange(request_for("GET", id.empty() ? path : resource_path(type, id), ""));
      if (!read || !succeeded(read->status)) return "";
      now = Json::parse(read->body, nullptr, false);
    }
    return now.is_object() && now.contains("id") ? paths_not_taken(type, wanted, now) : "";
  }

  /// nullopt: only shown, or refused, which is reported already. `wanted`: what the resource is to be then.
  Try<std::optional<Response>> send(const Touched& touched, const ResourceType& type, Request request, const std::optional<Json>& wanted) {
    const std::string method = request.method;
    const std::string path = request.path;
    switch (globals_.effect) {
      case Effect::preview: {
        const auto shown = preview(request, type, method == "POST" ? "" : path, backend_, printer_, console_);
        if (!shown) SCIM_TRY(add_failure(touched, method, "", shown.error()));
        return std::nullopt;
      }
      case Effect::write: break;
    }
    SCIM_ASSIGN(Response response, backend_.exchange(std::move(request)));
    if (!succeeded(response.status)) {
      const bool is_put_off = response.status == kConflict && conflicts_ == Conflicts::are_put_off;
      if (is_put_off) {
        put_off_.push_back(&touched);
        return std::nullopt;
      }
      const bool is_overtaken = response.status == 412;
      SCIM_TRY(add_failure(touched, method, response.status, is_overtaken ? Failure(Error{ErrorKind::precondition_failed, kOthers, ""}) : Failure(response)));
      return std::nullopt;
    }
    const std::string lost = wanted ? not_taken(type, path, response, *wanted) : "";
    const Failure failure(ExitCode::some_failed, {ErrorKind::internal, "the server has not taken all as it was: " + lost, ""});
    print(touched.last(), method, path, response.status, lost.empty() ? "" : failure.detail);
    if (!lost.empty()) {
      count(failure);
      console_.report(failure, touched.path);
    }
    return std::optional<Response>(std::move(response));
  }

  Try<void> add_row(const Touched& touched, const char* method, Json status, const char* detail) {
    print(touched.last(), method, renaming_.path(touched.path), std::move(status), detail);
    return {};
  }

  void count(const Failure& failure) {
    common_ = failed_ == 0 || common_ == failure.code ? failure.code : ExitCode::some_failed;
    ++failed_;
  }

  Try<void> add_failure(const Touched& touched, const std::string& method, Json status, const Failure& failure) {
    count(failure);
    print(touched.last(), method, renaming_.path(touched.path), std::move(status), failure.detail);
    console_.report(failure, touched.path);
    return {};
  }

  void print(const TraceRecord& record, const std::string& method, std::string path, Json status, std::string detail) {
    switch (globals_.effect) {
      case Effect::preview: return;  // what would be done is shown as for every other command
      case Effect::write: break;
    }
    Json row{{"exchange", record.place}, {"method", method}, {"path", std::move(path)}, {"status", std::move(status)}};
    if (!detail.empty()) row["detail"] = std::move(detail);
    printer_.add(std::move(row));
  }

  Backend& backend_;
  const Registry& registry_;
  const Globals& globals_;
  Console& console_;
  Printer printer_;
  Renaming renaming_;
  Conflicts conflicts_ = Conflicts::are_put_off;
  std::vector<const Touched*> put_off_;  ///< a name of theirs was not free
  std::map<const Touched*, Json> reached_;  ///< those that go back step by step, and how they are now
  std::size_t failed_ = 0;
  ExitCode common_ = ExitCode::ok;  // of all failures, if they have one
};

/// What was made is deleted, with whatever has become of it.
Try<void> confirm_removals(const std::vector<Touched>& all, const Globals& globals, Console& console) {
  std::vector<std::string> made;
  for (const Touched& touched : all) {
    if (!touched.before) made.push_back(touched.path);
  }
  if (made.empty()) return {};
  return confirm({"delete", "resource", made}, globals, console);
}

}  // namespace

Try<ExitCode> undo(const std::vector<TraceRecord>& records, const Globals& globals, Console& console) {
  if (globals.effect == Effect::preview) SCIM_TRY(check_wants_no_rows(globals, "--dry-run"));
  UndoPlan plan;
  for (const TraceRecord& record : records) SCIM_TRY(plan.add(record));
  const std::vector<Touched> all = plan.take();
  SCIM_TRY(confirm_removals(all, globals, console));
  const std::size_t count = all.size() + plan.unknown().size();
  if (count == 0) console.say("scimctl: the trace has changed nothing");
  SCIM_ASSIGN(const auto backend, Backend::open(globals, console));
  SCIM_ASSIGN(const Registry* const registry, backend->types());
  Undoer undoer(*backend, *registry, globals, console);
  for (const UndoPlan::Unknown& unknown : plan.unknown()) undoer.report(unknown);
  const auto done = undoer.undo_all(all);
  const ExitCode code = undoer.finish(count);
  if (!done) return fail(done.error());
  return code;
}

}  // namespace scim::cli
