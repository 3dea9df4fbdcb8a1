// SPDX-License-Identifier: MIT
// The resources that a filter is tried on: which match, and why each of them does or does not.
#pragma once

#include <functional>
#include <iosfwd>
#include <optional>
#include <string>
#include <vector>

#include "cli/backend.h"
#include "cli/trials/filter_mistake.h"
#include "core/why.h"

namespace scim::cli {

/// What is found out of one resource.
struct Tried {
  Json row;  ///< what people know it by: id, userName, displayName
  bool matches = false;
  std::optional<Why> why;  ///< of those that are explained
};

struct Trial {
  std::vector<Json> matches;  ///< rows
  std::int64_t seen = 0;      ///< resources that were looked at
  std::int64_t total = 0;     ///< resources that there are
};

/// A filter that is to be tried.
struct TriedFilter {
  const std::string& text;
  const BoundFilter& bound;
  const ResourceType& type;
  /// How many are explained (--why); nullopt: none.
  std::optional<std::int64_t> explained;
};

/// Sees each resource that is explained, in the order of its source.
using SeeTried = std::function<void(const Tried&)>;

/// Those of a file, "-" for `in`, which is read once and never held as a whole.
Try<Trial> try_on_file(const TriedFilter& filter, const std::string& file, std::istream& in, const SeeTried& see);
/// The matches that the server finds, and of the first of all its resources why.
Try<Trial> try_on_server(const TriedFilter& filter, Backend& backend, const SeeTried& see);

/// "ada  2819c223-...".
std::string row_text(const Json& row);
/// The resource with its answer, and the reasons below it.
std::string tried_text(const Tried& tried);
Json to_json(const Tried& tried);

}  // namespace scim::cli
