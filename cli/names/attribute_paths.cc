// SPDX-License-Identifier: MIT
#include "cli/names/attribute_paths.h"

namespace scim::cli {
namespace {

/// The first sentence.
std::string summary(const Attribute& attribute) {
  return attribute.description.substr(0, attribute.description.find(". "));
}

bool is_for(const Attribute& attribute, PathsFor purpose) {
  if (!attribute.is_kept) return false;
  switch (purpose) {
    case PathsFor::reading: return attribute.returned != Returned::never;
    case PathsFor::writing: break;
  }
  return attribute.mutability == Mutability::read_write || attribute.mutability == Mutability::immutable;
}

/// emails[type eq "work"].value
void add_typed_elements(const Attribute& list, std::vector<AttributePath>& paths) {
  const Attribute* type = list.find("type");
  if (type == nullptr || list.find("value") == nullptr) return;
  for (const std::string& word : type->canonical_values) {
    paths.push_back({list.path() + "[type eq \"" + word + "\"].value", summary(list)});
  }
}

void add(const Attribute& attribute, PathsFor purpose, std::vector<AttributePath>& paths) {
  if (!is_for(attribute, purpose)) return;
  const bool is_value = purpose == PathsFor::reading ? !attribute.is_extension : attribute.type != Type::complex;
  if (is_value) paths.push_back({attribute.path(), summary(attribute)});
  if (purpose == PathsFor::writing && attribute.multi_valued) return add_typed_elements(attribute, paths);
  for (const Attribute& part : attribute.sub_attributes) add(part, purpose, paths);
}

}  // namespace

std::vector<AttributePath> attribute_paths(const ResourceType& type, PathsFor purpose) {
  std::vector<AttributePath> paths;
  for (const Attribute& attribute : type.attributes) add(attribute, purpose, paths);
  return paths;
}

}  // namespace scim::cli
