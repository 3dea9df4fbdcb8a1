// SPDX-License-Identifier: MIT
// What a query asks for: from a URL (RFC 7644 3.4.2 and 3.9, RFC 9865 2) or from a SearchRequest (RFC 7644 3.4.3).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/error.h"
#include "core/json.h"
#include "core/sort.h"
#include "core/tolerance.h"

namespace scim {

struct Parameters {
  std::optional<std::string> filter;
  std::string sort_by;  ///< "": not sorted
  SortOrder sort_order = SortOrder::ascending;
  std::optional<std::int64_t> start_index;  ///< 1 and above; absent where there is a cursor
  std::optional<std::int64_t> count;        ///< 0 and above
  std::optional<std::string> cursor;        ///< pages by cursor; "" is the first one
  std::string attributes;                   ///< comma-separated; "" where there is the other
  std::string excluded_attributes;
};

/// Unknown parameters are ignored. invalidFilter (given twice), invalidValue for all else: no numbers, sortOrder, what
/// excludes each other, what `leniency` does not take: that it would be passed over in silence is no way to refuse it, since
/// a list without its filter makes clients create duplicates.
Result<Parameters> parse_parameters(std::string_view query, Leniency& leniency);

/// invalidSyntax: no SearchRequest, or members of the wrong type; else as parse_parameters().
Result<Parameters> parse_search_request(const Json& body, Leniency& leniency);

}  // namespace scim
