// SPDX-License-Identifier: MIT
#include "cli/csv.h"

#include "core/text.h"

namespace scim::cli {
namespace {

constexpr int kEnd = std::istream::traits_type::eof();
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

tl::unexpected<Error> refuse(std::size_t line, const std::string& what) {
  return fail(ErrorKind::invalid_syntax, std::to_string(line) + ": " + what);
}

}  // namespace

Result<bool> CsvReader::next(std::vector<std::string>& fields) {
  if (is_at_start_) skip_byte_order_mark();
  while (peek() != kEnd) {
    fields.clear();
    record_line_ = line_;
    End end = End::field;
    while (end == End::field) {
      SCIM_ASSIGN(end, read_field(fields.emplace_back()));
    }
    for (const std::string& field : fields) {
      if (!is_utf8(field)) return refuse(record_line_, "column " + std::to_string(&field - fields.data() + 1) + " is not UTF-8");
    }
    const bool is_empty = fields.size() == 1 && fields.front().empty();
    if (!is_empty) return true;
  }
  return false;
}

Result<CsvReader::End> CsvReader::read_field(std::string& field) {
  const bool is_quoted = peek() == '"';
  if (is_quoted) SCIM_TRY(read_quoted(field));
  while (true) {
    int byte = take();
    if (byte == '\r' && peek() == '\n') byte = take();
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
    const int byte = take();
    if (byte == kEnd) return refuse(first_line, "a field in quotes has no end");
    if (byte == '"' && peek() != '"') return {};
    if (byte == '"') take();
    field += static_cast<char>(byte);
  }
}

int CsvReader::peek() { return ahead_.empty() ? in_.peek() : static_cast<unsigned char>(ahead_.front()); }

int CsvReader::take() {
  const int byte = peek();
  if (byte == '\n') ++line_;
  if (ahead_.empty()) in_.get();
  else ahead_.erase(0, 1);
  return byte;
}

void CsvReader::skip_byte_order_mark() {
  is_at_start_ = false;
  while (ahead_.size() < kByteOrderMark.size() && in_.peek() == static_cast<unsigned char>(kByteOrderMark[ahead_.size()])) {
    ahead_ += static_cast<char>(in_.get());
  }
  if (ahead_ == kByteOrderMark) ahead_.clear();
}

}  // namespace scim::cli
