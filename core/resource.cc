// SPDX-License-Identifier: MIT
// Values of a resource by attribute: find, assign, compare, and make or apply Changes.
#include "core/resource.h"

#include <algorithm>
#include <charconv>
#include <unordered_set>

namespace scim {
namespace {

/// What makes two values the same.
struct Sameness {
  enum class Text { collated, as_written } text = Text::collated;
  enum class Parts { all, writable } parts = Parts::all;
};

std::string text_key(const Attribute& attribute, const std::string& text, const Sameness& sameness) {
  switch (sameness.text) {
    case Sameness::Text::collated: return collation_key(text, attribute.collation);
    case Sameness::Text::as_written: return text;
  }
  return text;
}

std::string number_key(double number) {
  char digits[32];
  const auto end = std::to_chars(std::begin(digits), std::end(digits), number).ptr;
  return {std::begin(digits), end};
}

/// A value that is not of the attribute's type (a foreign row) is only equal to itself.
std::string simple_key(const Attribute& attribute, const Json& value, const Sameness& sameness) {
  switch (attribute.type) {
    case Type::string:
    case Type::reference:
    case Type::binary:
      if (value.is_string()) return text_key(attribute, value.get_ref<const std::string&>(), sameness);
      break;
    case Type::date_time:
      if (!value.is_string()) break;
      if (const auto instant = parse_instant(value.get_ref<const std::string&>())) {
        return std::to_string(instant->time_since_epoch().count());
      }
      break;
    case Type::decimal:
      if (value.is_number()) return number_key(value.get<double>());
      break;
    case Type::boolean:
    case Type::integer:
    case Type::complex: break;
  }
  // No text of the type begins like this.
  return '\x01' + to_text(value);
}

/// Appends `part` so that no other sequence of parts gives the same bytes.
void append_part(std::string& key, std::string_view part) {
  key += std::to_string(part.size());
  key += ':';
  key += part;
}

std::string key_of(const Attribute& attribute, const Json& value, const Sameness& sameness);

std::string object_key(const Attribute& attribute, const Json& value, const Sameness& sameness) {
  std::string key;
  for (const Attribute& sub : attribute.sub_attributes) {
    const auto part = value.find(sub.name);
    if (part == value.end() || is_unassigned(*part)) continue;
    if (is_primary(sub) && *part == Json(false)) continue;
    if (sameness.parts == Sameness::Parts::writable && sub.mutability == Mutability::read_only) continue;
    append_part(key, sub.name);
    append_part(key, key_of(sub, *part, sameness));
  }
  return key;
}

std::string list_key(const Attribute& attribute, const Json& values, const Sameness& sameness) {
  std::vector<std::string> keys;
  for (const Json& value : values) keys.push_back(key_of(attribute, value, sameness));
  std::sort(keys.begin(), keys.end());
  std::string key;
  for (const std::string& element : keys) append_part(key, element);
  return key;
}

std::string key_of(const Attribute& attribute, const Json& value, const Sameness& sameness) {
  if (attribute.multi_valued && value.is_array()) return list_key(attribute, value, sameness);
  if (attribute.type == Type::complex && value.is_object()) return object_key(attribute, value, sameness);
  return simple_key(attribute, value, sameness);
}

Json without_read_only_parts(const Attribute& attribute, Json value) {
  if (value.is_array()) {
    for (Json& element : value) element = without_read_only_parts(attribute, std::move(element));
    return value;
  }
  if (!value.is_object()) return value;
  for (const Attribute& sub : attribute.sub_attributes) {
    if (sub.mutability == Mutability::read_only) value.erase(sub.name);
  }
  return value;
}

/// What the client can change of `attribute`, in `body`; null if that is nothing.
Json writable_value(const Attribute& attribute, const Json& body) {
  const Json* value = find_value(body, attribute);
  if (value == nullptr) return nullptr;
  Json writable = without_read_only_parts(attribute, *value);
  return is_unassigned(writable) ? Json(nullptr) : writable;
}

void compare(const Attribute& attribute, const Json& before, const Json& after, Changes& changes) {
  if (attribute.is_extension) {
    for (const Attribute& sub : attribute.sub_attributes) compare(sub, before, after, changes);
    return;
  }
  if (attribute.mutability == Mutability::read_only || is_schemas(attribute) || attribute.is_membership()) return;
  const Json old_value = writable_value(attribute, before);
  Json new_value = writable_value(attribute, after);
  if (old_value.is_null() && new_value.is_null()) return;
  if (new_value.is_null()) {
    changes.push_back({&attribute, Change::Kind::clear, nullptr});
    return;
  }
  if (!old_value.is_null() && looks_same(attribute, old_value, new_value)) return;
  changes.push_back({&attribute, Change::Kind::set, std::move(new_value)});
}

std::unordered_set<std::string> member_ids(const Json& members) {
  std::unordered_set<std::string> ids;
  for (const Json& member : members) ids.insert(member_id(member));
  return ids;
}

void add_members(const Change& change, Json& body) {
  const Json* stored = find_value(body, *change.attribute);
  Json members = stored == nullptr ? Json::array() : *stored;
  std::unordered_set<std::string> ids = member_ids(members);
  for (const Json& member : change.value) {
    if (ids.insert(member_id(member)).second) members.push_back(member);
  }
  assign_value(body, *change.attribute, std::move(members));
}

void remove_members(const Change& change, Json& body) {
  const Json* stored = find_value(body, *change.attribute);
  if (stored == nullptr) return;
  const std::unordered_set<std::string> ids = member_ids(change.value);
  Json members = Json::array();
  for (const Json& member : *stored) {
    if (!ids.contains(member_id(member))) members.push_back(member);
  }
  assign_value(body, *change.attribute, std::move(members));
}

}  // namespace

std::string_view Resource::id() const {
  const auto at = body.find("id");
  if (at == body.end() || !at->is_string()) return {};
  return at->get_ref<const std::string&>();
}

const Json* find_value(const Json& body, const Attribute& attribute) {
  const Json* owner = attribute.parent == nullptr ? &body : find_value(body, *attribute.parent);
  if (owner == nullptr || !owner->is_object()) return nullptr;
  const auto at = owner->find(attribute.name);
  return at == owner->end() || is_unassigned(*at) ? nullptr : &*at;
}

void assign_value(Json& body, const Attribute& attribute, Json value) {
  if (attribute.parent != nullptr) {
    const Json* stored = find_value(body, *attribute.parent);
    Json owner = stored != nullptr && stored->is_object() ? *stored : Json::object();
    if (is_unassigned(value)) {
      owner.erase(attribute.name);
    } else {
      owner[attribute.name] = std::move(value);
    }
    return assign_value(body, *attribute.parent, std::move(owner));
  }
  if (is_unassigned(value)) {
    body.erase(attribute.name);
  } else {
    body[attribute.name] = std::move(value);
  }
}

bool is_unassigned(const Json& value) {
  if (value.is_null()) return true;
  if (!value.is_structured()) return false;
  return std::all_of(value.begin(), value.end(), [](const Json& part) { return is_unassigned(part); });
}

bool is_primary(const Attribute& attribute) {
  return attribute.type == Type::boolean && attribute.name == "primary" && attribute.parent != nullptr &&
         attribute.parent->multi_valued;
}

std::string member_id(const Json& member) {
  const auto value = member.find("value");
  return value != member.end() && value->is_string() ? value->get<std::string>() : std::string();
}

bool is_schemas(const Attribute& attribute) { return attribute.parent == nullptr && attribute.name == "schemas"; }

std::string equality_key(const Attribute& attribute, const Json& value) { return key_of(attribute, value, {}); }

bool equal_values(const Attribute& attribute, const Json& a, const Json& b) {
  return equality_key(attribute, a) == equality_key(attribute, b);
}

bool looks_same(const Attribute& attribute, const Json& a, const Json& b) {
  constexpr Sameness kVisible = {Sameness::Text::as_written, Sameness::Parts::writable};
  return key_of(attribute, a, kVisible) == key_of(attribute, b, kVisible);
}

Json schemas_of(const ResourceType& type, const Json& body) {
  Json schemas = Json::array({type.schema});
  for (const Attribute& attribute : type.attributes) {
    if (attribute.is_extension && find_value(body, attribute) != nullptr) schemas.push_back(attribute.name);
  }
  return schemas;
}

Changes difference(const ResourceType& type, const Json& before, const Json& after) {
  Changes changes;
  for (const Attribute& attribute : type.attributes) compare(attribute, before, after, changes);
  return changes;
}

void apply(const Changes& changes, Resource& resource) {
  for (const Change& change : changes) {
    switch (change.kind) {
      case Change::Kind::set: assign_value(resource.body, *change.attribute, change.value); break;
      case Change::Kind::clear: assign_value(resource.body, *change.attribute, nullptr); break;
      case Change::Kind::add: add_members(change, resource.body); break;
      case Change::Kind::remove: remove_members(change, resource.body); break;
    }
  }
  resource.body["schemas"] = schemas_of(*resource.type, resource.body);
}

}  // namespace scim
