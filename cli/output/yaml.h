// SPDX-License-Identifier: MIT
// JSON values as YAML that readers of YAML 1.1 and of 1.2 understand alike.
#pragma once

#include <string>

#include "core/json.h"

namespace scim::cli {

/// One document in block style, with a line feed at its end. What is text in JSON is text in YAML: it stands in quotes
/// wherever some reader could take it for anything else.
std::string to_yaml(const Json& value);

}  // namespace scim::cli
