// SPDX-License-Identifier: MIT
#include "cli/names/unknown_names.h"

#include <algorithm>

#include "core/path.h"
#include "core/registry.h"
#include "core/text.h"
#include "core/validate.h"

namespace scim::cli {
namespace {

/// Where names are data, or nothing fits, more tell nothing.
constexpr std::size_t kMost = 20;

/// `emails[1].vlaue` as `emails.vlaue`: a slip that all elements have is one.
std::string without_positions(const std::string& name) {
  std::string text;
  for (std::size_t at = 0; at < name.size();) {
    const std::size_t open = std::min(name.find('[', at), name.size());
    text.append(name, at, open - at);
    const std::size_t close = name.find(']', open);
    at = close == std::string::npos ? name.size() : close + 1;
  }
  return text;
}

std::string hint_at(const std::string& name, const ResourceType& type) {
  const auto path = parse_path_name(name);
  const std::string nearest = path ? nearest_name(type, *path) : "";
  return nearest.empty() ? "" : ", did you mean " + nearest + '?';
}

}  // namespace

void UnknownNames::mention(const std::string& place, const Json& object, const ResourceType& type) {
  Leniency leniency(Dialect::any, UnknownAttribute::note);
  if (resource_from_body(object, type, leniency)) mention(place, leniency.noted(), type);  // else something else is wrong
}

void UnknownNames::mention(const std::string& place, const std::vector<std::string>& names, const ResourceType& type) {
  for (const std::string& each : names) {
    const std::string name = without_positions(each);
    if (mentioned_.size() > kMost || !mentioned_.insert(name).second) continue;
    const bool is_last = mentioned_.size() > kMost;
    const std::string what = is_last ? "more unknown attributes are passed over" : "unknown attribute " + quote(name) + " is passed over" + hint_at(name, type);
    console_.say("scimctl: " + printable(place) + ": " + what);
  }
}

}  // namespace scim::cli
