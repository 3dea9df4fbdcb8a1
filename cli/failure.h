// SPDX-License-Identifier: MIT
// Why a verb stopped: what the shell, people and programs get to know about it.
#pragma once

#include <string>

#include "cli/exit_code.h"
#include "core/error.h"
#include "core/http.h"

namespace scim::cli {

struct Failure {
  ExitCode code = ExitCode::error;
  std::string detail;    ///< for people
  std::string document;  ///< the SCIM error document (RFC 7644 3.12)

  Failure(ExitCode exit_code, const Error& error);
  /// What scimctl finds out by itself, with the code that the same answer of the server has.
  Failure(const Error& error);  // NOLINT: so that SCIM_TRY turns Result into Outcome
  /// What the server refused.
  explicit Failure(const Response& response);
};

/// Whether a server of SCIM has refused it, and no proxy or whatever else serves the URL (RFC 7644 3.12).
bool is_scim_error(const Response& response);
/// What the server refused, as if it had been found out here.
Error to_error(const Response& response);
/// Why a step failed, for what fails with an Error.
Error to_error(const Failure& failure);

/// The same, and where: in `detail`, and in that of the document.
Failure failure_at(const std::string& place, Failure failure);

/// The same, and what is known besides of why.
Failure failure_because(const std::string& reason, Failure failure);

/// Either what a step of a verb made, or why the verb stops.
template <class T>
using Try = tl::expected<T, Failure>;

}  // namespace scim::cli

namespace scim {

inline tl::unexpected<cli::Failure> fail(cli::Failure failure) { return tl::unexpected<cli::Failure>(std::move(failure)); }

}  // namespace scim
