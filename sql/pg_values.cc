// SPDX-License-Identifier: MIT
#include "sql/pg_values.h"

#include <array>
#include <charconv>
#include <utility>

namespace scim::sql {
namespace {

// Of pg_type, where they never change.
enum TypeOid : Oid { kBool = 16, kInt8 = 20, kInt2 = 21, kInt4 = 23, kOid = 26, kFloat4 = 700, kFloat8 = 701, kNumeric = 1700 };

template <class Number>
std::string digits_of(Number number) {
  std::array<char, 32> buffer{};
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), number).ptr;
  return {buffer.data(), end};
}

/// "" for what is no number.
std::string number_text(const Cell& cell) {
  if (const auto* integer = std::get_if<std::int64_t>(&cell)) return digits_of(*integer);
  if (const auto* decimal = std::get_if<double>(&cell)) return digits_of(*decimal);
  return {};
}

const char* pointer_to(const Cell& cell, const std::string& number) {
  const auto* text = std::get_if<std::string>(&cell);
  return text == nullptr ? number.c_str() : text->c_str();
}

void append_escaped(std::string& out, std::string_view text) {
  for (const char c : text) {
    switch (c) {
      case '\\': out += "\\\\"; break;
      case '\n': out += "\\n"; break;
      case '\r': out += "\\r"; break;
      case '\t': out += "\\t"; break;
      default: out += c;
    }
  }
}

class PgCursor : public Cursor {
 public:
  PgCursor(Answer answer, Db::Counters& counters) : answer_(std::move(answer)), count_(pq().PQntuples(answer_.get())), counters_(counters) {}

  DbResult<bool> next() override {
    if (row_ + 1 >= count_) return false;
    ++row_;
    ++counters_.rows;
    return true;
  }
  Kind kind(int column) const override {
    if (is_null(column)) return Kind::null;
    switch (pq().PQftype(answer_.get(), column)) {
      case kBool:
      case kInt8:
      case kInt2:
      case kInt4:
      case kOid: return Kind::integer;
      case kFloat4:
      case kFloat8: return Kind::decimal;
      case kNumeric: return text(column).find_first_not_of("-0123456789") == std::string_view::npos ? Kind::integer : Kind::decimal;
      default: return Kind::text;
    }
  }
  bool is_null(int column) const override { return pq().PQgetisnull(answer_.get(), row_, column) != 0; }
  std::int64_t integer(int column) const override {
    const std::string_view digits = text(column);
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    const bool is_whole = error == std::errc() && end == digits.data() + digits.size();
    return is_whole ? value : static_cast<std::int64_t>(decimal(column));
  }
  double decimal(int column) const override {
    const std::string_view digits = text(column);
    double value = 0;
    std::from_chars(digits.data(), digits.data() + digits.size(), value);
    return value;
  }
  std::string_view text(int column) const override {
    const std::string_view value(pq().PQgetvalue(answer_.get(), row_, column), static_cast<std::size_t>(pq().PQgetlength(answer_.get(), row_, column)));
    if (pq().PQftype(answer_.get(), column) != kBool || value.empty()) return value;
    return value == "t" ? "1" : "0";
  }

 private:
  Answer answer_;
  int count_;
  int row_ = -1;
  Db::Counters& counters_;
};

}  // namespace

Parameters::Parameters(const std::vector<Cell>& cells) {
  texts_.reserve(cells.size());
  for (const Cell& cell : cells) texts_.push_back(number_text(cell));
  for (std::size_t i = 0; i < cells.size(); ++i) pointers_.push_back(cells[i] == Cell() ? nullptr : pointer_to(cells[i], texts_[i]));
}

std::string numbered_parameters(std::string_view text) {
  std::string out;
  out.reserve(text.size() + 16);
  char quote = '\0';
  int next = 1;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quote != '\0') {
      if (c == quote) quote = '\0';
    } else if (c == '"' || c == '\'') {
      quote = c;
    } else if (c == '?') {
      out += '$';
      const bool has_number = i + 1 < text.size() && text[i + 1] >= '0' && text[i + 1] <= '9';
      if (!has_number) out += std::to_string(next++);
      continue;
    }
    out += c;
  }
  return out;
}

void append_copied(std::string& out, std::span<const Cell> row) {
  static constexpr std::string_view kNull = "\\N";
  for (std::size_t i = 0; i < row.size(); ++i) {
    if (i > 0) out += '\t';
    if (row[i] == Cell()) {
      out += kNull;
      continue;
    }
    if (const auto* text = std::get_if<std::string>(&row[i])) append_escaped(out, *text);
    else if (const auto* integer = std::get_if<std::int64_t>(&row[i])) out += digits_of(*integer);
    else out += digits_of(std::get<double>(row[i]));
  }
  out += '\n';
}

bool has_nul(const Cell& cell) {
  const auto* text = std::get_if<std::string>(&cell);
  return text != nullptr && text->find('\0') != std::string::npos;
}

std::unique_ptr<Cursor> cursor_over(Answer answer, Db::Counters& counters) {
  return std::make_unique<PgCursor>(std::move(answer), counters);
}

}  // namespace scim::sql
