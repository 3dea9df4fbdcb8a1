// SPDX-License-Identifier: MIT
#include "cli/events/event.h"

#include <algorithm>

#include "cli/audit/audit_entries.h"
#include "cli/audit/own_entries.h"
#include "core/json.h"

namespace scim::cli {
namespace {

/// What happened, as types of events and RFC 9967 have it.
struct Happening {
  const char* verb;
  const char* uri;
};
constexpr Happening kCreated = {"created", "urn:ietf:params:scim:event:prov:create:notice"};
constexpr Happening kUpdated = {"updated", "urn:ietf:params:scim:event:prov:patch:notice"};
constexpr Happening kActivated = {"activated", "urn:ietf:params:scim:event:prov:activate"};
constexpr Happening kDeactivated = {"deactivated", "urn:ietf:params:scim:event:prov:deactivate"};
constexpr Happening kDeleted = {"deleted", "urn:ietf:params:scim:event:prov:delete"};

const Json* change_of(const AuditEntry& entry, const std::string& path) {
  const auto found = std::find_if(entry.changes.begin(), entry.changes.end(), [&](const Json& change) { return change.value("path", "") == path; });
  return found == entry.changes.end() ? nullptr : &*found;
}

const Happening& update_of(const AuditEntry& entry) {
  if (entry.losses.deactivations > 0) return kDeactivated;
  const Json* active = change_of(entry, "active");
  const bool is_activated = active != nullptr && active->value("after", Json()) == Json(true) && active->value("before", Json()) == Json(false);
  return is_activated ? kActivated : kUpdated;
}

const Happening& happening_of(const AuditEntry& entry) {
  switch (entry.deed) {
    case Deed::created:
    case Deed::adopted: return kCreated;
    case Deed::updated: return update_of(entry);
    case Deed::deactivated: return kDeactivated;
    case Deed::deleted: return kDeleted;
  }
  return kUpdated;
}

Json attributes_of(const AuditEntry& entry) {
  Json paths = Json::array();
  for (const Json& change : entry.changes) paths.push_back(change.value("path", ""));
  return paths;
}

/// Members who came or went, so that nobody has to compare.
void add_members(const AuditEntry& entry, Json& data) {
  const Json* members = change_of(entry, "members");
  if (members == nullptr) return;
  for (const char* part : {"added", "removed"}) {
    if (members->contains(part)) data["members"][part] = members->at(part);
  }
}

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return text;
}

}  // namespace

Result<Event> event_of(const sql::LoggedEntry& logged) {
  SCIM_ASSIGN(const AuditEntry entry, entry_from_text(logged.text));
  const Happening& happening = happening_of(entry);
  Event event{name_of(logged), logged.chain, logged.number, logged.position, lower(entry.type) + '.' + happening.verb, entry.id, is_own_type(entry.type), ""};
  Json data = {{"resourceType", entry.type}, {"id", entry.id}};
  if (!entry.name.empty()) data["name"] = entry.name;
  data["attributes"] = attributes_of(entry);
  add_members(entry, data);
  data["actor"] = entry.actor.name;
  data["request"] = entry.actor.request;
  event.text = to_text(Json{{"id", event.id}, {"type", event.type}, {"timestamp", format_instant(entry.time)}, {"event", happening.uri}, {"data", std::move(data)}});
  return event;
}

}  // namespace scim::cli
