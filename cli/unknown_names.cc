// SPDX-License-Identifier: MIT
#include "cli/unknown_names.h"

#include "core/text.h"
#include "core/validate.h"

namespace scim::cli {

void UnknownNames::mention(const std::string& place, const Json& object, const ResourceType& type) {
  if (!resource_from_body(object, type)) return;  // something else is wrong
  Leniency strict(Dialect::any, UnknownAttribute::reject);
  const auto known = resource_from_body(object, type, strict);
  if (known || !mentioned_.insert(known.error().detail).second) return;
  console_.say("scimctl: " + printable(place) + ": " + known.error().detail + " is passed over");
}

}  // namespace scim::cli
