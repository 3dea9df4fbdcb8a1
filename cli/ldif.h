// SPDX-License-Identifier: MIT
// Reads LDIF (RFC 2849): the entries of a directory.
#pragma once

#include <cstddef>
#include <istream>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.h"

namespace scim::cli {

struct LdifEntry {
  std::size_t line = 0;  ///< where it begins, from 1
  std::string dn;
  /// In their order, names without options (";lang-de") in lower case, values decoded.
  std::vector<std::pair<std::string, std::string>> attributes;
  std::string original;  ///< its lines as they stand in the file

  const std::string* find(std::string_view lower_name) const;
};

class LdifReader {
 public:
  explicit LdifReader(std::istream& in) : in_(in) {}
  /// The next entry; nullopt: there are no more. invalidSyntax begins with the line: a line without a colon or a dn, base64
  /// that is none, a value in another file (never read), changes that are no additions.
  Result<std::optional<LdifEntry>> next();

 private:
  struct LogicalLine {
    std::size_t number = 0;
    std::string text;
  };
  std::optional<std::string> take_line();
  /// The lines of a block between empty ones, folded ones joined, comments left out.
  std::vector<LogicalLine> take_block(std::string& original);

  std::istream& in_;
  std::size_t line_ = 0;
  std::size_t entries_ = 0;
};

/// Distinguished names (RFC 4514) as a key to find them by: parts without blanks around them, in lower case.
std::string folded_dn(std::string_view dn);
/// The value of the first part if its attribute is `lower_name`: "ada" for "uid=ada,ou=people,dc=example".
std::optional<std::string> rdn_value(std::string_view dn, std::string_view lower_name);

}  // namespace scim::cli
