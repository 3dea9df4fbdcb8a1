// SPDX-License-Identifier: MIT
// An index of trigrams (FTS5's tokenizer of that name): which rows may have a text in them.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace scim::sql {

/// What to MATCH: rows whose text has each of some groups of three characters that `text` has. nullopt: `text` is shorter
/// than that, and the index knows nothing of it.
std::optional<std::string> trigram_query(std::string_view text);

}  // namespace scim::sql
