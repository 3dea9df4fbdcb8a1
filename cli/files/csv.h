// SPDX-License-Identifier: MIT
// Reads CSV as RFC 4180 has it, record by record.
#pragma once

#include <cstddef>
#include <istream>
#include <string>
#include <vector>

#include "cli/files/line_reader.h"
#include "core/error.h"

namespace scim::cli {

/// Commas, fields in quotes where needed, lines that end with LF or CR LF, a byte order mark at most at the beginning.
/// Empty lines are passed over.
class CsvReader {
 public:
  explicit CsvReader(std::istream& in, std::size_t most_bytes = kMostRecordBytes) : in_(*in.rdbuf()), most_bytes_(most_bytes) {}

  /// The fields of the next record; false: there is none. invalidSyntax: a quote in the wrong place, a quoted field
  /// without an end, text that is not UTF-8, with the line if it is not that in which the record begins. The next record then is
  /// what follows that line, unless a quoted field may go on there: that, as one without an end, has all the rest.
  Result<bool> next(std::vector<std::string>& fields);

  /// Where the last record began, from 1.
  std::size_t line() const { return record_line_; }
  /// The last record as it stands in the file.
  const std::string& text() const { return text_; }
  /// After an error: the record is too long to be read, and so nobody knows what follows.
  bool is_lost() const { return is_lost_; }

 private:
  enum class End { field, record, input };
  Result<void> read_fields(std::vector<std::string>& fields);
  Result<End> read_field(std::string& field);
  Result<void> read_quoted(std::string& field);
  tl::unexpected<Error> refuse(std::size_t line, const std::string& what) const;
  enum class Skipped { line, rest };
  Skipped skip_mistake();
  void skip_to(int end);
  /// The next byte, traits_type::eof() at the end.
  int peek();
  int take();
  /// The same within a record that is too long already: is_lost().
  int take_if_short();
  void skip_byte_order_mark();

  std::streambuf& in_;
  const std::size_t most_bytes_;  // of a record
  std::string ahead_;  ///< taken from in_ to see whether it is a byte order mark
  std::string text_;
  std::size_t line_ = 1;
  std::size_t record_line_ = 0;
  bool is_at_start_ = true;
  bool is_lost_ = false;
};

}  // namespace scim::cli
