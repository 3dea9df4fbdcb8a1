// SPDX-License-Identifier: MIT
#include "core/sight.h"

#include <algorithm>

#include "core/text.h"

namespace scim {
namespace {

bool is_in(const Attribute& attribute, const std::vector<const Attribute*>& hidden) {
  return std::find(hidden.begin(), hidden.end(), &attribute) != hidden.end();
}

/// The attributes of all types that a path names.
std::vector<const Attribute*> named(std::string_view path, const Registry& registry) {
  std::vector<const Attribute*> found;
  const Result<PathName> name = parse_path_name(path);
  if (!name) return found;
  for (const auto& type : registry.types()) {
    if (const Attribute* attribute = resolve(*type, *name)) found.push_back(attribute);
  }
  return found;
}

const ResourceType* type_of(const Attribute& attribute, const Registry& registry) {
  const Attribute* top = &attribute;
  while (top->parent != nullptr) top = top->parent;
  for (const auto& type : registry.types()) {
    const auto& all = type->attributes;
    if (std::any_of(all.begin(), all.end(), [&](const Attribute& each) { return &each == top; })) return type.get();
  }
  return nullptr;
}

bool is_made_of(const ResourceType& type, const Schema& schema) {
  return equal_ignoring_case(type.schema, schema.id) ||
         std::any_of(type.extensions.begin(), type.extensions.end(),
                     [&](const ResourceType::Extension& extension) { return equal_ignoring_case(extension.schema, schema.id); });
}

/// Marks what is hidden in the definition that it comes from, if that is `schema`.
void leave_out(const Attribute& hidden, const ResourceType& type, Schema& schema) {
  const Attribute& top = hidden.top();
  const Attribute* const extension = hidden.is_extension ? &hidden : top.parent;
  if (!equal_ignoring_case(schema.id, extension == nullptr ? type.schema : extension->name)) return;
  for (Attribute& attribute : schema.attributes) {
    if (!hidden.is_extension && attribute.name != top.name) continue;
    if (hidden.is_extension || &hidden == &top) {
      attribute.is_kept = false;
      continue;
    }
    for (Attribute& part : attribute.sub_attributes) part.is_kept = part.is_kept && part.name != hidden.name;
  }
}

/// Why resources are nothing without it; "" if they are.
std::string_view need_of(const Attribute& attribute) {
  if (attribute.parent != nullptr && attribute.parent->multi_valued) return "is a part of the elements of a list: hide the list";
  if (attribute.required || attribute.returned == Returned::always) return "is what no resource can be without";
  if (is_schemas(attribute) || attribute.name == "meta" || (attribute.parent != nullptr && attribute.parent->name == "meta")) {
    return "is what no resource can be without";
  }
  for (const Attribute& sub : attribute.sub_attributes) {
    if (attribute.is_extension && !need_of(sub).empty()) return "has attributes that no resource can be without";
  }
  return {};
}

}  // namespace

Sight::Sight(const std::vector<std::string>& types, const std::vector<std::string>& hidden, const Registry& registry)
    : shows_all_types_(types.empty()) {
  for (const std::string& word : types) {
    if (const ResourceType* type = type_of_word(word, registry)) types_.push_back(type);
  }
  for (const std::string& path : hidden) {
    const auto found = named(path, registry);
    hidden_.insert(hidden_.end(), found.begin(), found.end());
  }
}

bool Sight::shows(const ResourceType& type) const {
  return shows_all_types_ || std::find(types_.begin(), types_.end(), &type) != types_.end();
}

bool Sight::shows(const Attribute& attribute) const {
  if (hidden_.empty()) return true;
  for (const Attribute* at = &attribute; at != nullptr; at = at->parent) {
    if (is_in(*at, hidden_)) return false;
  }
  return true;
}

Changes Sight::without_hidden(Changes changes, const Resource& before) const {
  if (hidden_.empty()) return changes;
  std::erase_if(changes, [&](const Change& change) { return !shows(*change.attribute); });
  for (Change& change : changes) {
    if (change.attribute->multi_valued || change.attribute->type != Type::complex) continue;
    for (const Attribute& part : change.attribute->sub_attributes) {
      if (shows(part) || part.mutability == Mutability::read_only) continue;
      const Json* const stored = find_value(before.body, part);
      if (stored == nullptr) {
        if (change.value.is_object()) change.value.erase(part.name);
        continue;
      }
      if (change.kind == Change::Kind::clear) change = {change.attribute, Change::Kind::set, Json::object()};
      change.value[part.name] = *stored;
    }
  }
  std::erase_if(changes, [&](const Change& change) {
    const Json* const stored = find_value(before.body, *change.attribute);
    return change.kind == Change::Kind::set && stored != nullptr && *stored == change.value;
  });
  return changes;
}

void Sight::hide_in(const ResourceType& type, Json& body) const {
  for (const Attribute* attribute : hidden_) {
    const Attribute* top = attribute;
    while (top->parent != nullptr) top = top->parent;
    const bool is_of_type = type.find(top->name) == top;
    if (is_of_type && find_value(body, *attribute) != nullptr) assign_value(body, *attribute, nullptr);
  }
}

Schema Sight::shown_of(Schema schema, const Registry& registry) const {
  for (const Attribute* attribute : hidden_) {
    const ResourceType* const type = type_of(*attribute, registry);
    if (type != nullptr) leave_out(*attribute, *type, schema);
  }
  return schema;
}

bool Sight::shows(const Schema& schema, const Registry& registry) const {
  if (shows_all_types_) return true;
  const auto& all = registry.types();
  const bool is_used = std::any_of(all.begin(), all.end(), [&](const auto& type) { return is_made_of(*type, schema); });
  return !is_used || std::any_of(types_.begin(), types_.end(), [&](const ResourceType* type) { return is_made_of(*type, schema); });
}

std::string Sight::nearest_name(const ResourceType& type, const PathName& name) const {
  std::string nearest = scim::nearest_name(type, name);
  const Result<PathName> found = parse_path_name(nearest);
  const Attribute* const attribute = found ? resolve(type, *found) : nullptr;
  return attribute != nullptr && !shows(*attribute) ? "" : nearest;
}

std::string Sight::nearest_part(const Attribute& owner, const PathName& name) const {
  std::string nearest = scim::nearest_part(owner, name);
  const Attribute* const part = owner.find(nearest);
  return part != nullptr && !shows(*part) ? "" : nearest;
}

const ResourceType* type_of_word(std::string_view word, const Registry& registry) {
  for (const auto& type : registry.types()) {
    const bool is_endpoint = equal_ignoring_case(std::string_view(type->endpoint).substr(1), word);
    if (is_endpoint || equal_ignoring_case(type->name, word)) return type.get();
  }
  return nullptr;
}

Result<void> check_hidden(std::string_view path, const Registry& registry) {
  const auto found = named(path, registry);
  if (found.empty()) return fail(ErrorKind::invalid_value, "no resource type has an attribute " + quote(path));
  for (const Attribute* attribute : found) {
    const std::string_view need = need_of(*attribute);
    if (need.empty()) continue;
    const ResourceType* const type = type_of(*attribute, registry);
    return fail(ErrorKind::invalid_value, quote(path) + " of " + (type == nullptr ? "" : type->name + ' ') + std::string(need));
  }
  return {};
}

}  // namespace scim
