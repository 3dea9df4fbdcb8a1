// SPDX-License-Identifier: MIT
// Where bodies refer to other resources, as the schema says: members.value, manager.value, $ref and what extensions declare.
#pragma once

#include <string>

#include "core/json.h"
#include "core/router.h"
#include "core/schema.h"

namespace scim {

/// Called for each reference, which it may change.
class ReferenceVisitor {
 public:
  virtual ~ReferenceVisitor() = default;
  /// An id. `link` has the `$ref` that says of which types; `holder` is the object that the id is the `value` of, nullptr where a
  /// client has sent it alone.
  virtual void id(const Attribute& link, const Json* holder, std::string& id) = 0;
  virtual void uri(std::string& uri) = 0;
  /// The path of a PATCH that chooses among the elements of `link` in brackets.
  virtual void filter(const Attribute& link, std::string& path) = 0;
};

/// `value` beside `$ref`: the way SCIM refers to a resource (RFC 7643 2.4).
bool is_link(const Attribute& attribute);
/// The link that an id stands in: `attribute` itself, or what it is the `value` of; nullptr: it holds no id.
const Attribute* link_of(const Attribute& attribute);
/// Holds the URI of a resource (RFC 7643 2.3.7).
bool holds_uri(const Attribute& attribute);

/// All references in the body of a POST, PUT or PATCH of `type`, each as often as it stands there.
void walk_references(const ResourceType& type, Operation operation, Json& data, ReferenceVisitor& visitor);
/// Those in a value of `attribute`.
void walk_references(const Attribute& attribute, Json& value, ReferenceVisitor& visitor);

}  // namespace scim
