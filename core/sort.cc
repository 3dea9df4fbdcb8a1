// SPDX-License-Identifier: MIT
#include "core/sort.h"

#include "core/path.h"
#include "core/registry.h"

namespace scim {

Result<const Attribute*> bind_sort(std::string_view sort_by, const ResourceType& type) {
  const Result<PathName> name = parse_path_name(sort_by);
  if (!name) return nullptr;
  const Attribute* attribute = resolve(type, *name);
  if (attribute == nullptr || !attribute->is_kept || attribute->returned == Returned::never) return nullptr;
  if (attribute->type != Type::complex) return attribute;
  const Attribute* value = attribute->is_extension ? nullptr : attribute->find("value");
  if (value == nullptr) {
    return fail(ErrorKind::invalid_value, "sortBy: " + quote(attribute->path()) + " is complex: name one of its sub-attributes");
  }
  return value->is_kept ? value : nullptr;
}

}  // namespace scim
