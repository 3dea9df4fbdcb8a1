// SPDX-License-Identifier: MIT
// What the references of files mean: resources of the same files, and of the server.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "cli/apply/desired_state.h"

namespace scim::cli {

/// The ids of the resources of the files, "" for those that are still to be made.
using Ids = std::vector<std::string>;

/// A reference is an id, or `userName=ada` as on the command line; the id that a file gives a resource means that resource, also where
/// the server has another id for it.
class DesiredReferences {
 public:
  struct Target {
    std::string id;                      ///< of a resource that is not in the files
    std::optional<std::size_t> desired;  ///< the one of the files
  };
  /// Looks up what is not in `desired`, which is borrowed. Fails, with the place, if nobody is meant, or several may be.
  static Try<DesiredReferences> resolve(const std::vector<DesiredResource>& desired, Backend& backend);

  /// Whether something that is still to be made stays in a body, as people call it: "userName=ada".
  using Keep = std::function<bool(const std::string& name)>;
  /// The body of a resource, whose references are ids now.
  Json settled(std::size_t index, const Ids& ids, const Keep& keep) const;
  /// The ids of resources in no file, and which resource of the files refers to each.
  std::unordered_map<std::string, std::size_t> outside() const;
  /// What people call those whom it refers to, by id.
  std::unordered_map<std::string, std::string> names(std::size_t index, const Ids& ids) const;

 private:
  friend class DesiredResolver;
  explicit DesiredReferences(const std::vector<DesiredResource>& desired) : desired_(&desired), targets_(desired.size()) {}

  const std::vector<DesiredResource>* desired_;
  std::vector<std::unordered_map<std::string, Target>> targets_;  ///< of each resource, by path and text
  std::vector<std::string> labels_;                               ///< "userName=ada", of each resource
};

}  // namespace scim::cli
