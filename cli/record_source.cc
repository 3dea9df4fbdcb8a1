// SPDX-License-Identifier: MIT
#include "cli/record_source.h"

#include <sstream>
#include <streambuf>

#include "cli/csv_records.h"
#include "cli/input.h"
#include "cli/ldif_records.h"
#include "cli/output.h"
#include "core/text.h"

namespace scim::cli {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

/// A line that has been read already, and then the rest.
class Reread : public std::streambuf {
 public:
  Reread(std::string first, std::istream& rest) : first_(std::move(first)), rest_(rest) { show(first_); }

 protected:
  int_type underflow() override {
    rest_.read(piece_, sizeof piece_);
    const auto count = rest_.gcount();
    if (count == 0) return traits_type::eof();
    setg(piece_, piece_, piece_ + count);
    return traits_type::to_int_type(*gptr());
  }

 private:
  void show(std::string& text) { setg(text.data(), text.data(), text.data() + text.size()); }

  std::string first_;
  std::istream& rest_;
  char piece_[64 * 1024];
};

/// The stream that has all of the file, and whoever reads it.
class Owner final : public RecordSource {
 public:
  /// `name` is for messages.
  Owner(std::string name, std::string first, std::istream& rest) : name_(std::move(name)), rest_(rest), buffer_(std::move(first), rest), in_(&buffer_) {}
  std::istream& in() { return text_ ? *text_ : in_; }
  /// What in() has given.
  void read_again(std::string text) { text_.emplace(std::move(text)); }
  void take(std::unique_ptr<RecordSource> source) { source_ = std::move(source); }
  Result<std::optional<SourceRecord>> next() override {
    auto record = source_->next();
    if (!record) record.error().detail.insert(0, name_ + ":");
    if (record && !*record && rest_.bad()) return fail(ErrorKind::bad_request, name_ + " cannot be read to its end");
    return record;
  }
  std::string header() const override { return source_->header(); }

 private:
  const std::string name_;
  std::istream& rest_;
  Reread buffer_;
  std::istream in_;
  std::optional<std::istringstream> text_;
  std::unique_ptr<RecordSource> source_;
};

class JsonLines final : public RecordSource {
 public:
  explicit JsonLines(std::istream& in) : in_(in) {}
  Result<std::optional<SourceRecord>> next() override {
    std::string text;
    while (std::getline(in_, text)) {
      ++line_;
      if (text.find_first_not_of(" \t\r") == std::string::npos) continue;
      return SourceRecord{line_, text, {}};
    }
    return std::nullopt;
  }

 private:
  std::istream& in_;
  std::size_t line_ = 0;
};

/// JSON that is one document: an array, a ListResponse, an object on several lines.
class JsonDocuments final : public RecordSource {
 public:
  explicit JsonDocuments(std::vector<Json> documents) : documents_(std::move(documents)) {}
  Result<std::optional<SourceRecord>> next() override {
    if (at_ == documents_.size()) return std::nullopt;
    const Json& document = documents_[at_++];
    return SourceRecord{at_, to_text(document), {}};
  }

 private:
  std::vector<Json> documents_;
  std::size_t at_ = 0;
};

std::string csv_line(const std::vector<std::string>& fields) {
  std::string line;
  for (const std::string& field : fields) {
    if (&field != fields.data()) line += ',';
    line += csv_field(field);
  }
  if (line.empty()) line = "\"\"";  // a blank line is no record
  return line + '\n';
}

class CsvSource final : public RecordSource {
 public:
  static Result<std::unique_ptr<RecordSource>> open(std::istream& in, const ResourceType& type) {
    std::unique_ptr<CsvSource> source(new CsvSource(in, type));
    SCIM_TRY(source->records_.read_header(UnknownColumns::refuse));
    return std::unique_ptr<RecordSource>(std::move(source));
  }
  Result<std::optional<SourceRecord>> next() override {
    SCIM_ASSIGN(auto record, records_.next());
    if (!record) return std::nullopt;
    return SourceRecord{record->line, record->body.map([](const Json& body) { return to_text(body); }), csv_line(record->fields)};
  }
  std::string header() const override { return csv_line(records_.header()); }

 private:
  CsvSource(std::istream& in, const ResourceType& type) : records_(in, type) {}
  CsvRecords records_;
};

std::optional<RecordFormat> format_of_name(const std::string& name) {
  constexpr std::pair<std::string_view, RecordFormat> kEndings[] = {
      {".json", RecordFormat::json}, {".jsonl", RecordFormat::json}, {".csv", RecordFormat::csv}, {".ldif", RecordFormat::ldif}, {".ldf", RecordFormat::ldif}};
  for (const auto& [ending, format] : kEndings) {
    if (ascii_lower(name).ends_with(ending)) return format;
  }
  return std::nullopt;
}

RecordFormat format_of_text(std::string_view first_line) {
  if (first_line.starts_with('{') || first_line.starts_with('[')) return RecordFormat::json;
  const std::string lower = ascii_lower(first_line.substr(0, first_line.find(':') + 1));
  return lower == "dn:" || lower == "version:" || first_line.starts_with('#') ? RecordFormat::ldif : RecordFormat::csv;
}

/// Up to the end of the first line that is not blank; blank ones count as lines.
std::string read_beginning(std::istream& in) {
  std::string all;
  std::string line;
  while (std::getline(in, line)) {
    all += line;
    if (!in.eof()) all += '\n';
    if (all.starts_with(kByteOrderMark)) all.erase(0, kByteOrderMark.size());
    if (all.find_first_not_of(" \t\r\n") != std::string::npos) break;
  }
  return all;
}

std::string_view without_blanks(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r\n") + 1 - first);
}

/// Whether the line is a resource by itself, and so may be those that follow.
bool is_resource(std::string_view first_line) {
  const auto value = parse_json(first_line, kFileLimits);
  return value && value->is_object() && !value->contains("Resources");
}

/// What is neither lines nor a document is read as lines, so that each says what is wrong with it.
Result<std::unique_ptr<RecordSource>> open_json(Owner& owner, std::string_view first_line, const std::string& name) {
  if (is_resource(first_line)) return std::make_unique<JsonLines>(owner.in());
  std::string text{std::istreambuf_iterator<char>(owner.in()), {}};
  auto documents = parse_documents(text, name);
  if (documents) return std::make_unique<JsonDocuments>(*std::move(documents));
  const bool is_document = first_line == "{" || first_line.starts_with('[');
  if (is_document) return fail(std::move(documents).error());
  owner.read_again(std::move(text));
  return std::make_unique<JsonLines>(owner.in());
}

Result<std::unique_ptr<RecordSource>> open_format(RecordFormat format, Owner& owner, std::string_view first_line, const ResourceType& type,
                                                  const SourceOptions& options) {
  switch (format) {
    case RecordFormat::json: return open_json(owner, first_line, options.name);
    case RecordFormat::csv: return CsvSource::open(owner.in(), type);
    case RecordFormat::ldif: break;
  }
  return LdifRecords::read(owner.in(), type, options);
}

}  // namespace

Result<std::unique_ptr<RecordSource>> open_records(std::istream& in, const ResourceType& type, const SourceOptions& options) {
  std::string beginning = read_beginning(in);
  const std::string first_line(without_blanks(beginning));
  const auto named = options.format ? options.format : format_of_name(options.name);
  const RecordFormat format = named.value_or(format_of_text(first_line));
  auto owner = std::make_unique<Owner>(options.name, std::move(beginning), in);
  auto source = open_format(format, *owner, first_line, type, options);
  if (!source) {
    Error error = std::move(source).error();
    if (!error.detail.starts_with(options.name)) error.detail.insert(0, options.name + ":");
    return fail(std::move(error));
  }
  owner->take(*std::move(source));
  return std::unique_ptr<RecordSource>(std::move(owner));
}

}  // namespace scim::cli
