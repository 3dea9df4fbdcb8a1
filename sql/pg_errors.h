// SPDX-License-Identifier: MIT
// What PostgreSQL says of an error -> DbError.
#pragma once

#include <string_view>

#include "sql/db.h"
#include "sql/pq.h"

namespace scim::sql {

// SQLSTATEs of a prepared statement:
inline constexpr std::string_view kNotPrepared = "26000";   // it is none, or not any more
inline constexpr std::string_view kNotSupported = "0A000";  // its tables have changed since

/// A field of an error (PG_DIAG_SQLSTATE ...); "" where the server has not said it.
std::string_view error_field(const PGresult* result, int code);
DbError error_of(const PGresult* result);

std::string_view first_line(std::string_view text);

}  // namespace scim::sql
