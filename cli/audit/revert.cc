// SPDX-License-Identifier: MIT
#include "cli/audit/revert.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <set>

#include "cli/audit/audit_entries.h"
#include "cli/audit/revert_plan.h"
#include "cli/confirm.h"
#include "cli/local.h"
#include "core/handler.h"
#include "core/reference_walk.h"
#include "core/text.h"

namespace scim::cli {
namespace {

/// What has become of one entry, for people and documents.
struct Reverted {
  const Reversal* reversal = nullptr;
  std::string new_id;  ///< of what was created again; "" if the old one is its
  std::vector<std::string> gone;  ///< members that are not there any more, as paths
};

/// Old ids in references -> new ones.
class NewIds : public ReferenceVisitor {
 public:
  explicit NewIds(const std::map<std::string, std::string>& ids) : ids_(ids) {}

  void id(const Attribute&, const Json*, std::string& id) override { renew(id); }
  void uri(std::string& uri) override {
    const std::size_t slash = uri.rfind('/');
    if (slash == std::string::npos) return renew(uri);
    std::string last = uri.substr(slash + 1);
    renew(last);
    uri = uri.substr(0, slash + 1) + last;
  }
  /// As the plan has written it: members[value eq "ID"].
  void filter(const Attribute&, std::string& path) override {
    for (const auto& [old_id, new_id] : ids_) {
      const std::string quoted = Json(old_id).dump();
      const std::size_t at = path.find(quoted);
      if (at == std::string::npos) continue;
      path.replace(at, quoted.size(), Json(new_id).dump());
      return;
    }
  }

 private:
  void renew(std::string& id) const {
    const auto found = ids_.find(id);
    if (found != ids_.end()) id = found->second;
  }

  const std::map<std::string, std::string>& ids_;
};

std::set<std::string> ids_at(const Json& resource, const Attribute& membership) {
  std::set<std::string> ids;
  const Json* const members = find_value(resource, membership);
  if (members == nullptr) return ids;
  for (const Json& member : *members) ids.insert(member_id(member));
  return ids;
}

class Reverting {
 public:
  Reverting(LocalBackend& backend, const RevertCommand& command) : backend_(backend), command_(command) {}

  /// In the order of the reversals, the last entry first.
  Try<std::vector<Reverted>> run(const std::vector<Reversal>& reversals) {
    std::vector<Reverted> done;
    for (const Reversal& reversal : reversals) {
      const bool is_checked = command_.changed == RevertCommand::Changed::refuse;
      if (is_checked) SCIM_TRY(reversal.kind == Reversal::Kind::create ? check_is_not_back(reversal) : check_is_unchanged(reversal));
      auto sent = send(reversal);
      if (!sent) return fail(failure_at(reversal.type->name + ' ' + named(reversal), sent.error()));
      done.push_back(*std::move(sent));
    }
    SCIM_TRY(find_gone(done));
    return done;
  }

 private:
  static std::string named(const Reversal& reversal) { return reversal.name.empty() ? reversal.id : quote(reversal.name); }

  /// What was created again has another id than the log knows.
  std::string id_of(const std::string& id) const {
    const auto renewed = renewed_.find(id);
    return renewed == renewed_.end() ? id : renewed->second;
  }

  Try<void> check_is_unchanged(const Reversal& reversal) {
    if (reversal.expected.empty()) return {};
    SCIM_ASSIGN(const Json current, backend_.read(path_of(reversal), ""));
    const std::string path = changed_since(reversal, current);
    if (path.empty()) return {};
    return fail(Failure(ExitCode::conflict, {ErrorKind::conflict, reversal.type->name + ' ' + named(reversal) + ": " + path + " has been changed since; nothing was reverted (--force does it all the same)", ""}));
  }

  /// Groups may have one name, so that nothing else keeps the same deletion from being reverted twice.
  Try<void> check_is_not_back(const Reversal& reversal) {
    if (reversal.name.empty()) return {};
    sql::LogQuery later;
    later.name = reversal.name;
    later.after_position = reversal.position;
    std::vector<std::string> created;
    SCIM_TRY(sql::for_each_entry(backend_.store().db(), later, [&](const sql::LoggedEntry& logged) -> Result<bool> {
      SCIM_ASSIGN(const AuditEntry entry, entry_from_text(logged.text));
      const bool is_other = entry.actor.request != request_id_;
      if (is_other && entry.deed == Deed::created && entry.type == reversal.type->name) created.push_back(entry.id);
      return true;
    }));
    for (const std::string& id : created) {
      const auto there = backend_.read(resource_path(*reversal.type, id), "attributes=id");
      if (there) return fail(Failure(ExitCode::conflict, {ErrorKind::conflict, "there is a " + reversal.type->name + ' ' + named(reversal) + " again, " + id + "; nothing was reverted (--force makes another one)", ""}));
      if (there.error().code != ExitCode::not_found) return fail(there.error());
    }
    return {};
  }

  /// Members that have not come back, of each list of members when all is done: one that is large may have lost many, one by one.
  Try<void> find_gone(std::vector<Reverted>& done) {
    std::map<std::pair<std::string, const Attribute*>, std::set<std::string>> there;
    for (const Reverted& each : done) {
      for (const Membership& member : each.reversal->members) there[{path_of(*each.reversal), member.attribute}];
    }
    for (auto list = there.begin(); list != there.end();) {
      const auto& [path, attribute] = list->first;
      const auto shown = backend_.read(path, "attributes=" + percent_encode(attribute->path()));
      if (!shown && shown.error().code != ExitCode::not_found) return fail(shown.error());
      if (shown) list->second = ids_at(*shown, *attribute);
      list = shown ? std::next(list) : there.erase(list);  // it was created by the same request, and is gone again
    }
    for (Reverted& each : done) {
      for (const Membership& member : each.reversal->members) {
        const auto list = there.find({path_of(*each.reversal), member.attribute});
        if (list == there.end() || list->second.contains(id_of(member.id))) continue;
        each.gone.push_back(member.attribute->path() + "[value eq " + Json(member.id).dump() + ']');
      }
    }
    return {};
  }

  std::string path_of(const Reversal& reversal) const { return resource_path(*reversal.type, id_of(reversal.id)); }

  Try<Reverted> send(const Reversal& reversal) {
    Reverted done{&reversal, "", {}};
    const std::string path = path_of(reversal);
    switch (reversal.kind) {
      case Reversal::Kind::remove: SCIM_TRY(ask("DELETE", *reversal.type, path, nullptr)); return done;
      case Reversal::Kind::patch:
        if (!reversal.operations.empty()) SCIM_TRY(ask("PATCH", *reversal.type, path, patch_of(reversal.operations)));
        break;
      case Reversal::Kind::create: {
        SCIM_ASSIGN(const Json created, ask("POST", *reversal.type, reversal.type->endpoint, reversal.body));
        done.new_id = text_at(created, "id");
        renewed_[reversal.id] = done.new_id;
        break;
      }
    }
    SCIM_TRY(join_groups(reversal));
    if (!reversal.afterwards.empty()) SCIM_TRY(ask("PATCH", *reversal.type, path_of(reversal), patch_of(reversal.afterwards)));
    return done;
  }

  /// Groups that have gone themselves since then are passed over.
  Try<void> join_groups(const Reversal& reversal) {
    const ResourceType* groups = backend_.registry().type_by_name("Group");
    if (groups == nullptr) return {};
    for (const std::string& group : reversal.groups) {
      const Json member = Json::array({{{"value", id_of(reversal.id)}}});
      const auto joined = ask("PATCH", *groups, resource_path(*groups, id_of(group)), patch_of(Json::array({{{"op", "add"}, {"path", "members"}, {"value", member}}})));
      if (!joined && joined.error().code != ExitCode::not_found) return fail(joined.error());
    }
    return {};
  }

  static Json patch_of(const Json& operations) { return {{"schemas", {urn::kPatchOp}}, {"Operations", operations}}; }

  Try<Json> ask(std::string_view method, const ResourceType& type, std::string path, const Json& body) {
    Request request = request_for(method, std::move(path), "");
    request.id = request_id_;
    if (!body.is_null()) request.body = to_text(renewed(type, method, body));
    return backend_.send(std::move(request));
  }

  /// With the new ids of those that were created again.
  Json renewed(const ResourceType& type, std::string_view method, Json body) const {
    NewIds visitor(renewed_);
    walk_references(type, method == "POST" ? Operation::create : Operation::patch, body, visitor);
    return body;
  }

  LocalBackend& backend_;
  const RevertCommand& command_;
  const std::string request_id_ = backend_.env().new_id();  // all of it can be reverted as one
  std::map<std::string, std::string> renewed_;
};

Json row_of(const Reverted& reverted) {
  const Reversal& reversal = *reverted.reversal;
  constexpr std::array kVerbs = {"restored", "removed", "created"};
  Json row = {{"type", reversal.type->name}, {"id", reversal.id}, {"name", reversal.name}, {"did", kVerbs[static_cast<std::size_t>(reversal.kind)]}};
  if (!reverted.new_id.empty()) row["new_id"] = reverted.new_id;
  std::vector<std::string> not_restored = reversal.lost;
  not_restored.insert(not_restored.end(), reverted.gone.begin(), reverted.gone.end());
  if (!not_restored.empty()) row["not_restored"] = not_restored;
  return row;
}

void say(const Reverted& reverted, const Globals& globals, Console& console) {
  const Json row = row_of(reverted);
  std::string line = "scimctl: " + std::string(globals.effect == Effect::preview ? "would have " : "") + row.value("did", "") + ' ' + row.value("type", "") + ' ' +
                     printable(reverted.reversal->name.empty() ? reverted.reversal->id : reverted.reversal->name);
  if (!reverted.new_id.empty() && globals.effect == Effect::write) line += ", which has the id " + reverted.new_id + " now";
  console.say(line);
}

/// What is not as it was, whatever the format: somebody has to see to it.
void warn(const Reverted& reverted, Console& console) {
  const Reversal& reversal = *reverted.reversal;
  const std::string who = "scimctl: warning: " + reversal.type->name + ' ' + printable(reversal.name.empty() ? reversal.id : reversal.name) + ": ";
  const std::string_view is = reversal.kind == Reversal::Kind::create ? " is lost, if there was one" : " is as it is";
  for (const std::string& path : reversal.lost) console.say(who + printable(path) + std::string(is) + ": the log does not show it");
  for (const std::string& path : reverted.gone) console.say(who + printable(path) + " is not back: nobody has this id any more, or who has it is not active");
}

/// Who was created and has been changed by somebody else since is not simply removed.
Try<void> check_nobody_went_on(const sql::LoggedEntry& logged, const AuditEntry& created, sql::Db& db) {
  sql::LogQuery later;
  later.resource = created.id;
  later.after_position = logged.position;
  std::string other;
  SCIM_TRY(sql::for_each_entry(db, later, [&](const sql::LoggedEntry& entry) -> Result<bool> {
    SCIM_ASSIGN(const AuditEntry told, entry_from_text(entry.text));
    if (told.actor.request != created.actor.request) other = name_of(entry);
    return other.empty();
  }));
  if (other.empty()) return {};
  return fail(Failure(ExitCode::conflict, {ErrorKind::conflict, created.type + ' ' + quote(created.name) + " has been changed since, by " + other + "; nothing was reverted (--force does it all the same)", ""}));
}

Try<std::vector<Reversal>> plan(const RevertCommand& command, LocalBackend& backend) {
  SCIM_ASSIGN(std::vector<sql::LoggedEntry> entries, entries_called(command.name, backend.store().db()));
  std::reverse(entries.begin(), entries.end());
  std::vector<Reversal> reversals;
  for (const sql::LoggedEntry& logged : entries) {
    SCIM_ASSIGN(const AuditEntry entry, entry_from_text(logged.text));
    SCIM_ASSIGN(Reversal reversal, reversal_of(entry, backend.registry()));
    reversal.position = logged.position;
    const bool is_checked = entry.deed == Deed::created && command.changed == RevertCommand::Changed::refuse;
    if (is_checked) SCIM_TRY(check_nobody_went_on(logged, entry, backend.store().db()));
    reversals.push_back(std::move(reversal));
  }
  return reversals;
}

}  // namespace

Try<ExitCode> run(const RevertCommand& command, const Globals& globals, Console& console) {
  SCIM_TRY(confirm({"revert", "request", {command.name}}, globals, console));
  SCIM_ASSIGN(const auto backend, LocalBackend::open(globals, console, Absent::is_refused, LocalBackend::Use::reverting));
  SCIM_ASSIGN(const std::vector<Reversal> reversals, plan(command, *backend));
  const bool is_preview = globals.effect == Effect::preview;
  SCIM_TRY(is_preview ? backend->store().begin_rehearsal() : backend->store().begin_whole());
  SCIM_ASSIGN(const std::vector<Reverted> all, Reverting(*backend, command).run(reversals));  // undone with the store, else
  if (!is_preview) SCIM_TRY(backend->store().end_whole());
  Printer printer(console, member_columns({"did", "type", "name", "id"}));
  for (const Reverted& reverted : all) {
    if (console.document_is_asked_for()) printer.add(row_of(reverted));
    else say(reverted, globals, console);
    warn(reverted, console);
  }
  if (console.document_is_asked_for()) printer.finish(Envelope{Envelope::Kind::array});
  return ExitCode::ok;
}

}  // namespace scim::cli
