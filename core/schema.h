// SPDX-License-Identifier: MIT
// RFC 7643 section 7: attributes, schemas and resource types as plain data, and their JSON forms.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/json.h"
#include "core/text.h"

namespace scim {

enum class Type { string, boolean, decimal, integer, date_time, binary, reference, complex };
enum class Mutability { read_only, read_write, immutable, write_only };
enum class Returned { always, never, by_default, request };
enum class Uniqueness { none, server, global };

/// One attribute or sub-attribute. An extension is one too: a complex attribute whose name is its URN and whose
/// sub-attributes are the extension's attributes, because that is how it lies in a resource (RFC 7643 3.3).
struct Attribute {
  std::string name;
  Type type = Type::string;
  bool multi_valued = false;
  std::string description;
  bool required = false;
  std::vector<std::string> canonical_values;
  bool case_exact = false;
  Mutability mutability = Mutability::read_write;
  Returned returned = Returned::by_default;
  Uniqueness uniqueness = Uniqueness::none;
  std::vector<std::string> reference_types;
  std::vector<Attribute> sub_attributes;
  /// false: the store has no place for it. It is not in /Schemas and cannot be filtered; what clients send is dropped, or
  /// refused by the store.
  bool is_kept = true;

  // Set by the registry.
  const Attribute* parent = nullptr;  ///< the complex attribute or extension that this one is part of
  int index = -1;                     ///< dense within the resource type, for tables beside it
  bool is_extension = false;
  Collation collation = Collation::folded;  ///< from case_exact; userName is `username`

  const Attribute* find(std::string_view sub_name) const;  ///< names have no case (RFC 7643 2.1)
  /// The elements are resources, told apart by an immutable `value` (Group.members): changed by adding and removing
  /// values, never by rewriting the list.
  bool is_membership() const;
  /// "urn:...:User:manager.value", "name.givenName": the way RFC 7644 3.10 writes it.
  std::string path() const;
  /// The outermost attribute that a change or a projection speaks of: an extension's own attribute, else the root.
  const Attribute& top() const;
};

struct Schema {
  std::string id;  ///< the URN
  std::string name;
  std::string description;
  std::vector<Attribute> attributes;
};

struct ResourceType {
  struct Extension {
    std::string schema;
    bool required = false;
  };
  std::string name;      ///< what meta.resourceType carries
  std::string endpoint;  ///< "/Users"
  std::string description;
  std::string schema;  ///< the URN of the base schema
  std::vector<Extension> extensions;

  // Set by the registry: the merged schema. Common attributes (RFC 7643 3.1), the base schema's, the extensions.
  std::vector<Attribute> attributes;
  int attribute_count = 0;  ///< indices run from 0 to attribute_count - 1
  std::vector<bool> default_attributes;  ///< by Attribute::index: what a response carries when the client says nothing

  const Attribute* find(std::string_view attribute_name) const;  ///< a top-level name or extension URN
};

/// A Schema resource (RFC 7643 section 7); invalidValue names the attribute that is wrong.
Result<Schema> schema_from_json(const Json& json);
/// The Schema resource as /Schemas serves it; `location` is its meta.location.
Json schema_to_json(const Schema& schema, std::string_view location);

std::string_view to_string(Type type);
std::string_view to_string(Mutability mutability);
std::string_view to_string(Returned returned);
std::string_view to_string(Uniqueness uniqueness);

namespace urn {
inline constexpr std::string_view kUser = "urn:ietf:params:scim:schemas:core:2.0:User";
inline constexpr std::string_view kGroup = "urn:ietf:params:scim:schemas:core:2.0:Group";
inline constexpr std::string_view kEnterpriseUser = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
inline constexpr std::string_view kServiceProviderConfig = "urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig";
inline constexpr std::string_view kResourceType = "urn:ietf:params:scim:schemas:core:2.0:ResourceType";
inline constexpr std::string_view kSchema = "urn:ietf:params:scim:schemas:core:2.0:Schema";
inline constexpr std::string_view kListResponse = "urn:ietf:params:scim:api:messages:2.0:ListResponse";
inline constexpr std::string_view kSearchRequest = "urn:ietf:params:scim:api:messages:2.0:SearchRequest";
inline constexpr std::string_view kPatchOp = "urn:ietf:params:scim:api:messages:2.0:PatchOp";
inline constexpr std::string_view kError = "urn:ietf:params:scim:api:messages:2.0:Error";
}  // namespace urn

}  // namespace scim
