// SPDX-License-Identifier: MIT
#include "cli/files/csv_records.h"

#include <algorithm>

#include "core/text.h"

namespace scim::cli {
namespace {

tl::unexpected<Error> refuse(const std::string& what) { return fail(ErrorKind::invalid_syntax, what); }

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
    case UnknownColumns::refuse: target.error().detail += " (take the column out of the file, or give it the name of an attribute)"; break;
    case UnknownColumns::refuse_until_asked: target.error().detail += " (--ignore-unknown passes over such columns)"; break;
  }
  return fail(std::move(target).error());
}

std::string column_number(std::size_t index) { return "column " + std::to_string(index + 1); }

/// However they are written: with the URN of the schema or without, in any case.
bool is_same(const Target& a, const Target& b) {
  if (a.attribute != b.attribute || a.sub != b.sub) return false;
  if (a.selected == nullptr || b.selected == nullptr) return a.selected == b.selected;
  return to_text(*a.selected) == to_text(*b.selected);
}

/// "a@x;b@x", as spreadsheets have several addresses in a cell: it would be one that reaches nobody.
bool is_several_addresses(const Target& target, std::string_view field) {
  const bool is_address = target.attribute->name == "emails" && (target.sub == nullptr || target.sub->name == "value");
  const bool is_json = field.starts_with('[') || field.starts_with('{') || field.starts_with('"');
  if (!is_address || is_json) return false;
  const std::size_t first = field.find('@');
  const std::size_t last = field.rfind('@');
  return first != last && field.substr(first, last - first).find_first_of(";,") != std::string_view::npos;
}

}  // namespace

Result<void> CsvRecords::read_header(UnknownColumns unknown) {
  const auto found = reader_.next(header_);
  if (!found) return refuse(std::to_string(reader_.line()) + ": " + found.error().detail);
  if (!*found) return refuse("1: is empty");
  header_text_ = reader_.text();
  for (std::size_t i = 0; i < header_.size(); ++i) {
    const std::string column = std::to_string(reader_.line()) + ": " + column_number(i) + ": ";
    auto target = read_column(header_[i], type_, unknown);
    if (!target) return refuse(column + target.error().detail + separator_hint(header_));
    columns_.push_back(*std::move(target));
    if (const std::string twin = twin_of_last(); !twin.empty()) return refuse(column + quote(header_[i]) + " is there twice, first as " + twin);
  }
  return {};
}

std::string CsvRecords::twin_of_last() const {
  const auto& last = columns_.back();
  if (!last) return {};
  const auto first = std::find_if(columns_.begin(), columns_.end() - 1, [&](const auto& other) { return other && is_same(*other, *last); });
  const auto index = static_cast<std::size_t>(first - columns_.begin());
  return index + 1 == columns_.size() ? std::string() : column_number(index) + ", " + quote(header_[index]);
}

Result<std::optional<CsvRecord>> CsvRecords::next() {
  CsvRecord record;
  std::vector<std::string> fields;
  const auto found = reader_.next(fields);
  if (found && !*found) return std::nullopt;
  record.line = reader_.line();
  if (!found && reader_.is_lost()) return refuse(std::to_string(record.line) + ": " + found.error().detail);
  record.body = found ? body_of(fields) : Result<Json>(fail(found.error()));
  record.text = reader_.text();
  return record;
}

Result<Json> CsvRecords::body_of(const std::vector<std::string>& fields) const {
  if (fields.size() != columns_.size()) {
    return refuse("has " + std::to_string(fields.size()) + " columns, the header has " + std::to_string(columns_.size()));
  }
  Json body = Json::object();
  for (std::size_t i = 0; i < fields.size(); ++i) {
    if (!columns_[i] || fields[i].empty()) continue;
    if (is_several_addresses(*columns_[i], fields[i])) {
      return refuse(column_number(i) + ": " + quote(fields[i]) + R"( is more than one address: a column "emails" takes them as JSON, [{"value":"a@x"},{"value":"b@x"}])");
    }
    const Edit edit{Edit::Kind::set, header_[i], *columns_[i], value_of(*columns_[i], fields[i])};
    if (const auto done = apply_edit(edit, body); !done) return refuse(column_number(i) + ": " + done.error().detail);
  }
  return body;
}

}  // namespace scim::cli
