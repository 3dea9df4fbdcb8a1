// SPDX-License-Identifier: MIT
// Errors and error responses -> exit code, words and document.
#include "cli/failure.h"

#include <algorithm>
#include <charconv>

#include "core/json.h"
#include "core/render.h"
#include "core/schema.h"
#include "core/text.h"

namespace scim::cli {
namespace {

ExitCode code_of_status(int status) {
  switch (status) {
    case 400: return ExitCode::usage;
    case 401:
    case 403: return ExitCode::access_denied;
    case 404: return ExitCode::not_found;
    case 409: return ExitCode::conflict;
    case 412: return ExitCode::precondition_failed;
    default: return ExitCode::error;
  }
}

std::string text_of(const Json& body, const char* name) {
  const auto at = body.is_object() ? body.find(name) : body.end();
  return body.is_object() && at != body.end() && at->is_string() ? at->get<std::string>() : std::string();
}

ErrorKind kind_of(int status, const std::string& scim_type) {
  for (int i = 0; i <= static_cast<int>(ErrorKind::unavailable); ++i) {
    const auto kind = static_cast<ErrorKind>(i);
    if (info(kind).status == status && info(kind).scim_type == scim_type) return kind;
  }
  return status >= 500 ? ErrorKind::internal : ErrorKind::bad_request;
}

bool is_error_document(const Json& body) {
  if (!body.is_object() || !body.contains("schemas")) return false;
  const Json& schemas = body.at("schemas");
  return schemas.is_array() && std::find(schemas.begin(), schemas.end(), Json(std::string(urn::kError))) != schemas.end();
}

/// A proxy's page, an API gateway's JSON.
std::string foreign_detail(const Response& response) {
  std::string detail = "the server answered " + std::to_string(response.status);
  if (!response.header("Location").empty()) detail += ", Location " + quote(response.header("Location"));
  if (!response.body.empty()) detail += ": " + quote(response.body);
  return detail;
}

std::string detail_of(const Response& response, const Json& body) {
  const bool has_detail = body.is_object() && body.contains("detail") && body.at("detail").is_string();
  std::string detail = has_detail ? printable(body.at("detail").get<std::string>()) : foreign_detail(response);
  const std::string_view retry_after = response.header("Retry-After");
  if (!retry_after.empty()) detail += " (Retry-After " + printable(retry_after) + ")";
  if (response.status == 401) detail += " (the token comes from SCIMCTL_TOKEN, --token-file or the profile)";
  return detail;
}

/// As the server has written it, if it is one.
std::string document_of(const Response& response, const Json& body, const std::string& detail) {
  if (is_error_document(body)) return response.body;
  return to_text(Json{{"schemas", Json::array({std::string(urn::kError)})}, {"detail", detail}, {"status", std::to_string(response.status)}});
}

/// An error document whose detail is changed by `change`.
template <class Change>
std::string with_detail(const std::string& text, Change change) {
  Json document = Json::parse(text, nullptr, false);
  if (!document.is_object() || !document.contains("detail") || !document.at("detail").is_string()) return text;
  document["detail"] = change(document.at("detail").get<std::string>());
  return to_text(document);
}

}  // namespace

Failure::Failure(ExitCode exit_code, const Error& error)
    : code(exit_code), detail(error.detail), document(render_error(error).body) {}

Failure::Failure(const Error& error) : Failure(code_of_status(info(error.kind).status), error) {}

Failure::Failure(const Response& response)
    : code(code_of_status(response.status)) {
  const Json body = Json::parse(response.body, nullptr, false);
  detail = detail_of(response, body);
  document = document_of(response, body, detail);
}

bool is_scim_error(const Response& response) { return is_error_document(Json::parse(response.body, nullptr, false)); }

Error to_error(const Response& response) {
  const Json body = Json::parse(response.body, nullptr, false);
  return {kind_of(response.status, text_of(body, "scimType")), detail_of(response, body), {}};
}

Error to_error(const Failure& failure) {
  const Json document = Json::parse(failure.document, nullptr, false);
  const std::string status = text_of(document, "status");
  int code = 0;
  std::from_chars(status.data(), status.data() + status.size(), code);
  return {kind_of(code, text_of(document, "scimType")), failure.detail, {}};
}

Failure failure_at(const std::string& place, Failure failure) {
  failure.document = with_detail(failure.document, [&](const std::string& detail) { return place + ": " + detail; });
  failure.detail = printable(place) + ": " + failure.detail;
  return failure;
}

Failure failure_because(const std::string& reason, Failure failure) {
  failure.document = with_detail(failure.document, [&](const std::string& detail) { return detail + " (" + reason + ')'; });
  failure.detail += " (" + printable(reason) + ')';
  return failure;
}

}  // namespace scim::cli
