// SPDX-License-Identifier: MIT
// The smallest parts of a mapping: names, columns, and defaults for columns that SCIM does not know.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

#include "sql/mapping.h"

namespace scim::sql {

/// Where a message points: "scimctl.toml: [user.map] emails".
struct Place {
  std::string text;
  Place at(std::string_view key) const { return {text + ' ' + std::string(key)}; }
  tl::unexpected<Error> refuse(const std::string& why) const { return fail(ErrorKind::invalid_value, text + ": " + why); }
};

using Keys = std::initializer_list<std::string_view>;
/// Refuses members of `table` that are not among `keys`.
Result<void> check_keys(const Json& table, Keys keys, const Place& place);

/// A name of the database: not empty. `otherwise` where the key may be left out.
Result<std::string> read_name(const Json& table, const char* key, const Place& place,
                              std::optional<std::string> otherwise = std::nullopt);

/// true or false; false if the key is left out.
Result<bool> read_flag(const Json& table, const char* key, const Place& place);

/// The position of the word among `words`; `otherwise` if the key is left out.
Result<std::size_t> read_word(const Json& table, const char* key, Keys words, std::size_t otherwise, const Place& place);

/// A text, number or boolean as a column holds it; an array or table is refused.
Result<Cell> read_cell(const Json& json, const Place& place);

/// "sql", "epoch" ...; `otherwise` if the key is left out.
Result<Codec> read_moment_format(const Json& table, Codec otherwise, const Place& place);

/// { column = value, column = { generate = "now", format = "sql" } }.
Result<Defaults> read_defaults(const Json& json, const Place& place);

/// "name", or { column = "name", ... } with what a column may have, and with `more` keys, which are left to the caller.
/// `absent`: of the section. What refers to other types is left empty (Codec::reference without `refers`).
Result<Column> read_column(const Json& json, const Attribute& attribute, const Cell& absent, Keys more,
                           const Place& place);

}  // namespace scim::sql
