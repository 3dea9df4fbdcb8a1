// SPDX-License-Identifier: MIT
#include "sql/trigrams.h"

#include <algorithm>
#include <vector>

namespace scim::sql {
namespace {

constexpr std::size_t kCharacters = 3;
/// More of a long text find hardly fewer rows.
constexpr std::size_t kMostTrigrams = 12;

/// Where the characters begin, and the end.
std::vector<std::size_t> character_starts(std::string_view text) {
  std::vector<std::size_t> starts;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if ((static_cast<unsigned char>(text[i]) & 0xC0) != 0x80) starts.push_back(i);
  }
  starts.push_back(text.size());
  return starts;
}

void append_quoted(std::string& query, std::string_view trigram) {
  query += query.empty() ? "\"" : " AND \"";
  for (const char c : trigram) query.append(c == '"' ? 2 : 1, c);
  query += '"';
}

}  // namespace

std::optional<std::string> trigram_query(std::string_view text) {
  const std::vector<std::size_t> starts = character_starts(text);
  const std::size_t count = starts.size() - 1;
  if (count < kCharacters) return std::nullopt;
  std::string query;
  // Side by side; the last one may overlap.
  std::size_t trigrams = 0;
  for (std::size_t at = 0; at < count && trigrams < kMostTrigrams; at += kCharacters, ++trigrams) {
    const std::size_t first = std::min(at, count - kCharacters);
    append_quoted(query, text.substr(starts[first], starts[first + kCharacters] - starts[first]));
  }
  return query;
}

}  // namespace scim::sql
