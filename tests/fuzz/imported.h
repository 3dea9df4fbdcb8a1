// SPDX-License-Identifier: MIT
// A file that is imported, for the formats that have a target.
#pragma once

#include <sstream>
#include <string>
#include <vector>

#include "cli/files/record_source.h"
#include "core/json.h"
#include "core/registry.h"
#include "core/text.h"
#include "tests/fuzz/property.h"

namespace scim::fuzz {

struct Imported {
  std::string header;
  std::vector<cli::SourceRecord> records;
  bool is_whole = false;  ///< nothing is wrong with the file as a whole
};

inline Imported import(const std::string& text, cli::RecordFormat format, const ResourceType& type) {
  std::istringstream in(text);
  cli::SourceOptions options;
  options.name = "file";
  options.format = format;
  Imported imported;
  const auto source = cli::open_records(in, type, options);
  if (!source) return imported;
  imported.header = (*source)->header();
  while (true) {
    auto record = (*source)->next();
    if (!record) return imported;
    if (!*record) break;
    imported.records.push_back(**record);
  }
  imported.is_whole = true;
  return imported;
}

/// Lines count up, a record is a JSON object or refused, and reads to the same where it stands alone, which is what a file of those
/// that failed is made of.
inline void check_import(const std::string& text, cli::RecordFormat format, const ResourceType& type) {
  const Imported imported = import(text, format, type);
  std::size_t line = 0;
  for (const cli::SourceRecord& record : imported.records) {
    expect(record.line > line, "lines count up", record.original);
    line = record.line;
    if (!record.json) {
      expect(!record.json.error().detail.empty(), "a refusal says why", record.original);
      continue;
    }
    // U+0000 in a cell is refused where JSON is.
    const auto body = parse_json(*record.json);
    expect(body.has_value() ? body->is_object() : record.json->find("\\u0000") != std::string::npos, "a record is a resource", *record.json);
    if (record.original.find('\0') != std::string::npos) continue;  // in the first line it would be taken for UTF-16
    const Imported alone = import(imported.header + record.original, format, type);
    expect(alone.records.size() == 1, "a record is one record", imported.header + record.original);
    expect(alone.records[0].json.has_value(), "a record that was read is read again", record.original);
    expect_equal(*alone.records[0].json, *record.json, "a record alone says the same: " + record.original);
  }
}

}  // namespace scim::fuzz
