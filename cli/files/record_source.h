// SPDX-License-Identifier: MIT
// The records of a file that is imported: JSON lines, JSON, CSV, LDIF. One after the other, so that a file may be of any
// size (JSON that is no JSON lines, and LDIF, are read whole).
#pragma once

#include <cstdint>
#include <istream>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cli/files/line_reader.h"
#include "core/error.h"
#include "core/schema.h"

namespace scim::cli {

enum class RecordFormat { json, csv, ldif };

struct SourceRecord {
  std::size_t line = 0;   ///< where it begins in the file, from 1
  Result<std::string> json;  ///< the body of a POST; what is wrong with this record alone
  std::string original;   ///< as it stands in the file, with line ends
};

class RecordSource {
 public:
  virtual ~RecordSource() = default;
  /// nullopt: there are no more. Fails if the rest cannot be understood.
  virtual Result<std::optional<SourceRecord>> next() = 0;
  /// What a file of some of the records begins with: a CSV file with the header.
  virtual std::string header() const { return {}; }
};

/// "LDAP=PATH": an attribute of LDAP and the SCIM path that it is.
struct LdapName {
  std::string ldap;
  std::string path;
};

struct SourceOptions {
  std::string name;                    ///< of the file, for messages; its ending says the format
  std::optional<RecordFormat> format;  ///< nullopt: as the name or else the first characters say
  std::vector<LdapName> ldap_names;    ///< before those that are known
  std::size_t most_bytes = kMostRecordBytes;  ///< of a line, or a record of CSV
};

/// `in` and `type` are borrowed. invalidSyntax, invalidPath: the header of a CSV file, an LDIF file as a whole.
Result<std::unique_ptr<RecordSource>> open_records(std::istream& in, const ResourceType& type, const SourceOptions& options);

}  // namespace scim::cli
