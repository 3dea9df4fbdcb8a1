// SPDX-License-Identifier: MIT
#include "sql/held_requests.h"

#include "core/words.h"
#include "sql/statement.h"

namespace scim::sql {
namespace {

constexpr Words<HeldRequest::State, 3> kStates = {
    {{"held", HeldRequest::State::held}, {"released", HeldRequest::State::released}, {"rejected", HeldRequest::State::rejected}}};

HeldRequest::State state_of(std::string_view word) { return value_for(kStates, word).value_or(HeldRequest::State::rejected); }

constexpr std::string_view kKeep =
    "INSERT INTO scim_held (id, state, first_seen, last_seen, attempts, reason, actor, token, request, address, method, path, query, "
    "if_match, body, permission) VALUES (?, 'held', ?, ?, 1, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) "
    "ON CONFLICT (id) DO UPDATE SET last_seen = excluded.last_seen, attempts = scim_held.attempts + 1, token = excluded.token, "
    "request = excluded.request, address = excluded.address, permission = excluded.permission";

constexpr std::string_view kListed = "id, state, first_seen, last_seen, attempts, reason, actor, token, request, address, method, path, query, if_match";

HeldRequest listed_at(const Cursor& row) {
  const auto text = [&](int column) { return std::string(row.text(column)); };
  HeldRequest held;
  held.id = text(0);
  held.state = state_of(row.text(1));
  held.first_seen = instant_of(row.integer(2));
  held.last_seen = instant_of(row.integer(3));
  held.attempts = row.integer(4);
  held.reason = text(5);
  held.actor = {text(6), text(7), text(8), text(9)};
  held.method = text(10);
  held.path = text(11);
  held.query = text(12);
  held.if_match = text(13);
  return held;
}

}  // namespace

std::string_view to_string(HeldRequest::State state) { return word_for(kStates, state); }

Result<Keeping> keep_held_request(Db& db, const HeldRequest& held, std::int64_t most) {
  SCIM_ASSIGN(const std::int64_t others,
              first_number(db, {"SELECT count(*) FROM scim_held WHERE actor = ? AND state = 'held' AND id <> ?", {held.actor.name, held.id}}));
  if (others >= most) return Keeping::too_many;
  // What was released has been done: who asks for it once more asks anew.
  SCIM_TRY(run(db, {"DELETE FROM scim_held WHERE id = ? AND state = 'released'", {held.id}}));
  SCIM_TRY(run(db, {std::string(kKeep),
                    {held.id, micros_of(held.first_seen), micros_of(held.last_seen), held.reason, held.actor.name, held.actor.token,
                     held.actor.request, held.actor.address, held.method, held.path, held.query, held.if_match, held.body,
                     to_text(held.permission)}}));
  return Keeping::kept;
}

Result<std::optional<HeldRequest::State>> find_held_state(Db& db, const std::string& id) {
  std::optional<HeldRequest::State> state;
  SCIM_TRY(for_each_row(db, {"SELECT state FROM scim_held WHERE id = ?", {id}}, [&](const Cursor& row) { state = state_of(row.text(0)); }));
  return state;
}

Result<std::optional<HeldRequest>> find_held_request(Db& db, const std::string& id) {
  std::optional<HeldRequest> found;
  Result<Permission> permission;
  const Sql sql{"SELECT " + std::string(kListed) + ", body, permission FROM scim_held WHERE id = ?", {id}};
  SCIM_TRY(for_each_row(db, sql, [&](const Cursor& row) {
    found = listed_at(row);
    found->body = row.text(14);
    permission = permission_from_text(row.text(15));
  }));
  if (!permission) return fail(ErrorKind::internal, "scim_held: " + id + ": " + permission.error().detail);
  if (found) found->permission = *std::move(permission);
  return found;
}

Result<std::vector<HeldRequest>> list_held_requests(Db& db, HeldWhich which) {
  std::vector<HeldRequest> all;
  const std::string_view where = which == HeldWhich::waiting ? " WHERE state = 'held'" : "";
  const Sql sql{"SELECT " + std::string(kListed) + " FROM scim_held" + std::string(where) + " ORDER BY first_seen, id", {}};
  SCIM_TRY(for_each_row(db, sql, [&](const Cursor& row) { all.push_back(listed_at(row)); }));
  return all;
}

Result<bool> decide_held_request(Db& db, const std::string& id, HeldRequest::State state, Instant now) {
  SCIM_ASSIGN(const std::int64_t decided, run(db, {"UPDATE scim_held SET state = ?, body = '', last_seen = ? WHERE id = ? AND state = 'held'",
                                                   {std::string(to_string(state)), micros_of(now), id}}));
  return decided > 0;
}

Result<void> forget_held_request(Db& db, const std::string& id) {
  SCIM_TRY(run(db, {"DELETE FROM scim_held WHERE id = ?", {id}}));
  return {};
}

Result<std::int64_t> forget_decided_requests(Db& db, Instant before) {
  return run(db, {"DELETE FROM scim_held WHERE state <> 'held' AND last_seen < ?", {micros_of(before)}});
}

}  // namespace scim::sql
