// SPDX-License-Identifier: MIT
// How PATCH changes one object, and one list of elements: merging, comparing, primary, and what a filter seeds.
#pragma once

#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "core/filter.h"
#include "core/resource.h"
#include "core/tolerance.h"

namespace scim {

tl::unexpected<Error> immutable_error(const Attribute& attribute);

/// Whether each part that `given` has is so in `stored`. Names in `given` may have any case.
bool covers(const Attribute& attribute, const Json& stored, const Json& given);

/// Assigns one part of an object, or of an element; null unassigns it. mutability.
Result<void> set_part(Json& owner, const Attribute& part, Json value);

/// RFC 7644 3.5.2.3: sub-attributes that are not named stay. `parts` is a canonical_value(). A `$ref` goes with the
/// `value` that it told of.
Result<void> merge_parts(Json& owner, const Attribute& attribute, const Json& parts);

/// The element that `filter` describes, if it is one eq term or an and-chain of them (ambiguities A-20); null if not.
Result<Json> seed_from(const Filter& filter, const Attribute& list, Leniency& leniency);

/// The values listed in a remove (Entra's form, ambiguities A-24), each as it would stand in the list.
Result<std::vector<Json>> listed_values(const Attribute& list, const Json& value, Leniency& leniency);

/// The elements of a list under work, or the one value of a singular complex attribute.
class Elements {
 public:
  /// `stored` is the value of `list`; nullptr if it has none.
  Elements(const Attribute& list, const Json* stored);

  std::vector<Json>& values() { return values_; }
  /// That the operation at hand gave `given` to an element.
  void note_primary(std::size_t index, const Json& given);

  /// RFC 7644 3.5.2.1 and ambiguities A-22: what is there, with all the given parts, is not added again; the same value
  /// and type with other parts is the same element. `given` is a canonical list.
  Result<void> add_all(const Json& given);

  /// Removes each element that has all the parts of one of `listed`.
  void remove_all(const std::vector<Json>& listed);

  /// The list as it is to be assigned, null if it is empty. RFC 7644 3.5.2: a new primary turns the others off. Empty
  /// elements go, and of equal ones all but the first.
  Result<Json> settle() &&;

 private:
  bool is_same(const Json& element, const Json& given) const;
  /// Indices by the key of `value`; "" for elements without one.
  std::unordered_multimap<std::string, std::size_t> index() const;

  const Attribute& list_;
  std::vector<Json> values_;
  std::set<std::size_t> made_primary_;  // by this operation
};

}  // namespace scim
