// SPDX-License-Identifier: MIT
// A mapping held against the live database: what cannot work, what will hurt, and the line that helps. Reads only.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/error.h"
#include "core/filter.h"
#include "sql/db.h"
#include "sql/mapping.h"
#include "sql/sql_store.h"

namespace scim::sql {

struct Finding {
  enum class Severity {
    error,    ///< requests would fail, or do what nobody wants: the server does not start
    warning,  ///< works, but slowly, or not for every row or client
    hint,     ///< worth knowing
  };
  Severity severity = Severity::error;
  std::string place;  ///< "[user.map] userName", or a file
  std::string text;
  std::string fix;    ///< lines that help: statements, or lines of the mapping, in this order; "" if there is no such thing
};
std::string_view to_string(Finding::Severity severity);
using Findings = std::vector<Finding>;
/// Errors first; otherwise the order stays.
void sort_by_severity(Findings& findings);

/// How far to look.
enum class Depth {
  errors,      ///< definitions of tables alone: quick enough for every start
  everything,  ///< also what the tables hold, and how the database would search them
};

/// Errors first. Our own tables may still be missing: they are made when the server starts. unavailable, internal: the
/// database cannot be asked.
Result<Findings> check_mapping(Db& db, const Mapping& mapping, const StoreOptions& options, Depth depth);

/// What would help a filter that reads a whole table: of each of its terms with eq or sw, what check_mapping() would say of the
/// attribute. Our own tables exist. Errors as check_mapping().
Result<Findings> check_filter(Db& db, const Mapping& mapping, const StoreOptions& options, const ResourceType& type, const Filter& filter);

}  // namespace scim::sql
