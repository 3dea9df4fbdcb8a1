// SPDX-License-Identifier: MIT
#include "cli/tracing_backend.h"

#include "core/text.h"

namespace scim::cli {
namespace {

void append_secrets(const std::vector<Attribute>& attributes, std::vector<std::string>& names) {
  for (const Attribute& attribute : attributes) {
    const bool is_secret = attribute.mutability == Mutability::write_only || attribute.returned == Returned::never;
    if (is_secret) names.push_back(attribute.name);
    append_secrets(attribute.sub_attributes, names);
  }
}

bool changes_one(const Request& request) {
  return request.method == "PUT" || request.method == "PATCH" || request.method == "DELETE";
}

}  // namespace

TracingBackend::TracingBackend(std::unique_ptr<Backend> inner, TraceFile file)
    : Backend(inner->config()), inner_(std::move(inner)), file_(std::move(file)), env_(system_env(LogLevel::warning)), secret_names_{"password"} {}

Try<std::unique_ptr<Backend>> TracingBackend::open(std::unique_ptr<Backend> inner, const std::string& trace) {
  SCIM_ASSIGN(TraceFile file, TraceFile::open(trace));
  std::unique_ptr<TracingBackend> backend(new TracingBackend(std::move(inner), std::move(file)));
  for (const Kind kind : {Kind::users, Kind::groups}) {
    const auto type = backend->inner_->type(kind);
    if (type) append_secrets((*type)->attributes, backend->secret_names_);
  }
  return std::unique_ptr<Backend>(std::move(backend));
}

/// nullopt: there is none, or nobody says; the change itself will.
std::optional<Json> TracingBackend::state_of(const std::string& path) {
  auto state = inner_->send(request_for("GET", path, ""));
  if (!state || !state->is_object()) return std::nullopt;
  return *std::move(state);
}

Try<Response> TracingBackend::exchange(Request request) {
  TraceRecord record;
  if (changes_one(request)) record.before = state_of(request.path);
  record.time = format_instant(env_->now());
  record.request = request;
  SCIM_ASSIGN(record.response, inner_->exchange(std::move(request)));
  SCIM_TRY(file_.append(to_json(record, secret_names_)));
  return std::move(record.response);
}

}  // namespace scim::cli
