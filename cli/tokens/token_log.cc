// SPDX-License-Identifier: MIT
#include "cli/tokens/token_log.h"

#include "cli/audit/own_entries.h"

namespace scim::cli {
namespace {

/// What is no secret; what it has not is left out.
Json told_of(const Token& token) {
  Json told = {{"read_only", token.read_only}};
  const auto add = [&](const char* name, const std::string& text) {
    if (!text.empty()) told[name] = text;
  };
  add("user", token.user_name);
  add("certificate", token.certificate);
  add("guard", token.guard);
  if (token.dialect) told["dialect"] = to_string(*token.dialect);
  if (token.expires) told["expires"] = format_instant(*token.expires);
  if (token.rate_limit) told["rate_limit"] = *token.rate_limit;
  if (token.previous_until) told["old_secret_until"] = format_instant(*token.previous_until);
  if (!token.types.empty()) told["types"] = token.types;
  if (!token.hidden.empty()) told["hidden"] = token.hidden;
  return told;
}

Json changes_between(const Json& before, const Json& after) {
  Json paths = before;
  paths.update(after);
  Json changes = Json::array();
  for (const auto& [path, ignored] : paths.items()) {
    Json change = {{"path", path}};
    if (before.contains(path)) change["before"] = before.at(path);
    if (after.contains(path)) change["after"] = after.at(path);
    if (before.value(path, Json()) != after.value(path, Json())) changes.push_back(std::move(change));
  }
  return changes;
}

Deed deed_of(const Token* before, const Token* after) {
  if (before == nullptr) return Deed::created;
  return after == nullptr ? Deed::deleted : Deed::updated;
}

AuditEntry entry_of(const Token* before, const Token* after) {
  const Token& token = after == nullptr ? *before : *after;
  AuditEntry entry;
  entry.deed = deed_of(before, after);
  entry.type = kTokenType;
  entry.id = token.id;
  entry.name = token.name;
  entry.changes = changes_between(before == nullptr ? Json::object() : told_of(*before), after == nullptr ? Json::object() : told_of(*after));
  const bool has_other_secret = before != nullptr && after != nullptr && before->hash != after->hash;
  if (has_other_secret) entry.changes.push_back({{"path", "secret"}, {"masked", true}});
  return entry;
}

}  // namespace

Result<void> write_told(const Token* before, const Token* after, const std::function<Result<void>()>& write, LocalBackend& backend) {
  return as_whole(backend, [&]() -> Result<void> {
    SCIM_TRY(write());
    return tell(entry_of(before, after), backend);
  });
}

}  // namespace scim::cli
