// SPDX-License-Identifier: MIT
// Lists longer than a page.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "cli/backend.h"

namespace scim::cli {

/// Which resources of a list, and how many in a request.
struct Walk {
  std::string filter;  ///< "": all
  std::string query;   ///< added to each request
  std::int64_t first = 1;
  std::int64_t page = 1000;  ///< small enough that one is there at once, large enough that few are needed; the server may give less
  std::optional<std::int64_t> limit = std::nullopt;
};
/// Them page by page, until `take` has seen all; what the list says of itself. By cursors where the server has them, unless
/// `first` asks for an index.
Try<Envelope> walk_resources(Backend& backend, const ResourceType& type, const Walk& walk, const std::function<void(Json)>& take);

/// Every resource that matches `filter` ("" all), page by page, until `take` has seen all; `query` is added to each request.
/// How many there are.
Try<std::int64_t> for_each_resource(Backend& backend, const ResourceType& type, std::string_view filter, std::string query,
                                    const std::function<void(Json)>& take);

}  // namespace scim::cli
