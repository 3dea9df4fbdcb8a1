// SPDX-License-Identifier: MIT
// What columns hold now, against what the mapping says that they hold.
#include "core/text.h"
#include "sql/condition.h"
#include "sql/expression.h"
#include "sql/mapping_check_parts.h"

namespace scim::sql {
namespace {

using Severity = Finding::Severity;

/// The first value that a query finds; nullopt: none.
DbResult<std::optional<std::string>> first_text(Db& db, const Sql& sql) {
  const auto cursor = db.query(sql);
  if (!cursor) return tl::unexpected<DbError>(cursor.error());
  const auto found = (*cursor)->next();
  if (!found) return tl::unexpected<DbError>(found.error());
  if (!*found) return std::nullopt;
  return std::string((*cursor)->text(0));
}

Sql select_where(const Use& use, const std::string& condition) {
  const std::string from = " FROM " + identifier(use.table) + " t WHERE ";
  return {"SELECT t." + identifier(use.column) + from + condition + " LIMIT 1", {}};
}

/// lower = true: what is kept with capitals is found by nobody.
DbResult<void> capitals(const Use& use, Db& db, Findings& findings) {
  if (!use.mapped->lower) return {};
  const std::string column = "t." + identifier(use.column);
  const bool is_username = use.attribute->collation == Collation::username;
  const std::string_view fold = is_username ? db.dialect().username : db.dialect().fold;
  const auto found = first_text(db, select_where(use, column + " <> " + std::string(fold) + '(' + column + ')'));
  if (!found) return tl::unexpected<DbError>(found.error());
  if (!*found) return {};
  findings.push_back({Severity::warning, use.place,
                      "lower = true, but " + use.table + '.' + use.column + " holds " + quote(**found) +
                          ": no filter finds it", use.place + ": fold = \"lower\" instead of lower = true"});
  return {};
}

/// A boolean or number that no word covers has no value at all.
DbResult<void> unknown_words(const Use& use, Db& db, Findings& findings) {
  const auto& words = use.mapped->words;
  if (words.empty() || use.mapped->codec == Codec::text) return {};
  std::string known;
  for (std::size_t i = 0; i < words.size(); ++i) known += i == 0 ? "?" : ", ?";
  Sql sql = select_where(use, "t." + identifier(use.column) + " NOT IN (" + known + ")");
  for (const Column::Word& word : words) sql.binds.push_back(word.kept);
  const auto found = first_text(db, sql);
  if (!found) return tl::unexpected<DbError>(found.error());
  if (!*found) return {};
  findings.push_back({Severity::warning, use.place,
                      "values: nothing is said about " + quote(**found) + ", which " + use.table + '.' + use.column +
                          " holds: there the attribute has no value", ""});
  return {};
}

}  // namespace

DbResult<void> check_contents(const TypeMapping& type, const Live&, Db& db, Findings& findings) {
  for (const Use& use : uses_of(type)) {
    if (use.mapped == nullptr || use.attribute == nullptr) continue;
    for (const auto check : {capitals, unknown_words}) {
      if (const auto done = check(use, db, findings); !done) return done;
    }
  }
  return {};
}

}  // namespace scim::sql
