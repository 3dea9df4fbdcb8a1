// SPDX-License-Identifier: MIT
#include "sql/catalog.h"

#include <algorithm>

#include "core/text.h"

namespace scim::sql {

bool TableInfo::is_same(std::string_view one, std::string_view other) const {
  return names == Names::as_written ? one == other : equal_ignoring_case(one, other);
}

const TableColumn* TableInfo::find(std::string_view column) const {
  const auto at = std::find_if(columns.begin(), columns.end(),
                               [&](const TableColumn& c) { return is_same(c.name, column); });
  return at == columns.end() ? nullptr : &*at;
}

bool TableInfo::is_unique(std::string_view column) const {
  return std::any_of(indexes.begin(), indexes.end(), [&](const TableIndex& index) {
    return index.unique && !index.partial && index.columns.size() == 1 && is_same(index.columns.front(), column);
  });
}

bool TableInfo::is_indexed(std::string_view column) const {
  return std::any_of(indexes.begin(), indexes.end(), [&](const TableIndex& index) {
    return !index.partial && is_same(index.columns.front(), column);
  });
}

}  // namespace scim::sql
