// SPDX-License-Identifier: MIT
// Bearer tokens in the table `scim_tokens` of our own.
#include "sql/token_store.h"

#include <algorithm>

#include "core/text.h"
#include "sql/dialect.h"
#include "sql/sql_store.h"

namespace scim::sql {
namespace {

constexpr std::size_t kMostTokensKept = 64;

constexpr const char* kColumns =
    "id, name, hash, read_only, created, expires, user_name, dialect, types, hidden, rate_limit, certificate, "
    "previous_hash, previous_until, last_used, last_address, guard";
constexpr std::string_view kInsert =
    "INSERT INTO scim_tokens (id, name, hash, read_only, created, expires, user_name, dialect, types, hidden, rate_limit, certificate, "
    "previous_hash, previous_until, guard) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
constexpr std::string_view kUpdate =
    "UPDATE scim_tokens SET hash = ?, read_only = ?, expires = ?, user_name = ?, dialect = ?, types = ?, hidden = ?, rate_limit = ?, "
    "certificate = ?, previous_hash = ?, previous_until = ?, guard = ? WHERE id = ?";
constexpr std::string_view kNoteUse =
    "UPDATE scim_tokens SET last_used = ?, last_address = ? WHERE id = ? AND (last_used IS NULL OR last_used <= ?)";
/// Of a token that is gone, nothing is selected.
constexpr std::string_view kAddUse =
    "INSERT INTO scim_token_tolerances (token, tolerance, count, last_used) "
    "SELECT id, ?, CAST(? AS BIGINT), CAST(? AS BIGINT) FROM scim_tokens WHERE id = ? "
    "ON CONFLICT (token, tolerance) DO UPDATE SET count = scim_token_tolerances.count + excluded.count, "
    "last_used = CASE WHEN excluded.last_used > scim_token_tolerances.last_used THEN excluded.last_used "
    "ELSE scim_token_tolerances.last_used END";
constexpr std::string_view kUses =
    "SELECT tolerance, count, last_used FROM scim_token_tolerances WHERE token = ? ORDER BY count DESC, tolerance";

Sql statement(std::string_view text, std::vector<Cell> binds) { return {std::string(text), std::move(binds)}; }
Sql select(std::string_view rest, std::vector<Cell> binds) {
  return {std::string("SELECT ") + kColumns + " FROM scim_tokens " + std::string(rest), std::move(binds)};
}

Instant instant_of(std::int64_t micros) { return Instant(std::chrono::microseconds(micros)); }
Cell cell_of(Instant instant) { return std::int64_t{instant.time_since_epoch().count()}; }

Cell cell_of(const std::string& text) { return text.empty() ? Cell() : Cell(text); }
Cell cell_of(const std::optional<Instant>& instant) { return instant ? cell_of(*instant) : Cell(); }
Cell cell_of(const std::optional<std::int64_t>& number) { return number ? Cell(*number) : Cell(); }
Cell cell_of(const std::optional<scim::Dialect>& dialect) { return dialect ? Cell(std::string(to_string(*dialect))) : Cell(); }

/// Names and paths have no line feeds.
Cell cell_of(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) text.append(text.empty() ? "" : "\n").append(line);
  return cell_of(text);
}
std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    lines.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}
std::optional<Instant> instant_in(const Cursor& row, int column) {
  return row.is_null(column) ? std::nullopt : std::optional<Instant>(instant_of(row.integer(column)));
}

Token token_in(const Cursor& row) {
  Token token;
  token.id = row.text(0);
  token.name = row.text(1);
  token.hash = row.text(2);
  token.read_only = row.integer(3) != 0;
  token.created = instant_of(row.integer(4));
  token.expires = instant_in(row, 5);
  token.user_name = row.text(6);
  token.dialect = dialect_of(row.text(7));
  token.types = lines_of(row.text(8));
  token.hidden = lines_of(row.text(9));
  if (!row.is_null(10)) token.rate_limit = row.integer(10);
  token.certificate = row.text(11);
  token.previous_hash = row.text(12);
  token.previous_until = instant_in(row, 13);
  token.last_used = instant_in(row, 14);
  token.last_address = row.text(15);
  token.guard = row.text(16);
  return token;
}

/// What kUpdate writes, in its order.
std::vector<Cell> settings_of(const Token& token) {
  return {token.hash, std::int64_t{token.read_only}, cell_of(token.expires), cell_of(token.user_name), cell_of(token.dialect),
          cell_of(token.types), cell_of(token.hidden), cell_of(token.rate_limit), cell_of(token.certificate),
          cell_of(token.previous_hash), cell_of(token.previous_until), cell_of(token.guard)};
}

Result<std::vector<Token>> read_tokens(Db& db, const Sql& sql) {
  const auto cursor = db.query(sql);
  if (!cursor) return fail(to_error(cursor.error()));
  const Cursor& row = **cursor;
  std::vector<Token> tokens;
  while (true) {
    const auto found = (*cursor)->next();
    if (!found) return fail(to_error(found.error()));
    if (!*found) return tokens;
    tokens.push_back(token_in(row));
  }
}

}  // namespace

Result<void> SqlStore::forget_old_tokens() {
  const std::string version_of(db_.dialect().data_version);
  if (version_of.empty()) {
    tokens_.clear();
    return {};
  }
  const auto cursor = db_.query({version_of, {}});
  if (!cursor) return fail(to_error(cursor.error()));
  const auto row = (*cursor)->next();
  if (!row) return fail(to_error(row.error()));
  const std::int64_t version = (*cursor)->integer(0);
  if (version == tokens_version_ && tokens_.size() < kMostTokensKept) return {};
  tokens_.clear();
  tokens_version_ = version;
  return {};
}

/// A server is asked for the same few tokens all day, with the same request always for something else besides: both are
/// read in one transaction, and a token only if anything has been written since. Whoever writes by this connection itself
/// (`own_writers_`) is no server, and is told nothing by its own commits.
Result<std::optional<Token>> SqlStore::find_kept_token(const std::string& key, std::string_view column, std::string_view value) {
  if (own_writers_ == nullptr) {
    SCIM_TRY(begin_snapshot());
    SCIM_TRY(forget_old_tokens());
    if (const auto known = tokens_.find(key); known != tokens_.end()) return known->second;
  }
  SCIM_ASSIGN(std::vector<Token> tokens, read_tokens(db_, select("WHERE " + std::string(column) + " = ?", {std::string(value)})));
  if (tokens.empty()) return std::nullopt;
  if (own_writers_ == nullptr) tokens_.emplace(key, tokens.front());
  return std::move(tokens.front());
}

Result<std::optional<Token>> SqlStore::find_token(std::string_view id) { return find_kept_token(std::string(id), "id", id); }

Result<std::optional<Token>> SqlStore::find_certificate(std::string_view subject) {
  return find_kept_token("certificate " + std::string(subject), "certificate", subject);
}

Result<std::vector<Token>> list_tokens(Db& db) { return read_tokens(db, select("ORDER BY created, name", {})); }

Result<std::vector<Token>> SqlStore::list_tokens() { return sql::list_tokens(db_); }

Result<void> SqlStore::insert_token(const Token& token) {
  end_snapshot();
  tokens_.clear();
  const auto inserted = db_.run(statement(
      kInsert, {token.id, token.name, token.hash, std::int64_t{token.read_only}, cell_of(token.created), cell_of(token.expires),
                cell_of(token.user_name), cell_of(token.dialect), cell_of(token.types), cell_of(token.hidden), cell_of(token.rate_limit),
                cell_of(token.certificate), cell_of(token.previous_hash), cell_of(token.previous_until), cell_of(token.guard)}));
  if (inserted) return {};
  if (inserted.error().kind != DbErrorKind::unique) return fail(to_error(inserted.error()));
  const std::string of_certificate = token.certificate.empty() ? "" : ", or of this certificate";
  return fail(ErrorKind::conflict, "there is a token with the name " + quote(token.name) + of_certificate + " already");
}

Result<void> SqlStore::remove_token(std::string_view name) {
  end_snapshot();
  tokens_.clear();
  const auto removed = db_.run({"DELETE FROM scim_tokens WHERE name = ?", {std::string(name)}});
  if (!removed) return fail(to_error(removed.error()));
  if (*removed == 0) return fail(ErrorKind::not_found, "there is no token with the name " + quote(name));
  return {};
}

Result<void> SqlStore::update_token(const Token& token, const Token& expected) {
  end_snapshot();
  tokens_.clear();
  const auto turn = writers_.begin();
  if (!turn) return fail(to_error(turn.error()));
  Db& db = (*turn)->db();
  const std::string_view lock = db.dialect().lock_rows;
  const std::string locked = lock.empty() ? "" : std::string(lock) + "scim_tokens";
  SCIM_ASSIGN(const std::vector<Token> found, read_tokens(db, select("WHERE id = ?" + locked, {token.id})));
  if (found.empty()) return fail(ErrorKind::not_found, "there is no token with the name " + quote(token.name));
  if (settings_of(found.front()) != settings_of(expected)) {
    return fail(ErrorKind::precondition_failed, "somebody else has changed the token " + quote(token.name) + " meanwhile, and it is left as it is: try again");
  }
  std::vector<Cell> binds = settings_of(token);
  binds.emplace_back(token.id);
  if (const auto updated = db.run(statement(kUpdate, std::move(binds))); !updated) return fail(to_error(updated.error()));
  if (const auto committed = (*turn)->commit(); !committed) return fail(to_error(committed.error()));
  return {};
}

Result<void> SqlStore::note_token_uses(const std::vector<TokenUse>& uses) {
  const auto turn = writers_.begin();
  if (!turn) return fail(to_error(turn.error()));
  for (const TokenUse& use : uses) {
    const auto noted = (*turn)->db().run(statement(kNoteUse, {cell_of(use.last), cell_of(use.address), use.token, cell_of(use.last - TokenUse::kInterval)}));
    if (!noted) return fail(to_error(noted.error()));
  }
  if (const auto committed = (*turn)->commit(); !committed) return fail(to_error(committed.error()));
  return {};
}

Result<void> SqlStore::add_tolerance_uses(const std::vector<ToleranceUse>& uses) {
  const auto turn = writers_.begin();
  if (!turn) return fail(to_error(turn.error()));
  for (const ToleranceUse& use : uses) {
    const auto added = (*turn)->db().run(
        statement(kAddUse, {std::string(to_string(use.tolerance)), use.count, cell_of(use.last), use.token}));
    if (!added) return fail(to_error(added.error()));
  }
  if (const auto committed = (*turn)->commit(); !committed) return fail(to_error(committed.error()));
  return {};
}

Result<std::vector<ToleranceUse>> SqlStore::tolerance_uses(std::string_view token_id) {
  const auto cursor = db_.query(statement(kUses, {std::string(token_id)}));
  if (!cursor) return fail(to_error(cursor.error()));
  std::vector<ToleranceUse> uses;
  while (true) {
    const auto found = (*cursor)->next();
    if (!found) return fail(to_error(found.error()));
    if (!*found) return uses;
    // One that only another version of this program has is not counted here.
    const auto tolerance = tolerance_of((*cursor)->text(0));
    if (!tolerance) continue;
    uses.push_back({std::string(token_id), *tolerance, (*cursor)->integer(1), instant_of((*cursor)->integer(2))});
  }
}

Result<std::string> SqlStore::secret(std::string_view name, std::string_view fresh) {
  end_snapshot();
  const Sql find = {"SELECT value FROM scim_secrets WHERE name = ?", {std::string(name)}};
  for (;;) {
    const auto cursor = db_.query(find);
    if (!cursor) return fail(to_error(cursor.error()));
    const auto found = (*cursor)->next();
    if (!found) return fail(to_error(found.error()));
    if (*found) return std::string((*cursor)->text(0));
    // Whoever comes first decides for all.
    const auto kept = db_.run({"INSERT INTO scim_secrets (name, value) VALUES (?, ?) ON CONFLICT DO NOTHING",
                                {std::string(name), std::string(fresh)}});
    if (!kept) return fail(to_error(kept.error()));
  }
}

}  // namespace scim::sql
