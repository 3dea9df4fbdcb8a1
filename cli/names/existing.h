// SPDX-License-Identifier: MIT
// Which of many values are taken already.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "cli/backend.h"

namespace scim::cli {

/// Those of `values` that a resource of the type has as `attribute`, a text, each as key_of() has it. Asks for several at once.
Try<std::set<std::string>> taken_values(Backend& backend, const ResourceType& type, const Attribute& attribute,
                                        const std::vector<std::string>& values);

/// A value as it is compared: folded where the schema says that case does not matter.
std::string key_of(const Attribute& attribute, const std::string& value);

}  // namespace scim::cli
