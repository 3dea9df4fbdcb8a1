// SPDX-License-Identifier: MIT
#include "cli/holds.h"

#include <algorithm>
#include <ostream>

#include "cli/confirm.h"
#include "cli/local.h"
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

Result<HeldRequest> find_held(const std::string& id, LocalBackend& backend) {
  SCIM_ASSIGN(const std::vector<HeldRequest> all, sql::list_held_requests(backend.store().db()));
  const auto found = std::find_if(all.begin(), all.end(), [&](const HeldRequest& held) { return held.id == id; });
  if (found == all.end()) return fail(ErrorKind::not_found, "no request is held as " + quote(id) + "; scimctl hold list shows those that are");
  return *found;
}

/// All that wait, or those that are named, by when they came first.
Result<std::vector<HeldRequest>> waiting(const std::vector<std::string>& ids, LocalBackend& backend) {
  SCIM_ASSIGN(std::vector<HeldRequest> all, sql::list_held_requests(backend.store().db()));
  for (const std::string& id : ids) {
    SCIM_ASSIGN(const HeldRequest held, find_held(id, backend));
    if (held.state != State::held) return fail(ErrorKind::conflict, id + " waits no more: it is " + std::string(sql::to_string(held.state)));
  }
  std::erase_if(all, [&](const HeldRequest& held) {
    const bool is_named = ids.empty() || std::find(ids.begin(), ids.end(), held.id) != ids.end();
    return held.state != State::held || !is_named;
  });
  return all;
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

/// nullopt: it came with no token. conflict: nobody trusts that one any more.
Result<std::optional<Token>> token_of(const HeldRequest& held, LocalBackend& backend) {
  if (held.actor.token.empty()) return std::nullopt;
  SCIM_ASSIGN(const std::vector<Token> tokens, backend.tokens().list_tokens());
  for (const Token& token : tokens) {
    if (token.id == held.actor.token) return token;
  }
  return fail(ErrorKind::conflict, "its token has been revoked since; reject it");
}

/// Of two who decide at the same time one does.
Try<void> claim(const HeldRequest& held, State state, LocalBackend& backend) {
  SCIM_ASSIGN(const bool is_ours, sql::decide_held_request(backend.store().db(), held.id, state));
  if (is_ours) return {};
  return fail(ErrorKind::conflict, "somebody else has decided it meanwhile");
}

/// The client has been told nothing yet: what is refused now goes on waiting.
Try<void> release(const HeldRequest& held, LocalBackend& backend) {
  SCIM_ASSIGN(const std::optional<Token> token, token_of(held, backend));
  SCIM_TRY(claim(held, State::released, backend));
  SCIM_ASSIGN(const Response response, token ? backend.exchange_on_behalf_of(*token, request_of(held)) : backend.exchange(request_of(held)));
  if (response.status < 300) return {};
  SCIM_TRY(sql::reopen_held_request(backend.store().db(), held));
  return fail(Failure(response));
}

Try<void> reject(const HeldRequest& held, LocalBackend& backend) {
  return claim(held, State::rejected, backend);
}

struct Decision {
  std::string_view verb;
  std::string_view done;
  State state;
  Try<void> (*carry_out)(const HeldRequest&, LocalBackend&);
};
constexpr Decision kRelease = {"release", "released", State::released, release};
constexpr Decision kReject = {"reject", "rejected", State::rejected, reject};

Try<ExitCode> decide(const Decision& decision, const HoldChoice& choice, const Globals& globals, Console& console) {
  SCIM_ASSIGN(const auto backend, LocalBackend::open(globals, console));
  SCIM_ASSIGN(const std::vector<HeldRequest> chosen, waiting(choice.ids, *backend));
  std::vector<std::string> names;
  for (const HeldRequest& held : chosen) names.push_back(held.id);
  if (!names.empty()) SCIM_TRY(confirm({decision.verb, "request", names}, globals, console));
  Printer printer(console, member_columns(kColumns));
  std::size_t failed = 0;
  for (HeldRequest held : chosen) {
    if (globals.effect == Effect::write) {
      const auto done = decision.carry_out(held, *backend);
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
  SCIM_ASSIGN(const auto backend, LocalBackend::open(globals, console));
  SCIM_ASSIGN(const std::vector<HeldRequest> all, sql::list_held_requests(backend->store().db()));
  SCIM_ASSIGN(std::vector<Column> columns, chosen_columns(globals.columns, kColumns, kMoreColumns));
  Printer printer(console, std::move(columns));
  for (const HeldRequest& held : all) {
    const bool is_shown = command.which == HoldListCommand::Which::all || held.state == State::held;
    if (is_shown) printer.add(row_of(held));
  }
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

Try<ExitCode> run(const HoldReleaseCommand& command, const Globals& globals, Console& console) { return decide(kRelease, command.choice, globals, console); }

Try<ExitCode> run(const HoldRejectCommand& command, const Globals& globals, Console& console) { return decide(kReject, command.choice, globals, console); }

}  // namespace scim::cli
