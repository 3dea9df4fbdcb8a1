// SPDX-License-Identifier: MIT
// What a client sends -> canonical values, driven by the schema (RFC 7643 2, RFC 7644 3.3 and 3.5.1).
#pragma once

#include "core/json.h"
#include "core/member.h"
#include "core/resource.h"
#include "core/tolerance.h"

namespace scim {

/// Most elements of one list, memberships aside (the limit of bytes bounds those).
inline constexpr std::size_t kListLimit = 2000;

/// Whether `schemas` of a message names it (RFC 7644 3.1).
bool has_message_urn(const Json& body, std::string_view urn);

/// The body of a POST or PUT. Names get their canonical case, read-only members fall out, and unknown ones if the policy
/// is so; null and empty values become unassigned, equal elements of a list become one, what `leniency` takes becomes
/// what it means. Refused: wrong types (invalidValue), missing required attributes, two primaries, `schemas` missing or
/// without the base schema (invalidSyntax). The detail names the attribute: `emails[1].value: ...`.
Result<Resource> resource_from_body(const Json& body, const ResourceType& type, Leniency& leniency);

/// What a value is about to become part of: PATCH takes one value where a list is meant.
enum class Shape {
  whole,    ///< the attribute's value: an array if it is multi-valued
  lenient,  ///< as `whole`, but a single value counts as a list of one (ambiguities A-33)
  element,  ///< one element of a multi-valued attribute
};

/// `value` in canonical form for `attribute` (read-only parts dropped), null if it is unassigned; invalidValue.
/// For an object that is merged into another (an element, or a singular value that is not `whole`), parts that are null
/// stay null: they unassign that part. What is left of an object that names nothing known is an empty object, which
/// says nothing.
Result<Json> canonical_value(const Attribute& attribute, const Json& value, Shape shape, Leniency& leniency);

// For values of our own, and of scimctl: Dialect::any.
Result<Resource> resource_from_body(const Json& body, const ResourceType& type);
Result<Json> canonical_value(const Attribute& attribute, const Json& value, Shape shape);

/// After all operations: required attributes are there (`kind` if not: invalidValue, or mutability for what PATCH
/// removed), at most one primary in each list, userName not empty.
Result<void> check_complete(const Resource& resource, ErrorKind kind);

/// The first required attribute or part that `body` lacks, `attribute` included; nullptr if there is none.
const Attribute* find_missing(const Attribute& attribute, const Json& body);
/// At most one primary, userName not empty; for an extension, all its attributes.
Result<void> check_values(const Attribute& attribute, const Json& body);
/// The error of a required attribute that is missing.
Error missing_error(const Attribute& missing, ErrorKind kind);

}  // namespace scim
