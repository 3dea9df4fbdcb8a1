// SPDX-License-Identifier: MIT
#include "sql/served.h"

#include <algorithm>
#include <array>
#include <fstream>
#include <functional>
#include <sstream>

#include "core/text.h"
#include "scim_sql_texts.h"

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

Result<std::vector<Schema>> schemas_of(const Config& config) {
  std::vector<Schema> schemas = standard_schemas();
  for (const std::string& path : config.schemas) {
    SCIM_ASSIGN(const std::string text, read_text(path));
    const Result<Schema> schema = parse_json(text).and_then(schema_from_json);
    if (!schema) return fail(ErrorKind::invalid_value, path + ": " + schema.error().detail);
    schemas.push_back(*schema);
  }
  return schemas;
}

Result<void> add_extensions(ResourceType& type, const Json& section, const std::string& place) {
  if (!section.contains("extensions")) return {};
  const Json& urns = section.at("extensions");
  if (!urns.is_array()) return fail(ErrorKind::invalid_value, place + " extensions: must be a list of URNs");
  for (const Json& urn : urns) {
    if (!urn.is_string()) return fail(ErrorKind::invalid_value, place + " extensions: must be a list of URNs");
    type.extensions.push_back({urn.get<std::string>(), false});
  }
  return {};
}

/// The standard types that a section maps, with the extensions that it names.
Result<std::vector<ResourceType>> types_of(const Json& sections, const Config& config) {
  std::vector<ResourceType> types;
  for (ResourceType& type : standard_resource_types()) {
    for (const auto& [name, section] : sections.items()) {
      if (section.value("type", Json(default_type_name(name))) != Json(type.name)) continue;
      SCIM_TRY(add_extensions(type, section, config.name + ": [" + name + ']'));
      types.push_back(type);
      break;
    }
  }
  return types;
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

void restrict_all(const Mapping& mapping, std::vector<Schema>& schemas) {
  for (const auto& type : mapping.types) {
    for (Schema& schema : schemas) {
      const Attribute* extension = type->type->find(schema.id);
      const bool is_base = equal_ignoring_case(schema.id, type->type->schema);
      if (!is_base && (extension == nullptr || !extension->is_extension)) continue;
      for (Attribute& definition : schema.attributes) {
        const Attribute* attribute = is_base ? type->type->find(definition.name) : extension->find(definition.name);
        if (attribute != nullptr) restrict(*type, *attribute, definition);
      }
    }
  }
}

Result<Served> embedded() {
  Served served;
  served.registry = std::make_unique<const Registry>(Registry::standard());
  SCIM_ASSIGN(served.mapping, embedded_mapping(*served.registry));
  return served;
}

}  // namespace

std::vector<std::string_view> preset_names() {
  std::vector<std::string_view> names;
  for (const Preset& preset : presets()) names.push_back(preset.name);
  return names;
}

Result<Served> load_served(const Config& config) {
  if (!is_mapped(config)) return embedded();
  SCIM_ASSIGN(const Json sections, sections_of(config));
  SCIM_ASSIGN(std::vector<Schema> schemas, schemas_of(config));
  SCIM_ASSIGN(const std::vector<ResourceType> types, types_of(sections, config));
  // The mapping tells what the schemas can promise, and is about attributes of the registry: twice is simplest.
  SCIM_ASSIGN(const Registry whole, Registry::make(schemas, types));
  SCIM_ASSIGN(const Mapping first, parse_sections(sections, config.name, whole));
  restrict_all(first, schemas);
  SCIM_ASSIGN(Registry registry, Registry::make(std::move(schemas), types));
  Served served;
  served.registry = std::make_unique<const Registry>(std::move(registry));
  SCIM_ASSIGN(served.mapping, parse_sections(sections, config.name, *served.registry));
  served.mapping.is_embedded = false;
  return served;
}

}  // namespace scim::sql
