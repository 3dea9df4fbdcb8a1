// SPDX-License-Identifier: MIT
// sortBy and sortOrder (RFC 7644 3.4.2.3).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include "core/error.h"
#include "core/schema.h"

namespace scim {

class Sight;
struct Resource;

enum class SortOrder { ascending, descending };

/// By the attribute's collation, or by the instant, the number, false before true; of a list by its primary element, else
/// by its first. Who has no value comes last ascending, first descending. Equal ones stand by id, ascending.
struct Sort {
  const Attribute* by = nullptr;  ///< simple, or a list of simple values; nullptr: nobody has a value
  SortOrder order = SortOrder::ascending;
};

/// What `sort_by` names in `type`; a list of complex values is sorted by their `value`. nullptr for what the type does not
/// know or keep, and for what nobody may see, or the client does not. invalidValue: a complex attribute that has no `value`.
Result<const Attribute*> bind_sort(std::string_view sort_by, const ResourceType& type, const Sight& sight);

/// What a resource is sorted by: a text's collation_key(), microseconds of a dateTime, 0 and 1 of a boolean; monostate: it
/// has no value. Numbers stand before texts, where two types of one order have both.
using SortKey = std::variant<std::monostate, std::int64_t, double, std::string>;

/// Where a resource stands in an order. The SQL of every backend must agree with it: tests/unit/sort_test.cc.
struct Standing {
  SortKey key;
  std::string id;
};
Standing standing(const Attribute* by, const Resource& resource);
bool stands_before(SortOrder order, const Standing& a, const Standing& b);

}  // namespace scim
