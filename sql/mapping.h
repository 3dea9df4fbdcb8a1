// SPDX-License-Identifier: MIT
// Where each attribute of a resource type lives in tables: one description for read, write, filter and sort. The
// embedded store is a mapping like any other: presets/embedded.toml. man/scim-mapping.5 has the grammar.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/config.h"
#include "core/registry.h"
#include "sql/db.h"
#include "sql/dialect.h"

namespace scim::sql {

/// In the order of the schema: the same in every process, as the order of addresses is not.
struct BySchema {
  static int position(const Attribute* attribute) { return attribute == nullptr ? -1 : attribute->index; }
  bool operator()(const Attribute* a, const Attribute* b) const { return position(a) < position(b); }
};
/// By attributes of one resource type. Nothing is found for nullptr.
template <class Value>
using AttributeMap = std::map<const Attribute*, Value, BySchema>;

/// How a value is kept in its column.
enum class Codec {
  text,
  integer,
  decimal,
  boolean,       ///< 0 and 1
  instant,       ///< integer microseconds since 1970 (core/text.h Instant), in whole milliseconds: our own
  epoch_us,      ///< integer microseconds since 1970, of which the milliseconds are shown
  epoch,         ///< integer seconds since 1970
  epoch_ms,      ///< integer milliseconds since 1970
  date_time,     ///< text, "YYYY-MM-DD HH:MM:SS.ffffff" in UTC, as SQL and most frameworks write it
  iso,           ///< text, "YYYY-MM-DDTHH:MM:SS.fffZ"
  instant_text,  ///< a dateTime as the client wrote it; compared through scim_instant()
  uuid_hex,      ///< a UUID as 32 hexadecimal digits
  unset,         ///< a boolean: NULL is true, and a moment (Column::moment) is false
  number,        ///< text that the column keeps as an integer
  reference,     ///< the key of another resource, whose id is shown (Column::refers)
  password,      ///< hashed (Column::scheme); written, never read
};

/// How text is compared when the attribute's Collation is not exact.
enum class Fold {
  unicode,  ///< as core/text.h has it, by a function: no index serves
  lower,    ///< as unicode, but an index on lower(column) serves `eq` and `sw` of ASCII text
  column,   ///< the same where the column itself ignores the case of ASCII (COLLATE NOCASE, citext): its own index serves
};

/// What type a column has in the database, as far as SQL has to know it: native.h finds out.
enum class Native {
  any,      ///< every value is taken, compared and given as it is: SQLite
  text,
  alike,    ///< text whose own comparison takes several for one: citext, a collation that is not deterministic
  padded,   ///< char(n): spaces at the end do not count
  uuid,
  boolean,
  small,    ///< integers that are less than 64 bits wide
  integer,
  numeric,
  single,   ///< floating point of 32 bits
  decimal,
  moment,   ///< date, timestamp, with time zone or without
  other,    ///< enum, json, inet ...: known by its text
};

/// A column of the resource's own row, or of a table that has one row for it.
struct Column {
  /// A value that SCIM shows, and what the column holds for it.
  struct Word {
    Cell shown;
    Cell kept;
  };

  int table = 0;        ///< index into TypeMapping::tables
  std::string name;
  std::string folded;   ///< a column that holds the collation_key() of this one, written along with it; "" if none
  /// A table of trigrams (trigrams.h) of what the column is compared by, whose rowid is the key of the row; "" if none.
  std::string substring_index;
  /// A table or view with the keys of rows that it does not know as they are; "" if it knows all.
  std::string substring_tail;
  Native native = Native::any;
  Codec codec = Codec::text;
  Codec moment = Codec::date_time;  ///< of Codec::unset
  Fold fold = Fold::unicode;
  bool lower = false;      ///< the application keeps it in lower case: so it is written, and compared as it is
  bool read_only = false;
  bool unique = false;     ///< the database is said to have a unique constraint on it
  Cell absent;             ///< what stands for "no value" beside NULL; monostate: nothing
  std::vector<Word> words; ///< empty: values are kept as they are. The first Word of a shown value is what is written.
  const ResourceType* refers = nullptr;
  std::string scheme;      ///< of Codec::password: password.h, "" for its default

  bool is_mapped() const { return !name.empty(); }
};

/// A column that SCIM does not know, filled when a row is made.
struct DefaultValue {
  enum class Kind { constant, now, uuid, uuid_hex, password };
  std::string column;
  Kind kind = Kind::constant;
  Cell value;                      ///< Kind::constant
  Codec format = Codec::date_time; ///< Kind::now
};
using Defaults = std::vector<DefaultValue>;

/// The resource's own table (index 0), or one joined to it one to one.
struct Table {
  std::string name;
  std::string owner;  ///< its column that equals the key of table 0; for table 0 the key itself
  Defaults defaults;
};

/// What rows are told apart by that have no key of their own, or none that the mapping names. On PostgreSQL, which has no such
/// column, it becomes the primary key (native.h).
inline constexpr std::string_view kRowid = "rowid";

/// A child table with one row for each element of a multi-valued attribute, in the order of `key`.
struct ListTable {
  std::string name;
  std::string owner;  ///< column with the key of the resource
  std::string key;    ///< the row's own key: tells rows apart and gives the order; kRowid where the mapping names none
  AttributeMap<Column> columns;  ///< by sub-attribute; for a list of simple values, by the list itself
  AttributeMap<Json> constants;  ///< sub-attributes that are the same for all rows
  Defaults defaults;
};

/// One column that is a multi-valued attribute: its one element, or its first where the document keeps the others.
struct ElementColumn {
  Column value;
  const Attribute* part = nullptr;             ///< the sub-attribute `value`, or the list itself if it is a simple one
  AttributeMap<Json> constants;  ///< type, primary: what the element shows where the document says nothing
};

/// Group.members: rows that join two resources.
struct MemberTable {
  std::string name;
  std::string owner;        ///< column with the key of the group
  std::string value;        ///< column with the key of the member
  const ResourceType* member_type = nullptr;  ///< whose key `value` is: members.type
  Defaults defaults;
};

/// What meta.version shows around the version: a weak entity tag.
inline constexpr std::string_view kVersionPrefix = "W/\"";
inline constexpr std::string_view kVersionSuffix = "\"";

/// SCIM's own part of a resource (RFC 7643 3.1): columns of table 0, of a link table, or of a table of our own. What is
/// not there is not mapped.
struct Link {
  Column id;
  Column external_id;
  Column created;
  Column last_modified;
  Column version;      ///< integer, grows by one with every change. Without it the version is a hash of the contents.
  Column deactivated;  ///< moment of the DELETE, NULL while the resource lives
  Column claimed;      ///< moment of the last change by a SCIM client; NULL: the row is the application's alone
  Column document;     ///< JSON: the attributes that have no column
  /// Columns of the link table that repeat columns of table 0.
  struct Copy {
    std::string link_column;
    std::string own_column;
  };
  std::vector<Copy> copies;
};

/// What becomes of attributes that no column takes.
enum class Unmapped { store, ignore, reject };
/// Whether POST takes over a row that the application has made.
enum class Adopt { no, yes };

struct TypeMapping {
  const ResourceType* type = nullptr;
  std::string section;  ///< [user]
  std::vector<Table> tables;
  std::string key;  ///< column of table 0: integer or text
  DefaultValue::Kind make_key = DefaultValue::Kind::constant;  ///< constant: the database makes it, or it is mapped
  Link link;
  int own_table = -1;  ///< index of the table that we make ourselves: scim_<section>; -1: none
  AttributeMap<Column> columns;    ///< leaves that are singular: "userName", "name.givenName", "urn:...:manager.value"
  AttributeMap<Json> constants;    ///< leaves that are the same for all
  AttributeMap<ListTable> lists;   ///< by multi-valued attribute
  AttributeMap<ElementColumn> elements;  ///< by multi-valued attribute
  AttributeMap<std::vector<MemberTable>> members;  ///< by membership attribute (Group.members)
  /// Attributes that show a membership from the other side (User.groups), and whose membership that is.
  struct Reverse {
    const ResourceType* group_type = nullptr;
    const Attribute* members = nullptr;
  };
  AttributeMap<Reverse> reverse;
  /// Read-only attributes that show another resource: manager.displayName is the displayName of the living user whose
  /// id is manager.value.
  struct Lookup {
    const Attribute* by = nullptr;  ///< of this type; a column that holds the other's id or refers to it
    const ResourceType* other = nullptr;
    const Attribute* shows = nullptr;  ///< of the other type; a column of its table 0
  };
  AttributeMap<Lookup> lookups;
  /// Attributes that a member or group is shown by (`display`), best first: text columns of table 0.
  std::vector<const Attribute*> display;

  std::optional<DeleteMode> delete_mode;  ///< what DELETE does, where the mapping says
  /// Table (block, living, total) that says how many rows each 1024 keys of table 0 have, "" if there is none: kept by
  /// triggers, of tables of our own only.
  std::string block_counts;
  /// Table (key, shape, text) that keeps what each row of table 0 looks like as JSON (rendering.h), "" if there is none: of
  /// tables of our own only, whose triggers delete what is not true any more.
  std::string renderings;
  std::string superuser;  ///< column of table 0 that the access check reads, "" if none
  Unmapped unmapped = Unmapped::ignore;
  Adopt adopt = Adopt::no;
  std::vector<const Attribute*> match;  ///< what tells that a POST means a row of the application, best first
  /// Tables whose rows go when the resource is removed, and their column with its key.
  struct Dependent {
    std::string table;
    std::string owner;
  };
  std::vector<Dependent> remove_also;

  /// Whether rows may lack a link row: they are the application's, and seen for the first time.
  bool has_link_table() const { return link.id.table != 0; }
  bool has_document() const { return link.document.is_mapped(); }
};

/// The common attributes that live in the link, and those that follow from it and the type.
enum class LinkPart { none, id, external_id, resource_type, created, last_modified, location, version };
LinkPart link_part(const Attribute& attribute);

/// The common attributes of RFC 7643 3.1 are SCIM's own and come with the link.
bool is_common(const Attribute& attribute);

/// Whether an attribute without a column of its own is kept in the document.
bool is_in_document(const TypeMapping& type, const Attribute& attribute);
/// Whether there is any place for a leaf: a column, the link, the document, or what it follows from.
bool is_kept(const TypeMapping& type, const Attribute& leaf);

/// [user] is of type User, unless it says otherwise.
std::string default_type_name(const std::string& section);

/// What the configuration declares of a type and we keep: its own table, or columns and a document in users or groups.
/// type_tables.h brings them up to date.
struct OwnType {
  const TypeMapping* type = nullptr;
  std::vector<const Attribute*> attributes;  ///< top-level ones and extensions: those declared, in a column or the document
};

/// All types of one database. Attribute pointers are those of the registry it was made with.
struct Mapping {
  std::vector<std::unique_ptr<const TypeMapping>> types;
  bool is_embedded = true;  ///< the tables are ours: migrations make them
  bool knows_columns = false;  ///< Column::native is what the database says (native.h)
  std::vector<OwnType> own;
  const TypeMapping& of(const ResourceType& type) const;
};

/// Reads the tables [user], [group] ... of a mapping: those that have a `table` or a `map`. Every type of the registry
/// must have one, every attribute must exist and may be mapped once; invalidValue names file (`name`), table and key.
Result<Mapping> parse_mapping(std::string_view toml, std::string_view name, const Registry& registry);
Result<Mapping> parse_sections(const Json& sections, std::string_view name, const Registry& registry);

/// presets/embedded.toml.
Result<Mapping> embedded_mapping(const Registry& registry, Aids aids = Aids::triggers);
/// The same before it is parsed, for who adds to it.
Result<Json> embedded_sections(Aids aids);

}  // namespace scim::sql
