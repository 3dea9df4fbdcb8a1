// SPDX-License-Identifier: MIT
// TOML -> Mapping. Everything that a mapping can get wrong is said here, with file, table and key.
#include "sql/mapping.h"

#include <algorithm>
#include <map>
#include <set>
#include <stdexcept>

#include "core/config.h"
#include "core/path.h"
#include "core/text.h"
#include "scim_sql_texts.h"
#include "sql/mapping_column.h"

namespace scim::sql {
namespace {

Result<const Attribute*> read_attribute(const ResourceType& type, const std::string& text, const Place& place) {
  const Result<PathName> name = parse_path_name(text);
  if (!name) return place.refuse(name.error().detail);
  if (const Attribute* attribute = resolve(type, *name)) return attribute;
  const std::string hint = nearest_name(type, *name);
  return place.refuse("the resource type " + type.name + " has no attribute " + quote(text) +
                      (hint.empty() ? "" : ", did you mean " + quote(hint) + '?'));
}

/// One of ours that DELETE can deactivate.
bool has_active(const ResourceType& type) {
  const Attribute* active = type.find("active");
  return active != nullptr && active->type == Type::boolean;
}

Column own_column(int table, const char* name, Codec codec) {
  Column column;
  column.table = table;
  column.name = name;
  column.codec = codec;
  return column;
}

/// Reads one [table] of the mapping. What refers to other types waits for finish().
class TypeReader {
 public:
  TypeReader(const ResourceType& type, std::string section, Place place) : place_(std::move(place)) {
    mapping_.type = &type;
    mapping_.section = std::move(section);
  }

  Result<void> read(const Json& json, const Registry& registry);
  using Readers = std::vector<std::unique_ptr<TypeReader>>;
  Result<void> finish(const Readers& readers);
  const std::string& section() const { return mapping_.section; }
  const ResourceType& type() const { return *mapping_.type; }
  TypeMapping take() { return std::move(mapping_); }

 private:
  /// An entry that names another [table].
  struct Reference {
    const Attribute* attribute;
    const Json* json;
    Place place;
  };

  Result<void> read_key(const Json& json);
  Result<void> read_link(const Json& json, const Place& place);
  Result<Column> read_link_column(const Json& json, const char* part, Codec codec, int table, const Place& place) const;
  Result<void> read_copies(const Json& json, const Place& place);
  Result<void> add_own_table(const Json& json, bool has_own_by_default);
  Result<void> read_policies(const Json& json);
  Result<void> read_map(const Json& map, const Registry& registry);
  Result<void> read_display(const Json& json, const Place& place);
  Result<void> read_match(const Json& json, const Place& place);
  Result<void> read_entry(const Attribute& attribute, const Json& json, const Place& place, const Registry& registry);
  Result<void> read_singular(const Attribute& attribute, const Json& json, const Place& place);
  Result<void> read_list(const Attribute& attribute, const Json& json, const Place& place);
  Result<void> read_element(const Attribute& attribute, const Json& json, const Place& place);
  Result<Json> read_constant(const Attribute& attribute, const Json& json, const Place& place) const;
  Result<void> read_members(const Attribute& attribute, const Json& json, const Place& place, const Registry& registry);
  Result<void> join_table(const Json& json, Column& column, const Place& place);
  Result<void> finish_refers(const Reference& reference, const Readers& readers);
  Result<void> finish_reverse(const Reference& reference, const Readers& readers);
  Result<void> finish_lookup(const Reference& reference, const Readers& readers);
  Result<void> check_columns() const;
  void add_default_reverse(const Readers& readers);
  void add_default_lookups(const Readers& readers);
  /// "group.members": the other [table] and an attribute of its type.
  Result<std::pair<const TypeReader*, const Attribute*>> read_reference(const Json& json, const char* key,
                                                                        const Place& place, const Readers& readers) const;
  int table_index(const std::string& name, const std::string& owner);
  bool is_shown_text(const Attribute& attribute) const;
  bool is_taken(const Attribute& attribute) const;

  Place place_;
  TypeMapping mapping_;
  Cell absent_;
  std::vector<Reference> references_;
};

int TypeReader::table_index(const std::string& name, const std::string& owner) {
  auto& tables = mapping_.tables;
  const auto at = std::find_if(tables.begin(), tables.end(),
                               [&](const Table& table) { return table.name == name && table.owner == owner; });
  if (at != tables.end()) return static_cast<int>(at - tables.begin());
  tables.push_back({name, owner, {}});
  return static_cast<int>(tables.size()) - 1;
}

Result<void> TypeReader::read(const Json& json, const Registry& registry) {
  SCIM_TRY(check_keys(json,
                      {"type", "table", "key", "link", "own_table", "extensions", "superuser", "unmapped", "adopt", "match",
                       "absent", "defaults", "remove_also", "display", "delete", "block_counts", "renderings", "map"},
                      place_));
  SCIM_ASSIGN(const std::string table, read_name(json, "table", place_));
  mapping_.tables.push_back({table, "", {}});
  SCIM_TRY(read_key(json));
  if (json.contains("absent")) {
    SCIM_ASSIGN(absent_, read_cell(json.at("absent"), place_.at("absent")));
  }
  if (json.contains("link")) SCIM_TRY(read_link(json.at("link"), place_.at("link")));
  // A link that counts versions is made for us: it says all there is.
  SCIM_TRY(add_own_table(json, !mapping_.link.version.is_mapped()));
  if (!mapping_.link.id.is_mapped()) return place_.at("link").refuse("needs \"id\", or own_table");
  SCIM_TRY(read_policies(json));
  if (!json.contains("map")) return place_.refuse("needs [" + section() + ".map]");
  SCIM_TRY(read_map(json.at("map"), registry));
  SCIM_TRY(read_display(json, place_.at("display")));
  return read_match(json, place_.at("match"));
}

Result<void> TypeReader::read_key(const Json& json) {
  if (json.contains("key") && json.at("key").is_object()) {
    const Place place = place_.at("key");
    SCIM_TRY(check_keys(json.at("key"), {"column", "generate"}, place));
    SCIM_ASSIGN(mapping_.key, read_name(json.at("key"), "column", place));
    SCIM_ASSIGN(const std::size_t kind, read_word(json.at("key"), "generate", {"uuid", "uuid_hex"}, 0, place));
    mapping_.make_key = kind == 0 ? DefaultValue::Kind::uuid : DefaultValue::Kind::uuid_hex;
  } else {
    SCIM_ASSIGN(mapping_.key, read_name(json, "key", place_));
  }
  mapping_.tables.front().owner = mapping_.key;
  return {};
}

Result<Column> TypeReader::read_link_column(const Json& json, const char* part, Codec codec, int table,
                                                const Place& place) const {
  Column column;
  column.codec = codec;
  column.table = table;
  if (!json.contains(part)) return Column();
  if (!json.at(part).is_object()) {
    SCIM_ASSIGN(column.name, read_name(json, part, place));
    return column;
  }
  const Json& entry = json.at(part);
  const Place here = place.at(part);
  SCIM_TRY(check_keys(entry, {"column", "of", "format", "absent"}, here));
  SCIM_ASSIGN(column.name, read_name(entry, "column", here));
  SCIM_ASSIGN(const std::size_t of, read_word(entry, "of", {"row", "link"}, 1, here));
  if (of == 0) column.table = 0;
  if (entry.contains("absent")) {
    SCIM_ASSIGN(column.absent, read_cell(entry.at("absent"), here.at("absent")));
  }
  if (codec == Codec::instant) {
    SCIM_ASSIGN(column.codec, read_moment_format(entry, codec, here));
  } else if (codec == Codec::text) {
    SCIM_ASSIGN(const std::size_t format, read_word(entry, "format", {"text", "uuid_hex"}, 0, here));
    if (format == 1) column.codec = Codec::uuid_hex;
  } else if (entry.contains("format")) {
    return here.at("format").refuse("has no use here");
  }
  return column;
}

Result<void> TypeReader::read_link(const Json& json, const Place& place) {
  if (!json.is_object()) return place.refuse("must be a table");
  SCIM_TRY(check_keys(json,
                      {"table", "owner", "id", "externalId", "created", "lastModified", "version", "deactivated",
                       "claimed", "document", "copies"},
                      place));
  int table = 0;
  if (json.contains("table")) {
    SCIM_ASSIGN(const std::string name, read_name(json, "table", place));
    SCIM_ASSIGN(const std::string owner, read_name(json, "owner", place));
    table = table_index(name, owner);
  }
  Link& link = mapping_.link;
  const auto read = [&](const char* part, Codec codec) { return read_link_column(json, part, codec, table, place); };
  SCIM_ASSIGN(link.id, read("id", Codec::text));
  SCIM_ASSIGN(link.external_id, read("externalId", Codec::text));
  SCIM_ASSIGN(link.created, read("created", Codec::instant));
  SCIM_ASSIGN(link.last_modified, read("lastModified", Codec::instant));
  SCIM_ASSIGN(link.version, read("version", Codec::integer));
  SCIM_ASSIGN(link.deactivated, read("deactivated", Codec::instant));
  SCIM_ASSIGN(link.claimed, read("claimed", Codec::instant));
  SCIM_ASSIGN(link.document, read("document", Codec::text));
  return read_copies(json, place.at("copies"));
}

Result<void> TypeReader::read_copies(const Json& json, const Place& place) {
  if (!json.contains("copies")) return {};
  const Json& copies = json.at("copies");
  const bool has_table = json.contains("table");
  if (!copies.is_object() || !has_table) return place.refuse("must be a table, for a link with a table");
  for (const auto& item : copies.items()) {
    SCIM_ASSIGN(const std::string own, read_name(copies, item.key().c_str(), place));
    mapping_.link.copies.push_back({item.key(), own});
  }
  return {};
}

/// What the mapping does not say of the link lives in a table of our own.
Result<void> TypeReader::add_own_table(const Json& json, bool has_own_by_default) {
  std::string name = has_own_by_default ? "scim_" + section() : "";
  if (json.contains("own_table")) {
    const bool has_none = json.at("own_table") == Json(false);
    SCIM_ASSIGN(name, has_none ? Result<std::string>("") : read_name(json, "own_table", place_));
  }
  if (name.empty()) return {};
  const int table = mapping_.own_table = table_index(name, "owner");
  const auto fill = [&](Column& column, const char* own_name, Codec codec) {
    if (!column.is_mapped()) column = own_column(table, own_name, codec);
  };
  Link& link = mapping_.link;
  fill(link.id, "id", Codec::text);
  fill(link.external_id, "external_id", Codec::text);
  fill(link.created, "created", Codec::instant);
  fill(link.last_modified, "last_modified", Codec::instant);
  fill(link.claimed, "claimed", Codec::instant);
  // Whatever has `active` and is no user is removed by DELETE, unless the section says otherwise.
  const bool is_user = equal_ignoring_case(type().schema, urn::kUser);
  if (has_active(type()) && (is_user || json.value("delete", Json()) == Json("deactivate"))) {
    fill(link.deactivated, "deactivated", Codec::instant);
  }
  return {};
}

Result<void> TypeReader::read_policies(const Json& json) {
  SCIM_ASSIGN(mapping_.superuser, read_name(json, "superuser", place_, ""));
  SCIM_ASSIGN(mapping_.block_counts, read_name(json, "block_counts", place_, ""));
  SCIM_ASSIGN(mapping_.renderings, read_name(json, "renderings", place_, ""));
  if (json.contains("delete")) {
    SCIM_ASSIGN(const std::size_t mode, read_word(json, "delete", {"deactivate", "remove"}, 0, place_));
    mapping_.delete_mode = static_cast<DeleteMode>(mode);
  }
  const bool has_own = mapping_.own_table >= 0;
  SCIM_ASSIGN(const std::size_t unmapped,
              read_word(json, "unmapped", {"store", "ignore", "reject"}, has_own || mapping_.has_document() ? 0 : 1, place_));
  mapping_.unmapped = static_cast<Unmapped>(unmapped);
  if (mapping_.unmapped == Unmapped::store && !mapping_.has_document()) {
    if (!has_own) return place_.at("unmapped").refuse("\"store\" needs a place: own_table, or document in the link");
    mapping_.link.document = own_column(mapping_.own_table, "document", Codec::text);
  }
  SCIM_ASSIGN(const bool adopt, read_flag(json, "adopt", place_));
  mapping_.adopt = adopt ? Adopt::yes : Adopt::no;
  if (adopt && !mapping_.link.claimed.is_mapped()) return place_.at("adopt").refuse("needs own_table, or claimed in the link");
  if (json.contains("defaults")) {
    SCIM_ASSIGN(mapping_.tables.front().defaults, read_defaults(json.at("defaults"), place_.at("defaults")));
  }
  if (!json.contains("remove_also")) return {};
  const Json& also = json.at("remove_also");
  if (!also.is_object()) return place_.at("remove_also").refuse("must be a table of table = column");
  for (const auto& item : also.items()) {
    SCIM_ASSIGN(const std::string owner, read_name(also, item.key().c_str(), place_.at("remove_also")));
    mapping_.remove_also.push_back({item.key(), owner});
  }
  return {};
}

Result<void> TypeReader::read_map(const Json& map, const Registry& registry) {
  const Place map_place{place_.text.substr(0, place_.text.size() - 1) + ".map]"};
  if (!map.is_object()) return map_place.refuse("must be a table");
  std::set<const Attribute*> seen;
  for (const auto& item : map.items()) {
    const Place place = map_place.at(item.key());
    SCIM_ASSIGN(const Attribute* attribute, read_attribute(type(), item.key(), place));
    if (!seen.insert(attribute).second) return place.refuse("is mapped twice");
    if (item.value() == Json(false)) continue;  // takes an entry of a preset away
    SCIM_TRY(read_entry(*attribute, item.value(), place, registry));
  }
  return {};
}

/// Whether it can stand for the resource: text of its own row.
bool TypeReader::is_shown_text(const Attribute& attribute) const {
  const auto column = mapping_.columns.find(&attribute);
  return column != mapping_.columns.end() && column->second.table == 0 && column->second.codec == Codec::text;
}

Result<void> TypeReader::read_display(const Json& json, const Place& place) {
  if (!json.contains("display")) {
    for (const char* name : {"displayName", "userName"}) {
      const Attribute* attribute = type().find(name);
      if (attribute != nullptr && is_shown_text(*attribute)) mapping_.display.push_back(attribute);
    }
    return {};
  }
  const Json& names = json.at("display");
  if (!names.is_array()) return place.refuse("must be a list of attribute names");
  for (const Json& item : names) {
    if (!item.is_string()) return place.refuse("must be a list of attribute names");
    SCIM_ASSIGN(const Attribute* attribute, read_attribute(type(), item.get<std::string>(), place));
    if (!is_shown_text(*attribute)) {
      return place.refuse(quote(attribute->path()) + " is not mapped to a text column of " +
                          quote(mapping_.tables.front().name));
    }
    mapping_.display.push_back(attribute);
  }
  return {};
}

/// What a POST and a row of the application are known to be the same by.
Result<void> TypeReader::read_match(const Json& json, const Place& place) {
  const auto is_column = [&](const Attribute& attribute) {
    const auto column = mapping_.columns.find(&attribute);
    const bool is_secret = column != mapping_.columns.end() && column->second.codec == Codec::password;
    if (column != mapping_.columns.end()) return !is_secret;
    const Attribute* list = attribute.parent;
    if (list == nullptr || !list->multi_valued) return false;
    const auto table = mapping_.lists.find(list);
    const auto element = mapping_.elements.find(list);
    return (table != mapping_.lists.end() && table->second.columns.contains(&attribute)) ||
           (element != mapping_.elements.end() && element->second.part == &attribute);
  };
  if (!json.contains("match")) {
    for (const char* name : {"userName", "displayName"}) {
      const Attribute* attribute = type().find(name);
      if (attribute == nullptr || !is_column(*attribute)) continue;
      mapping_.match.push_back(attribute);
      return {};
    }
    return {};
  }
  const Json& names = json.at("match");
  if (!names.is_array()) return place.refuse("must be a list of attribute names");
  for (const Json& item : names) {
    if (!item.is_string()) return place.refuse("must be a list of attribute names");
    SCIM_ASSIGN(const Attribute* attribute, read_attribute(type(), item.get<std::string>(), place));
    if (!is_column(*attribute)) return place.refuse(quote(attribute->path()) + " is not mapped to a column");
    mapping_.match.push_back(attribute);
  }
  return {};
}

Result<void> TypeReader::read_entry(const Attribute& attribute, const Json& json, const Place& place,
                                    const Registry& registry) {
  if (is_common(attribute)) return place.refuse("belongs to `link`, not to `map`");
  if (attribute.parent != nullptr && attribute.parent->multi_valued) {
    return place.refuse("is part of a list: map it within " + quote(attribute.parent->path()));
  }
  if (json.is_object() && (json.contains("members") || json.contains("lookup"))) {
    references_.push_back({&attribute, &json, place});
    return {};
  }
  if (attribute.is_membership()) return read_members(attribute, json, place, registry);
  if (!attribute.multi_valued) return read_singular(attribute, json, place);
  const bool is_one_column = json.is_string() || (json.is_object() && json.contains("column"));
  return is_one_column ? read_element(attribute, json, place) : read_list(attribute, json, place);
}

/// What is the same for all: of the attribute's type.
Result<Json> TypeReader::read_constant(const Attribute& attribute, const Json& json, const Place& place) const {
  if (attribute.type == Type::complex) return place.refuse("is complex: map its sub-attributes");
  const bool fits = attribute.type == Type::boolean ? json.is_boolean()
                    : attribute.type == Type::integer ? json.is_number_integer()
                    : attribute.type == Type::decimal ? json.is_number()
                                                      : json.is_string();
  if (!fits) return place.refuse("the constant must be of the type " + std::string(to_string(attribute.type)));
  return json;
}

/// table, owner and defaults of a column that is not of the resource's own table.
Result<void> TypeReader::join_table(const Json& json, Column& column, const Place& place) {
  if (!json.is_object() || !json.contains("table")) {
    if (json.is_object() && (json.contains("owner") || json.contains("defaults"))) return place.refuse("needs \"table\"");
    return {};
  }
  SCIM_ASSIGN(const std::string table, read_name(json, "table", place));
  SCIM_ASSIGN(const std::string owner, read_name(json, "owner", place));
  column.table = table_index(table, owner);
  if (!json.contains("defaults")) return {};
  SCIM_ASSIGN(mapping_.tables[static_cast<std::size_t>(column.table)].defaults,
              read_defaults(json.at("defaults"), place.at("defaults")));
  return {};
}

Result<void> TypeReader::read_singular(const Attribute& attribute, const Json& json, const Place& place) {
  if (json.is_object() && json.contains("constant")) {
    SCIM_TRY(check_keys(json, {"constant"}, place));
    SCIM_ASSIGN(Json constant, read_constant(attribute, json.at("constant"), place));
    mapping_.constants.emplace(&attribute, std::move(constant));
    return {};
  }
  SCIM_ASSIGN(Column column, read_column(json, attribute, absent_, {"table", "owner", "defaults"}, place));
  SCIM_TRY(join_table(json, column, place));
  if (column.codec == Codec::reference) references_.push_back({&attribute, &json, place});
  mapping_.columns.emplace(&attribute, std::move(column));
  return {};
}

/// One column as a list: the other keys are sub-attributes that are the same for everybody.
Result<void> TypeReader::read_element(const Attribute& attribute, const Json& json, const Place& place) {
  ElementColumn element;
  element.part = attribute.type == Type::complex ? attribute.find("value") : &attribute;
  if (element.part == nullptr) return place.refuse("has no sub-attribute `value`: it needs a table");
  Json column = json;
  if (json.is_object()) {
    for (const Attribute& sub : attribute.sub_attributes) {
      if (&sub == element.part || !json.contains(sub.name)) continue;
      SCIM_ASSIGN(Json constant, read_constant(sub, json.at(sub.name), place.at(sub.name)));
      element.constants.emplace(&sub, std::move(constant));
      column.erase(sub.name);
    }
  }
  SCIM_ASSIGN(element.value, read_column(column, *element.part, absent_, {"table", "owner", "defaults"}, place));
  if (element.value.codec == Codec::reference) return place.at("refers").refuse("is for single values");
  SCIM_TRY(join_table(column, element.value, place));
  mapping_.elements.emplace(&attribute, std::move(element));
  return {};
}

Result<void> TypeReader::read_list(const Attribute& attribute, const Json& json, const Place& place) {
  if (!json.is_object()) return place.refuse("is a list: it needs { table = ..., owner = ..., ... }, or a column");
  ListTable list;
  SCIM_ASSIGN(list.name, read_name(json, "table", place));
  SCIM_ASSIGN(list.owner, read_name(json, "owner", place));
  SCIM_ASSIGN(list.key, read_name(json, "key", place, std::string(kRowid)));
  if (json.contains("defaults")) {
    SCIM_ASSIGN(list.defaults, read_defaults(json.at("defaults"), place.at("defaults")));
  }
  for (const auto& item : json.items()) {
    const std::string& key = item.key();
    if (key == "table" || key == "owner" || key == "key" || key == "defaults") continue;
    const bool is_simple = attribute.type != Type::complex;
    const Attribute* part = is_simple ? &attribute : attribute.find(key);
    if (part == nullptr || (is_simple && key != "value")) {
      return place.refuse(quote(key) + " is neither table, owner, key, defaults nor a sub-attribute");
    }
    if (item.value().is_object() && item.value().contains("constant")) {
      SCIM_TRY(check_keys(item.value(), {"constant"}, place.at(key)));
      SCIM_ASSIGN(Json constant, read_constant(*part, item.value().at("constant"), place.at(key)));
      list.constants.emplace(part, std::move(constant));
      continue;
    }
    SCIM_ASSIGN(Column column, read_column(item.value(), *part, absent_, {}, place.at(key)));
    if (column.codec == Codec::reference) return place.at(key).at("refers").refuse("is for single values");
    list.columns.emplace(part, std::move(column));
  }
  if (list.columns.empty()) return place.refuse("maps no sub-attribute");
  mapping_.lists.emplace(&attribute, std::move(list));
  return {};
}

Result<void> TypeReader::read_members(const Attribute& attribute, const Json& json, const Place& place,
                                      const Registry& registry) {
  const Json tables = json.is_array() ? json : Json::array({json});
  std::vector<MemberTable> members;
  for (const Json& item : tables) {
    if (!item.is_object()) return place.refuse("needs { table = ..., owner = ..., value = ..., type = ... }");
    SCIM_TRY(check_keys(item, {"table", "owner", "value", "type", "defaults"}, place));
    MemberTable table;
    SCIM_ASSIGN(table.name, read_name(item, "table", place));
    SCIM_ASSIGN(table.owner, read_name(item, "owner", place));
    SCIM_ASSIGN(table.value, read_name(item, "value", place));
    SCIM_ASSIGN(const std::string name, read_name(item, "type", place, "User"));
    table.member_type = registry.type_by_name(name);
    if (table.member_type == nullptr) return place.at("type").refuse("there is no resource type " + quote(name));
    if (item.contains("defaults")) {
      SCIM_ASSIGN(table.defaults, read_defaults(item.at("defaults"), place.at("defaults")));
    }
    members.push_back(std::move(table));
  }
  if (members.empty()) return place.refuse("names no table");
  mapping_.members.emplace(&attribute, std::move(members));
  return {};
}

/// Two attributes over one column, both written, would undo each other.
Result<void> TypeReader::check_columns() const {
  std::map<std::pair<int, std::string>, const Attribute*> written;
  const auto check = [&](const Attribute& attribute, const Column& column) -> Result<void> {
    if (column.read_only) return {};
    const auto [other, is_new] = written.emplace(std::pair(column.table, column.name), &attribute);
    if (is_new) return {};
    const std::string map = place_.text.substr(0, place_.text.size() - 1) + ".map] ";
    return Place{map + attribute.path()}.refuse("the column " + quote(column.name) + " is that of " + quote(other->second->path()) +
                                                " too: one of them needs readonly = true");
  };
  for (const auto& [attribute, column] : mapping_.columns) SCIM_TRY(check(*attribute, column));
  for (const auto& [attribute, element] : mapping_.elements) SCIM_TRY(check(*attribute, element.value));
  return {};
}

Result<void> TypeReader::finish(const Readers& readers) {
  SCIM_TRY(check_columns());
  // Lookups lean on columns that refer to others.
  for (const Reference& reference : references_) {
    if (reference.json->contains("refers")) SCIM_TRY(finish_refers(reference, readers));
  }
  for (const Reference& reference : references_) {
    if (reference.json->contains("members")) SCIM_TRY(finish_reverse(reference, readers));
    if (reference.json->contains("lookup")) SCIM_TRY(finish_lookup(reference, readers));
  }
  add_default_reverse(readers);
  add_default_lookups(readers);
  return {};
}

Result<void> TypeReader::finish_refers(const Reference& reference, const Readers& readers) {
  SCIM_ASSIGN(const std::string name, read_name(*reference.json, "refers", reference.place));
  const auto other = std::find_if(readers.begin(), readers.end(), [&](const auto& r) { return r->section() == name; });
  if (other == readers.end()) return reference.place.at("refers").refuse("there is no table [" + name + "]");
  mapping_.columns.at(reference.attribute).refers = &(*other)->type();
  return {};
}

Result<std::pair<const TypeReader*, const Attribute*>> TypeReader::read_reference(const Json& json, const char* key,
                                                                                  const Place& place,
                                                                                  const Readers& readers) const {
  SCIM_ASSIGN(const std::string text, read_name(json, key, place));
  const auto dot = text.find('.');
  const auto at = std::find_if(readers.begin(), readers.end(),
                               [&](const auto& reader) { return reader->section() == text.substr(0, dot); });
  if (dot == std::string::npos || at == readers.end()) {
    return place.at(key).refuse("must be a table of this mapping and an attribute, as in \"group.members\"");
  }
  SCIM_ASSIGN(const Attribute* attribute, read_attribute((*at)->type(), text.substr(dot + 1), place.at(key)));
  return std::pair<const TypeReader*, const Attribute*>(at->get(), attribute);
}

bool has_members_of(const std::vector<MemberTable>& tables, const ResourceType& type) {
  return std::any_of(tables.begin(), tables.end(), [&](const MemberTable& table) { return table.member_type == &type; });
}

Result<void> TypeReader::finish_reverse(const Reference& reference, const Readers& readers) {
  const Place& place = reference.place;
  SCIM_TRY(check_keys(*reference.json, {"members"}, place));
  SCIM_ASSIGN(const auto other, read_reference(*reference.json, "members", place, readers));
  const auto& [group, members] = other;
  if (!reference.attribute->multi_valued || reference.attribute->type != Type::complex) {
    return place.refuse("is not a complex list: it cannot show memberships");
  }
  const auto tables = group->mapping_.members.find(members);
  if (tables == group->mapping_.members.end()) return place.at("members").refuse("is not mapped as a membership");
  if (!has_members_of(tables->second, type())) {
    return place.at("members").refuse("has no members of type " + mapping_.type->name);
  }
  mapping_.reverse.emplace(reference.attribute, TypeMapping::Reverse{&group->type(), members});
  return {};
}

Result<void> TypeReader::finish_lookup(const Reference& reference, const Readers& readers) {
  const Place& place = reference.place;
  SCIM_TRY(check_keys(*reference.json, {"lookup", "shows"}, place));
  if (reference.attribute->mutability != Mutability::read_only || reference.attribute->multi_valued ||
      reference.attribute->type != Type::string) {
    return place.refuse("is not a single, read-only string: it cannot be looked up elsewhere");
  }
  SCIM_ASSIGN(const std::string by_name, read_name(*reference.json, "lookup", place));
  SCIM_ASSIGN(const Attribute* by, read_attribute(type(), by_name, place.at("lookup")));
  const auto by_column = mapping_.columns.find(by);
  if (by_column == mapping_.columns.end()) return place.at("lookup").refuse("is not mapped to a column");
  SCIM_ASSIGN(const auto other, read_reference(*reference.json, "shows", place, readers));
  const auto& [reader, shows] = other;
  if (!reader->is_shown_text(*shows)) {
    return place.at("shows").refuse("is not mapped to a text column of " + quote(reader->mapping_.tables.front().name));
  }
  mapping_.lookups.emplace(reference.attribute, TypeMapping::Lookup{by, &reader->type(), shows});
  return {};
}

bool TypeReader::is_taken(const Attribute& attribute) const {
  return mapping_.columns.contains(&attribute) || mapping_.constants.contains(&attribute) ||
         mapping_.lists.contains(&attribute) || mapping_.elements.contains(&attribute) ||
         mapping_.reverse.contains(&attribute) || mapping_.lookups.contains(&attribute);
}

/// User.groups comes by itself from [group.map] members.
void TypeReader::add_default_reverse(const Readers& readers) {
  const Attribute* groups = type().find("groups");
  if (groups == nullptr || groups->mutability != Mutability::read_only || is_taken(*groups)) return;
  for (const auto& reader : readers) {
    for (const auto& [members, tables] : reader->mapping_.members) {
      if (!has_members_of(tables, type())) continue;
      mapping_.reverse.emplace(groups, TypeMapping::Reverse{&reader->type(), members});
      return;
    }
  }
}

/// manager.displayName comes by itself where manager.value refers to somebody.
void TypeReader::add_default_lookups(const Readers& readers) {
  for (const auto& [by, column] : mapping_.columns) {
    if (column.codec != Codec::reference || by->parent == nullptr) continue;
    const Attribute* shown = by->parent->find("displayName");
    const ResourceType* refers = column.refers;
    const auto other = std::find_if(readers.begin(), readers.end(), [&](const auto& r) { return &r->type() == refers; });
    if (shown == nullptr || shown->mutability != Mutability::read_only || is_taken(*shown)) continue;
    if ((*other)->mapping_.display.empty()) continue;
    mapping_.lookups.emplace(shown, TypeMapping::Lookup{by, refers, (*other)->mapping_.display.front()});
  }
}

constexpr std::string_view kEmbeddedName = "embedded.toml";

void drop_aids(Json& sections) {
  for (const char* aid : {"block_counts", "renderings", "substring_index", "substring_tail"}) sections.erase(aid);
  for (auto& [name, value] : sections.items()) {
    if (value.is_object()) drop_aids(value);
  }
}

}  // namespace

std::string default_type_name(const std::string& section) {
  std::string name = section;
  const bool is_lower = !name.empty() && name.front() >= 'a' && name.front() <= 'z';
  if (is_lower) name.front() = static_cast<char>(name.front() - 'a' + 'A');
  return name;
}

const TypeMapping& Mapping::of(const ResourceType& type) const {
  for (const auto& mapping : types) {
    if (mapping->type == &type) return *mapping;
  }
  // parse_mapping() has checked that every type of the registry is there.
  throw std::logic_error("resource type without a mapping: " + type.name);
}

Result<Mapping> parse_sections(const Json& sections, std::string_view name, const Registry& registry) {
  TypeReader::Readers readers;
  const auto reader_of = [&](const ResourceType& type) {
    return std::any_of(readers.begin(), readers.end(), [&](const auto& reader) { return &reader->type() == &type; });
  };
  for (const auto& item : sections.items()) {
    const bool is_section = item.value().is_object() && (item.value().contains("map") || item.value().contains("table"));
    if (!is_section) continue;
    const Place place{std::string(name) + ": [" + item.key() + ']'};
    SCIM_ASSIGN(const std::string type_name, read_name(item.value(), "type", place, default_type_name(item.key())));
    const ResourceType* type = registry.type_by_name(type_name);
    if (type == nullptr) return place.at("type").refuse("there is no resource type " + quote(type_name));
    if (reader_of(*type)) return place.refuse("the resource type " + type_name + " is mapped twice");
    readers.push_back(std::make_unique<TypeReader>(*type, item.key(), place));
    SCIM_TRY(readers.back()->read(item.value(), registry));
  }
  for (const auto& type : registry.types()) {
    if (reader_of(*type)) continue;
    return fail(ErrorKind::invalid_value, std::string(name) + ": no table maps the resource type " + type->name);
  }
  for (const auto& reader : readers) SCIM_TRY(reader->finish(readers));
  Mapping mapping;
  for (const auto& reader : readers) mapping.types.push_back(std::make_unique<const TypeMapping>(reader->take()));
  return mapping;
}

Result<Mapping> parse_mapping(std::string_view toml, std::string_view name, const Registry& registry) {
  SCIM_ASSIGN(const Json root, parse_toml(toml, name));
  return parse_sections(root, name, registry);
}

Result<Json> embedded_sections(Aids aids) {
  SCIM_ASSIGN(Json sections, parse_toml(texts::embedded_toml, kEmbeddedName));
  if (aids == Aids::none) drop_aids(sections);
  return sections;
}

Result<Mapping> embedded_mapping(const Registry& registry, Aids aids) {
  SCIM_ASSIGN(const Json sections, embedded_sections(aids));
  return parse_sections(sections, kEmbeddedName, registry);
}

}  // namespace scim::sql
