// SPDX-License-Identifier: MIT
// Errors and error responses -> exit code, words and document.
#include "cli/failure.h"

#include <algorithm>

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

/// How much of an answer that is no SCIM error a message shows, in bytes.
constexpr std::size_t kShown = 200;

bool is_error_document(const Json& body) {
  if (!body.is_object() || !body.contains("schemas")) return false;
  const Json& schemas = body.at("schemas");
  return schemas.is_array() && std::find(schemas.begin(), schemas.end(), Json(std::string(urn::kError))) != schemas.end();
}

/// A proxy's page, an API gateway's JSON.
std::string foreign_detail(const Response& response) {
  std::string detail = "the server answered " + std::to_string(response.status);
  if (!response.header("Location").empty()) detail += ", Location " + quote(response.header("Location"));
  if (!response.body.empty()) detail += ": " + quote(std::string_view(response.body).substr(0, kShown));
  return detail;
}

std::string detail_of(const Response& response, const Json& body) {
  const bool has_detail = body.is_object() && body.contains("detail") && body.at("detail").is_string();
  std::string detail = has_detail ? printable(body.at("detail").get<std::string>()) : foreign_detail(response);
  if (response.status == 401) detail += " (the token comes from SCIMCTL_TOKEN, --token-file or the profile)";
  return detail;
}

/// As the server has written it, if it is one.
std::string document_of(const Response& response, const Json& body, const std::string& detail) {
  if (is_error_document(body)) return response.body;
  return to_text(Json{{"schemas", Json::array({std::string(urn::kError)})}, {"detail", detail}, {"status", std::to_string(response.status)}});
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

Failure failure_at(const std::string& place, Failure failure) {
  Json document = Json::parse(failure.document, nullptr, false);
  if (document.is_object() && document.contains("detail") && document.at("detail").is_string()) {
    document["detail"] = place + ": " + document.at("detail").get<std::string>();
    failure.document = to_text(document);
  }
  failure.detail = printable(place) + ": " + failure.detail;
  return failure;
}

}  // namespace scim::cli
