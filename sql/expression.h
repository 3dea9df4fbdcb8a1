// SPDX-License-Identifier: MIT
// SQL of mapped values: what a column holds -> what SCIM shows, and the other way round.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/env.h"
#include "sql/db.h"
#include "sql/dialect.h"
#include "sql/mapping.h"

namespace scim::sql {

/// Which resources are there at all.
enum class Visible {
  living,       ///< not those that DELETE has deactivated
  all,          ///< those too (deleted_visible = true)
};

class CompiledFilters;
class RowPlans;

/// What SQL is made with.
struct CompileContext {
  const Mapping& mapping;
  const Dialect& dialect;
  std::string_view base_url;  ///< for meta.location and $ref
  Visible visible = Visible::living;
  RowPlans* plans = nullptr;  ///< of searches made before; nullptr: each is planned anew
  CompiledFilters* filters = nullptr;  ///< nullptr: each is compiled anew
};

/// The tables of a resource within a query: its own is prefix0, the joined ones are prefix1 ... ("t0", "m2").
std::string alias_of(std::string_view prefix, int table);

/// alias."name".
std::string column_of(std::string_view alias, std::string_view name);

/// A value of the mapping as SQL text: it is the admin's, not a client's.
std::string literal(const Cell& value);

/// How shown_expression() gives the value.
enum class Shown {
  text,
  integer,
  decimal,
  boolean,  ///< 0 and 1
  instant,  ///< microseconds since 1970
};
Shown shown_as(Codec codec);

/// What SCIM shows of a column of the table `alias`; NULL for no value. Codec::reference is not for here: reference_id().
std::string shown_expression(std::string_view alias, const Column& column, const Dialect& dialect);

/// What the column is to hold for a shown value (monostate: none). Codec::unset takes `now` for false; passwords and
/// references are not for here. nullopt: Column::words has no such value, or it is no number.
std::optional<Cell> kept_cell(const Column& column, const Cell& shown, Instant now);

/// A moment in the format of a column.
Cell moment_cell(Codec format, Instant moment);

/// Whether a resource can have it: no other text can be in all databases.
bool can_be_id(std::string_view text);

/// How the id of a client may stand in a column of ids: as it is, and as 32 digits where those are shown as a UUID. Empty:
/// a column of that type cannot hold it.
std::vector<std::string> kept_ids(const Column& column, std::string_view id);

/// A column as text, whatever its type.
std::string text_of(const std::string& column, Native native, const Dialect& dialect);

/// Whether a column of this type is compared with a text by itself, since its own index does not know it as a text.
bool compares_itself(Native native);
/// The text as such a column takes it; nullopt: none shows it.
std::optional<std::string> own_text(Native native, const std::string& text);
/// The placeholder for it.
std::string_view own_placeholder(Native native);

/// A UUID as 32 digits; nullopt if it is none in its canonical form.
std::optional<std::string> uuid_to_hex(std::string_view uuid);

}  // namespace scim::sql
