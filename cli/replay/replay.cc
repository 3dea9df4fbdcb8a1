// SPDX-License-Identifier: MIT
#include "cli/replay/replay.h"

#include "cli/backend.h"
#include "cli/files/input.h"
#include "cli/replay/renaming.h"
#include "cli/replay/trace.h"
#include "cli/replay/undo.h"
#include "core/secrets.h"
#include "core/text.h"

namespace scim::cli {
namespace {

constexpr const char* kUnknown = "whether it was done when it was recorded is not known";

const std::vector<std::string> kColumns = {"exchange", "method", "path", "recorded", "status", "detail"};

/// Whether the request has lost what it was for.
bool is_nothing(const Request& request, const Json& body) {
  const bool is_patch = body.is_object() && body.contains("Operations");
  const bool has_lost_all = request.body == kRemoved || (is_patch && body.at("Operations").empty());
  return has_lost_all || request.query.find(percent_encode(kRemoved)) != std::string::npos;
}

/// Sends the requests of a trace in their order, to resources that may have other ids here.
class Player {
 public:
  Player(Backend& backend, const Registry& types, const Globals& globals, Console& console)
      : backend_(backend), globals_(globals), console_(console), printer_(console, member_columns(globals.columns.empty() ? kColumns : globals.columns), "path"), renaming_(types) {}

  Try<void> play(const TraceRecord& record) {
    Request request = record.request;
    request.path = renaming_.path(request.path);
    request.query = renaming_.query(request.query, record.request.path);
    request.if_match = renaming_.version(request.path, request.if_match);
    auto body = parse_json(request.body, kFileLimits);
    const bool has_lost = body && drop_removed(*body);
    if (is_nothing(request, body ? *body : Json())) {
      ++different_;
      print(record, request, Json("not sent"), "what it was for is secret, and not in the trace");
      return {};
    }
    if (has_lost) console_.say("scimctl: " + record.place + ": a secret is not in the trace, and is not sent");
    if (body) request.body = to_text(renaming_.body(*std::move(body), record.request.path));
    switch (globals_.effect) {
      case Effect::preview: print(record, request, Json("not sent"), record.is_outcome_known() ? "" : kUnknown); return {};
      case Effect::write: break;
    }
    SCIM_ASSIGN(const Response response, backend_.exchange(request));
    learn(record, request, response);
    // How a server says that it has done it is its own affair: 200 or 204.
    const bool may_have_succeeded = record.succeeded() || !record.is_outcome_known();
    const bool is_as_recorded = response.status == record.response.status || (succeeded(response.status) && may_have_succeeded);
    if (!is_as_recorded) ++different_;
    if (!succeeded(response.status)) print(record, request, response.status, Failure(response).detail);
    else print(record, request, response.status, record.is_outcome_known() ? "" : kUnknown);
    return {};
  }

  ExitCode finish() {
    printer_.finish(Envelope{Envelope::Kind::array});
    return different_ == 0 ? ExitCode::ok : ExitCode::different;
  }

 private:
  void learn(const TraceRecord& record, const Request& request, const Response& response) {
    const bool makes = request.method == "POST" && record.succeeded() && succeeded(response.status);
    if (makes) renaming_.learn_made(record.request.path, record.response, response);
    else renaming_.learn_version(request.path, version_of(record.response), version_of(response));
  }

  void print(const TraceRecord& record, const Request& request, Json status, std::string detail) {
    Json row{{"exchange", record.place}, {"method", request.method}, {"path", request.path}, {"recorded", record.no_answer.empty() ? Json(record.response.status) : Json("no answer")}, {"status", std::move(status)}};
    if (!detail.empty()) row["detail"] = std::move(detail);
    printer_.add(std::move(row));
  }

  Backend& backend_;
  const Globals& globals_;
  Console& console_;
  Printer printer_;
  Renaming renaming_;
  std::size_t different_ = 0;
};

Try<ExitCode> play(const std::vector<TraceRecord>& records, const Globals& globals, Console& console) {
  SCIM_ASSIGN(const auto backend, Backend::open(globals, console, Absent::is_made));
  SCIM_ASSIGN(const Registry* const types, backend->types());
  Player player(*backend, *types, globals, console);
  for (const TraceRecord& record : records) {
    const auto played = player.play(record);
    if (played) continue;
    player.finish();
    return fail(played.error());
  }
  if (records.empty()) console.say("scimctl: the trace is empty");
  return player.finish();
}

}  // namespace

Try<ExitCode> run(const ReplayCommand& command, const Globals& globals, Console& console) {
  SCIM_ASSIGN(const std::vector<TraceRecord> records, read_trace(command.file, console));
  switch (command.direction) {
    case ReplayCommand::Direction::again: break;
    case ReplayCommand::Direction::undo: return undo(records, globals, console);
  }
  return play(records, globals, console);
}

}  // namespace scim::cli
