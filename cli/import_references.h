// SPDX-License-Identifier: MIT
// Resources that a file names by an attribute instead of an id: members {"value": "userName=ada"}, and a manager.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "cli/backend.h"
#include "core/store.h"

namespace scim::cli {

/// The id of whom `userName=ada` means; nullopt: nobody (yet). invalidValue: several.
using ReferenceFinder = std::function<Result<std::optional<std::string>>(const std::string& argument)>;
/// Of the types that may be meant the first that has one: users and groups. A displayName is a group's: that of a user is
/// looked for by the ReferenceCompleter, when no group can come any more.
ReferenceFinder finder_in(Transaction& transaction, const Registry& registry);
/// The same by asking; what has been found is remembered, and that somebody was not.
class RemoteFinder {
 public:
  explicit RemoteFinder(Backend& backend) : backend_(backend) {}
  Result<std::optional<std::string>> operator()(const std::string& argument);
  /// Somebody who is there now.
  void learn(const std::string& argument, const std::string& id) { known_[argument] = id; }
  /// Who was not there, and may be now, is asked for again.
  void forget_nobodies() { nobodies_.clear(); }

 private:
  Try<std::string> ask(const std::string& argument);

  Backend& backend_;
  std::map<std::string, std::string> known_;
  std::set<std::string> nobodies_;
};

/// A single reference to somebody who is not there yet: the file may have them further down.
struct OpenReference {
  std::string path;      ///< "urn:...:User:manager.value"
  std::string argument;  ///< "userName=boss"
};

/// Puts ids into the place of names in `resource`. Single references to nobody are taken out of it, and returned.
/// invalidValue: a member that is nobody, or several.
Result<std::vector<OpenReference>> resolve_references(const ReferenceFinder& find, Resource& resource);

/// What there is to resolve but memberships.
std::vector<OpenReference> single_references(const Resource& resource);

/// Sets references of resources that have been imported.
class ReferenceCompleter {
 public:
  /// Both are borrowed.
  ReferenceCompleter(Backend& backend, const ResourceType& type) : backend_(backend), type_(type) {}
  /// invalidValue: there is still nobody.
  Try<void> complete(const std::string& id, const OpenReference& reference);

 private:
  Try<std::string> find(const std::string& argument, bool is_member);

  Backend& backend_;
  const ResourceType& type_;
  std::map<std::string, std::string> managers_;  ///< ids, by argument
};

}  // namespace scim::cli
