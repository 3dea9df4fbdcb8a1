// SPDX-License-Identifier: MIT
// The syntax of attribute names and PATCH paths: `urn:attr.sub`, `attr[filter].sub` (RFC 7644 3.10 and Figure 7).
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "core/error.h"
#include "core/limits.h"

namespace scim {

struct Filter;

/// `urn:name.sub` as written. The URN is split off at the last colon; since the dot of "2.0" belongs to the URN, only
/// a dot after that colon separates a sub-attribute. A bare extension URN therefore reads as urn + name, and
/// resolve() puts it together again.
struct PathName {
  std::string urn;   ///< "" if none
  std::string name;
  std::string sub;   ///< "" if none
  std::size_t offset = 0;  ///< of its first byte in the text it was read from

  std::string text() const;  ///< as written
};

/// A whole attribute name, as in `attributes=`, `sortBy=` or a member of a path-less PATCH value; invalidPath.
Result<PathName> parse_path_name(std::string_view text);

/// A PATCH path. `filter` is what stood in brackets, not yet bound.
struct Path {
  PathName name;                         ///< without .sub after a bracket
  std::shared_ptr<const Filter> filter;  ///< null if there were no brackets
  std::string sub;                       ///< the name after `].`, "" if none
};

/// invalidPath with the offset if the path is malformed, invalidFilter if only the text in brackets is.
Result<Path> parse_path(std::string_view text, const FilterLimits& limits = {});

}  // namespace scim
