// SPDX-License-Identifier: MIT
// References of what is imported: whom they name may come later in the file.
#pragma once

#include <string>
#include <vector>

#include "cli/import/import_source.h"
#include "cli/names/reference_finder.h"

namespace scim::cli {

/// A reference to somebody who is not there yet.
struct OpenReference {
  std::string path;      ///< "members", "urn:...:User:manager.value"
  std::string argument;  ///< "userName=boss", "id=7"
  const Attribute* attribute = nullptr;
};

/// Puts ids into the place of names in `resource`. References to those who may come later, being of its type, are taken out of it,
/// and returned, and so are ids of nobody where one resource is referred to. invalidValue: one that is nobody, or several.
Result<std::vector<OpenReference>> resolve_references(ReferenceFinder& finder, Resource& resource);

/// Looks for all ids in the records at once, which costs less than doing so for each.
void look_for_ids(ReferenceFinder& finder, std::vector<ImportEntry>& entries);

/// Whom the reference means in the end. invalidValue: there is still nobody.
Result<std::string> target_of(ReferenceFinder& finder, const OpenReference& reference);

/// What there is to resolve but memberships.
std::vector<OpenReference> single_references(const Resource& resource);

/// Sets references of resources that have been imported.
class ReferenceCompleter {
 public:
  /// Both are borrowed.
  ReferenceCompleter(Backend& backend, const ResourceType& type) : backend_(backend), type_(type), finder_(backend) {}
  /// invalidValue: there is still nobody.
  Try<void> complete(const std::string& id, const OpenReference& reference);

 private:
  Backend& backend_;
  const ResourceType& type_;
  BackendFinder finder_;
};

}  // namespace scim::cli
