// SPDX-License-Identifier: MIT
#include "core/registry.h"

#include <algorithm>
#include <stdexcept>

#include "core/project.h"
#include "core/text.h"
#include "scim_core_texts.h"

namespace scim {
namespace {

/// Our own definitions are right, or no test passes.
Schema built_in(std::string_view text) {
  const Result<Json> json = parse_json(text);
  if (!json) throw std::logic_error(json.error().detail);
  Result<Schema> schema = schema_from_json(*json);
  if (!schema) throw std::logic_error(schema.error().detail);
  return *std::move(schema);
}

const Schema* find_schema(const std::vector<Schema>& schemas, std::string_view urn) {
  const auto at = std::find_if(schemas.begin(), schemas.end(),
                               [&](const Schema& schema) { return equal_ignoring_case(schema.id, urn); });
  return at == schemas.end() ? nullptr : &*at;
}

/// An extension as the complex attribute that it is in a resource.
Attribute extension_attribute(const Schema& schema, bool required) {
  Attribute attribute;
  attribute.name = schema.id;
  attribute.type = Type::complex;
  attribute.description = schema.description;
  attribute.required = required;
  attribute.sub_attributes = schema.attributes;
  attribute.is_extension = true;
  attribute.is_kept = std::any_of(schema.attributes.begin(), schema.attributes.end(), [](const Attribute& a) { return a.is_kept; });
  return attribute;
}

/// Gives every attribute its parent and index; they do not move after this.
void link(std::vector<Attribute>& attributes, const Attribute* parent, int& next_index) {
  for (Attribute& attribute : attributes) {
    attribute.parent = parent;
    attribute.index = next_index++;
    link(attribute.sub_attributes, &attribute, next_index);
  }
}

/// What match() and the SQL compiler rely on: an element of a list is a simple value or an object of simple values, and
/// sub-attributes are never complex (RFC 7643 2.3.8). The Schema schema itself breaks the latter, so this is asked of
/// resource types only. "" if all is well.
std::string fault_of_parts(const Attribute& attribute) {
  for (const Attribute& sub : attribute.sub_attributes) {
    if (attribute.is_extension) {
      if (std::string fault = fault_of_parts(sub); !fault.empty()) return fault;
    } else if (sub.type == Type::complex) {
      return quote(sub.name) + " in " + quote(attribute.name) + ": sub-attributes are never complex";
    } else if (sub.multi_valued && attribute.multi_valued) {
      return quote(sub.name) + " in " + quote(attribute.name) + " is a list within a list";
    }
  }
  return {};
}

Result<std::unique_ptr<const ResourceType>> merge(ResourceType type, const Schema& common,
                                                  const std::vector<Schema>& schemas) {
  const Schema* base = find_schema(schemas, type.schema);
  if (base == nullptr) {
    return fail(ErrorKind::invalid_value, "resource type " + quote(type.name) + ": no schema " + quote(type.schema));
  }
  auto merged = std::make_unique<ResourceType>(std::move(type));
  merged->schema = base->id;
  merged->attributes = common.attributes;
  merged->attributes.insert(merged->attributes.end(), base->attributes.begin(), base->attributes.end());
  for (ResourceType::Extension& extension : merged->extensions) {
    const Schema* schema = find_schema(schemas, extension.schema);
    if (schema == nullptr) {
      return fail(ErrorKind::invalid_value,
                  "resource type " + quote(merged->name) + ": no schema " + quote(extension.schema));
    }
    extension.schema = schema->id;
    merged->attributes.push_back(extension_attribute(*schema, extension.required));
  }
  for (Attribute& attribute : merged->attributes) {
    if (attribute.name == "userName") attribute.collation = Collation::username;
    if (const std::string fault = fault_of_parts(attribute); !fault.empty()) {
      return fail(ErrorKind::invalid_value, "resource type " + quote(merged->name) + ": " + fault);
    }
  }
  link(merged->attributes, nullptr, merged->attribute_count);
  merged->default_attributes = Projection::defaults(*merged).wanted();
  return std::unique_ptr<const ResourceType>(std::move(merged));
}

const Attribute* resolve_in(const Attribute* top, const PathName& name) {
  if (top == nullptr || name.sub.empty()) return top;
  return top->find(name.sub);
}

}  // namespace

std::vector<Schema> standard_schemas() {
  return {built_in(texts::User_json), built_in(texts::EnterpriseUser_json), built_in(texts::Group_json)};
}

const std::vector<Schema>& discovery_schemas() {
  static const std::vector<Schema> schemas = {built_in(texts::ServiceProviderConfig_json), built_in(texts::ResourceType_json),
                                              built_in(texts::Schema_json)};
  return schemas;
}

std::vector<ResourceType> standard_resource_types() {
  ResourceType user;
  user.name = "User";
  user.endpoint = "/Users";
  user.description = "User account";
  user.schema = urn::kUser;
  user.extensions = {{std::string(urn::kEnterpriseUser), false}};
  ResourceType group;
  group.name = "Group";
  group.endpoint = "/Groups";
  group.description = "Group of users and groups";
  group.schema = urn::kGroup;
  return {user, group};
}

Registry Registry::standard() {
  Result<Registry> registry = make(standard_schemas(), standard_resource_types());
  if (!registry) throw std::logic_error(registry.error().detail);
  return *std::move(registry);
}

Result<Registry> Registry::make(std::vector<Schema> schemas, std::vector<ResourceType> types) {
  Registry registry;
  const Schema common = built_in(texts::Common_json);
  registry.schemas_ = std::move(schemas);
  for (ResourceType& type : types) {
    if (registry.type_by_name(type.name) != nullptr || registry.type_by_endpoint(type.endpoint) != nullptr) {
      return fail(ErrorKind::invalid_value, "resource type " + quote(type.name) + ": name or endpoint is taken");
    }
    SCIM_ASSIGN(auto merged, merge(std::move(type), common, registry.schemas_));
    registry.types_.push_back(std::move(merged));
  }
  return registry;
}

const ResourceType* Registry::type_by_name(std::string_view name) const {
  for (const auto& type : types_) {
    if (type->name == name) return type.get();
  }
  return nullptr;
}

const ResourceType* Registry::type_by_endpoint(std::string_view endpoint) const {
  for (const auto& type : types_) {
    if (type->endpoint == endpoint) return type.get();
  }
  return nullptr;
}

const Schema* Registry::schema(std::string_view urn) const {
  const Schema* found = find_schema(schemas_, urn);
  return found != nullptr ? found : find_schema(discovery_schemas(), urn);
}

const Attribute* resolve(const ResourceType& type, const PathName& name) {
  if (name.urn.empty()) {
    const Attribute* top = type.find(name.name);
    // A bare name never means an extension's attribute, and a URN is not a name (requirements N-2).
    return top != nullptr && top->is_extension ? nullptr : resolve_in(top, name);
  }
  if (const Attribute* whole = type.find(name.name.empty() ? name.urn : name.urn + ':' + name.name)) {
    if (whole->is_extension && name.sub.empty()) return whole;
  }
  if (equal_ignoring_case(name.urn, type.schema)) {
    const Attribute* top = type.find(name.name);
    return top != nullptr && top->is_extension ? nullptr : resolve_in(top, name);
  }
  const Attribute* extension = type.find(name.urn);
  if (extension == nullptr || !extension->is_extension) return nullptr;
  return resolve_in(extension->find(name.name), name);
}

namespace {

/// How far a name may be from a known one of that length.
std::size_t nearness(std::string_view wanted) { return std::max<std::size_t>(1, wanted.size() / 4) + 1; }

/// Words of other systems.
constexpr std::pair<std::string_view, std::string_view> kOtherWords[] = {
    {"email", "emails.value"},      {"mail", "emails.value"},        {"firstname", "name.givenName"}, {"givenname", "name.givenName"},
    {"lastname", "name.familyName"}, {"surname", "name.familyName"}, {"phone", "phoneNumbers.value"}, {"login", "userName"},
    {"enabled", "active"},          {"created", "meta.created"},     {"lastmodified", "meta.lastModified"}, {"modified", "meta.lastModified"},
    {"updated", "meta.lastModified"},
};

/// Capitals, `_` and `-` are a matter of habit.
std::string plain_name(std::string_view name) {
  std::string plain = ascii_lower(name);
  std::erase_if(plain, [](char c) { return c == '_' || c == '-' || c == ' '; });
  return plain;
}

std::string other_word(const ResourceType& type, std::string_view wanted) {
  for (const auto& [word, meant] : kOtherWords) {
    if (word != wanted) continue;
    const auto name = parse_path_name(meant);
    if (name && resolve(type, *name) != nullptr) return std::string(meant);
  }
  return {};
}

/// `urn:...:User.userName`: what follows the URN of one of the type's schemas after another character than a colon; "" if
/// that is not it.
std::string after_schema(const ResourceType& type, std::string_view text) {
  const auto rest_after = [&](const std::string& schema) -> std::string {
    if (text.size() <= schema.size() + 1 || !equal_ignoring_case(text.substr(0, schema.size()), schema)) return {};
    if (std::string_view(".:/").find(text[schema.size()]) == std::string_view::npos) return {};
    const auto name = parse_path_name(schema + ':' + std::string(text.substr(schema.size() + 1)));
    const Attribute* attribute = name ? resolve(type, *name) : nullptr;
    return attribute == nullptr ? "" : attribute->path();
  };
  if (std::string found = rest_after(type.schema); !found.empty()) return found;
  for (const ResourceType::Extension& extension : type.extensions) {
    if (std::string found = rest_after(extension.schema); !found.empty()) return found;
  }
  return {};
}

}  // namespace

std::string nearest_name(const ResourceType& type, const PathName& name) {
  if (std::string found = after_schema(type, name.text()); !found.empty()) return found;
  const std::string wanted = plain_name(name.sub.empty() ? name.name : name.name + '.' + name.sub);
  if (std::string found = other_word(type, wanted); !found.empty()) return found;
  std::size_t best = nearness(wanted);
  std::string found;
  const auto consider = [&](const std::string& key, const Attribute& attribute) {
    const std::size_t distance = edit_distance(wanted, plain_name(key), best);
    if (distance >= best) return;
    best = distance;
    found = attribute.path();
  };
  for (const Attribute& attribute : type.attributes) {
    if (!attribute.is_extension) consider(attribute.name, attribute);
    for (const Attribute& sub : attribute.sub_attributes) {
      // An extension's attribute is written with its URN; people leave it out.
      consider(attribute.is_extension ? sub.name : attribute.name + '.' + sub.name, sub);
    }
  }
  return found;
}

std::string nearest_part(const Attribute& owner, const PathName& name) {
  const bool has_owner = equal_ignoring_case(name.name, owner.name) && !name.sub.empty();
  const std::string wanted = plain_name(has_owner ? name.sub : name.name);
  std::size_t best = nearness(wanted);
  std::string found;
  for (const Attribute& part : owner.sub_attributes) {
    const std::size_t distance = edit_distance(wanted, plain_name(part.name), best);
    if (distance >= best) continue;
    best = distance;
    found = part.name;
  }
  return found;
}

}  // namespace scim
