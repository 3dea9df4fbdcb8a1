// SPDX-License-Identifier: MIT
// ID arguments: a SCIM id, or `userName=ada`, `externalId=42`, any attribute and its value.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/backend.h"

namespace scim::cli {

/// `userName=ada`, said of one type. Borrows the argument.
struct Lookup {
  const Attribute* attribute = nullptr;
  std::string_view name;  ///< of it, as written
  std::string_view value;

  std::string filter() const;
  /// `id=X` is the id X, also where X looks like a name.
  bool is_id() const;
};

/// Whether the argument may name a resource by an attribute. Ids may be so as well: `dXNlcg==`, `uid=ada`.
inline bool has_equals(std::string_view argument) { return argument.find('=') != std::string_view::npos; }

/// nullopt: it is no attribute of the type that is named, or none at all.
std::optional<Lookup> lookup_of(std::string_view argument, const ResourceType& type);

/// What is wrong with the name in `nmae=value`, if it is no id that looks so. invalidPath.
Error unknown_name(std::string_view argument, const ResourceType& type);

struct Matches {
  std::int64_t total = 0;
  std::vector<std::string> ids;  ///< of the first of them
};
/// Whom a list has for it.
Try<Matches> find_matches(Backend& backend, const ResourceType& type, const Lookup& lookup);

/// After an answer that there is none: who has given a name where an id is wanted is told how names are given.
Failure with_name_hint(Failure failure, const ResourceType& type, std::string_view argument);

/// The id of the one resource that `argument` names. notFound, conflict if it fits several (with their ids).
Try<std::string> find_id(Backend& backend, const ResourceType& type, std::string_view argument);

}  // namespace scim::cli
