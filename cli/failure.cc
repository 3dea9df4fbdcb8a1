// SPDX-License-Identifier: MIT
// Errors and error responses -> exit code, words and document.
#include "cli/failure.h"

#include "core/json.h"
#include "core/render.h"

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

std::string detail_of(const Response& response) {
  const auto body = parse_json(response.body);
  if (body && body->is_object() && body->contains("detail") && body->at("detail").is_string()) {
    return body->at("detail").get<std::string>();
  }
  return "the server answered with status " + std::to_string(response.status);
}

}  // namespace

Failure::Failure(ExitCode exit_code, const Error& error)
    : code(exit_code), detail(error.detail), document(render_error(error).body) {}

Failure::Failure(const Error& error) : Failure(code_of_status(info(error.kind).status), error) {}

Failure::Failure(const Response& response)
    : code(code_of_status(response.status)), detail(detail_of(response)), document(response.body) {}

}  // namespace scim::cli
