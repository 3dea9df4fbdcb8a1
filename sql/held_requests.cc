// SPDX-License-Identifier: MIT
#include "sql/held_requests.h"

#include <algorithm>
#include <array>

namespace scim::sql {
namespace {

struct StateWord {
  HeldRequest::State state;
  std::string_view word;
};
constexpr std::array kStates = {StateWord{HeldRequest::State::held, "held"}, StateWord{HeldRequest::State::released, "released"},
                                StateWord{HeldRequest::State::rejected, "rejected"}};

HeldRequest::State state_of(std::string_view word) {
  const auto found = std::find_if(kStates.begin(), kStates.end(), [&](const StateWord& each) { return each.word == word; });
  return found == kStates.end() ? HeldRequest::State::rejected : found->state;
}

std::int64_t micros(Instant instant) { return instant.time_since_epoch().count(); }
Instant instant_of(std::int64_t micros) { return Instant(std::chrono::microseconds(micros)); }

Result<std::int64_t> run(Db& db, const Sql& sql) {
  const auto done = db.run(sql);
  if (!done) return fail(to_error(done.error()));
  return *done;
}

/// Of one client: who is mad for a night must not fill the disk.
constexpr std::int64_t kMostWaiting = 10'000;

constexpr std::string_view kKeep =
    "INSERT INTO scim_held (id, state, first_seen, last_seen, attempts, reason, actor, token, request, address, method, path, query, "
    "if_match, body) VALUES (?, 'held', ?, ?, 1, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) "
    "ON CONFLICT (id) DO UPDATE SET last_seen = excluded.last_seen, attempts = scim_held.attempts + 1";

Result<std::int64_t> waiting_besides(Db& db, const HeldRequest& held) {
  const auto cursor = db.query({"SELECT count(*) FROM scim_held WHERE actor = ? AND state = 'held' AND id <> ?", {held.actor.name, held.id}});
  if (!cursor) return fail(to_error(cursor.error()));
  const auto found = (*cursor)->next();
  if (!found) return fail(to_error(found.error()));
  return *found ? (*cursor)->integer(0) : 0;
}

}  // namespace

std::string_view to_string(HeldRequest::State state) {
  return std::find_if(kStates.begin(), kStates.end(), [&](const StateWord& each) { return each.state == state; })->word;
}

Result<void> keep_held_request(Db& db, const HeldRequest& held) {
  SCIM_ASSIGN(const std::int64_t others, waiting_besides(db, held));
  if (others >= kMostWaiting) return fail(ErrorKind::forbidden, held.reason + "; so many requests of this client wait already that no more are kept");
  SCIM_TRY(run(db, {std::string(kKeep),
                    {held.id, micros(held.first_seen), micros(held.last_seen), held.reason, held.actor.name, held.actor.token, held.actor.request,
                     held.actor.address, held.method, held.path, held.query, held.if_match, held.body}}));
  return {};
}

Result<std::optional<HeldRequest::State>> find_held_state(Db& db, const std::string& id) {
  const auto cursor = db.query({"SELECT state FROM scim_held WHERE id = ?", {id}});
  if (!cursor) return fail(to_error(cursor.error()));
  const auto found = (*cursor)->next();
  if (!found) return fail(to_error(found.error()));
  if (!*found) return std::nullopt;
  return state_of((*cursor)->text(0));
}

Result<std::vector<HeldRequest>> list_held_requests(Db& db) {
  const auto cursor = db.query({"SELECT id, state, first_seen, last_seen, attempts, reason, actor, token, request, address, method, path, query, "
                                "if_match, body FROM scim_held ORDER BY first_seen, id", {}});
  if (!cursor) return fail(to_error(cursor.error()));
  const Cursor& row = **cursor;
  const auto text = [&](int column) { return std::string(row.text(column)); };
  std::vector<HeldRequest> all;
  while (true) {
    const auto found = (*cursor)->next();
    if (!found) return fail(to_error(found.error()));
    if (!*found) return all;
    all.push_back({text(0), state_of(row.text(1)), instant_of(row.integer(2)), instant_of(row.integer(3)), row.integer(4), text(5),
                   {text(6), text(7), text(8), text(9)}, text(10), text(11), text(12), text(13), text(14)});
  }
}

Result<bool> decide_held_request(Db& db, const std::string& id, HeldRequest::State state) {
  SCIM_ASSIGN(const std::int64_t decided, run(db, {"UPDATE scim_held SET state = ?, body = '' WHERE id = ? AND state = 'held'", {std::string(to_string(state)), id}}));
  return decided > 0;
}

Result<void> reopen_held_request(Db& db, const HeldRequest& request) {
  SCIM_TRY(run(db, {"UPDATE scim_held SET state = 'held', body = ? WHERE id = ? AND state = 'released'", {request.body, request.id}}));
  return {};
}

Result<void> forget_held_request(Db& db, const std::string& id) {
  SCIM_TRY(run(db, {"DELETE FROM scim_held WHERE id = ?", {id}}));
  return {};
}

Result<std::int64_t> forget_decided_requests(Db& db, Instant before) {
  return run(db, {"DELETE FROM scim_held WHERE state <> 'held' AND last_seen < ?", {micros(before)}});
}

}  // namespace scim::sql
