// SPDX-License-Identifier: MIT
// Where each attribute of a resource type lives in tables: one description for read, write, filter and sort. The
// embedded store is a mapping like any other: presets/embedded.toml.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/registry.h"

namespace scim::sql {

/// How a value is kept in its column.
enum class Codec {
  text,
  integer,
  decimal,
  boolean,       ///< 0 and 1
  instant,       ///< integer microseconds since 1970 (core/text.h Instant)
  instant_text,  ///< as the client wrote it; compared through scim_instant()
  password,      ///< a hash of sql/password.h; written, never read
};

/// A column of the resource's own row, or of a table that has one row for it.
struct Column {
  int table = 0;        ///< index into TypeMapping::tables
  std::string name;
  std::string folded;   ///< a column that holds the collation_key() of this one, written along with it; "" if none
  Codec codec = Codec::text;
};

/// The resource's own table (index 0), or one joined to it one to one.
struct Table {
  std::string name;
  std::string owner;  ///< its column that equals the key of table 0; for table 0 the key itself
};

/// A child table with one row for each element of a multi-valued attribute, in the order of its rowid/`order` column.
struct ListTable {
  std::string name;
  std::string owner;  ///< column with the key of the resource
  std::string key;    ///< the row's own key: tells rows apart and gives the order
  std::map<const Attribute*, Column> columns;  ///< by sub-attribute; for a list of simple values, by the list itself
};

/// Group.members: rows that join two resources.
struct MemberTable {
  std::string name;
  std::string owner;        ///< column with the key of the group
  std::string value;        ///< column with the key of the member
  const ResourceType* member_type = nullptr;  ///< whose key `value` is: members.type
};

/// What meta.version shows around the number in Link::version: a weak entity tag.
inline constexpr std::string_view kVersionPrefix = "W/\"";
inline constexpr std::string_view kVersionSuffix = "\"";

/// SCIM's own part of a resource (RFC 7643 3.1). Columns of table 0 or of a link table.
struct Link {
  int table = 0;
  std::string id;
  std::string external_id;
  std::string created;        ///< Codec::instant
  std::string last_modified;  ///< Codec::instant
  std::string version;        ///< integer, grows by one with every change; meta.version is W/"<it>"
  std::string deactivated;    ///< Codec::instant of the DELETE, NULL while the resource lives; "" if there is none
};

struct TypeMapping {
  const ResourceType* type = nullptr;
  std::vector<Table> tables;
  std::string key;  ///< column of table 0: integer or text
  Link link;
  std::map<const Attribute*, Column> columns;    ///< leaves that are singular: "userName", "name.givenName", "urn:...:manager.value"
  std::map<const Attribute*, ListTable> lists;   ///< by multi-valued attribute
  std::map<const Attribute*, std::vector<MemberTable>> members;  ///< by membership attribute (Group.members)
  /// Attributes that show a membership from the other side (User.groups), and whose membership that is.
  struct Reverse {
    const ResourceType* group_type = nullptr;
    const Attribute* members = nullptr;
  };
  std::map<const Attribute*, Reverse> reverse;
  /// Read-only attributes that show another resource: manager.displayName is the displayName of the living user whose
  /// id is manager.value.
  struct Lookup {
    const Attribute* by = nullptr;  ///< of this type; a column of table 0 that holds the other's id
    const ResourceType* other = nullptr;
    const Attribute* shows = nullptr;  ///< of the other type; a column of its table 0
  };
  std::map<const Attribute*, Lookup> lookups;
  /// Attributes that a member or group is shown by (`display`), best first: text columns of table 0.
  std::vector<const Attribute*> display;
};

/// The common attributes that live in the link, and those that follow from it and the type.
enum class LinkPart { none, id, external_id, resource_type, created, last_modified, location, version };
LinkPart link_part(const Attribute& attribute);

/// All types of one database. Attribute pointers are those of the registry it was made with.
struct Mapping {
  std::vector<std::unique_ptr<const TypeMapping>> types;
  const TypeMapping& of(const ResourceType& type) const;
};

/// Reads the tables [user], [group] ... of a mapping: those that have a `map`. Every type of the registry must have
/// one, every attribute must exist and may be mapped once; invalidValue names file (`name`), table and key.
Result<Mapping> parse_mapping(std::string_view toml, std::string_view name, const Registry& registry);

/// presets/embedded.toml.
Result<Mapping> embedded_mapping(const Registry& registry);

}  // namespace scim::sql
