// SPDX-License-Identifier: MIT
#include "cli/files/csv.h"

#include <algorithm>

#include "core/text.h"

namespace scim::cli {
namespace {

constexpr int kEnd = std::istream::traits_type::eof();
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

}  // namespace

Result<bool> CsvReader::next(std::vector<std::string>& fields) {
  if (is_at_start_) skip_byte_order_mark();
  while (peek() != kEnd) {
    fields.clear();
    text_.clear();
    record_line_ = line_;
    SCIM_TRY(read_fields(fields));
    for (const std::string& field : fields) {
      if (!is_utf8(field)) return refuse(record_line_, "column " + std::to_string(&field - fields.data() + 1) + " is not UTF-8");
    }
    const bool is_empty = fields.size() == 1 && fields.front().empty();
    if (!is_empty) return true;
  }
  return false;
}

Result<void> CsvReader::read_fields(std::vector<std::string>& fields) {
  End end = End::field;
  while (end == End::field) {
    auto read = read_field(fields.emplace_back());
    if (is_lost_) return too_long(most_bytes_);
    const bool is_rest_lost = !read && skip_mistake() == Skipped::rest;
    if (is_rest_lost) read.error().detail += "; its lines may go on, so that the rest of the file is part of it";
    SCIM_ASSIGN(end, std::move(read));
  }
  return {};
}

tl::unexpected<Error> CsvReader::refuse(std::size_t line, const std::string& what) const {
  const std::string place = line == record_line_ ? "" : "line " + std::to_string(line) + ": ";
  return fail(ErrorKind::invalid_syntax, place + what);
}

Result<CsvReader::End> CsvReader::read_field(std::string& field) {
  const bool is_quoted = peek() == '"';
  if (is_quoted) SCIM_TRY(read_quoted(field));
  while (true) {
    int byte = take_if_short();
    if (byte == '\r' && (peek() == '\n' || peek() == kEnd)) byte = take();
    if (byte == ',') return End::field;
    if (byte == '\n') return End::record;
    if (byte == kEnd) return End::input;
    if (is_quoted) return refuse(line_, "there is text after a field in quotes; a quote within it is written twice");
    if (byte == '"') return refuse(line_, "there is a quote in a field that does not begin with one");
    field += static_cast<char>(byte);
  }
}

Result<void> CsvReader::read_quoted(std::string& field) {
  const std::size_t first_line = line_;
  take();
  while (true) {
    const int byte = take_if_short();
    if (byte == kEnd) return refuse(first_line, "a field in quotes has no end");
    if (byte == '"' && peek() != '"') return {};
    if (byte == '"') take();
    field += static_cast<char>(byte);
  }
}

/// What follows a mistake: where the next record begins can only be guessed, and most have a line of their own. Where a quote is left
/// over on this one, the next may be the middle of a field: it would be read as a record that nobody wrote.
CsvReader::Skipped CsvReader::skip_mistake() {
  const bool is_at_end = text_.ends_with('\n') || peek() == kEnd;
  if (is_at_end) return Skipped::line;
  const auto mistake = static_cast<std::ptrdiff_t>(text_.size()) - 1;
  skip_to('\n');
  const bool is_over = std::count(text_.begin() + mistake, text_.end(), '"') % 2 == 0 || peek() == kEnd;
  if (is_over) return Skipped::line;
  skip_to(kEnd);
  return Skipped::rest;
}

void CsvReader::skip_to(int end) {
  for (int byte = 0; byte != end && byte != kEnd;) byte = take_if_short();
}

int CsvReader::peek() { return ahead_.empty() ? in_.sgetc() : static_cast<unsigned char>(ahead_.front()); }

int CsvReader::take() {
  const int byte = peek();
  if (byte == '\n') ++line_;
  if (byte != kEnd) text_ += static_cast<char>(byte);
  if (ahead_.empty()) in_.sbumpc();
  else ahead_.erase(0, 1);
  return byte;
}

int CsvReader::take_if_short() {
  is_lost_ = text_.size() >= most_bytes_;
  return is_lost_ ? kEnd : take();
}

void CsvReader::skip_byte_order_mark() {
  is_at_start_ = false;
  while (ahead_.size() < kByteOrderMark.size() && in_.sgetc() == static_cast<unsigned char>(kByteOrderMark[ahead_.size()])) {
    ahead_ += static_cast<char>(in_.sbumpc());
  }
  if (ahead_ == kByteOrderMark) ahead_.clear();
}

}  // namespace scim::cli
