// SPDX-License-Identifier: MIT
// The tables of our own as a list, for those who treat all of them alike: state, copies, comparison.
#pragma once

#include <string>
#include <vector>

#include "sql/mapping.h"

namespace scim::sql {

struct OwnTable {
  enum class Key { number, text };
  /// migration: rows come with the tables, and say what these are.
  enum class Rows { use, migration };
  std::string name;
  std::vector<std::string> key;  ///< columns that tell its rows apart and give their order
  Key key_kind = Key::number;
  Rows rows = Rows::use;

  /// Whether the database gives each new row the next number.
  bool is_counted() const { return key_kind == Key::number && key.size() == 1; }
};

/// Those that the mapping and the program have, whether or not the database has made them: all of a database of our own,
/// beside an application's tables those that are ours. What rows refer to stands before them.
std::vector<OwnTable> own_tables(const Mapping& mapping);

}  // namespace scim::sql
