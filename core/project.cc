// SPDX-License-Identifier: MIT
// Names of attributes -> a set of attribute indices, once for each request.
#include "core/project.h"

#include <algorithm>

#include "core/path.h"
#include "core/registry.h"

namespace scim {
namespace {

bool is_never_returned(const Attribute& attribute) {
  return attribute.returned == Returned::never || attribute.mutability == Mutability::write_only;
}

bool is_default(const Attribute& attribute) {
  return !is_never_returned(attribute) && attribute.returned != Returned::request;
}

/// An attribute that RFC 7643 7 speaks of by itself: extensions only group theirs.
AttributeSet top_attributes(const ResourceType& type) {
  AttributeSet tops;
  for (const Attribute& attribute : type.attributes) {
    if (!attribute.is_extension) {
      tops.push_back(&attribute);
      continue;
    }
    for (const Attribute& sub : attribute.sub_attributes) tops.push_back(&sub);
  }
  return tops;
}

/// What the names stand for, without those that the type does not know. A filter in brackets is passed over: clients
/// copy their PATCH paths (client-quirks E22).
AttributeSet named_attributes(const ResourceType& type, std::string_view names) {
  AttributeSet attributes;
  while (!names.empty()) {
    const std::size_t end = std::min(names.find(','), names.size());
    const Result<Path> path = parse_path(trim(names.substr(0, end)));
    names.remove_prefix(std::min(end + 1, names.size()));
    if (!path) continue;
    const Attribute* attribute = resolve(type, path->name);
    if (attribute != nullptr && !path->sub.empty()) attribute = attribute->find(path->sub);
    if (attribute != nullptr) attributes.push_back(attribute);
  }
  return attributes;
}

}  // namespace

/// With the parts that come without being named.
void Projection::want_whole(const Attribute& attribute) {
  slot(attribute) = true;
  for (const Attribute& sub : attribute.sub_attributes) {
    if (is_default(sub)) want_whole(sub);
  }
}

void Projection::want_named(const Attribute& attribute) {
  if (is_never_returned(attribute)) return;
  if (attribute.parent == nullptr || attribute.parent->is_extension) return want_whole(attribute);
  const Attribute& owner = *attribute.parent;
  if (is_never_returned(owner)) return;
  slot(owner) = true;
  slot(attribute) = true;
  for (const Attribute& sub : owner.sub_attributes) {
    if (sub.returned == Returned::always) slot(sub) = true;
  }
}

void Projection::drop_whole(const Attribute& attribute) {
  slot(attribute) = false;
  for (const Attribute& sub : attribute.sub_attributes) drop_whole(sub);
}

void Projection::drop_named(const Attribute& attribute) {
  if (attribute.returned == Returned::always) return;
  if (!attribute.is_extension) return drop_whole(attribute);
  for (const Attribute& sub : attribute.sub_attributes) drop_named(sub);
}

bool Projection::wants_part_of(const Attribute& attribute) const {
  return std::any_of(attribute.sub_attributes.begin(), attribute.sub_attributes.end(),
                     [this](const Attribute& sub) { return wants(sub); });
}

void Projection::want_parents_of_parts(const ResourceType& type) {
  for (const Attribute* attribute : top_attributes(type)) {
    if (!attribute->sub_attributes.empty()) slot(*attribute) = wants_part_of(*attribute);
  }
  for (const Attribute& attribute : type.attributes) {
    if (attribute.is_extension) slot(attribute) = wants_part_of(attribute);
  }
}

void Projection::complete(const ResourceType& type) {
  for (const Attribute* attribute : top_attributes(type)) {
    if (attribute->returned == Returned::always) want_whole(*attribute);
  }
  want_parents_of_parts(type);
}

void Projection::hide_whole(const Attribute& attribute) {
  hidden_.resize(wanted_.size());
  hidden_[static_cast<std::size_t>(attribute.index)] = true;
  for (const Attribute& sub : attribute.sub_attributes) hide_whole(sub);
}

void Projection::hide(const ResourceType& type, const AttributeSet& hidden) {
  if (hidden.empty()) return;
  for (const Attribute* attribute : hidden) {
    const Attribute* outermost = attribute;
    while (outermost->parent != nullptr) outermost = outermost->parent;
    if (type.find(outermost->name) != outermost) continue;
    drop_whole(*attribute);
    hide_whole(*attribute);
  }
  want_parents_of_parts(type);
}

Projection Projection::defaults(const ResourceType& type) {
  Projection projection(type);
  if (!type.default_attributes.empty()) {
    projection.wanted_ = type.default_attributes;
    return projection;
  }
  for (const Attribute* attribute : top_attributes(type)) {
    if (is_default(*attribute)) projection.want_whole(*attribute);
  }
  projection.complete(type);
  return projection;
}

Projection Projection::for_planning(const ResourceType& type, Members members) {
  Projection projection(type);
  for (const Attribute* attribute : top_attributes(type)) {
    if (is_never_returned(*attribute) || (attribute->is_membership() && members == Members::skip)) continue;
    projection.slot(*attribute) = true;
    for (const Attribute& sub : attribute->sub_attributes) projection.slot(sub) = !is_never_returned(sub);
  }
  for (const Attribute& attribute : type.attributes) {
    if (attribute.is_extension) projection.slot(attribute) = true;
  }
  return projection;
}

Projection Projection::from_parameters(const ResourceType& type, std::string_view attributes,
                                       std::string_view excluded_attributes, const AttributeSet& besides) {
  if (attributes.empty()) {
    Projection projection = defaults(type);
    if (besides.empty() && excluded_attributes.empty()) return projection;
    const Projection unchanged = projection;
    for (const Attribute* attribute : besides) {
      if (attribute->returned == Returned::request) projection.want_named(*attribute);
    }
    if (excluded_attributes.empty() && projection == unchanged) return projection;
    for (const Attribute* attribute : named_attributes(type, excluded_attributes)) projection.drop_named(*attribute);
    projection.complete(type);
    return projection;
  }
  Projection projection(type);
  for (const Attribute* attribute : named_attributes(type, attributes)) projection.want_named(*attribute);
  projection.complete(type);
  return projection;
}

}  // namespace scim
