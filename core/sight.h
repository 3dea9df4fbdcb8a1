// SPDX-License-Identifier: MIT
// What of the schema a client is shown, by the scopes of its token. What it does not see is for it as if it were not there.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/registry.h"
#include "core/resource.h"

namespace scim {

class Sight {
 public:
  Sight() = default;  ///< everything
  /// `types`: whose resources, by name or as in the endpoint ("users"); empty: all. `hidden`: attributes, in each type that has
  /// them. What the registry, borrowed, does not know is nothing there is to see.
  Sight(const std::vector<std::string>& types, const std::vector<std::string>& hidden, const Registry& registry);

  bool is_whole() const { return shows_all_types_ && hidden_.empty(); }
  bool shows(const ResourceType& type) const;
  bool shows_any_type() const { return shows_all_types_ || !types_.empty(); }
  /// Neither it nor what it is part of is hidden.
  bool shows(const Attribute& attribute) const;
  const std::vector<const Attribute*>& hidden() const { return hidden_; }

  /// `changes` without those that the client could not know of: what it does not see stays as it is in `before`, also where
  /// it is part of what is written as a whole.
  Changes without_hidden(Changes changes, const Resource& before) const;
  /// Takes what is hidden out of a body.
  void hide_in(const ResourceType& type, Json& body) const;
  /// The schema as it is described to the client.
  Schema shown_of(Schema schema, const Registry& registry) const;
  /// Whether a type that is shown is made of the schema, or no type at all.
  bool shows(const Schema& schema, const Registry& registry) const;
  /// nearest_name() among what is shown, and nearest_part().
  std::string nearest_name(const ResourceType& type, const PathName& name) const;
  std::string nearest_part(const Attribute& owner, const PathName& name) const;

 private:
  bool shows_all_types_ = true;
  std::vector<const ResourceType*> types_;
  std::vector<const Attribute*> hidden_;
};

/// The resource type that a word means: its name, or its endpoint as in `users`; nullptr: none.
const ResourceType* type_of_word(std::string_view word, const Registry& registry);

/// Whether an attribute can be kept from a token; invalidValue says why not: nothing has the name, resources cannot be
/// without it, or it is a part of elements of a list.
Result<void> check_hidden(std::string_view path, const Registry& registry);

}  // namespace scim
