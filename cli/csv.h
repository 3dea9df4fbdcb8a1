// SPDX-License-Identifier: MIT
// Reads CSV as RFC 4180 has it, record by record.
#pragma once

#include <cstddef>
#include <istream>
#include <string>
#include <vector>

#include "core/error.h"

namespace scim::cli {

/// Commas, fields in quotes where needed, lines that end with LF or CR LF, a byte order mark at most at the beginning.
/// Empty lines are passed over.
class CsvReader {
 public:
  explicit CsvReader(std::istream& in) : in_(in) {}

  /// The fields of the next record; false: there is none. invalidSyntax: a quote in the wrong place, a quoted field
  /// without an end, text that is not UTF-8.
  Result<bool> next(std::vector<std::string>& fields);

  /// Where the last record began, from 1.
  std::size_t line() const { return record_line_; }

 private:
  enum class End { field, record, input };
  Result<End> read_field(std::string& field);
  Result<void> read_quoted(std::string& field);
  /// The next byte, traits_type::eof() at the end.
  int peek();
  int take();
  void skip_byte_order_mark();

  std::istream& in_;
  std::string ahead_;  ///< taken from in_ to see whether it is a byte order mark
  std::size_t line_ = 1;
  std::size_t record_line_ = 0;
  bool is_at_start_ = true;
};

}  // namespace scim::cli
