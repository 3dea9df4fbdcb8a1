// SPDX-License-Identifier: MIT
#include "sql/sqlite_plan.h"

#include <algorithm>

namespace scim::sql {
namespace {

constexpr std::string_view kSearch = "SEARCH ";
constexpr std::string_view kScan = "SCAN ";
constexpr std::string_view kBeforeName = " \"";

/// Up to the next blank.
std::string_view first_word(std::string_view text) { return text.substr(0, text.find(' ')); }

std::string_view after(std::string_view text, std::string_view part) {
  const std::size_t at = text.find(part);
  return at == std::string_view::npos ? std::string_view() : text.substr(at + part.size());
}

/// The name in double quotes that `text` begins with, which is taken off.
std::string take_name(std::string_view& text) {
  std::string name;
  std::size_t at = 1;
  for (; at < text.size(); ++at) {
    if (text[at] != '"') name += text[at];
    else if (text.substr(at + 1, 1) == "\"") name += text[at++];
    else break;
  }
  text.remove_prefix(std::min(at + 1, text.size()));
  return name;
}

bool is_alias(std::string_view word) {
  return !word.empty() && std::all_of(word.begin(), word.end(), [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); });
}

}  // namespace

SqlitePlan::SqlitePlan(std::string_view statement) {
  for (std::size_t at = statement.find(kBeforeName); at != std::string_view::npos; at = statement.find(kBeforeName, at + 1)) {
    const std::string_view before = statement.substr(0, at);
    if (!before.ends_with("FROM") && !before.ends_with("JOIN")) continue;
    std::string_view rest = statement.substr(at + 1);
    std::string table = take_name(rest);
    const std::string_view word = rest.starts_with(' ') ? rest.substr(1, rest.find_first_of(" ),", 1) - 1) : std::string_view();
    tables_.push_back({is_alias(word) ? std::string(word) : table, table});
  }
}

/// The same alias may stand for several tables, one after the other.
std::string SqlitePlan::table_of(std::string_view alias) {
  Named* last = nullptr;
  for (Named& named : tables_) {
    if (named.alias != alias) continue;
    last = &named;
    if (!named.is_seen) break;
  }
  if (last == nullptr) return {};
  last->is_seen = true;
  return last->table;
}

void SqlitePlan::add(std::string_view line) {
  const bool is_search = line.starts_with(kSearch);
  if (!is_search && !line.starts_with(kScan)) return;
  line.remove_prefix(is_search ? kSearch.size() : kScan.size());
  PlanStep step;
  step.alias = first_word(line);
  step.table = table_of(step.alias);
  if (step.table.empty()) return;
  for (const std::string_view kind : {" USING INDEX ", " USING COVERING INDEX "}) {
    if (step.index.empty()) step.index = first_word(after(line, kind));
  }
  // A virtual table is an index itself: that of trigrams.
  const bool is_virtual = line.find(" VIRTUAL TABLE ") != std::string_view::npos;
  // An index for this statement alone is made of all rows.
  const bool is_made = line.find(" USING AUTOMATIC ") != std::string_view::npos;
  if (is_virtual) step.index = step.table;
  if ((is_search && !is_made) || is_virtual) step.how = PlanStep::How::search;
  else if (!step.index.empty()) step.how = PlanStep::How::scan_of_index;
  steps_.push_back(std::move(step));
}

}  // namespace scim::sql
