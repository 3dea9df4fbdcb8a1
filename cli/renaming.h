// SPDX-License-Identifier: MIT
// The resources that a trace made, and their versions, have other names now.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "core/http.h"
#include "core/json.h"

namespace scim::cli {

/// `id` of a resource, "" if there is none.
std::string id_in(const Json& resource);
/// The id of the resource that a POST was answered with: in its body, else at the end of Location.
std::string id_of(const Response& response);
/// The version in which the resource is after the answer, "" if it does not say.
std::string version_of(const Response& response);

class Renaming {
 public:
  void learn_id(const std::string& was, const std::string& is);
  /// `path`: as it is now.
  void learn_version(const std::string& path, const std::string& was, const std::string& is);

  std::string id(const std::string& was) const;
  std::string version(const std::string& path, const std::string& was) const;
  /// "/Users/ID".
  std::string path(std::string_view was) const;
  /// Ids in quotes, as filters have them.
  std::string query(std::string_view was) const;
  /// Where a body refers to resources: `value` of a member or a manager, $ref, the filters of paths. An id may be short, and
  /// stand elsewhere for something else.
  Json body(Json was) const;

 private:
  std::string in_quotes(std::string text) const;
  void rename(Json& object) const;

  std::map<std::string, std::string> ids_;
  std::map<std::string, std::string> versions_;  ///< by path and version
};

}  // namespace scim::cli
