// SPDX-License-Identifier: MIT
// Values that name other resources: the members of a group, the manager of a user.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "cli/desired_state.h"

namespace scim::cli {

/// Each reference in `body`: the `value` beside which the schema has a `$ref`. False from `keep` takes it out.
void for_each_reference(const ResourceType& type, Json& body, const std::function<bool(std::string& value)>& keep);

/// What the references of files mean, which may be an id, or `userName=ada` as on the command line; the id that a file gives a
/// resource means that resource, also where the server has another id for it.
class References {
 public:
  struct Target {
    std::string id;                      ///< of a resource that is not in the files
    std::optional<std::size_t> desired;  ///< the one of the files
  };
  /// Looks up what is not in `desired`. Fails, with the place, if there is no such user or group.
  static Try<References> resolve(const std::vector<DesiredResource>& desired, Backend& backend);

  /// A text that no file says is an id.
  Target target(const std::string& text) const;
  const std::unordered_map<std::string, Target>& targets() const { return targets_; }

 private:
  std::unordered_map<std::string, Target> targets_;
};

}  // namespace scim::cli
