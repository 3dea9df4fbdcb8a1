// SPDX-License-Identifier: MIT
#include "cli/replay/tracing_backend.h"

#include "cli/replay/renaming.h"
#include "core/text.h"

namespace scim::cli {
namespace {

/// What a line says that was written before the answer came, if none follows: the program, or the machine, has ended meanwhile.
constexpr const char* kPending = "the answer was not recorded";

/// Whether a change was done, or may have been, whose answer does not have all of the resource.
bool is_partial(const TraceRecord& record) {
  const Request& request = record.request;
  const bool is_new = request.method == "POST" && request.path != "/Bulk" && !request.path.ends_with("/.search") && !id_of(record.response).empty();
  const bool is_there = is_new || request.method == "PUT" || request.method == "PATCH";
  if (!record.is_outcome_known()) return is_there && !is_new;
  return record.succeeded() && is_there && (record.response.body.empty() || !request.query.empty());
}

bool changes_one(const Request& request) {
  return request.method == "PUT" || request.method == "PATCH" || request.method == "DELETE";
}

}  // namespace

TracingBackend::TracingBackend(std::unique_ptr<Backend> inner, TraceFile file, Secrets secrets)
    : Backend(inner->config()), inner_(std::move(inner)), file_(std::move(file)), env_(system_env(LogLevel::warning)), secrets_(std::move(secrets)) {}

Try<std::unique_ptr<Backend>> TracingBackend::open(std::unique_ptr<Backend> inner, TraceFile file) {
  SCIM_ASSIGN(const Registry* const types, inner->types());
  return std::unique_ptr<Backend>(new TracingBackend(std::move(inner), std::move(file), Secrets(*types)));
}

/// nullopt: there is none, or nobody says; the change itself will.
std::optional<Json> TracingBackend::state_of(const std::string& path) {
  auto state = inner_->send(request_for("GET", path, ""));
  if (!state || !state->is_object()) return std::nullopt;
  return *std::move(state);
}

/// Before it is sent: whatever becomes of this program, the trace says what it was about to do.
Try<void> TracingBackend::announce(TraceRecord& record) {
  record.exchange = env_->new_id();
  TraceRecord pending = record;
  pending.no_answer = kPending;
  return file_.append(to_json(pending, secrets_), "nothing was sent");
}

Try<Response> TracingBackend::exchange(Request request) {
  TraceRecord record;
  if (changes_one(request)) record.before = state_of(request.path);
  record.time = format_instant(env_->now());
  record.request = request;
  const bool is_announced = !only_reads(request);
  if (is_announced) SCIM_TRY(announce(record));
  auto answer = inner_->exchange(std::move(request));
  const bool is_sent = answer || answer.error().code != ExitCode::usage;
  if (!is_sent && !is_announced) return answer;
  // Without an answer a change may have been made all the same.
  if (answer) record.response = *answer;
  else (is_sent ? record.no_answer : record.not_sent) = answer.error().detail;
  if (is_sent && is_partial(record)) record.after = state_after(record);
  const auto recorded = file_.append(to_json(record, secrets_), is_announced ? "what was sent is in it, the answer is not" : "the answer is not in it");
  if (answer && !recorded) return fail(recorded.error());
  return answer;
}

/// Others may have changed it again meanwhile: then nobody knows.
std::optional<Json> TracingBackend::state_after(const TraceRecord& record) {
  const bool is_new = record.request.method == "POST";
  auto state = state_of(is_new ? record.request.path + '/' + percent_encode(id_of(record.response)) : record.request.path);
  const std::string version = version_of(record.response);
  const bool is_same = state && (version.empty() || version == version_of(*state));
  return is_same ? std::move(state) : std::nullopt;
}

}  // namespace scim::cli
