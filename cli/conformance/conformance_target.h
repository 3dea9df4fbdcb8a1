// SPDX-License-Identifier: MIT
// What the server under test says of itself: what it offers, and which attributes its resources have.
#pragma once

#include <optional>
#include <string>

#include "cli/backend.h"
#include "core/json.h"

namespace scim::cli {

class ConformanceTarget {
 public:
  /// Reads the discovery documents. Those that cannot be had are no failure: the standard's schemas stand for them, and what
  /// nobody says is offered is not. Fails when there is no answer.
  static Try<ConformanceTarget> discover(Backend& backend);
  ConformanceTarget(Json config, Json resource_types, Json schemas);

  /// Why a check that needs this cannot be run; nullopt: it can. There are
  ///   filter, patch, sort, bulk, etag, changePassword   what ServiceProviderConfig calls supported; "no bulk": what it does not
  ///   index, cursor, pagination   paging (RFC 9865 4); a server that says nothing has index
  ///   User, Group                 resource types
  ///   User.emails.primary         an attribute, also of Group and enterprise; "User.userName:caseExact=false": as it is declared,
  ///                               "Group.members:returned=default|always": one of these, "User.name.familyName:kept": what is
  ///                               written there is read there. mutability and returned are also those of what it is a part of
  std::optional<std::string> lacks(const std::string& need) const;

  /// What a User or Group must have by its schema, and by those of the extensions that it must have; its userName or
  /// displayName is `name`.
  Json required_of(const std::string& type, const std::string& name) const;

 private:
  const Json* attribute(const std::string& path) const;
  bool has_extension(std::string_view urn) const;
  bool is_declared(const std::string& path, std::string_view characteristics) const;

  Json config_;
  Json resource_types_;
  Json schemas_;
};

}  // namespace scim::cli
