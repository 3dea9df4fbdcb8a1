// SPDX-License-Identifier: MIT
#include "cli/names/references.h"

#include "core/resource.h"

namespace scim::cli {
namespace {

using Keep = std::function<bool(const Reference&)>;

bool is_reference(const Attribute& attribute) {
  const bool is_ours = attribute.type == Type::complex && attribute.mutability != Mutability::read_only;
  const Attribute* const value = is_ours ? attribute.find("value") : nullptr;
  const Attribute* const address = is_ours ? attribute.find("$ref") : nullptr;
  return value != nullptr && value->type == Type::string && address != nullptr && address->type == Type::reference;
}

void append_references(const std::vector<Attribute>& attributes, std::vector<const Attribute*>& out) {
  for (const Attribute& attribute : attributes) {
    if (attribute.is_extension) append_references(attribute.sub_attributes, out);
    else if (is_reference(attribute)) out.push_back(&attribute);
  }
}

/// Where the attribute stands in `body`; nullptr: it does not.
Json* value_in(Json& body, const Attribute& attribute) {
  const bool is_extended = attribute.parent != nullptr;
  Json* const owner = is_extended ? value_in(body, *attribute.parent) : &body;
  const auto at = owner != nullptr && owner->is_object() ? owner->find(attribute.name) : body.end();
  return owner != nullptr && owner->is_object() && at != owner->end() ? &*at : nullptr;
}

/// False: it goes.
bool visit_object(const Attribute& attribute, Json& object, const Keep& keep) {
  const auto value = object.is_object() ? object.find("value") : object.end();
  if (!object.is_object() || value == object.end() || !value->is_string()) return true;
  return keep({attribute, object, value->get_ref<std::string&>()});
}

void visit_list(const Attribute& attribute, Json& body, Json& list, const Keep& keep) {
  Json kept = Json::array();
  const std::size_t before = list.size();
  for (Json& element : list) {
    if (visit_object(attribute, element, keep)) kept.push_back(std::move(element));
  }
  const bool is_gone = kept.empty() && before > 0;
  if (is_gone) assign_value(body, attribute, nullptr);
  else list = std::move(kept);
}

}  // namespace

std::string Reference::path() const { return attribute.multi_valued ? attribute.path() : attribute.find("value")->path(); }

std::vector<const Attribute*> reference_attributes(const ResourceType& type) {
  std::vector<const Attribute*> all;
  append_references(type.attributes, all);
  return all;
}

std::vector<const ResourceType*> referred_types(const Attribute& attribute, const Registry& registry) {
  std::vector<const ResourceType*> types;
  const auto add = [&](const std::string& name) {
    if (const ResourceType* type = registry.type_by_name(name)) types.push_back(type);
  };
  const Attribute* const address = attribute.find("$ref");
  for (const std::string& name : address == nullptr ? std::vector<std::string>() : address->reference_types) add(name);
  if (!types.empty()) return types;
  add("User");
  add("Group");
  return types;
}

void for_each_reference(const ResourceType& type, Json& body, const Keep& keep) {
  for (const Attribute* attribute : reference_attributes(type)) {
    Json* const value = value_in(body, *attribute);
    if (value == nullptr) continue;
    if (value->is_array()) visit_list(*attribute, body, *value, keep);
    else if (!visit_object(*attribute, *value, keep)) assign_value(body, *attribute, nullptr);
  }
}

}  // namespace scim::cli
