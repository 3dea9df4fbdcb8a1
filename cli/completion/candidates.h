// SPDX-License-Identifier: MIT
// What may be typed next: words of the program, attributes of the schema, resources and tokens of the database.
#pragma once

#include <string_view>
#include <vector>

#include "cli/completion/candidate.h"
#include "cli/completion/place.h"

namespace scim::cli {

struct Candidates {
  /// files: the shell knows them better.
  enum class Kind { listed, files } kind = Kind::listed;
  std::vector<Candidate> list;
};

/// For the word that begins with `word`. Looks at a database that is there, and changes nothing; what goes wrong is no
/// candidate.
Candidates candidates(const Place& place, std::string_view word);

/// Whether the values called so, "ID", "FILE", are known here: those of every option and argument should be.
bool is_known_value(std::string_view name);

}  // namespace scim::cli
