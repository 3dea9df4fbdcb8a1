// SPDX-License-Identifier: MIT
#include "cli/names/hint.h"

#include "core/text.h"

namespace scim::cli {
namespace {

/// How far a word may be from the one that is hinted at.
constexpr std::size_t kFarthest = 2;

}  // namespace

std::string hint(std::string_view word, const std::vector<std::string>& known) {
  std::string_view nearest;
  std::size_t least = kFarthest + 1;
  for (const std::string& name : known) {
    const std::size_t distance = edit_distance(word, name, kFarthest);
    if (distance >= least) continue;
    least = distance;
    nearest = name;
  }
  return nearest.empty() ? "" : ", did you mean " + std::string(nearest) + '?';
}

}  // namespace scim::cli
