// SPDX-License-Identifier: MIT
// In which order operations that refer to each other are carried out (RFC 7644 3.7.1).
#pragma once

#include <cstddef>
#include <vector>

namespace scim {

/// For each operation the positions of those that have to be there before it.
using BulkEdges = std::vector<std::vector<std::size_t>>;

/// Operations that come at the same time: one, or all those of a circle of references.
struct BulkStep {
  enum class Kind { single, circle };  ///< an operation that refers to itself is a circle too
  std::vector<std::size_t> members;    ///< ascending
  Kind kind = Kind::single;
};

/// The order of the request, except that what an operation refers to comes before it.
std::vector<BulkStep> order_steps(const BulkEdges& edges);

}  // namespace scim
