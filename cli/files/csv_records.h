// SPDX-License-Identifier: MIT
// CSV whose header has attribute paths: userName, name.givenName, emails.value. Empty fields are no values.
#pragma once

#include <istream>
#include <optional>
#include <string>
#include <vector>

#include "cli/files/csv.h"
#include "cli/set_path.h"

namespace scim::cli {

/// Columns of a CSV file that are no attributes.
enum class UnknownColumns {
  refuse,
  refuse_until_asked,  ///< the message says how: --ignore-unknown
  ignore,
};

struct CsvRecord {
  std::size_t line = 0;
  Result<Json> body;  ///< names in the case of the schema; what is wrong with this record alone, with the column
  std::string text;   ///< as it stands in the file
};

class CsvRecords {
 public:
  /// All is borrowed.
  CsvRecords(std::istream& in, const ResourceType& type, std::size_t most_bytes = kMostRecordBytes) : reader_(in, most_bytes), type_(type) {}

  /// First. Fails with line and column: no header, a column that is unknown, two that are the same attribute.
  Result<void> read_header(UnknownColumns unknown);
  /// nullopt: there are no more. Fails, with the line, if the rest cannot be understood.
  Result<std::optional<CsvRecord>> next();
  /// As it stands in the file.
  const std::string& header() const { return header_text_; }

 private:
  Result<Json> body_of(const std::vector<std::string>& fields) const;
  /// The column before the last one that is the same attribute, for a message; "" if there is none.
  std::string twin_of_last() const;

  CsvReader reader_;
  const ResourceType& type_;
  std::vector<std::string> header_;
  std::string header_text_;
  std::vector<std::optional<Target>> columns_;
};

}  // namespace scim::cli
