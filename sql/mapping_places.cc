// SPDX-License-Identifier: MIT
// Where a mapping has a place for an attribute: a column, the link, the document, or none.
#include <array>

#include "sql/mapping.h"

namespace scim::sql {

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

bool is_common(const Attribute& attribute) {
  const bool is_top = attribute.parent == nullptr;
  return link_part(attribute) != LinkPart::none || (is_top && (attribute.name == "schemas" || attribute.name == "meta"));
}

bool is_in_document(const TypeMapping& type, const Attribute& attribute) {
  if (!type.has_document() || is_common(attribute) || attribute.returned == Returned::never) return false;
  for (const Attribute* at = &attribute; at != nullptr; at = at->parent) {
    if (at->mutability == Mutability::read_only) return false;
    if (type.members.contains(at) || type.reverse.contains(at) || type.lookups.contains(at)) return false;
  }
  if (attribute.parent != nullptr && attribute.parent->multi_valued) {
    const auto list = type.lists.find(attribute.parent);
    if (list != type.lists.end()) {
      return !list->second.columns.contains(&attribute) && !list->second.constants.contains(&attribute);
    }
    const auto element = type.elements.find(attribute.parent);
    return element == type.elements.end() || !element->second.constants.contains(&attribute);
  }
  return !type.columns.contains(&attribute) && !type.constants.contains(&attribute) && !type.lists.contains(&attribute) &&
         !type.elements.contains(&attribute);
}

bool is_kept(const TypeMapping& type, const Attribute& leaf) {
  if (is_common(leaf) || (leaf.parent != nullptr && is_common(*leaf.parent)) || is_in_document(type, leaf)) return true;
  if (type.columns.contains(&leaf) || type.constants.contains(&leaf) || type.lookups.contains(&leaf)) return true;
  const Attribute* list = leaf.multi_valued ? &leaf : leaf.parent;
  if (list == nullptr) return false;
  if (type.members.contains(list) || type.reverse.contains(list)) return true;
  if (const auto table = type.lists.find(list); table != type.lists.end()) {
    return table->second.columns.contains(&leaf) || table->second.constants.contains(&leaf);
  }
  const auto element = type.elements.find(list);
  return element != type.elements.end() && (element->second.part == &leaf || element->second.constants.contains(&leaf));
}

}  // namespace scim::sql
