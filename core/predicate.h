// SPDX-License-Identifier: MIT
// A filter with a meaning: names are attributes of one resource type, literals are values of the attribute's type.
// A bound predicate cannot be wrong, so match() and the SQL compiler have no error branches.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "core/filter.h"
#include "core/schema.h"
#include "core/tolerance.h"

namespace scim {

/// What an attribute is compared with. A string is a collation_key(), ready to compare. monostate is null.
using Value = std::variant<std::monostate, bool, std::int64_t, double, std::string, Instant>;

/// Meaning, two-valued. In what follows `attribute` is a leaf: not complex. Outside Any it is singular and so are all
/// its parents; inside Any it is a sub-attribute of the list, or, for a list of simple values, the list itself.
struct Predicate {
  enum class Kind {
    always,   ///< True
    never,    ///< False
    and_,     ///< all children (none: true)
    or_,      ///< any child (none: false)
    not_,     ///< children[0]
    compare,  ///< attribute op value; no value: only ne is true. `eq null`: has no value (an empty string is one)
    present,  ///< attribute has a value that is not the empty string
    any,      ///< one element of the multi-valued `attribute` satisfies children[0]
    id,       ///< the resource's id is one of `ids`
  };
  Kind kind = Kind::always;
  std::vector<Predicate> children;
  const Attribute* attribute = nullptr;
  Op op = Op::eq;
  Value value;
  std::vector<std::string> ids;
};

/// One predicate for each of `types`, in their order. An attribute that only some of them know has no value in the
/// others; one that none knows is invalidFilter with the offset and a hint. What must not be seen (returned = never)
/// cannot be filtered either (ambiguities A-13). The predicates are simplified.
Result<std::vector<Predicate>> bind_types(const Filter& filter, std::span<const ResourceType* const> types, Leniency& leniency);
Result<Predicate> bind(const Filter& filter, const ResourceType& type, Leniency& leniency);

/// The filter in the brackets of a PATCH path: `list` is the attribute before the bracket, and the result is about one
/// element of it (what Any holds), or about the one value of a singular complex attribute.
Result<Predicate> bind_element(const Filter& filter, const Attribute& list, Leniency& leniency);

// For filters of our own, and of scimctl: Dialect::any.
Result<std::vector<Predicate>> bind_types(const Filter& filter, std::span<const ResourceType* const> types);
Result<Predicate> bind(const Filter& filter, const ResourceType& type);
Result<Predicate> bind_element(const Filter& filter, const Attribute& list);

/// The part that a comparison with a bare complex attribute means (ambiguities A-6); nullptr: there is none.
const Attribute* compared_part(const Attribute& attribute);

/// Flattens and/or, folds constants, turns `id eq` chains into one Id. simplify(simplify(p)) == simplify(p).
Predicate simplify(Predicate predicate);

Predicate constant(bool value);  ///< always or never
Predicate id_is(std::string id);
Predicate both(Predicate a, Predicate b);  ///< a and b

/// The normalised filter, in the grammar of RFC 7644 where it can say it: what filter-test prints and tests compare.
std::string to_text(const Predicate& predicate);

}  // namespace scim
