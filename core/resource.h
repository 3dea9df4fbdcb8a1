// SPDX-License-Identifier: MIT
// A resource in memory, and Changes: the only language in which a resource is changed.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/json.h"
#include "core/schema.h"

namespace scim {

/// `body` has canonical names, no null, no empty array or object, extensions under their URN; `id`, `meta` and
/// `schemas` are there once it has been stored.
struct Resource {
  const ResourceType* type = nullptr;
  Json body = Json::object();

  std::string_view id() const;
};

/// One attribute's change. `attribute` is Attribute::top(): a top-level attribute or one attribute of an extension.
struct Change {
  enum class Kind {
    set,     ///< `value` is the whole new value
    clear,   ///< the attribute becomes unassigned
    add,     ///< memberships only: `value` is an array of {"value": id}
    remove,  ///< memberships only: `value` is an array of {"value": id}
  };
  const Attribute* attribute = nullptr;
  Kind kind = Kind::set;
  Json value;
};
using Changes = std::vector<Change>;

/// The value of `attribute` (or sub-attribute) in `body`; nullptr if unassigned. Not for parts of list elements.
const Json* find_value(const Json& body, const Attribute& attribute);
/// Assigns the attribute, making parents as needed; null removes it, and parents that become empty.
void assign_value(Json& body, const Attribute& attribute, Json value);

/// RFC 7643 2.5: null, [], {} and what holds only those are unassigned. "" is a value.
bool is_unassigned(const Json& value);

/// The `primary` of a list's elements (RFC 7643 2.4): true at most once, and missing is false.
bool is_primary(const Attribute& attribute);

/// The `value` of a membership's element; "" if it has none.
std::string member_id(const Json& member);

/// Derived from the data, so never stored or compared.
bool is_schemas(const Attribute& attribute);

/// Equal keys are equal values of `attribute`, to find one among many: strings by its collation, dateTimes by instant,
/// objects and lists whatever their order and with `primary` false = absent. For a list, of the list or of one element.
std::string equality_key(const Attribute& attribute, const Json& value);
bool equal_values(const Attribute& attribute, const Json& a, const Json& b);
/// Whether a client sees no difference: another capital is one, unlike for equal_values(). Read-only parts do not count.
bool looks_same(const Attribute& attribute, const Json& a, const Json& b);

/// The `schemas` of a resource: the base schema, then each extension that has data.
Json schemas_of(const ResourceType& type, const Json& body);

/// What turns `before` into `after`, attribute by attribute; nothing for what a client would see no difference in, so
/// another capital is a change although it is equal_values(). Read-only attributes and parts and memberships are left
/// out: those come as deltas from who plans the change.
Changes difference(const ResourceType& type, const Json& before, const Json& after);

/// `before` with the changes made, in memory: tests, --dry-run, patch-test. Keeps `schemas` true.
void apply(const Changes& changes, Resource& resource);

}  // namespace scim
