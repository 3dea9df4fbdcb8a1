// SPDX-License-Identifier: MIT
// Reads the case files of tests/data, and the registry that they are about.
#pragma once

#include <string>

#include "core/json.h"
#include "core/registry.h"

namespace scim::test {

std::string read_file(const std::string& path);

Json read_cases(const std::string& name);

/// The standard types and Widget, which has every data type, mutability and returned value.
Registry registry_with_widget();

}  // namespace scim::test
