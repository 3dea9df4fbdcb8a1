// SPDX-License-Identifier: MIT
// What one configuration serves: the resource types, and where they live.
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "core/config.h"
#include "core/registry.h"
#include "sql/mapping.h"

namespace scim::sql {

struct Served {
  std::unique_ptr<const Registry> registry;
  Mapping mapping;  ///< of the registry's types
};

/// The embedded store, or the application's tables as the configuration and its preset map them. A type that no table
/// maps is not served; attributes without a place are not offered (Attribute::is_kept), those of read-only columns are
/// read-only. invalidValue names the file, table and key.
Result<Served> load_served(const Config& config);

/// The names of the mappings that come with the program: `mapping = "django"`.
std::vector<std::string_view> preset_names();

}  // namespace scim::sql
