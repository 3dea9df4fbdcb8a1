// SPDX-License-Identifier: MIT
#include "cli/files/record_source.h"

#include <sstream>
#include <streambuf>
#include <utility>

#include "cli/files/csv_records.h"
#include "cli/files/document_lines.h"
#include "cli/files/input.h"
#include "cli/files/ldif_records.h"
#include "cli/output/output.h"
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
    if (!record) record = fail(record.error().kind, name_ + ":" + record.error().detail + "; from here on nothing was read: mend it, and import all of it again with --resume");
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
  JsonLines(std::istream& in, std::size_t most_bytes) : lines_(in, most_bytes) {}
  Result<std::optional<SourceRecord>> next() override {
    std::string text;
    while (true) {
      const auto found = lines_.next(text);
      if (!found) return fail(found.error().kind, std::to_string(lines_.number()) + ": " + found.error().detail);
      if (!*found) return std::nullopt;
      if (text.find_first_not_of(" \t\r") != std::string::npos) return SourceRecord{lines_.number(), std::move(text), {}};
    }
  }

 private:
  LineReader lines_;
};

/// JSON that is one document: an array, a ListResponse, an object on several lines.
class JsonDocuments final : public RecordSource {
 public:
  JsonDocuments(std::vector<Json> documents, std::vector<std::size_t> lines) : documents_(std::move(documents)), lines_(std::move(lines)) {}
  Result<std::optional<SourceRecord>> next() override {
    if (at_ == documents_.size()) return std::nullopt;
    const Json document = std::exchange(documents_[at_], {});
    return SourceRecord{lines_[at_++], to_text(document), {}};
  }

 private:
  std::vector<Json> documents_;
  const std::vector<std::size_t> lines_;
  std::size_t at_ = 0;
};

/// The last one in a file may have no end.
std::string with_line_end(std::string text) {
  if (!text.ends_with('\n')) text += '\n';
  return text;
}

class CsvSource final : public RecordSource {
 public:
  static Result<std::unique_ptr<RecordSource>> open(std::istream& in, const ResourceType& type, std::size_t most_bytes) {
    std::unique_ptr<CsvSource> source(new CsvSource(in, type, most_bytes));
    SCIM_TRY(source->records_.read_header(UnknownColumns::refuse));
    return std::unique_ptr<RecordSource>(std::move(source));
  }
  Result<std::optional<SourceRecord>> next() override {
    SCIM_ASSIGN(auto record, records_.next());
    if (!record) return std::nullopt;
    return SourceRecord{record->line, record->body.map([](const Json& body) { return to_text(body); }), with_line_end(std::move(record->text))};
  }
  std::string header() const override { return with_line_end(records_.header()); }

 private:
  CsvSource(std::istream& in, const ResourceType& type, std::size_t most_bytes) : records_(in, type, most_bytes) {}
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

std::string_view without_blanks(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r\n") + 1 - first);
}

struct Beginning {
  std::string text;        ///< up to the end of the first line that is not blank; blank ones count as lines
  std::string first_line;  ///< that line; of a very long one what was read of it
  enum class End { line, none } end = End::line;  ///< none: it is longer than what is read of a line
};

Beginning read_beginning(std::istream& in, std::size_t most_bytes) {
  Beginning beginning;
  LineReader lines(in, most_bytes);
  std::string line;
  while (beginning.first_line.empty()) {
    const auto found = lines.next(line);
    if (found && !*found) break;
    if (!found) beginning.end = Beginning::End::none;
    if (lines.number() == 1 && line.starts_with(kByteOrderMark)) line.erase(0, kByteOrderMark.size());
    beginning.first_line = without_blanks(line);
    beginning.text += line;
    if (!found) break;
    if (!in.eof()) beginning.text += '\n';
  }
  return beginning;
}

/// What editors and spreadsheets call "Unicode".
Result<void> check_is_utf8(std::string_view first_line) {
  const bool is_utf16 = first_line.starts_with("\xFF\xFE") || first_line.starts_with("\xFE\xFF") || first_line.find('\0') != std::string_view::npos;
  if (is_utf16) return fail(ErrorKind::invalid_syntax, "1: the file is UTF-16, or no text at all: save it as UTF-8");
  return {};
}

/// Whether the line is a resource by itself, and so may be those that follow.
bool is_resource(const Beginning& beginning) {
  constexpr std::size_t kShown = 1024;
  switch (beginning.end) {
    case Beginning::End::none:  // an array, a list?
      return beginning.first_line.front() == '{' && beginning.first_line.substr(0, kShown).find("\"Resources\"") == std::string::npos;
    case Beginning::End::line: break;
  }
  const auto value = parse_json(beginning.first_line, kFileLimits);
  return value && value->is_object() && !value->contains("Resources");
}

/// What is neither lines nor a document is read as lines, so that each says what is wrong with it.
Result<std::unique_ptr<RecordSource>> open_json(Owner& owner, const Beginning& beginning, const SourceOptions& options) {
  const std::string& first_line = beginning.first_line;
  if (first_line.empty() || is_resource(beginning)) return std::make_unique<JsonLines>(owner.in(), options.most_bytes);
  std::string text{std::istreambuf_iterator<char>(owner.in()), {}};
  auto documents = parse_documents(text, options.name);
  if (documents) {
    std::vector<std::size_t> lines = document_lines(text, documents->size());
    return std::make_unique<JsonDocuments>(*std::move(documents), std::move(lines));
  }
  const bool is_document = first_line == "{" || first_line.starts_with('[');
  if (is_document) return fail(std::move(documents).error());
  owner.read_again(std::move(text));
  return std::make_unique<JsonLines>(owner.in(), options.most_bytes);
}

Result<std::unique_ptr<RecordSource>> open_format(RecordFormat format, Owner& owner, const Beginning& beginning, const ResourceType& type,
                                                  const SourceOptions& options) {
  switch (format) {
    case RecordFormat::json: return open_json(owner, beginning, options);
    case RecordFormat::csv: return CsvSource::open(owner.in(), type, options.most_bytes);
    case RecordFormat::ldif: break;
  }
  return LdifRecords::read(owner.in(), type, options);
}

/// --map is about the file, not in it.
Result<void> check_ldap_names(RecordFormat format, const ResourceType& type, const SourceOptions& options) {
  const auto refuse = [&](const std::string& why) -> Result<void> {
    const LdapName& name = options.ldap_names.front();
    return fail(ErrorKind::bad_request, "--map " + name.ldap + '=' + name.path + ": is for LDIF, " + options.name + why);
  };
  if (options.ldap_names.empty()) return {};
  switch (format) {
    case RecordFormat::json: return refuse(" is JSON: its members are named as the attributes are");
    case RecordFormat::csv: return refuse(" is CSV: write the paths of attributes into its header");
    case RecordFormat::ldif: break;
  }
  return LdifRecords::check_names(options.ldap_names, type);
}

}  // namespace

Result<std::unique_ptr<RecordSource>> open_records(std::istream& in, const ResourceType& type, const SourceOptions& options) {
  Beginning beginning = read_beginning(in, options.most_bytes);
  const auto named = options.format ? options.format : format_of_name(options.name);
  const RecordFormat format = named.value_or(format_of_text(beginning.first_line));
  SCIM_TRY(check_ldap_names(format, type, options));
  auto owner = std::make_unique<Owner>(options.name, std::exchange(beginning.text, {}), in);
  auto source = check_is_utf8(beginning.first_line).and_then([&] { return open_format(format, *owner, beginning, type, options); });
  if (!source) {
    Error error = std::move(source).error();
    if (!error.detail.starts_with(options.name)) error.detail.insert(0, options.name + ":");
    return fail(std::move(error));
  }
  owner->take(*std::move(source));
  return std::unique_ptr<RecordSource>(std::move(owner));
}

}  // namespace scim::cli
