// SPDX-License-Identifier: MIT
#include "sql/audit_log.h"

#include <algorithm>
#include <chrono>
#include <limits>
#include <map>

#include "core/crypto.h"
#include "core/text.h"
#include "sql/change_feed.h"
#include "sql/dialect.h"
#include "sql/statement.h"

namespace scim::sql {
namespace {

/// Writers at the same time: more wait for each other. On SQLite there is one.
constexpr std::int64_t kMostChains = 16;
constexpr std::int64_t kForgottenAtOnce = 5000;
/// Read at a time: some databases give all rows of a query at once.
constexpr std::int64_t kPage = 1000;

const std::vector<std::string> kColumns = {"chain", "number", "entry",         "hash",      "time",    "request",
                                           "resource", "name", "actor", "deactivations", "deletions", "removals", "type"};

Cell text_or_null(const std::string& text) { return text.empty() ? Cell() : Cell(text); }

std::string hash_after(std::string_view hash_before, std::string_view text) {
  return hex_encode(sha256(std::string(hash_before).append("\n").append(text)));
}

/// Of a statement that gives one at most.
Result<std::optional<ChainHead>> first_head(Db& db, const Sql& sql) {
  std::optional<ChainHead> head;
  SCIM_TRY(for_each_row(db, sql, [&](const Cursor& row) { head = ChainHead{row.integer(0), row.integer(1), std::string(row.text(2))}; }));
  return head;
}

/// A chain whose end nobody else moves until the end of the transaction: one that is free, a new one while there are few, or
/// the first one when that becomes free.
Result<ChainHead> take_chain(Db& db) {
  constexpr std::string_view kSelect = "SELECT chain, number, hash FROM scim_log_chains c ";
  const std::string_view lock = db.dialect().lock_rows;
  const std::string free = std::string(kSelect) + "ORDER BY chain LIMIT 1" + (lock.empty() ? "" : std::string(lock) + "c SKIP LOCKED");
  SCIM_ASSIGN(auto head, first_head(db, {free, {}}));
  if (head) return *std::move(head);
  SCIM_ASSIGN(const std::int64_t count, first_number(db, {"SELECT count(*) FROM scim_log_chains", {}}));
  if (count < kMostChains) {
    SCIM_ASSIGN(const std::int64_t made, run(db, {"INSERT INTO scim_log_chains (chain, number, hash, kept_after, kept_after_hash) "
                                                  "VALUES (?, 0, '', 0, '') ON CONFLICT DO NOTHING", {count}}));
    if (made > 0) return ChainHead{count, 0, ""};
  }
  SCIM_ASSIGN(head, first_head(db, {std::string(kSelect) + "WHERE chain = 0" + (lock.empty() ? "" : std::string(lock) + "c"), {}}));
  if (head) return *std::move(head);
  return fail(ErrorKind::internal, "the audit log has lost its chains");
}

void append_cells(std::vector<Cell>& cells, const AuditEntry& entry, const ChainHead& head, std::string text) {
  cells.insert(cells.end(), {head.chain, head.number, std::move(text), head.hash, micros_of(entry.time), entry.actor.request, entry.id,
                             text_or_null(entry.name), entry.actor.name, entry.losses.deactivations,
                             entry.losses.deletions, entry.losses.removals, entry.type});
}

/// The rows of the log that `query` asks for, without their order.
Sql where_of(const LogQuery& query) {
  Sql sql{" WHERE position > ?", {query.after_position}};
  const auto add = [&](const char* condition, Cell value) {
    sql.text.append(" AND ").append(condition);
    sql.binds.push_back(std::move(value));
  };
  if (query.chain) add("chain = ?", *query.chain);
  if (query.number) add("number = ?", *query.number);
  if (!query.resource.empty()) add("resource = ?", query.resource);
  if (!query.name.empty()) add("name = ?", query.name);
  if (!query.request.empty()) add("request = ?", query.request);
  if (!query.actor.empty()) add("actor = ?", query.actor);
  if (query.since) add("time >= ?", micros_of(*query.since));
  if (query.before) add("time < ?", micros_of(*query.before));
  return sql;
}

LoggedEntry entry_at(const Cursor& row) {
  return {row.integer(0), row.integer(1), row.integer(2), std::string(row.text(3)), std::string(row.text(4))};
}

Result<std::vector<LoggedEntry>> read_page(Db& db, const LogQuery& query) {
  Sql sql = where_of(query);
  sql.text = "SELECT position, chain, number, hash, entry FROM scim_log" + sql.text + " ORDER BY position LIMIT ?";
  sql.binds.emplace_back(kPage);
  std::vector<LoggedEntry> entries;
  SCIM_TRY(for_each_row(db, sql, [&](const Cursor& row) { entries.push_back(entry_at(row)); }));
  return entries;
}

/// Behind it stand as many as are wanted.
Result<std::int64_t> position_before_last(Db& db, const LogQuery& query) {
  Sql sql = where_of(query);
  sql.text = "SELECT position FROM scim_log" + sql.text + " ORDER BY position DESC LIMIT 1 OFFSET ?";
  sql.binds.emplace_back(query.limit);
  SCIM_ASSIGN(const std::int64_t position, first_number(db, sql));  // from 1, and behind after_position
  return std::max(position, query.after_position);
}

/// The state of verifying one chain.
struct Walk {
  ChainHead at;    ///< the last one that was seen
  ChainHead kept;  ///< as scim_log_chains has it
};

class Verifier {
 public:
  explicit Verifier(const std::vector<ChainHead>& known) : known_(known) {}

  Result<void> learn_chains(Db& db) {
    return for_each_row(db, {"SELECT chain, number, hash, kept_after, kept_after_hash FROM scim_log_chains ORDER BY chain", {}}, [&](const Cursor& row) {
      const std::int64_t chain = row.integer(0);
      walks_[chain] = {{chain, row.integer(3), std::string(row.text(4))}, {chain, row.integer(1), std::string(row.text(2))}};
      forgotten_[chain] = row.integer(3);
      seen(walks_[chain].at);
    });
  }

  /// Of all chains, those included that nobody knows.
  Result<void> walk(Db& db) {
    std::int64_t chain = -1;
    std::int64_t number = 0;
    while (true) {
      const std::int64_t before = result_.entries;
      SCIM_TRY(for_each_row(db, {std::string(kVerified), {chain, chain, number, kPage}}, [&](const Cursor& row) {
        const LoggedEntry entry = entry_at(row);
        check(entry, row);
        chain = entry.chain;
        number = entry.number;
      }));
      if (result_.entries == before) return {};
    }
  }

  LogVerification finish() {
    for (const auto& [chain, walk] : walks_) {
      if (walk.at.number != walk.kept.number || walk.at.hash != walk.kept.hash) {
        result_.findings.push_back("chain " + std::to_string(chain) + " ends at number " + std::to_string(walk.at.number) + ", and has had " +
                                   std::to_string(walk.kept.number) + " entries");
      }
      result_.heads.push_back(walk.at);
    }
    for (const ChainHead& head : known_) {
      if (is_confirmed(head)) continue;
      if (const std::int64_t kept_after = kept_after_of(head.chain); head.number < kept_after) {
        if (head.number == 0) continue;  // nothing had been written
        result_.not_compared.push_back("chain " + std::to_string(head.chain) + ": number " + std::to_string(head.number) +
                                       " has been forgotten, with all up to " + std::to_string(kept_after));
        continue;
      }
      result_.findings.push_back("chain " + std::to_string(head.chain) + " had the hash " + head.hash + " at number " +
                                 std::to_string(head.number) + ", and has not any more");
    }
    return std::move(result_);
  }

 private:
  static constexpr std::string_view kVerified =
      "SELECT position, chain, number, hash, entry, time, request, resource, name, actor, deactivations, deletions, removals, type "
      "FROM scim_log WHERE chain > ? OR (chain = ? AND number > ?) ORDER BY chain, number LIMIT ?";

  void check(const LoggedEntry& entry, const Cursor& row) {
    ++result_.entries;
    const auto found = walks_.find(entry.chain);
    if (found == walks_.end()) return complain(entry, "its chain is not known");
    ChainHead& at = found->second.at;
    if (entry.number != at.number + 1) complain(entry, "the entries before it are missing, from number " + std::to_string(at.number + 1));
    else if (hash_after(at.hash, entry.text) != entry.hash) complain(entry, "it, or what stands before it, has been changed");
    check_columns(entry, row);
    at = {entry.chain, entry.number, entry.hash};
    seen(at);
  }

  void complain(const LoggedEntry& entry, const std::string& what) {
    result_.findings.push_back("entry " + std::to_string(entry.chain) + "-" + std::to_string(entry.number) + ": " + what);
  }

  /// What the log is searched by repeats what has been hashed.
  void check_columns(const LoggedEntry& entry, const Cursor& row) {
    const auto told = entry_from_text(entry.text);
    if (!told) return complain(entry, "it is no entry");
    const auto is_text = [&](int column, const std::string& text) { return row.text(column) == text; };
    const bool are_same = row.integer(5) == micros_of(told->time) && is_text(6, told->actor.request) && is_text(7, told->id) &&
                          is_text(8, told->name) && is_text(9, told->actor.name) && row.integer(10) == told->losses.deactivations &&
                          row.integer(11) == told->losses.deletions && row.integer(12) == told->losses.removals &&
                          (row.is_null(13) || is_text(13, told->type));  // there was no such column
    if (!are_same) complain(entry, "its columns do not say what its text says");
  }

  void seen(const ChainHead& head) {
    for (const ChainHead& known : known_) {
      if (known.chain == head.chain && known.number == head.number && known.hash == head.hash) confirmed_.push_back(&known);
    }
  }

  bool is_confirmed(const ChainHead& head) const { return std::find(confirmed_.begin(), confirmed_.end(), &head) != confirmed_.end(); }

  /// 0: all of it is there, or there is no such chain.
  std::int64_t kept_after_of(std::int64_t chain) const {
    const auto found = forgotten_.find(chain);
    return found == forgotten_.end() ? 0 : found->second;
  }

  const std::vector<ChainHead>& known_;
  std::map<std::int64_t, Walk> walks_;
  std::map<std::int64_t, std::int64_t> forgotten_;  ///< up to which number
  std::vector<const ChainHead*> confirmed_;
  LogVerification result_;
};

/// Up to where all readers have read the chain: what they have not is kept for them.
std::int64_t read_by_all(const std::vector<LogReader>& readers, std::int64_t chain) {
  std::int64_t least = std::numeric_limits<std::int64_t>::max();
  for (const LogReader& reader : readers) {
    const auto at = reader.positions.find(chain);
    least = std::min(least, at == reader.positions.end() ? 0 : at->second);
  }
  return least;
}

/// The last entry of the chain that is not to be kept; nullopt: all are.
Result<std::optional<ChainHead>> last_forgotten(Db& db, std::int64_t chain, std::int64_t kept_after, std::int64_t last_read, Instant before) {
  // One behind another may be older by a clock that was set back: it stays with the younger one.
  std::optional<ChainHead> last;
  bool is_kept = false;
  SCIM_TRY(for_each_row(db, {"SELECT number, hash, time FROM scim_log WHERE chain = ? AND number > ? AND number <= ? ORDER BY number LIMIT ?",
                             {chain, kept_after, last_read, kForgottenAtOnce}}, [&](const Cursor& row) {
    is_kept = is_kept || row.integer(2) >= micros_of(before);
    if (!is_kept) last = ChainHead{chain, row.integer(0), std::string(row.text(1))};
  }));
  return last;
}

Result<std::int64_t> forget_in_chain(Db& db, std::int64_t chain, std::int64_t kept_after, std::int64_t last_read, Instant before) {
  SCIM_ASSIGN(const auto last, last_forgotten(db, chain, kept_after, last_read, before));
  if (!last) return 0;
  SCIM_TRY(run(db, {"UPDATE scim_log_chains SET kept_after = ?, kept_after_hash = ? WHERE chain = ?", {last->number, last->hash, chain}}));
  return run(db, {"DELETE FROM scim_log WHERE chain = ? AND number <= ?", {chain, last->number}});
}

Result<std::int64_t> forget_in_all(Db& db, Instant before) {
  std::map<std::int64_t, std::int64_t> kept_after;
  const std::string_view lock = db.dialect().lock_rows;
  SCIM_TRY(for_each_row(db, {"SELECT chain, kept_after FROM scim_log_chains c ORDER BY chain" + (lock.empty() ? "" : std::string(lock) + "c"), {}},
                        [&](const Cursor& row) { kept_after[row.integer(0)] = row.integer(1); }));
  SCIM_ASSIGN(const std::vector<LogReader> readers, list_readers(db));
  std::int64_t forgotten = 0;
  for (const auto& [chain, number] : kept_after) {
    SCIM_ASSIGN(const std::int64_t here, forget_in_chain(db, chain, number, read_by_all(readers, chain), before));
    forgotten += here;
  }
  return forgotten;
}

}  // namespace

Result<void> append_entries(Db& db, const std::vector<AuditEntry>& entries) {
  if (entries.empty()) return {};
  SCIM_ASSIGN(ChainHead head, take_chain(db));
  std::vector<Cell> cells;
  cells.reserve(entries.size() * kColumns.size());
  for (const AuditEntry& entry : entries) {
    std::string text = to_text(entry);
    head.hash = hash_after(head.hash, text);
    ++head.number;
    append_cells(cells, entry, head, std::move(text));
  }
  if (const auto done = db.insert_rows("scim_log", kColumns, cells); !done) return fail(to_error(done.error()));
  SCIM_TRY(run(db, {"UPDATE scim_log_chains SET number = ?, hash = ? WHERE chain = ?", {head.number, head.hash, head.chain}}));
  return {};
}

Result<void> for_each_entry(Db& db, const LogQuery& query, const std::function<Result<bool>(const LoggedEntry&)>& take) {
  LogQuery page = query;
  if (query.limit >= 0) {
    SCIM_ASSIGN(page.after_position, position_before_last(db, query));
  }
  while (true) {
    SCIM_ASSIGN(const std::vector<LoggedEntry> entries, read_page(db, page));
    for (const LoggedEntry& entry : entries) {
      SCIM_ASSIGN(const bool goes_on, take(entry));
      if (!goes_on) return {};
    }
    if (std::ssize(entries) < kPage) return {};
    page.after_position = entries.back().position;
  }
}

Result<LogVerification> verify_log(Db& db, const std::vector<ChainHead>& known) {
  return in_transaction(db, Db::Begin::read, [&]() -> Result<LogVerification> {
    Verifier verifier(known);
    SCIM_TRY(verifier.learn_chains(db));
    SCIM_TRY(verifier.walk(db));
    return verifier.finish();
  });
}

Result<std::int64_t> forget_entries(Db& db, Instant before, const std::function<Result<void>()>& tell) {
  return in_transaction(db, Db::Begin::write, [&]() -> Result<std::int64_t> {
    SCIM_ASSIGN(const std::int64_t forgotten, forget_in_all(db, before));
    if (forgotten > 0 && tell) SCIM_TRY(tell());
    return forgotten;
  });
}

Result<LossesByType> losses_since(Db& db, const std::string& actor, Instant since) {
  LossesByType losses;
  // Entries of before there was the column have no type.
  SCIM_TRY(for_each_row(db, {"SELECT coalesce(type, ''), CAST(sum(deactivations) AS BIGINT), CAST(sum(deletions) AS BIGINT), CAST(sum(removals) AS BIGINT) "
                             "FROM scim_log WHERE actor = ? AND time >= ? AND deactivations + deletions + removals > 0 GROUP BY type",
                             {actor, micros_of(since)}},
                        [&](const Cursor& row) { losses[std::string(row.text(0))] = {row.integer(1), row.integer(2), row.integer(3)}; }));
  return losses;
}

}  // namespace scim::sql
