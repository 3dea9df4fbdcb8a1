// SPDX-License-Identifier: MIT
#include "cli/replay.h"

#include <algorithm>
#include <map>

#include "cli/backend.h"
#include "cli/preview.h"
#include "cli/trace.h"
#include "core/text.h"

namespace scim::cli {
namespace {

bool succeeded(int status) { return status >= 200 && status < 300; }

Json body_of(const std::string& text) { return Json::parse(text, nullptr, false); }

std::string id_in(const Json& body) {
  const auto id = body.is_object() ? body.find("id") : body.end();
  return body.is_object() && id != body.end() && id->is_string() ? id->get<std::string>() : std::string();
}

std::string version_in(const Json& body) {
  static const Json::json_pointer kVersion("/meta/version");
  if (!body.is_object() || !body.contains(kVersion) || !body.at(kVersion).is_string()) return {};
  return body.at(kVersion).get<std::string>();
}

/// What the resource was in after the answer, "" if it does not say.
std::string version_of(const Response& response) {
  const std::string_view header = response.header("ETag");
  return header.empty() ? version_in(body_of(response.body)) : std::string(header);
}

/// The resources that the trace made, and their versions, have other names now.
class Names {
 public:
  /// `recorded` is what `answer` to `request` makes again.
  void learn(const Json& recorded, const Request& request, const Response& answer) {
    const std::string id = id_in(body_of(answer.body));
    const std::string path = request.method == "POST" ? request.path + '/' + percent_encode(id) : request.path;
    learn(id_in(recorded), id, ids_);
    learn(path + ' ' + version_in(recorded), version_of(answer), versions_);
  }
  /// The version in which `path` is now that was recorded as `version`.
  std::string version(const std::string& path, const std::string& version) const {
    const auto at = versions_.find(path + ' ' + version);
    return at == versions_.end() ? version : at->second;
  }
  /// `text` is a path or JSON: an id is a word of its own in both.
  std::string translated(std::string text) const {
    for (const auto& [was, is] : ids_) {
      for (std::size_t at = text.find(was); at != std::string::npos; at = text.find(was, at + is.size())) text.replace(at, was.size(), is);
    }
    return text;
  }

 private:
  using Map = std::map<std::string, std::string>;
  static void learn(const std::string& was, const std::string& is, Map& into) {
    if (!was.empty() && !is.empty() && was != is) into[was] = is;
  }
  Map ids_;
  Map versions_;
};

/// What undoes the exchange; nullopt: nothing has been changed. badRequest: the trace does not tell.
Result<std::optional<Request>> undoing(const TraceRecord& record) {
  const Request& done = record.request;
  const Json answer = body_of(record.response.body);
  if (!succeeded(record.response.status) || done.method == "GET" || done.method == "HEAD") return std::nullopt;
  const bool is_search = done.path.ends_with("/.search");
  if (is_search) return std::nullopt;
  if (done.method == "POST" && done.path != "/Bulk") {
    const std::string id = id_in(answer);
    if (!id.empty()) return request_for("DELETE", done.path + '/' + percent_encode(id), "");
  }
  if (record.before && (done.method == "PUT" || done.method == "PATCH")) {
    Request request = request_for("PUT", done.path, "");
    request.body = to_text(*record.before);
    request.if_match = version_of(record.response);
    return request;
  }
  if (record.before && done.method == "DELETE") {
    Request request = request_for("POST", done.path.substr(0, done.path.rfind('/')), "");
    request.body = to_text(*record.before);
    return request;
  }
  return fail(ErrorKind::bad_request, record.place + ": " + done.method + ' ' + done.path + " cannot be undone: the trace does not say what was before");
}

struct Step {
  const TraceRecord* record = nullptr;
  Request request;
  std::optional<int> expected;  ///< status; nullopt: any success
  Json resource;                ///< the recorded one that this makes again, null for none
};

Try<std::vector<Step>> steps_of(const std::vector<TraceRecord>& records, ReplayCommand::Direction direction) {
  std::vector<Step> steps;
  for (const TraceRecord& record : records) {
    switch (direction) {
      case ReplayCommand::Direction::again:
        steps.push_back({&record, record.request, record.response.status, body_of(record.response.body)});
        break;
      case ReplayCommand::Direction::undo: {
        SCIM_ASSIGN(auto request, undoing(record));
        if (request) steps.push_back({&record, *std::move(request), std::nullopt, record.before.value_or(Json())});
        break;
      }
    }
  }
  if (direction == ReplayCommand::Direction::undo) std::reverse(steps.begin(), steps.end());
  return steps;
}

class Player {
 public:
  Player(Backend& backend, const Globals& globals, Console& console)
      : backend_(backend), globals_(globals), console_(console), printer_(console, member_columns({"exchange", "method", "path", "recorded", "status", "detail"}), "path") {}

  Try<void> play(Step step) {
    SCIM_TRY(prepare(step));
    switch (globals_.effect) {
      case Effect::preview: print(step, Json("not sent")); return {};
      case Effect::write: break;
    }
    SCIM_ASSIGN(const Response response, backend_.exchange(step.request));
    names_.learn(step.resource, step.request, response);
    const bool is_as_wanted = step.expected ? response.status == *step.expected : succeeded(response.status);
    if (!is_as_wanted) ++different_;
    print(step, response.status, succeeded(response.status) ? "" : Failure(response).detail);
    return {};
  }

  ExitCode finish() {
    printer_.finish(Envelope{Envelope::Kind::array});
    return different_ == 0 ? ExitCode::ok : ExitCode::different;
  }

 private:
  /// Ids as they are here; secrets that the trace does not have are not sent.
  Try<void> prepare(Step& step) {
    step.request.path = names_.translated(step.request.path);
    step.request.if_match = names_.version(step.request.path, step.request.if_match);
    if (step.request.body.empty()) return {};
    Json body = body_of(names_.translated(step.request.body));
    if (body.is_discarded()) return {};
    if (drop_removed(body)) console_.say("scimctl: " + step.record->place + ": a secret is not in the trace, and is not sent");
    step.request.body = to_text(body);
    return {};
  }

  void print(const Step& step, Json status, std::string detail = {}) {
    Json row{{"exchange", step.record->place}, {"method", step.request.method}, {"path", step.request.path}};
    if (step.expected) row["recorded"] = *step.expected;
    row["status"] = std::move(status);
    if (!detail.empty()) row["detail"] = std::move(detail);
    printer_.add(std::move(row));
  }

  Backend& backend_;
  const Globals& globals_;
  Console& console_;
  Printer printer_;
  Names names_;
  std::size_t different_ = 0;
};

}  // namespace

Try<ExitCode> run(const ReplayCommand& command, const Globals& globals, Console& console) {
  SCIM_ASSIGN(const std::vector<TraceRecord> records, read_trace(command.file, console.in));
  SCIM_ASSIGN(const std::vector<Step> steps, steps_of(records, command.direction));
  SCIM_ASSIGN(const auto backend, Backend::open(globals, console));
  Player player(*backend, globals, console);
  for (const Step& step : steps) SCIM_TRY(player.play(step));
  if (steps.empty()) console.say("scimctl: there is nothing to do in " + printable(command.file));
  return player.finish();
}

}  // namespace scim::cli
