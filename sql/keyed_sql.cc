// SPDX-License-Identifier: MIT
#include "sql/keyed_sql.h"

#include <algorithm>
#include <bit>

namespace scim::sql {
namespace {

/// No placeholder that is made elsewhere has a comment in it.
constexpr std::string_view kMark = " IN (?/*keys*/)";

/// Powers of two, and beyond them steps that stay below what a statement may have of placeholders.
std::size_t placeholders_for(std::size_t keys) {
  constexpr std::size_t kStep = 1024;
  return keys <= kStep ? std::bit_ceil(keys) : (keys + kStep - 1) / kStep * kStep;
}

}  // namespace

Sql KeyedSql::keys() { return {std::string(kMark), {Cell()}}; }

KeyedSql::KeyedSql(const Sql& sql) {
  std::string_view text = sql.text;
  std::size_t bind = 0;
  while (true) {
    const std::size_t mark = std::min(text.find(kMark), text.size());
    Sql piece{std::string(text.substr(0, mark)), {}};
    // Identifiers may have question marks, in quotes; the values between two marks are those of the text between them.
    char quote = '\0';
    for (const char c : piece.text) {
      if (quote != '\0') {
        if (c == quote) quote = '\0';
      } else if (c == '"' || c == '\'') {
        quote = c;
      } else if (c == '?') {
        piece.binds.push_back(sql.binds[bind++]);
      }
    }
    pieces_.push_back(std::move(piece));
    if (mark == text.size()) return;
    ++bind;  // that of keys()
    text.remove_prefix(mark + kMark.size());
  }
}

std::string KeyedSql::text_for(std::size_t count) const {
  std::string placeholders = " IN (?";
  for (std::size_t i = 1; i < count; ++i) placeholders += ", ?";
  placeholders += ')';
  return text_with(placeholders);
}

std::string KeyedSql::text_with(std::string_view keys) const {
  std::string text = pieces_.front().text;
  for (std::size_t i = 1; i < pieces_.size(); ++i) text.append(keys).append(pieces_[i].text);
  return text;
}

const Sql& KeyedSql::between(const Cell& first, const Cell& last) {
  if (between_.text.empty()) between_.text = text_with(" BETWEEN ? AND ?");
  between_.binds = pieces_.front().binds;
  for (std::size_t i = 1; i < pieces_.size(); ++i) {
    between_.binds.insert(between_.binds.end(), {first, last});
    between_.binds.insert(between_.binds.end(), pieces_[i].binds.begin(), pieces_[i].binds.end());
  }
  return between_;
}

const Sql& KeyedSql::with(const std::vector<Cell>& keys) {
  const std::size_t count = placeholders_for(keys.size());
  if (count != count_) {
    auto [text, is_new] = texts_.try_emplace(count);
    if (is_new) text->second = text_for(count);
    sql_.text = text->second;
    count_ = count;
  }
  sql_.binds = pieces_.front().binds;
  for (std::size_t i = 1; i < pieces_.size(); ++i) {
    sql_.binds.insert(sql_.binds.end(), keys.begin(), keys.end());
    sql_.binds.insert(sql_.binds.end(), count - keys.size(), keys.back());
    sql_.binds.insert(sql_.binds.end(), pieces_[i].binds.begin(), pieces_[i].binds.end());
  }
  return sql_;
}

}  // namespace scim::sql
