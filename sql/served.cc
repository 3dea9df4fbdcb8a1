// SPDX-License-Identifier: MIT
#include "sql/served.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <optional>
#include <set>
#include <sstream>

#include "core/text.h"
#include "core/type_definition.h"
#include "scim_sql_texts.h"
#include "sql/own_types.h"
#include "sql/pg_db.h"

namespace scim::sql {
namespace {

struct Preset {
  std::string_view name;
  std::string_view text;
};

std::array<Preset, 4> presets() {
  return {{{"django", texts::django_toml},
           {"django-scim2-server", texts::django_scim2_server_toml},
           {"laravel", texts::laravel_toml},
           {"rails-devise", texts::rails_devise_toml}}};
}

Result<std::string> read_text(const std::string& path) {
  std::ifstream stream(path, std::ios::binary);
  std::error_code unknown;
  if (std::filesystem::is_directory(path, unknown)) return fail(ErrorKind::invalid_value, path + ": is a directory");
  if (!stream) return fail(ErrorKind::invalid_value, path + ": cannot be read");
  std::ostringstream text;
  text << stream.rdbuf();
  return text.str();
}

/// The sections of the preset or file that `mapping` names.
Result<Json> base_sections(const Config& config) {
  if (config.mapping.empty()) return Json::object();
  for (const Preset& preset : presets()) {
    if (preset.name == config.mapping) return parse_toml(preset.text, std::string(preset.name) + ".toml");
  }
  if (config.mapping.find_first_of("/.") == std::string::npos) {
    std::string known;
    for (const std::string_view name : preset_names()) known.append(known.empty() ? "" : ", ").append(name);
    return fail(ErrorKind::invalid_value, config.name + ": mapping " + quote(config.mapping) +
                                              " is neither a preset (" + known + ") nor the path of a file");
  }
  SCIM_ASSIGN(const std::string text, read_text(config.mapping));
  return parse_toml(text, config.mapping);
}

/// Keys of a section, and entries of its map, are replaced one by one.
Json merged(Json base, const Json& over) {
  for (const auto& [section, values] : over.items()) {
    for (const auto& [key, value] : values.items()) {
      if (key != "map" || !value.is_object()) {
        base[section][key] = value;
        continue;
      }
      for (const auto& [attribute, entry] : value.items()) base[section]["map"][attribute] = entry;
    }
  }
  return base;
}

Result<Json> sections_of(const Config& config) {
  SCIM_ASSIGN(Json base, base_sections(config));
  Json sections = merged(std::move(base), config.sections);
  for (const auto& [name, section] : sections.items()) {
    if (section.is_object() && section.contains("table")) continue;
    return fail(ErrorKind::invalid_value, config.name + ": [" + name + "]: needs \"table\", if it is to map a resource type");
  }
  return sections;
}

/// RFC 7643 8.7.1 defines no members.display; erratum 6011, which asks for it, is only reported.
void drop_member_names(std::vector<Schema>& schemas) {
  for (Schema& schema : schemas) {
    if (schema.id != urn::kGroup) continue;
    for (Attribute& attribute : schema.attributes) {
      if (attribute.name != "members") continue;
      std::erase_if(attribute.sub_attributes, [](const Attribute& sub) { return sub.name == "display"; });
    }
  }
}

Result<std::vector<Schema>> schemas_of(const Config& config) {
  std::vector<Schema> schemas = standard_schemas();
  if (config.strict) drop_member_names(schemas);
  for (const std::string& path : config.schemas) {
    SCIM_ASSIGN(const std::string text, read_text(path));
    const auto added = parse_json(text).and_then(schemas_from_json).and_then([&](std::vector<Schema> declared) {
      return add_schemas(schemas, std::move(declared));
    });
    if (!added) return fail(ErrorKind::invalid_value, path + ": " + added.error().detail);
  }
  return schemas;
}

/// The types of the configuration's files.
Result<std::vector<DeclaredType>> declared_types(const Config& config) {
  std::vector<DeclaredType> all;
  for (const std::string& path : config.resource_types) {
    SCIM_ASSIGN(const std::string text, read_text(path));
    auto declared = parse_json(text).and_then(resource_types_from_json);
    if (!declared) return fail(ErrorKind::invalid_value, path + ": " + declared.error().detail);
    for (DeclaredType& each : *declared) {
      each.where.insert(0, path + ": ");
      all.push_back(std::move(each));
    }
  }
  return all;
}

Result<void> add_extensions(ResourceType& type, const Json& section, const std::string& place) {
  if (!section.contains("extensions")) return {};
  const Json& urns = section.at("extensions");
  if (!urns.is_array()) return fail(ErrorKind::invalid_value, place + " extensions: must be a list of URNs");
  for (const Json& urn : urns) {
    if (!urn.is_string()) return fail(ErrorKind::invalid_value, place + " extensions: must be a list of URNs");
    const bool has_it = std::any_of(type.extensions.begin(), type.extensions.end(), [&](const ResourceType::Extension& extension) {
      return equal_ignoring_case(extension.schema, urn.get_ref<const std::string&>());
    });
    if (!has_it) type.extensions.push_back({urn.get<std::string>(), false});
  }
  return {};
}

/// The name of the section that maps the type, nullopt if none does.
std::optional<std::string> section_of(const Json& sections, const ResourceType& type) {
  for (const auto& [name, section] : sections.items()) {
    if (section.value("type", Json(default_type_name(name))) == Json(type.name)) return name;
  }
  return std::nullopt;
}

bool is_standard(const ResourceType& type) {
  return equal_ignoring_case(type.schema, urn::kUser) || equal_ignoring_case(type.schema, urn::kGroup);
}

/// The standard types that a section maps and all that the configuration declares, with the extensions that sections name.
Result<std::vector<ResourceType>> types_of(const Json& sections, const Config& config, const std::vector<Schema>& schemas) {
  std::vector<ResourceType> known = standard_resource_types();
  SCIM_ASSIGN(std::vector<DeclaredType> declared, declared_types(config));
  SCIM_TRY(add_types(known, std::move(declared), schemas));
  std::vector<ResourceType> types;
  for (ResourceType& type : known) {
    const std::optional<std::string> section = section_of(sections, type);
    if (section) SCIM_TRY(add_extensions(type, sections.at(*section), config.name + ": [" + *section + ']'));
    if (section || !is_standard(type)) types.push_back(std::move(type));
  }
  return types;
}

/// What a client could send, and nothing that nobody is.
void drop_unused(std::vector<Schema>& schemas, const std::vector<ResourceType>& types) {
  std::erase_if(schemas, [&](const Schema& schema) {
    return std::none_of(types.begin(), types.end(), [&](const ResourceType& type) {
      if (equal_ignoring_case(type.schema, schema.id)) return true;
      return std::any_of(type.extensions.begin(), type.extensions.end(),
                         [&](const ResourceType::Extension& extension) { return equal_ignoring_case(extension.schema, schema.id); });
    });
  });
}

bool is_read_only(const TypeMapping& type, const Attribute& attribute) {
  if (type.constants.contains(&attribute)) return true;
  if (const auto column = type.columns.find(&attribute); column != type.columns.end()) return column->second.read_only;
  const auto element = type.elements.find(&attribute);
  return element != type.elements.end() && element->second.value.read_only;
}

/// Carries what the mapping means for clients from an attribute of a type to the schema that it comes from.
void restrict(const TypeMapping& type, const Attribute& attribute, Attribute& definition) {
  if (is_read_only(type, attribute)) {
    definition.mutability = Mutability::read_only;
    definition.required = false;
    for (Attribute& sub : definition.sub_attributes) sub.mutability = Mutability::read_only;
  }
  // The document has no constraint: what nobody checks is not promised.
  if (is_in_document(type, attribute)) definition.uniqueness = Uniqueness::none;
  if (definition.sub_attributes.empty()) {
    definition.is_kept = is_kept(type, attribute);
    return;
  }
  definition.is_kept = false;
  for (std::size_t i = 0; i < definition.sub_attributes.size(); ++i) {
    restrict(type, attribute.sub_attributes[i], definition.sub_attributes[i]);
    definition.is_kept = definition.is_kept || definition.sub_attributes[i].is_kept;
  }
}

void restrict_type(const TypeMapping& type, std::vector<Schema>& schemas) {
  for (Schema& schema : schemas) {
    const Attribute* extension = type.type->find(schema.id);
    const bool is_base = equal_ignoring_case(schema.id, type.type->schema);
    if (!is_base && (extension == nullptr || !extension->is_extension)) continue;
    for (Attribute& definition : schema.attributes) {
      const Attribute* attribute = is_base ? type.type->find(definition.name) : extension->find(definition.name);
      if (attribute != nullptr) restrict(type, *attribute, definition);
    }
  }
}

/// What a type that lives in tables of ours has beyond the embedded store's own.
std::vector<const Attribute*> own_attributes(const ResourceType& type, const Json& sections) {
  std::vector<const Attribute*> attributes;
  const bool is_whole = !is_standard(type);
  std::set<std::string> added;
  if (!is_whole) added = added_extensions(sections.at(*section_of(sections, type)), type);
  for (const Attribute& attribute : type.attributes) {
    if (is_whole ? !is_common(attribute) : added.contains(attribute.name)) attributes.push_back(&attribute);
  }
  return attributes;
}

/// Whoever changes the tables of an application knows of no renderings.
Result<void> refuse_renderings(const Mapping& mapping, const Config& config) {
  for (const auto& type : mapping.types) {
    if (mapping.is_embedded || type->renderings.empty()) continue;
    return fail(ErrorKind::invalid_value, config.name + ": [" + type->section + "] renderings: is for tables of our own");
  }
  return {};
}

/// The mapping of the registry's types: `given` are the sections of the application, or those of the embedded store.
Result<Mapping> mapping_of(const Json& given, const Config& config, const Registry& registry) {
  Json sections = given;
  std::vector<const ResourceType*> own;
  for (const auto& type : registry.types()) {
    const std::optional<std::string> section = section_of(given, *type);
    if (section && is_mapped(config)) continue;
    if (!section) {
      const std::string table = own_table_of(*type);
      if (sections.contains(table)) {
        return fail(ErrorKind::invalid_value, "resource type " + quote(type->name) + ": its table " + table + " is that of another one");
      }
      SCIM_ASSIGN(sections[table], own_section(*type));
    } else {
      SCIM_ASSIGN(sections[*section], embedded_section(given.at(*section), *type));
    }
    own.push_back(type.get());
  }
  SCIM_ASSIGN(Mapping mapping, parse_sections(sections, config.name, registry));
  mapping.is_embedded = !is_mapped(config);
  SCIM_TRY(refuse_renderings(mapping, config));
  for (const ResourceType* type : own) {
    std::vector<const Attribute*> attributes = own_attributes(*type, given);
    if (!attributes.empty()) mapping.own.push_back({&mapping.of(*type), std::move(attributes)});
  }
  return mapping;
}

Aids aids_of(const Config& config) { return is_postgresql(config.database_url) ? Aids::none : Aids::triggers; }

Result<Served> embedded(const Config& config) {
  Served served;
  served.registry = std::make_unique<const Registry>(Registry::standard());
  SCIM_ASSIGN(served.mapping, embedded_mapping(*served.registry, aids_of(config)));
  return served;
}

}  // namespace

std::vector<std::string_view> preset_names() {
  std::vector<std::string_view> names;
  for (const Preset& preset : presets()) names.push_back(preset.name);
  return names;
}

namespace {

Result<Served> served_by(const Config& config) {
  const bool is_plain = config.schemas.empty() && config.resource_types.empty() && !config.strict;
  if (!is_mapped(config) && is_plain) return embedded(config);
  SCIM_ASSIGN(const Json sections, is_mapped(config) ? sections_of(config) : embedded_sections(aids_of(config)));
  SCIM_ASSIGN(std::vector<Schema> schemas, schemas_of(config));
  SCIM_ASSIGN(const std::vector<ResourceType> types, types_of(sections, config, schemas));
  drop_unused(schemas, types);
  // The mapping tells what the schemas can promise, and is about attributes of the registry: twice is simplest.
  SCIM_ASSIGN(const Registry whole, Registry::make(schemas, types));
  SCIM_ASSIGN(const Mapping first, mapping_of(sections, config, whole));
  for (const auto& type : first.types) restrict_type(*type, schemas);
  SCIM_ASSIGN(Registry registry, Registry::make(std::move(schemas), types));
  Served served;
  served.registry = std::make_unique<const Registry>(std::move(registry));
  SCIM_ASSIGN(served.mapping, mapping_of(sections, config, *served.registry));
  return served;
}

}  // namespace

Result<Served> load_served(const Config& config) {
  SCIM_ASSIGN(Served served, served_by(config));
  if (const auto checked = check_masks(config.audit.masked, *served.registry); !checked) {
    return fail(ErrorKind::invalid_value, config.name + ": audit.masked: " + checked.error().detail);
  }
  return served;
}

}  // namespace scim::sql
