// SPDX-License-Identifier: MIT
// Resources that a file names by an attribute instead of an id: members {"value": "userName=ada"}, and a manager.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "cli/backend.h"
#include "core/store.h"

namespace scim::cli {

/// The id of whom `userName=ada` means; nullopt: nobody (yet). invalidValue: several.
using ReferenceFinder = std::function<Result<std::optional<std::string>>(const std::string& argument)>;
/// Of the types that may be meant, users and groups, the first that has one.
ReferenceFinder finder_in(Transaction& transaction, const Registry& registry);
/// The same by asking; what has been found is remembered, and that somebody was not.
class RemoteFinder {
 public:
  explicit RemoteFinder(Backend& backend) : backend_(backend) {}
  Result<std::optional<std::string>> operator()(const std::string& argument);
  /// Somebody who is there now.
  void learn(const std::string& argument, const std::string& id) { known_[argument] = id; }
  /// Who was not there, and may be now, is asked for again.
  void forget(const std::string& argument) { known_.erase(argument); }
  void forget_nobodies();

 private:
  Backend& backend_;
  std::map<std::string, std::optional<std::string>> known_;
};

/// A single reference to somebody who is not there yet: the file may have them further down.
struct OpenReference {
  std::string path;      ///< "urn:...:User:manager.value"
  std::string argument;  ///< "userName=boss"
};

/// Puts ids into the place of names in `resource`. Single references to nobody are taken out of it, and returned.
/// invalidValue: a member that is nobody, or several.
Result<std::vector<OpenReference>> resolve_references(const ReferenceFinder& find, Resource& resource);

/// Whether there is anything to resolve but memberships.
bool has_single_references(const Resource& resource);

/// Sets the reference of a resource that has been imported. invalidValue: there is still nobody.
Try<void> complete_reference(Backend& backend, const ReferenceFinder& find, const ResourceType& type, const std::string& id,
                             const OpenReference& reference);

}  // namespace scim::cli
