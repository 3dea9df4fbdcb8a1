// SPDX-License-Identifier: MIT
// The SQL of filters that clients ask again and again with other texts: `userName eq "a"`, `userName eq "b"`.
#pragma once

#include <functional>
#include <string>
#include <unordered_map>
#include <variant>
#include <vector>

#include "core/predicate.h"
#include "sql/db.h"
#include "sql/expression.h"

namespace scim::sql {

/// Of one connection, for the mapping and the dialect that it is always used with.
///
/// What is kept is compiled from the filter with a text of our own in the place of each text; asked again, the binds that are
/// such a text are replaced. That is right where the SQL is the same whatever the text is, so only filters are kept
/// - whose texts are compared by `eq`, are ASCII and not empty,
/// - with columns and lists of the mapping that hold text as it is: for ids, references, types of members and constants the
///   text decides what is compiled,
/// - which compile to the same with two different sets of our own texts, one of them with "ss" (sql/condition.cc, spellings).
/// All else of a filter is part of the key, and what has no bound in number is not kept.
class CompiledFilters {
 public:
  using Compile = std::function<Sql(const Predicate&)>;
  /// What `compile` makes of `where`. It depends on these parameters only.
  Sql sql(const Predicate& where, const TypeMapping& type, Visible visible, const std::vector<int>& needs, const Compile& compile);

  std::size_t size() const { return kept_.size(); }

 private:
  /// Of each bind: itself, or which of the filter's texts it is.
  using Bind = std::variant<Cell, std::size_t>;
  struct Kept {
    std::string text;  ///< "": it depends on the texts
    std::vector<Bind> binds;
  };
  static Kept keep(const Predicate& where, const TypeMapping& type, const Compile& compile);

  std::unordered_map<std::string, Kept> kept_;
};

}  // namespace scim::sql
