// SPDX-License-Identifier: MIT
// What is common to all databases: quoting, and what a refusal means to a client.
#include "sql/db.h"

namespace scim::sql {

std::string identifier(std::string_view name) {
  std::string quoted = "\"";
  for (const char c : name) quoted.append(c == '"' ? 2 : 1, c);
  quoted += '"';
  return quoted;
}

Error to_error(const DbError& error) {
  switch (error.kind) {
    case DbErrorKind::busy:
      return {ErrorKind::unavailable, "the database is busy, try again", "1"};
    case DbErrorKind::unavailable:
      return {ErrorKind::unavailable, "the database is not available", "30"};
    case DbErrorKind::unique:
    case DbErrorKind::foreign_key:
    case DbErrorKind::not_null:
    case DbErrorKind::check:
    case DbErrorKind::other:
      return {ErrorKind::internal, "the database refused a statement", ""};
  }
  return {ErrorKind::internal, "the database refused a statement", ""};
}

}  // namespace scim::sql
