// SPDX-License-Identifier: MIT
// The functions of the dialect for PostgreSQL, as SQL: there they are functions of the database, where SQLite has them
// registered with each connection.
#pragma once

#include <string>

namespace scim::sql {

/// CREATE OR REPLACE FUNCTION for each of these, in the first schema of the search path. They need UTF-8 as the database's
/// encoding and PostgreSQL 14, and no extension. All are IMMUTABLE, and PARALLEL SAFE but for scim_json_valid().
///
///   scim_fold(text), scim_username(text) -> text    collation_key() of core/text.h, NULL for NULL
///   scim_instant(text) -> bigint                    microseconds of a dateTime of SQL or RFC 3339; NULL if it is none
///   scim_instant(timestamp), scim_instant(timestamptz), scim_instant(date) -> bigint    likewise
///   scim_uuid(text) -> text                         32 hexadecimal digits in lower case with dashes, anything else as it is
///   scim_hash(VARIADIC text[]) -> bigint            of any values as texts: below 2^40, not negative; NULL is a value
///   scim_version(VARIADIC text[]) -> text           likewise: 16 hexadecimal digits in lower case
///
/// Documents are JSON in columns of type text. Only scim_json_valid() may be asked of any text: the others raise for what it
/// refuses. A path is an array of names and, within a list, positions from 0: '{emails,0,type}'; '{}' is all of the document.
///
///   scim_json_valid(document text) -> boolean                   whether it is JSON that the server can hold
///   scim_json_text(document text, path text[]) -> text          a string; true and false are '1' and '0', other values their
///                                                               JSON; NULL for null and where nothing is
///   scim_json_boolean(document text, path text[]) -> boolean    NULL for what is no boolean
///   scim_json_integer(document text, path text[]) -> bigint     NULL for what is no number, and for a number that is no bigint
///   scim_json_decimal(document text, path text[]) -> double precision    NULL for what is no number
///   scim_json_each(document text, path text[]) -> TABLE (key bigint, value text, type text)
///                                                               the elements of a list, from 0; `value` is the element as JSON, a
///                                                               document for the functions above; `type` is 'object', 'array',
///                                                               'string', 'number', 'boolean' or 'null'; no rows for what is no list
const std::string& pg_functions_script();

/// Counts the changes of that script that older programs do as well without: a database whose functions are of an older version
/// gets them anew.
inline constexpr int kPgFunctionsVersion = 1;
/// Statement for the version of the functions that a database has, as text; NULL: it has none.
std::string pg_functions_version_select();

}  // namespace scim::sql
