// SPDX-License-Identifier: MIT
#include "cli/audit/holds.h"

#include <algorithm>
#include <optional>
#include <ostream>
#include <set>

#include "cli/audit/own_entries.h"
#include "cli/confirm.h"
#include "cli/local.h"
#include "cli/replay/bulk_answer.h"
#include "core/secrets.h"
#include "sql/held_requests.h"

namespace scim::cli {
namespace {

const std::vector<std::string> kColumns = {"id", "state", "first_seen", "attempts", "actor", "method", "path", "reason"};
const std::vector<std::string> kMoreColumns = {"last_seen", "request", "address", "query"};

using State = HeldRequest::State;

Json row_of(const HeldRequest& held) {
  return Json{{"id", held.id},
              {"state", sql::to_string(held.state)},
              {"first_seen", format_instant(held.first_seen)},
              {"last_seen", format_instant(held.last_seen)},
              {"attempts", held.attempts},
              {"actor", held.actor.name},
              {"address", held.actor.address},
              {"request", held.actor.request},
              {"method", held.method},
              {"path", held.path},
              {"query", held.query},
              {"reason", held.reason}};
}

tl::unexpected<Error> not_held(const std::string& id) {
  return fail(ErrorKind::not_found, "no request is held as " + quote(id) + "; scimctl hold list shows those that are");
}

Result<HeldRequest> find_held(const std::string& id, LocalBackend& backend) {
  SCIM_ASSIGN(std::optional<HeldRequest> found, sql::find_held_request(backend.store().db(), id));
  if (!found) return not_held(id);
  return *std::move(found);
}

/// All that wait, or those that are named, by when they came first.
Result<std::vector<HeldRequest>> waiting(const std::vector<std::string>& ids, LocalBackend& backend) {
  const sql::HeldWhich which = ids.empty() ? sql::HeldWhich::waiting : sql::HeldWhich::all;
  SCIM_ASSIGN(std::vector<HeldRequest> all, sql::list_held_requests(backend.store().db(), which));
  if (ids.empty()) return all;
  std::set<std::string> missing(ids.begin(), ids.end());
  std::vector<HeldRequest> chosen;
  for (HeldRequest& held : all) {
    if (missing.erase(held.id) == 0) continue;
    if (held.state != State::held) return fail(ErrorKind::conflict, held.id + " waits no more: it is " + std::string(sql::to_string(held.state)));
    chosen.push_back(std::move(held));
  }
  if (!missing.empty()) return not_held(*missing.begin());
  return chosen;
}

Request request_of(const HeldRequest& held) {
  Request request;
  request.id = held.actor.request;
  request.method = held.method;
  request.path = held.path;
  request.query = held.query;
  request.if_match = held.if_match;
  request.body = held.body;
  if (!held.body.empty()) request.content_type = "application/scim+json";
  return request;
}

using Trust = HoldReleaseCommand::Trust;

/// Whoever sent it might send it now: what let them in has neither ended nor been revoked. What a user may, who came in by a name,
/// is the application's business.
Result<void> check_is_trusted(const HeldRequest& held, LocalBackend& backend) {
  const auto refuse = [](const std::string& why) { return fail(ErrorKind::conflict, why + " since; reject it, or release it with --force"); };
  const Instant now = backend.env().now();
  if (held.permission.expires && *held.permission.expires <= now) return refuse("the token that it came with has expired");
  if (held.actor.token.empty()) return {};
  SCIM_ASSIGN(const std::optional<Token> token, backend.tokens().find_token(held.actor.token));
  if (!token) return refuse("its token has been revoked");
  if (token->is_expired(now)) return refuse("its token has expired");
  const bool is_less = token->read_only || token->types != held.permission.types || token->hidden != held.permission.hidden;
  if (is_less) return refuse("what its token may do has been changed");
  return {};
}

/// Of two who decide at the same time one does, and who it was is told. In the caller's transaction.
Try<void> claim(const HeldRequest& held, State state, LocalBackend& backend) {
  SCIM_ASSIGN(const bool is_ours, sql::decide_held_request(backend.store().db(), held.id, state, backend.env().now()));
  if (!is_ours) return fail(ErrorKind::conflict, "somebody else has decided it meanwhile");
  AuditEntry entry;
  entry.type = kHoldType;
  entry.id = held.id;
  entry.name = held.method + ' ' + held.path;
  entry.changes = Json::array({{{"path", "state"}, {"before", sql::to_string(State::held)}, {"after", sql::to_string(state)}}});
  SCIM_TRY(tell(std::move(entry), backend));
  return {};
}

/// Of a bulk request, whose answer is 200, that of the operation that was refused: the last one, since those before it were undone.
Response outcome_of(const Response& response) {
  const Json answer = Json::parse(response.body, nullptr, false);
  const Json operations = answer.is_object() ? answer.value("Operations", Json()) : Json();
  const auto refused = std::find_if(operations.rbegin(), operations.rend(), [](const Json& each) { return status_of(each) >= 300; });
  return refused == operations.rend() ? response : response_of(*refused);
}

/// In one transaction with the decision: what is refused now goes on waiting.
Try<void> carry_out(const HeldRequest& held, Trust trust, LocalBackend& backend) {
  if (trust == Trust::asked) SCIM_TRY(check_is_trusted(held, backend));
  SCIM_TRY(claim(held, State::released, backend));
  const Response response = outcome_of(backend.exchange_on_behalf_of(held.permission, held.actor.token, request_of(held)));
  if (response.status < 300) return {};
  return fail(Failure(response));
}

Try<void> release(const std::string& id, Trust trust, LocalBackend& backend) {
  SCIM_ASSIGN(const HeldRequest held, find_held(id, backend));
  return as_whole(backend, [&] { return carry_out(held, trust, backend); });
}

Try<void> reject(const HeldRequest& held, LocalBackend& backend) {
  return as_whole(backend, [&] { return claim(held, State::rejected, backend); });
}

struct Decision {
  std::string_view verb;
  std::string_view done;
  State state;
};
constexpr Decision kRelease = {"release", "released", State::released};
constexpr Decision kReject = {"reject", "rejected", State::rejected};

/// carry_out(held, backend) for each.
template <class CarryOut>
Try<ExitCode> decide(const Decision& decision, const HoldChoice& choice, CarryOut carry_out, const Globals& globals, Console& console) {
  SCIM_ASSIGN(const auto backend, LocalBackend::open(globals, console));
  SCIM_ASSIGN(const std::vector<HeldRequest> chosen, waiting(choice.ids, *backend));
  std::vector<std::string> names;
  for (const HeldRequest& held : chosen) names.push_back(held.id);
  if (!names.empty()) SCIM_TRY(confirm({decision.verb, "request", names}, globals, console));
  Printer printer(console, member_columns(kColumns));
  std::size_t failed = 0;
  for (HeldRequest held : chosen) {
    if (globals.effect == Effect::write) {
      const auto done = carry_out(held, *backend);
      if (!done) {
        ++failed;
        console.report(done.error(), held.id);
        continue;
      }
      held.state = decision.state;
    }
    if (console.document_is_asked_for()) printer.add(row_of(held));
    else console.say("scimctl: " + held.id + " " + std::string(globals.effect == Effect::write ? decision.done : "would be " + std::string(decision.done)) + ": " + printable(held.method + ' ' + held.path));
  }
  if (console.document_is_asked_for()) printer.finish(Envelope{Envelope::Kind::array});
  if (chosen.empty()) console.say("scimctl: no request waits");
  return failed == 0 ? ExitCode::ok : ExitCode::some_failed;
}

}  // namespace

Try<ExitCode> run(const HoldListCommand& command, const Globals& globals, Console& console) {
  const auto which = command.which == HoldListCommand::Which::all ? sql::HeldWhich::all : sql::HeldWhich::waiting;
  SCIM_ASSIGN(const auto backend, LocalBackend::open(globals, console));
  SCIM_ASSIGN(const std::vector<HeldRequest> all, sql::list_held_requests(backend->store().db(), which));
  SCIM_ASSIGN(std::vector<Column> columns, chosen_columns(globals.columns, kColumns, kMoreColumns));
  Printer printer(console, std::move(columns));
  for (const HeldRequest& held : all) printer.add(row_of(held));
  printer.finish(Envelope{Envelope::Kind::array});
  return ExitCode::ok;
}

Try<ExitCode> run(const HoldShowCommand& command, const Globals& globals, Console& console) {
  SCIM_ASSIGN(const auto backend, LocalBackend::open(globals, console));
  SCIM_ASSIGN(const HeldRequest held, find_held(command.id, *backend));
  Json document = row_of(held);
  Json body = Json::parse(held.body, nullptr, false);
  Secrets(backend->registry()).remove_from(body);
  if (!body.is_discarded()) document["body"] = std::move(body);
  console.print(document);
  return ExitCode::ok;
}

Try<ExitCode> run(const HoldReleaseCommand& command, const Globals& globals, Console& console) {
  const auto release_it = [&](const HeldRequest& held, LocalBackend& backend) { return release(held.id, command.trust, backend); };
  return decide(kRelease, command.choice, release_it, globals, console);
}

Try<ExitCode> run(const HoldRejectCommand& command, const Globals& globals, Console& console) {
  return decide(kReject, command.choice, reject, globals, console);
}

}  // namespace scim::cli
