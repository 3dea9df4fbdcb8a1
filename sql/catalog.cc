// SPDX-License-Identifier: MIT
#include "sql/catalog.h"

#include <algorithm>

#include "core/text.h"

namespace scim::sql {

const TableColumn* TableInfo::find(std::string_view column) const {
  const auto at = std::find_if(columns.begin(), columns.end(),
                               [&](const TableColumn& c) { return equal_ignoring_case(c.name, column); });
  return at == columns.end() ? nullptr : &*at;
}

bool TableInfo::is_unique(std::string_view column) const {
  return std::any_of(indexes.begin(), indexes.end(), [&](const TableIndex& index) {
    return index.unique && !index.partial && index.columns.size() == 1 && equal_ignoring_case(index.columns.front(), column);
  });
}

bool TableInfo::is_indexed(std::string_view column) const {
  return std::any_of(indexes.begin(), indexes.end(), [&](const TableIndex& index) {
    return !index.partial && equal_ignoring_case(index.columns.front(), column);
  });
}

}  // namespace scim::sql
