// SPDX-License-Identifier: MIT
#include "cli/names/reference_hints.h"

#include <algorithm>

#include "cli/backend.h"
#include "core/text.h"

namespace scim::cli {
namespace {

std::string key_of(const Reference& reference) { return reference.attribute.path() + ' ' + reference.text; }

}  // namespace

ReferenceHints::ReferenceHints(const ResourceType& type, Json resource) {
  for_each_reference(type, resource, [&](const Reference& reference) {
    hints_[key_of(reference)].push_back({text_at(reference.object, "type"), text_at(reference.object, "$ref")});
    return true;
  });
}

std::vector<const ResourceType*> ReferenceHints::narrowed(const Reference& reference, std::vector<const ResourceType*> types) const {
  const auto hints = hints_.find(key_of(reference));
  if (hints == hints_.end() || hints->second.size() != 1) return types;
  const Hint& hint = hints->second.front();
  std::vector<const ResourceType*> some;
  std::copy_if(types.begin(), types.end(), std::back_inserter(some), [&](const ResourceType* type) { return hint.fits(*type); });
  return some.empty() ? types : some;
}

bool ReferenceHints::Hint::fits(const ResourceType& wanted) const {
  const bool is_there = type.empty() && address.find(wanted.endpoint + '/') != std::string::npos;
  return is_there || equal_ignoring_case(type, wanted.name);
}

}  // namespace scim::cli
