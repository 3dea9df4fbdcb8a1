// SPDX-License-Identifier: MIT
// Expected failures are values: Result<T>, and one table from the kind of an error to what HTTP and SCIM call it.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

namespace scim {

/// RFC 7644 Table 8 and Table 9, RFC 9865 2.1. The names are SCIM's scimType keywords where one exists, else the HTTP reason.
enum class ErrorKind {
  invalid_filter,
  too_many,
  uniqueness,
  mutability,
  invalid_syntax,
  invalid_path,
  no_target,
  invalid_value,
  invalid_version,
  invalid_cursor,
  expired_cursor,
  invalid_count,
  sensitive,
  bad_request,
  unauthorized,
  forbidden,
  not_found,
  method_not_allowed,
  not_acceptable,
  conflict,
  precondition_failed,
  precondition_required,
  too_many_requests,
  payload_too_large,
  uri_too_long,
  headers_too_large,
  request_timeout,
  unsupported_media_type,
  internal,
  not_implemented,
  unavailable,
  held,  ///< it waits for an administrator
};

struct Error {
  ErrorKind kind = ErrorKind::internal;
  std::string detail;  ///< names the place; never SQL, secrets or paths of the server
  std::string header;  ///< the value of ErrorKindInfo::header, where the kind has one
  /// Where in the text that was read (filter, path): bytes from its beginning. `detail` says it too.
  std::size_t offset = std::string::npos;
  /// Which of the Operations of a PATCH, from 0. `detail` says it too.
  std::size_t operation = std::string::npos;
};

struct ErrorKindInfo {
  int status;             ///< HTTP status
  const char* scim_type;  ///< RFC 7644 Table 9 keyword, "" where none is defined
  const char* header;     ///< the response header that this kind carries (Allow, WWW-Authenticate, Retry-After), ""
};

const ErrorKindInfo& info(ErrorKind kind);

template <class T>
using Result = tl::expected<T, Error>;

inline tl::unexpected<Error> fail(ErrorKind kind, std::string detail, std::string header = {}) {
  return tl::unexpected<Error>(Error{kind, std::move(detail), std::move(header)});
}
/// "detail at offset".
inline tl::unexpected<Error> fail_at(ErrorKind kind, std::size_t offset, const std::string& detail) {
  return tl::unexpected<Error>(Error{kind, detail + " at " + std::to_string(offset), {}, offset});
}
inline tl::unexpected<Error> fail(Error error) { return tl::unexpected<Error>(std::move(error)); }

}  // namespace scim

/// Leaves the calling function with the error of `expression`, a Result. For a Result<void>.
#define SCIM_TRY(expression)                                                  \
  do {                                                                        \
    auto scim_result_ = (expression);                                         \
    if (!scim_result_) return ::scim::fail(std::move(scim_result_).error());  \
  } while (false)

#define SCIM_CONCAT_(a, b) a##b
#define SCIM_CONCAT(a, b) SCIM_CONCAT_(a, b)
/// `SCIM_ASSIGN(auto x, expression);` leaves with the error, or gives x the value.
#define SCIM_ASSIGN(variable, expression) SCIM_ASSIGN_(variable, expression, SCIM_CONCAT(scim_result_, __LINE__))
#define SCIM_ASSIGN_(variable, expression, result)                \
  auto result = (expression);                                     \
  if (!result) return ::scim::fail(std::move(result).error());    \
  variable = std::move(*result)
