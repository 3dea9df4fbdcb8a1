// SPDX-License-Identifier: MIT
#include "core/reference_walk.h"

#include <algorithm>
#include <limits>

#include "core/member.h"
#include "core/path.h"
#include "core/registry.h"
#include "core/text.h"

namespace scim {
namespace {

/// Whoever carries the operation out holds its filter against the limits: here that it can be read is enough.
constexpr FilterLimits kAnyFilter = {.bytes = std::numeric_limits<std::size_t>::max(), .depth = 256, .terms = std::numeric_limits<std::size_t>::max()};

class Walk {
 public:
  explicit Walk(ReferenceVisitor& visitor) : visitor_(visitor) {}

  /// An object whose members are named as RFC 7644 3.10 names attributes.
  void resource(const ResourceType& type, Json& object) const {
    if (!object.is_object()) return;
    for (auto& [name, member] : object.items()) {
      const auto parsed = parse_path_name(name);
      const Attribute* attribute = parsed ? resolve(type, *parsed) : nullptr;
      if (attribute != nullptr) value(*attribute, nullptr, member);
      else if (equal_ignoring_case(name, type.schema)) resource(type, member);
    }
  }

  void value(const Attribute& attribute, const Json* holder, Json& json) const {
    if (json.is_array()) {
      for (Json& element : json) value(attribute, holder, element);
    } else if (json.is_object()) {
      for (auto& [name, member] : json.items()) {
        const Attribute* sub = attribute.find(name);
        if (sub != nullptr) value(*sub, &json, member);
      }
    } else if (json.is_string()) {
      text(attribute, holder, json.get_ref<std::string&>());
    }
  }

  void patch(const ResourceType& type, Json& message) const {
    Json* operations = find_member(message, "Operations");
    if (operations == nullptr || !operations->is_array()) return;
    for (Json& operation : *operations) patch_operation(type, operation);
  }

 private:
  void patch_operation(const ResourceType& type, Json& operation) const {
    Json* path = find_member(operation, "path");
    Json* json = find_member(operation, "value");
    if (path == nullptr || !path->is_string()) {
      if (json != nullptr) resource(type, *json);
      return;
    }
    const auto parsed = parse_path(path->get_ref<const std::string&>(), kAnyFilter);
    const Attribute* attribute = parsed ? resolve(type, parsed->name) : nullptr;
    if (attribute == nullptr) {
      if (json != nullptr && equal_ignoring_case(path->get_ref<const std::string&>(), type.schema)) resource(type, *json);
      return;
    }
    if (parsed->filter != nullptr && is_link(*attribute)) visitor_.filter(*attribute, path->get_ref<std::string&>());
    const Attribute* target = parsed->sub.empty() ? attribute : attribute->find(parsed->sub);
    if (json != nullptr && target != nullptr) value(*target, nullptr, *json);
  }

  void text(const Attribute& attribute, const Json* holder, std::string& text) const {
    const Attribute* const link = link_of(attribute);
    if (link != nullptr) visitor_.id(*link, holder, text);
    else if (holds_uri(attribute)) visitor_.uri(text);
  }

  ReferenceVisitor& visitor_;
};

}  // namespace

bool is_link(const Attribute& attribute) {
  return attribute.type == Type::complex && attribute.find("value") != nullptr && attribute.find("$ref") != nullptr;
}

const Attribute* link_of(const Attribute& attribute) {
  if (is_link(attribute)) return &attribute;
  return attribute.name == "value" && attribute.parent != nullptr && is_link(*attribute.parent) ? attribute.parent : nullptr;
}

bool holds_uri(const Attribute& attribute) {
  if (attribute.type != Type::reference) return false;
  const auto& types = attribute.reference_types;
  return attribute.name == "$ref" ||
         std::any_of(types.begin(), types.end(), [](const std::string& type) { return type != "external" && type != "uri"; });
}

void walk_references(const ResourceType& type, Operation operation, Json& data, ReferenceVisitor& visitor) {
  const Walk walk(visitor);
  if (operation == Operation::patch) walk.patch(type, data);
  else walk.resource(type, data);
}

void walk_references(const Attribute& attribute, Json& value, ReferenceVisitor& visitor) { Walk(visitor).value(attribute, nullptr, value); }

}  // namespace scim
