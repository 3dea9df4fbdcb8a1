// SPDX-License-Identifier: MIT
#include "cli/records.h"

#include <algorithm>
#include <optional>
#include <sstream>

#include "cli/csv.h"
#include "cli/input.h"
#include "cli/set_path.h"
#include "core/text.h"

namespace scim::cli {
namespace {

tl::unexpected<Error> refuse(const std::string& place, const std::string& what) {
  return fail(ErrorKind::invalid_syntax, place + ": " + what);
}

/// Spreadsheets of some countries write semicolons; tabs come from copying.
std::string separator_hint(const std::vector<std::string>& header) {
  const bool is_other = header.size() == 1 && header.front().find_first_of(";\t") != std::string::npos;
  return is_other ? "; columns are separated by commas" : "";
}

/// One column of the header; nullopt: it is passed over.
Result<std::optional<Target>> read_column(const std::string& path, const ResourceType& type, UnknownColumns unknown) {
  Result<Target> target = resolve_target(trim(path), type);
  if (target) return *std::move(target);
  switch (unknown) {
    case UnknownColumns::ignore: return std::nullopt;
    case UnknownColumns::refuse: break;
  }
  target.error().detail += " (--ignore-unknown passes over such columns)";
  return fail(std::move(target).error());
}

class CsvRecords {
 public:
  CsvRecords(std::istream& in, const std::string& name, const ResourceType& type) : reader_(in), name_(name), type_(type) {}

  Result<std::vector<Record>> read(UnknownColumns unknown) {
    SCIM_TRY(read_header(unknown));
    std::vector<Record> records;
    std::vector<std::string> fields;
    while (true) {
      SCIM_ASSIGN(const bool found, next(fields));
      if (!found) return records;
      if (fields.size() != columns_.size()) {
        return refuse(place(), "has " + std::to_string(fields.size()) + " columns, the header has " + std::to_string(columns_.size()));
      }
      Record record{place(), Json::object()};
      SCIM_TRY(fill(fields, record));
      records.push_back(std::move(record));
    }
  }

 private:
  std::string place() const { return name_ + ":" + std::to_string(reader_.line()); }

  Result<bool> next(std::vector<std::string>& fields) {
    Result<bool> found = reader_.next(fields);
    if (!found) found.error().detail = name_ + ":" + found.error().detail;
    return found;
  }

  Result<void> read_header(UnknownColumns unknown) {
    SCIM_ASSIGN(const bool found, next(header_));
    if (!found) return refuse(name_, "is empty");
    for (std::size_t i = 0; i < header_.size(); ++i) {
      const std::string column = place() + ": column " + std::to_string(i + 1);
      const auto is_same = [&](const std::string& other) { return equal_ignoring_case(trim(other), trim(header_[i])); };
      auto target = read_column(header_[i], type_, unknown);
      if (!target) return refuse(column, target.error().detail + separator_hint(header_));
      const auto first = std::find_if(header_.begin(), header_.end(), is_same) - header_.begin();
      if (*target && static_cast<std::size_t>(first) != i) return refuse(column, quote(header_[i]) + " is there twice");
      columns_.push_back(*std::move(target));
    }
    return {};
  }

  Result<void> fill(const std::vector<std::string>& fields, Record& record) const {
    for (std::size_t i = 0; i < fields.size(); ++i) {
      if (!columns_[i] || fields[i].empty()) continue;
      const Edit edit{Edit::Kind::set, header_[i], *columns_[i], value_of(*columns_[i], fields[i])};
      if (const auto done = apply_edit(edit, record.body); !done) {
        return refuse(record.place, "column " + std::to_string(i + 1) + ": " + done.error().detail);
      }
    }
    return {};
  }

  CsvReader reader_;
  const std::string& name_;
  const ResourceType& type_;
  std::vector<std::string> header_;
  std::vector<std::optional<Target>> columns_;
};

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
    records = CsvRecords(in, name, type).read(unknown);
  }
  if (!records) return fail(Failure(ExitCode::usage, records.error()));
  if (records->empty()) return fail(Failure(ExitCode::usage, {ErrorKind::invalid_syntax, name + ": has no records", ""}));
  return *std::move(records);
}

}  // namespace scim::cli
