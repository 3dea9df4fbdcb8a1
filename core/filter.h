// SPDX-License-Identifier: MIT
// A filter as written (RFC 7644 3.4.2.2): syntax only, no schema. filter text -> Filter -> bind() -> Predicate.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/error.h"
#include "core/json.h"
#include "core/limits.h"
#include "core/path.h"

namespace scim {

enum class Op { eq, ne, co, sw, ew, gt, ge, lt, le };
std::string_view to_string(Op op);

struct Filter {
  enum class Kind {
    and_,
    or_,
    not_,
    compare,     ///< path op literal
    present,     ///< path pr
    value_path,  ///< path[children[0]]; with `path_sub`, Entra's path[children[0]].sub op literal (children[1])
  };
  Kind kind = Kind::present;
  std::size_t offset = 0;  ///< of its first byte in the filter text
  std::vector<Filter> children;
  PathName path;
  Op op = Op::eq;
  std::size_t op_offset = 0;
  Json literal;  ///< string, number, boolean or null
  std::size_t literal_offset = 0;
};

/// invalidFilter with the offset and the slice. Takes the RFC's grammar and the tolerances of
/// man/scim-filter.7: any case of operators, runs of blanks, no blank before a string, `emails[type eq "work"].value eq "x"`.
Result<Filter> parse_filter(std::string_view text, const FilterLimits& limits = {});

/// The filter in the grammar of the RFC, with no more parentheses than it needs.
std::string to_text(const Filter& filter);

/// "(and (pr title) (eq userType \"Employee\"))": the tree on one line, for tests.
std::string to_sexpr(const Filter& filter);

}  // namespace scim
