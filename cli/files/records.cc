// SPDX-License-Identifier: MIT
#include "cli/files/records.h"

#include <sstream>

#include "cli/files/input.h"
#include "cli/set_path.h"
#include "core/text.h"

namespace scim::cli {
namespace {

/// The first record that cannot be understood stops it.
Result<std::vector<Record>> csv_records(std::istream& in, const std::string& name, const ResourceType& type, UnknownColumns unknown) {
  const auto at = [&](Error error) {
    error.detail.insert(0, name + ":");
    return fail(std::move(error));
  };
  CsvRecords source(in, type);
  if (auto header = source.read_header(unknown); !header) return at(std::move(header).error());
  std::vector<Record> records;
  while (true) {
    auto next = source.next();
    if (!next) return at(std::move(next).error());
    if (!*next) return records;
    CsvRecord& record = **next;
    const std::string place = name + ":" + std::to_string(record.line);
    if (!record.body) return fail(record.body.error().kind, place + ": " + record.body.error().detail);
    records.push_back({place, *std::move(record.body)});
  }
}

Result<std::vector<Record>> json_records(const std::string& text, const std::string& name, const ResourceType& type) {
  SCIM_ASSIGN(const std::vector<Json> documents, parse_documents(text, name));
  std::vector<Record> records;
  for (const Json& document : documents) {
    records.push_back({name + ": record " + std::to_string(records.size() + 1), with_canonical_names(document, type)});
  }
  return records;
}

}  // namespace

Try<std::vector<Record>> parse_records(std::string text, const std::string& name, const ResourceType& type,
                                       UnknownColumns unknown) {
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  if (text.starts_with(kByteOrderMark)) text.erase(0, kByteOrderMark.size());
  Result<std::vector<Record>> records;
  if (is_json(text)) {
    records = json_records(text, name, type);
  } else {
    std::istringstream in(std::move(text));
    records = csv_records(in, name, type, unknown);
  }
  if (!records) return fail(Failure(ExitCode::usage, records.error()));
  if (records->empty()) return fail(Failure(ExitCode::usage, {ErrorKind::invalid_syntax, name + ": has no records", ""}));
  return *std::move(records);
}

}  // namespace scim::cli
