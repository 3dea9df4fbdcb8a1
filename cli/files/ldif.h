// SPDX-License-Identifier: MIT
// Reads LDIF (RFC 2849): the entries of a directory.
#pragma once

#include <cstddef>
#include <functional>
#include <istream>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/files/line_reader.h"
#include "core/error.h"

namespace scim::cli {

struct LdifEntry {
  /// What cannot be taken as it is.
  struct Fault {
    std::string name;  ///< of the attribute, "" if it is about the entry
    Error error;
  };
  std::size_t line = 0;  ///< where it begins, from 1
  std::string dn;
  /// In their order, names in lower case, values decoded. Those with options (";lang-de") stand behind all others, without these.
  std::vector<std::pair<std::string, std::string>> attributes;
  std::vector<Fault> faults;
  std::string original;  ///< its lines as they stand in the file

  const std::string* find(std::string_view lower_name) const;
  /// `original` with other values where there are any; `value` gets a name in lower case and what is there.
  using NewValue = std::function<std::optional<std::string>(const std::string& name, const std::string& value)>;
  std::string original_with(const NewValue& value) const;
};

class LdifReader {
 public:
  explicit LdifReader(std::istream& in, std::size_t most_bytes = kMostRecordBytes) : lines_(in, most_bytes) {}
  /// The next entry; nullopt: there are no more. Its faults have the line if it is not the first: a line without a colon or a
  /// dn, base64 that is none, a value in another file (never read), changes that are no additions. Fails with the line if one is
  /// too long.
  Result<std::optional<LdifEntry>> next();

 private:
  struct LogicalLine {
    std::size_t number = 0;
    std::string text;
  };
  Result<std::optional<std::string>> take_line();
  /// The lines of a block between empty ones, folded ones joined, comments left out.
  Result<std::vector<LogicalLine>> take_block(std::string& original);
  static void add_line(const LogicalLine& line, LdifEntry& entry);

  LineReader lines_;
  std::size_t entries_ = 0;
};

/// Distinguished names (RFC 4514) as a key to find them by: parts without blanks around them, in lower case.
std::string folded_dn(std::string_view dn);
/// The value of the first part if its attribute is `lower_name`: "ada" for "uid=ada,ou=people,dc=example".
std::optional<std::string> rdn_value(std::string_view dn, std::string_view lower_name);
/// "userName=ada" as a name of one part, and back; nullopt: it is none of that attribute, or has more.
std::string one_part_dn(std::string_view name, std::string_view value);
std::optional<std::string> one_part_value(std::string_view dn, std::string_view lower_name);

}  // namespace scim::cli
