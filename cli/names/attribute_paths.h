// SPDX-License-Identifier: MIT
// The attribute paths that a type of resource has, as one types them.
#pragma once

#include <string>
#include <vector>

#include "core/schema.h"

namespace scim::cli {

struct AttributePath {
  std::string text;  ///< "name.givenName", "urn:...:User:department"
  std::string description;
};

/// reading: what can be shown and filtered; writing: what can be set, elements of lists by their type among it, passwords not:
/// those do not belong on a command line.
enum class PathsFor { reading, writing };

std::vector<AttributePath> attribute_paths(const ResourceType& type, PathsFor purpose);

}  // namespace scim::cli
