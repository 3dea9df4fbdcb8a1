// SPDX-License-Identifier: MIT
#include "cli/audit/audit_entries.h"

#include <charconv>
#include <optional>

#include "core/text.h"

namespace scim::cli {
namespace {

struct EntryName {
  std::int64_t chain = 0;
  std::int64_t number = 0;
};

/// nullopt: it is the id of a request.
std::optional<EntryName> entry_name(std::string_view text) {
  EntryName name;
  const char* const end = text.data() + text.size();
  const auto [dash, error] = std::from_chars(text.data(), end, name.chain);
  if (error != std::errc() || dash == end || *dash != '-') return std::nullopt;
  const auto [stop, other_error] = std::from_chars(dash + 1, end, name.number);
  return other_error == std::errc() && stop == end ? std::optional(name) : std::nullopt;
}

}  // namespace

std::string name_of(const sql::LoggedEntry& entry) { return std::to_string(entry.chain) + '-' + std::to_string(entry.number); }

Result<std::vector<sql::LoggedEntry>> entries_called(const std::string& text, sql::Db& db) {
  std::vector<sql::LoggedEntry> found;
  const auto keep = [&](const sql::LoggedEntry& entry) -> Result<bool> {
    found.push_back(entry);
    return true;
  };
  sql::LogQuery query;
  if (const auto name = entry_name(text)) {
    query.chain = name->chain;
    query.number = name->number;
  } else {
    query.request = text;
  }
  SCIM_TRY(sql::for_each_entry(db, query, keep));
  if (found.empty()) return fail(ErrorKind::not_found, "the audit log has no entry and no request " + quote(text));
  return found;
}

}  // namespace scim::cli
