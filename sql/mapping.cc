// SPDX-License-Identifier: MIT
// TOML -> Mapping. Everything that a mapping can get wrong is said here, with file, table and key.
#include "sql/mapping.h"

#include <algorithm>
#include <array>
#include <initializer_list>
#include <set>
#include <stdexcept>

#include "core/config.h"
#include "core/path.h"
#include "core/text.h"
#include "scim_sql_texts.h"

namespace scim::sql {
namespace {

/// Where a message points: "scimctl.toml: [user.map] emails".
struct Place {
  std::string text;
  Place at(std::string_view key) const { return {text + ' ' + std::string(key)}; }
  tl::unexpected<Error> refuse(const std::string& why) const { return fail(ErrorKind::invalid_value, text + ": " + why); }
};

using Keys = std::initializer_list<std::string_view>;

Result<void> check_keys(const Json& table, Keys keys, const Place& place) {
  for (const auto& item : table.items()) {
    if (std::find(keys.begin(), keys.end(), item.key()) != keys.end()) continue;
    std::string known;
    for (const std::string_view key : keys) known.append(known.empty() ? "" : ", ").append(key);
    return place.refuse("unknown key " + quote(item.key()) + "; known are " + known);
  }
  return {};
}

/// A name of the database: not empty. `otherwise` where the key may be left out.
Result<std::string> read_name(const Json& table, const char* key, const Place& place,
                              std::optional<std::string> otherwise = std::nullopt) {
  const auto at = table.find(key);
  if (at == table.end()) {
    if (otherwise) return *otherwise;
    return place.refuse("needs " + quote(key));
  }
  if (!at->is_string() || at->get_ref<const std::string&>().empty()) {
    return place.at(key).refuse("must be a name in quotes");
  }
  return at->get<std::string>();
}

Result<const Attribute*> read_attribute(const ResourceType& type, const std::string& text, const Place& place) {
  const Result<PathName> name = parse_path_name(text);
  if (!name) return place.refuse(name.error().detail);
  if (const Attribute* attribute = resolve(type, *name)) return attribute;
  const std::string hint = nearest_name(type, *name);
  return place.refuse("the resource type " + type.name + " has no attribute " + quote(text) +
                      (hint.empty() ? "" : ", did you mean " + quote(hint) + '?'));
}

Codec codec_of(const Attribute& attribute) {
  if (attribute.name == "password" && attribute.returned == Returned::never) return Codec::password;
  switch (attribute.type) {
    case Type::boolean: return Codec::boolean;
    case Type::integer: return Codec::integer;
    case Type::decimal: return Codec::decimal;
    case Type::date_time: return Codec::instant_text;
    case Type::string:
    case Type::binary:
    case Type::reference:
    case Type::complex: return Codec::text;
  }
  return Codec::text;
}

/// "name", or { column = "name", folded = "name_key" }; `extra` keys are somebody else's.
Result<Column> read_column(const Json& json, const Attribute& attribute, const Place& place, Keys keys) {
  Column column;
  column.codec = codec_of(attribute);
  if (attribute.type == Type::complex) return place.refuse("is complex: map its sub-attributes");
  if (json.is_string()) {
    column.name = json.get<std::string>();
  } else if (json.is_object()) {
    SCIM_TRY(check_keys(json, keys, place));
    SCIM_ASSIGN(column.name, read_name(json, "column", place));
    SCIM_ASSIGN(column.folded, read_name(json, "folded", place, ""));
  }
  if (column.name.empty()) return place.refuse("must be the name of a column, or { column = ... }");
  if (!column.folded.empty() && (column.codec != Codec::text || attribute.collation == Collation::exact)) {
    return place.refuse("is compared as it is: it has no use for `folded`");
  }
  return column;
}

/// Reads one [table] of the mapping. What refers to other types waits for finish().
class TypeReader {
 public:
  TypeReader(const ResourceType& type, std::string section, Place place)
      : section_(std::move(section)), place_(std::move(place)) {
    mapping_.type = &type;
  }

  Result<void> read(const Json& json, const Registry& registry);
  Result<void> finish(const std::vector<std::unique_ptr<TypeReader>>& readers);
  const std::string& section() const { return section_; }
  const ResourceType& type() const { return *mapping_.type; }
  TypeMapping take() { return std::move(mapping_); }

 private:
  struct Reference {
    const Attribute* attribute;
    const Json* json;
    Place place;
  };

  Result<void> read_link(const Json& json, const Place& place);
  Result<void> read_display(const Json& json, const Place& place);
  Result<void> read_entry(const Attribute& attribute, const Json& json, const Place& place, const Registry& registry);
  Result<void> read_singular(const Attribute& attribute, const Json& json, const Place& place);
  Result<void> read_list(const Attribute& attribute, const Json& json, const Place& place);
  Result<void> read_members(const Attribute& attribute, const Json& json, const Place& place, const Registry& registry);
  Result<void> finish_reverse(const Reference& reference, const std::vector<std::unique_ptr<TypeReader>>& readers);
  Result<void> finish_lookup(const Reference& reference, const std::vector<std::unique_ptr<TypeReader>>& readers);
  /// "group.members": the other [table] and an attribute of its type.
  Result<std::pair<const TypeReader*, const Attribute*>> read_reference(
      const Json& json, const char* key, const Place& place, const std::vector<std::unique_ptr<TypeReader>>& readers);
  int table_index(const std::string& name, const std::string& owner);

  std::string section_;
  Place place_;
  TypeMapping mapping_;
  std::vector<Reference> references_;
};

int TypeReader::table_index(const std::string& name, const std::string& owner) {
  auto& tables = mapping_.tables;
  const auto at = std::find_if(tables.begin(), tables.end(),
                               [&](const Table& table) { return table.name == name && table.owner == owner; });
  if (at != tables.end()) return static_cast<int>(at - tables.begin());
  tables.push_back({name, owner});
  return static_cast<int>(tables.size()) - 1;
}

/// The common attributes of RFC 7643 3.1 are SCIM's own and come with the link.
bool is_common(const Attribute& attribute) {
  const bool is_top = attribute.parent == nullptr;
  return link_part(attribute) != LinkPart::none || (is_top && (attribute.name == "schemas" || attribute.name == "meta"));
}

Result<void> TypeReader::read(const Json& json, const Registry& registry) {
  SCIM_TRY(check_keys(json, {"type", "table", "key", "link", "display", "map"}, place_));
  SCIM_ASSIGN(const std::string table, read_name(json, "table", place_));
  SCIM_ASSIGN(mapping_.key, read_name(json, "key", place_));
  mapping_.tables.push_back({table, mapping_.key});
  if (!json.contains("link")) return place_.refuse("needs \"link\"");
  SCIM_TRY(read_link(json.at("link"), place_.at("link")));

  const Place map_place{place_.text.substr(0, place_.text.size() - 1) + ".map]"};
  if (!json.at("map").is_object()) return map_place.refuse("must be a table");
  std::set<const Attribute*> seen;
  for (const auto& item : json.at("map").items()) {
    const Place place = map_place.at(item.key());
    SCIM_ASSIGN(const Attribute* attribute, read_attribute(type(), item.key(), place));
    if (!seen.insert(attribute).second) return place.refuse("is mapped twice");
    SCIM_TRY(read_entry(*attribute, item.value(), place, registry));
  }
  if (json.contains("display")) SCIM_TRY(read_display(json.at("display"), place_.at("display")));
  return {};
}

Result<void> TypeReader::read_link(const Json& json, const Place& place) {
  if (!json.is_object()) return place.refuse("must be a table");
  SCIM_TRY(check_keys(
      json, {"table", "owner", "id", "externalId", "created", "lastModified", "version", "deactivated"}, place));
  Link& link = mapping_.link;
  if (json.contains("table")) {
    SCIM_ASSIGN(const std::string table, read_name(json, "table", place));
    SCIM_ASSIGN(const std::string owner, read_name(json, "owner", place));
    link.table = table_index(table, owner);
  }
  SCIM_ASSIGN(link.id, read_name(json, "id", place));
  SCIM_ASSIGN(link.external_id, read_name(json, "externalId", place, ""));
  SCIM_ASSIGN(link.created, read_name(json, "created", place, ""));
  SCIM_ASSIGN(link.last_modified, read_name(json, "lastModified", place, ""));
  SCIM_ASSIGN(link.version, read_name(json, "version", place, ""));
  SCIM_ASSIGN(link.deactivated, read_name(json, "deactivated", place, ""));
  return {};
}

Result<void> TypeReader::read_display(const Json& json, const Place& place) {
  if (!json.is_array()) return place.refuse("must be a list of attribute names");
  for (const Json& item : json) {
    if (!item.is_string()) return place.refuse("must be a list of attribute names");
    SCIM_ASSIGN(const Attribute* attribute, read_attribute(type(), item.get<std::string>(), place));
    const auto column = mapping_.columns.find(attribute);
    if (column == mapping_.columns.end() || column->second.table != 0 || column->second.codec != Codec::text) {
      return place.refuse(quote(attribute->path()) + " is not mapped to a text column of " +
                          quote(mapping_.tables.front().name));
    }
    mapping_.display.push_back(attribute);
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
  if (attribute.multi_valued) return read_list(attribute, json, place);
  return read_singular(attribute, json, place);
}

Result<void> TypeReader::read_singular(const Attribute& attribute, const Json& json, const Place& place) {
  SCIM_ASSIGN(Column column, read_column(json, attribute, place, {"column", "folded", "table", "owner"}));
  if (json.is_object() && json.contains("table")) {
    SCIM_ASSIGN(const std::string table, read_name(json, "table", place));
    SCIM_ASSIGN(const std::string owner, read_name(json, "owner", place));
    column.table = table_index(table, owner);
  }
  mapping_.columns.emplace(&attribute, std::move(column));
  return {};
}

Result<void> TypeReader::read_list(const Attribute& attribute, const Json& json, const Place& place) {
  if (!json.is_object()) return place.refuse("is a list: it needs { table = ..., owner = ..., key = ..., ... }");
  ListTable list;
  SCIM_ASSIGN(list.name, read_name(json, "table", place));
  SCIM_ASSIGN(list.owner, read_name(json, "owner", place));
  SCIM_ASSIGN(list.key, read_name(json, "key", place));
  for (const auto& item : json.items()) {
    if (item.key() == "table" || item.key() == "owner" || item.key() == "key") continue;
    const bool is_simple = attribute.type != Type::complex;
    const Attribute* part = is_simple ? &attribute : attribute.find(item.key());
    if (part == nullptr || (is_simple && item.key() != "value")) {
      return place.refuse(quote(item.key()) + " is neither table, owner, key nor a sub-attribute");
    }
    SCIM_ASSIGN(Column column, read_column(item.value(), *part, place.at(item.key()), {"column", "folded"}));
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
    SCIM_TRY(check_keys(item, {"table", "owner", "value", "type"}, place));
    MemberTable table;
    SCIM_ASSIGN(table.name, read_name(item, "table", place));
    SCIM_ASSIGN(table.owner, read_name(item, "owner", place));
    SCIM_ASSIGN(table.value, read_name(item, "value", place));
    SCIM_ASSIGN(const std::string name, read_name(item, "type", place, "User"));
    table.member_type = registry.type_by_name(name);
    if (table.member_type == nullptr) return place.at("type").refuse("there is no resource type " + quote(name));
    members.push_back(std::move(table));
  }
  if (members.empty()) return place.refuse("names no table");
  mapping_.members.emplace(&attribute, std::move(members));
  return {};
}

Result<void> TypeReader::finish(const std::vector<std::unique_ptr<TypeReader>>& readers) {
  for (const Reference& reference : references_) {
    if (reference.json->contains("members")) SCIM_TRY(finish_reverse(reference, readers));
    else SCIM_TRY(finish_lookup(reference, readers));
  }
  return {};
}

Result<std::pair<const TypeReader*, const Attribute*>> TypeReader::read_reference(
    const Json& json, const char* key, const Place& place, const std::vector<std::unique_ptr<TypeReader>>& readers) {
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

Result<void> TypeReader::finish_reverse(const Reference& reference,
                                        const std::vector<std::unique_ptr<TypeReader>>& readers) {
  const Place& place = reference.place;
  SCIM_TRY(check_keys(*reference.json, {"members"}, place));
  SCIM_ASSIGN(const auto other, read_reference(*reference.json, "members", place, readers));
  const auto& [group, members] = other;
  if (!reference.attribute->multi_valued || reference.attribute->type != Type::complex) {
    return place.refuse("is not a complex list: it cannot show memberships");
  }
  const auto tables = group->mapping_.members.find(members);
  if (tables == group->mapping_.members.end()) return place.at("members").refuse("is not mapped as a membership");
  const bool has_this_type = std::any_of(tables->second.begin(), tables->second.end(), [&](const MemberTable& table) {
    return table.member_type == mapping_.type;
  });
  if (!has_this_type) return place.at("members").refuse("has no members of type " + mapping_.type->name);
  mapping_.reverse.emplace(reference.attribute, TypeMapping::Reverse{&group->type(), members});
  return {};
}

Result<void> TypeReader::finish_lookup(const Reference& reference,
                                       const std::vector<std::unique_ptr<TypeReader>>& readers) {
  const Place& place = reference.place;
  SCIM_TRY(check_keys(*reference.json, {"lookup", "shows"}, place));
  if (reference.attribute->mutability != Mutability::read_only || reference.attribute->multi_valued ||
      reference.attribute->type != Type::string) {
    return place.refuse("is not a single, read-only string: it cannot be looked up elsewhere");
  }
  SCIM_ASSIGN(const std::string by_name, read_name(*reference.json, "lookup", place));
  SCIM_ASSIGN(const Attribute* by, read_attribute(type(), by_name, place.at("lookup")));
  const auto by_column = mapping_.columns.find(by);
  if (by_column == mapping_.columns.end() || by_column->second.table != 0) {
    return place.at("lookup").refuse("is not mapped to a column of " + quote(mapping_.tables.front().name));
  }
  SCIM_ASSIGN(const auto other, read_reference(*reference.json, "shows", place, readers));
  const auto& [reader, shows] = other;
  const auto column = reader->mapping_.columns.find(shows);
  if (column == reader->mapping_.columns.end() || column->second.table != 0 || column->second.codec != Codec::text) {
    return place.at("shows").refuse("is not mapped to a text column of " + quote(reader->mapping_.tables.front().name));
  }
  mapping_.lookups.emplace(reference.attribute, TypeMapping::Lookup{by, &reader->type(), shows});
  return {};
}

/// [user] is of type User unless it says otherwise.
std::string default_type(const std::string& section) {
  std::string name = section;
  const bool is_lower = !name.empty() && name.front() >= 'a' && name.front() <= 'z';
  if (is_lower) name.front() = static_cast<char>(name.front() - 'a' + 'A');
  return name;
}

}  // namespace

LinkPart link_part(const Attribute& attribute) {
  static constexpr std::array<std::pair<std::string_view, LinkPart>, 2> kTop = {
      {{"id", LinkPart::id}, {"externalId", LinkPart::external_id}}};
  static constexpr std::array<std::pair<std::string_view, LinkPart>, 5> kMeta = {
      {{"resourceType", LinkPart::resource_type},
       {"created", LinkPart::created},
       {"lastModified", LinkPart::last_modified},
       {"location", LinkPart::location},
       {"version", LinkPart::version}}};
  const auto look_up = [&](const auto& table) {
    for (const auto& [name, part] : table) {
      if (name == attribute.name) return part;
    }
    return LinkPart::none;
  };
  if (attribute.parent == nullptr) return look_up(kTop);
  return attribute.parent->parent == nullptr && attribute.parent->name == "meta" ? look_up(kMeta) : LinkPart::none;
}

const TypeMapping& Mapping::of(const ResourceType& type) const {
  for (const auto& mapping : types) {
    if (mapping->type == &type) return *mapping;
  }
  // parse_mapping() has checked that every type of the registry is there.
  throw std::logic_error("resource type without a mapping: " + type.name);
}

Result<Mapping> parse_mapping(std::string_view toml, std::string_view name, const Registry& registry) {
  SCIM_ASSIGN(const Json root, parse_toml(toml, name));
  std::vector<std::unique_ptr<TypeReader>> readers;
  const auto reader_of = [&](const ResourceType& type) {
    return std::any_of(readers.begin(), readers.end(), [&](const auto& reader) { return &reader->type() == &type; });
  };
  for (const auto& item : root.items()) {
    if (!item.value().is_object() || !item.value().contains("map")) continue;
    const Place place{std::string(name) + ": [" + item.key() + ']'};
    SCIM_ASSIGN(const std::string type_name, read_name(item.value(), "type", place, default_type(item.key())));
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

Result<Mapping> embedded_mapping(const Registry& registry) {
  return parse_mapping(texts::embedded_toml, "embedded.toml", registry);
}

}  // namespace scim::sql
