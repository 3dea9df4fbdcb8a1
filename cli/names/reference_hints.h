// SPDX-License-Identifier: MIT
// What a resource says of the types of those whom it refers to, where users and groups may have the same ids.
#pragma once

#include <string>
#include <unordered_map>
#include <vector>

#include "cli/names/references.h"

namespace scim::cli {

class ReferenceHints {
 public:
  /// As a server has it, or as somebody has written it: with `type` and `$ref` beside the ids (RFC 7643 2.4 and 4.2).
  ReferenceHints(const ResourceType& type, Json resource);
  /// Those of `types` that the reference may mean; all of them, if nothing is said.
  std::vector<const ResourceType*> narrowed(const Reference& reference, std::vector<const ResourceType*> types) const;

 private:
  struct Hint {
    std::string type;
    std::string address;

    bool fits(const ResourceType& wanted) const;
  };
  std::unordered_map<std::string, std::vector<Hint>> hints_;  ///< by path and text
};

}  // namespace scim::cli
