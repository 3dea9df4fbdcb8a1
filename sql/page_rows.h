// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <cstdlib>
#include <limits>
#include <list>
#include <string>
#include <string_view>
#include <vector>

#include "sql/db.h"
#include "sql/expression.h"

namespace scim::sql {

/// The rows of a page, kept: their values in one run, their texts in another.
class PageRows {
  struct Value {
    Cursor::Kind kind = Cursor::Kind::null;
    struct Slice {
      std::size_t offset;
      std::size_t size;
    };
    union {
      std::int64_t integer = 0;
      double decimal;
      Slice text;
    };
  };

 public:
  /// One row: the values that a Cursor gives, by the same names. Valid as long as nothing is added.
  class Row {
   public:
    Row(const PageRows& rows, std::size_t first) : rows_(rows), first_(first) {}
    bool is_null(int column) const { return value(column).kind == Cursor::Kind::null; }
    std::int64_t integer(int column) const {
      const Value& found = value(column);
      switch (found.kind) {
        case Cursor::Kind::integer: return found.integer;
        case Cursor::Kind::decimal: return whole(found.decimal);
        case Cursor::Kind::text: return std::strtoll(std::string(rows_.text_of(found)).c_str(), nullptr, 10);
        case Cursor::Kind::null: break;
      }
      return 0;
    }
    double decimal(int column) const {
      const Value& found = value(column);
      if (found.kind == Cursor::Kind::text) return std::strtod(std::string(rows_.text_of(found)).c_str(), nullptr);
      return found.kind == Cursor::Kind::decimal ? found.decimal : static_cast<double>(integer(column));
    }
    /// As the database would show a number in a column that is read as text.
    std::string_view text(int column) const {
      const Value& found = value(column);
      if (found.kind == Cursor::Kind::text) return rows_.text_of(found);
      if (found.kind == Cursor::Kind::null) return {};
      return rows_.numbers_.emplace_back(literal(cell(column)));
    }
    Cell cell(int column) const {
      const Value& found = value(column);
      switch (found.kind) {
        case Cursor::Kind::null: return {};
        case Cursor::Kind::integer: return found.integer;
        case Cursor::Kind::decimal: return found.decimal;
        case Cursor::Kind::text: break;
      }
      return std::string(rows_.text_of(found));
    }

   private:
    /// As SQLite has it: what is too large is the largest one.
    static std::int64_t whole(double number) {
      using Limits = std::numeric_limits<std::int64_t>;
      if (!(number > static_cast<double>(Limits::min()))) return Limits::min();
      return number < static_cast<double>(Limits::max()) ? static_cast<std::int64_t>(number) : Limits::max();
    }
    const Value& value(int column) const { return rows_.values_[first_ + static_cast<std::size_t>(column)]; }
    const PageRows& rows_;
    std::size_t first_;
  };

  void add(const Cursor& cursor, int columns) {
    columns_ = static_cast<std::size_t>(columns);
    ++size_;
    for (int i = 0; i < columns; ++i) {
      Value& value = values_.emplace_back();
      value.kind = cursor.kind(i);
      switch (value.kind) {
        case Cursor::Kind::null: break;
        case Cursor::Kind::integer: value.integer = cursor.integer(i); break;
        case Cursor::Kind::decimal: value.decimal = cursor.decimal(i); break;
        case Cursor::Kind::text: {
          const std::string_view text = cursor.text(i);
          value.text = {texts_.size(), text.size()};
          texts_ += text;
          break;
        }
      }
    }
  }
  std::size_t size() const { return size_; }
  Row operator[](std::size_t index) const { return {*this, index * columns_}; }
  Row back() const { return (*this)[size_ - 1]; }

 private:
  std::string_view text_of(const Value& value) const { return std::string_view(texts_).substr(value.text.offset, value.text.size); }

  std::size_t columns_ = 0;
  std::size_t size_ = 0;
  std::vector<Value> values_;
  std::string texts_;
  mutable std::list<std::string> numbers_;  // texts that are asked for
};

}  // namespace scim::sql
