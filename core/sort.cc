// SPDX-License-Identifier: MIT
#include "core/sort.h"

#include <algorithm>

#include "core/path.h"
#include "core/registry.h"
#include "core/resource.h"
#include "core/sight.h"

namespace scim {
namespace {

bool is_visible(const Attribute* attribute) {
  if (attribute == nullptr) return true;
  return attribute->is_kept && attribute->returned != Returned::never && is_visible(attribute->parent);
}

/// The element that stands for a list: its primary one, else its first.
const Json* chosen_element(const Json& list) {
  if (!list.is_array() || list.empty()) return nullptr;
  const auto is_chosen = [](const Json& element) {
    const auto primary = element.is_object() ? element.find("primary") : element.end();
    return primary != element.end() && primary->is_boolean() && primary->get<bool>();
  };
  const auto primary = std::find_if(list.begin(), list.end(), is_chosen);
  return primary == list.end() ? &list.front() : &*primary;
}

const Json* sorted_value(const Attribute& by, const Json& body) {
  const bool is_part = by.parent != nullptr && by.parent->multi_valued;
  const Json* value = find_value(body, is_part ? *by.parent : by);
  if (value == nullptr || !(is_part || by.multi_valued)) return value;
  const Json* element = chosen_element(*value);
  if (element == nullptr || !is_part) return element;
  const auto part = element->is_object() ? element->find(by.name) : element->end();
  return part == element->end() ? nullptr : &*part;
}

/// A value that is not of the attribute's type (a foreign row) is none.
SortKey key_of(const Attribute& by, const Json& value) {
  switch (by.type) {
    case Type::boolean: return value.is_boolean() ? SortKey(std::int64_t{value.get<bool>()}) : SortKey();
    case Type::integer: return value.is_number() ? SortKey(value.get<std::int64_t>()) : SortKey();
    case Type::decimal: return value.is_number() ? SortKey(value.get<double>()) : SortKey();
    case Type::date_time: {
      const auto instant = value.is_string() ? parse_instant(value.get_ref<const std::string&>()) : std::nullopt;
      return instant ? SortKey(std::int64_t{instant->time_since_epoch().count()}) : SortKey();
    }
    case Type::string:
    case Type::binary:
    case Type::reference:
      return value.is_string() ? SortKey(collation_key(value.get_ref<const std::string&>(), by.collation)) : SortKey();
    case Type::complex: break;
  }
  return {};
}

bool is_below(const SortKey& a, const SortKey& b) {
  const auto* whole = std::get_if<std::int64_t>(&a);
  const auto* decimal = std::get_if<double>(&a);
  const auto* other_whole = std::get_if<std::int64_t>(&b);
  const auto* other_decimal = std::get_if<double>(&b);
  if (whole != nullptr && other_decimal != nullptr) return static_cast<double>(*whole) < *other_decimal;
  if (decimal != nullptr && other_whole != nullptr) return *decimal < static_cast<double>(*other_whole);
  return a < b;
}

}  // namespace

Result<const Attribute*> bind_sort(std::string_view sort_by, const ResourceType& type, const Sight& sight) {
  const Result<PathName> name = parse_path_name(sort_by);
  if (!name) return nullptr;
  const Attribute* attribute = resolve(type, *name);
  if (attribute == nullptr || !is_visible(attribute) || !sight.shows(*attribute)) return nullptr;
  if (attribute->type != Type::complex) return attribute;
  const Attribute* value = attribute->is_extension ? nullptr : attribute->find("value");
  if (value == nullptr || !sight.shows(*value)) {
    return fail(ErrorKind::invalid_value, "sortBy: " + quote(attribute->path()) + " is complex: name one of its sub-attributes");
  }
  return is_visible(value) ? value : nullptr;
}

Standing standing(const Attribute* by, const Resource& resource) {
  const Json* value = by == nullptr ? nullptr : sorted_value(*by, resource.body);
  return {value == nullptr ? SortKey() : key_of(*by, *value), std::string(resource.id())};
}

bool stands_before(SortOrder order, const Standing& a, const Standing& b) {
  const bool has_value = a.key != SortKey();
  const bool other_has_value = b.key != SortKey();
  const bool is_ascending = order == SortOrder::ascending;
  if (has_value != other_has_value) return has_value == is_ascending;
  if (is_below(a.key, b.key)) return is_ascending;
  if (is_below(b.key, a.key)) return !is_ascending;
  return a.id < b.id;
}

}  // namespace scim
