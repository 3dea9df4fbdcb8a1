// SPDX-License-Identifier: MIT
// An index of trigrams (FTS5's tokenizer of that name): which rows may have a text in them.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace scim::sql {

/// The column of a tail: the rows that the index does not know as they are, which are looked at beside it.
inline constexpr std::string_view kTailKey = "key";

/// What to MATCH: rows whose text has each of some groups of three characters that `text` has. nullopt: `text` is shorter
/// than that, and the index knows nothing of it.
std::optional<std::string> trigram_query(std::string_view text);

}  // namespace scim::sql
