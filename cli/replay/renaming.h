// SPDX-License-Identifier: MIT
// The resources that a trace made, and their versions, have other names now.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/filter.h"
#include "core/http.h"
#include "core/json.h"
#include "core/registry.h"

namespace scim::cli {

/// Some clients write one at the end of a path, or several.
std::string_view without_slash(std::string_view path);
bool is_bulk(std::string_view path);

/// The id of the resource that a POST was answered with: in its body, else at the end of Location.
std::string id_of(const Response& response);
/// The version in which the resource is after the answer, "" if it does not say.
std::string version_of(const Response& response);

/// Ids are of a type: 1 of /Users is not 1 of /Groups. Only what refers to a resource is renamed, as `types` describes it; the
/// same text elsewhere means something else. A member that does not say of which type it is (`type`, `$ref`) is a user if there is
/// one of that id.
class Renaming {
 public:
  explicit Renaming(const Registry& types) : types_(types) {}

  /// "/Users/1", "/Users/7"; of a URL the end.
  void learn(std::string_view was, std::string_view is);
  /// `path`: as it is now.
  void learn_version(const std::string& path, const std::string& was, const std::string& is);
  /// What the same POST to `path` was answered with: one resource, or those of a bulk request by their bulkIds.
  void learn_made(std::string_view path, const Response& was, const Response& is);

  std::string version(const std::string& path, const std::string& was) const;
  /// "/Users/ID", or a URL that ends so.
  std::string path(std::string_view was) const;
  /// The filter in the query of a request to `path`.
  std::string query(std::string_view was, std::string_view path) const;
  /// The body of a request to `path`: a resource, a PATCH, a search, a bulk request.
  Json body(Json was, std::string_view path) const;

 private:
  class References;
  using Name = std::pair<std::string, std::string>;  ///< "/Users" and an id

  static std::optional<Name> name_in(std::string_view path);
  const ResourceType* type_at(std::string_view path) const;
  /// Of the first of `endpoints` that knows it.
  std::string id(const std::vector<std::string>& endpoints, const std::string& was) const;
  /// Of the types that `link` refers to, those of `holder` if it says which.
  std::vector<std::string> endpoints_of(const Attribute& link, const Json* holder) const;
  std::string filter(std::string_view was, const ResourceType& type) const;
  /// `within`: whose elements it chooses; nullptr: it is about resources of `type`.
  bool rename(Filter& filter, const ResourceType* type, const Attribute* within) const;
  bool rename_literal(Filter& filter, const ResourceType* type, const Attribute& attribute) const;
  void rename_bulk(Json& operations) const;
  void learn_bulk(const Json& was, const Json& is);

  const Registry& types_;
  std::map<Name, std::string> ids_;
  std::map<std::string, std::string> versions_;  ///< by path and version
};

}  // namespace scim::cli
