// SPDX-License-Identifier: MIT
// Records and rows are joined in memory: all rows are read once, whatever indexes the application has, and the same
// pass tells which of them no record means.
#include "sql/linker.h"

#include <algorithm>
#include <limits>
#include <map>
#include <unordered_map>

#include "core/text.h"
#include "sql/audit_log.h"
#include "sql/candidates.h"
#include "sql/compile.h"
#include "sql/document.h"
#include "sql/membership.h"
#include "sql/sql_store.h"
#include "sql/write.h"

namespace scim::sql {
namespace {

/// How many rows are named of those that a record may mean.
constexpr std::size_t kMostNamed = 20;

/// Positions in Planner::rows_.
using Rows = std::vector<std::size_t>;
/// The same by the collation_key() of a value.
using Index = std::unordered_map<std::string, Rows>;

void append_once(Rows& rows, std::size_t row) {
  if (std::find(rows.begin(), rows.end(), row) == rows.end()) rows.push_back(row);
}

/// "": the record has none.
std::string external_id_of(const TypeMapping& type, const Json& record) {
  const Attribute* attribute = external_id(type);
  const Json* value = attribute == nullptr ? nullptr : find_value(record, *attribute);
  return value != nullptr && value->is_string() ? value->get<std::string>() : "";
}

/// Key of the resource and text of the attribute, for each value that a column holds.
Result<Sql> value_select(const TypeMapping& type, const Attribute& attribute, const Dialect& dialect) {
  const auto select = [&](const std::string& key, const std::string& value, const std::string& from) {
    return Sql{"SELECT " + key + ", " + value + " FROM " + from, {}};
  };
  const auto of_column = [&](const Column& column) {
    std::string from = identifier(type.tables.front().name) + " t0";
    if (column.table != 0) from += join_table(type, "t", column.table);
    return select(key_of(type, "t"), shown_expression(alias_of("t", column.table), column, dialect), from);
  };
  const auto is_text = [](const Column& column) { return shown_as(column.codec) == Shown::text && column.codec != Codec::password; };
  const Attribute* list = attribute.multi_valued ? &attribute : attribute.parent;
  if (const auto at = type.columns.find(&attribute); at != type.columns.end() && is_text(at->second)) return of_column(at->second);
  if (const auto at = type.elements.find(list); at != type.elements.end() && at->second.part == &attribute && is_text(at->second.value)) {
    return of_column(at->second.value);
  }
  if (const auto at = type.lists.find(list); at != type.lists.end()) {
    const ListTable& table = at->second;
    const auto column = table.columns.find(&attribute);
    if (column != table.columns.end() && is_text(column->second)) {
      return select(column_of("v", table.owner), shown_expression("v", column->second, dialect), identifier(table.name) + " v");
    }
  }
  return fail(ErrorKind::invalid_value, attribute.path() + " is not mapped to a column of text: nothing can be matched by it");
}

/// One plan, in a transaction that the caller has begun.
class Planner {
 public:
  Planner(const WriteContext& context, const LinkRequest& request)
      : context_(context), type_(context.mapping.of(*request.type)), records_(request.records),
        match_(request.match.empty() ? type_.match : request.match) {}

  Result<LinkPlan> plan() {
    if (match_.empty()) return fail(ErrorKind::invalid_value, "the mapping names nothing that rows could be matched by");
    SCIM_TRY(check_external_ids());
    SCIM_TRY(load_rows());
    for (const Attribute* attribute : match_) {
      SCIM_ASSIGN(Index index, load_values(*attribute));
      indexes_.push_back(std::move(index));
    }
    LinkPlan plan;
    for (const Json& record : records_) plan.matches.push_back(match(record));
    refuse_shared_ids(plan);
    refuse_shared_rows(plan);
    for (std::size_t i = 0; i < rows_.size(); ++i) {
      if (!is_meant_[i]) plan.unmatched.push_back(rows_[i]);
    }
    return plan;
  }

 private:
  Result<void> check_external_ids() const {
    const bool has_some = std::any_of(records_.begin(), records_.end(), [](const Json& record) { return record.contains("externalId"); });
    if (!has_some || external_id(type_) != nullptr) return {};
    return fail(ErrorKind::invalid_value, "the mapping has no place for externalId");
  }

  Result<void> load_rows() {
    SCIM_ASSIGN(std::vector<Candidate> all, find_rows(context_, type_, Predicate(), std::numeric_limits<std::int64_t>::max()));
    std::sort(all.begin(), all.end(), [](const Candidate& a, const Candidate& b) { return a.key < b.key; });
    for (Candidate& row : all) {
      // A POST of what SCIM has deleted makes it anew, under a new id: there is nothing to link.
      if (!row.is_living) continue;
      by_key_.emplace(row.key, rows_.size());
      if (!row.external_id.empty()) by_external_id_[row.external_id].push_back(rows_.size());
      rows_.push_back({std::move(row.key), std::move(row.id), std::move(row.name), std::move(row.external_id), row.is_claimed});
    }
    is_meant_.assign(rows_.size(), false);
    return {};
  }

  Result<Index> load_values(const Attribute& attribute) {
    Index index;
    SCIM_ASSIGN(const Sql select, value_select(type_, attribute, context_.dialect));
    SCIM_TRY(each(select, [&](const Cell& key, std::string_view value) { add(index, attribute, key, value); }));
    if (!type_.has_document() || !type_.elements.contains(attribute.multi_valued ? &attribute : attribute.parent)) return index;
    // The other elements of a list that has one column.
    const Column& document = type_.link.document;
    const Sql documents{"SELECT " + key_of(type_, "t") + ", " + column_of(alias_of("t", document.table), document.name) +
                            " FROM " + identifier(type_.tables.front().name) + " t0" +
                            (document.table == 0 ? "" : join_table(type_, "t", document.table)),
                        {}};
    SCIM_TRY(each(documents, [&](const Cell& key, std::string_view text) {
      for (const std::string& value : match_values(attribute, parse_document(text))) add(index, attribute, key, value);
    }));
    return index;
  }

  /// Rows of a query whose second column is text, and not empty.
  template <class Take>
  Result<void> each(const Sql& sql, Take take) {
    const auto cursor = context_.db.query(sql);
    if (!cursor) return fail(to_error(cursor.error()));
    while (true) {
      const auto found = (*cursor)->next();
      if (!found) return fail(to_error(found.error()));
      if (!*found) return {};
      if (!(*cursor)->text(1).empty()) take((*cursor)->cell(0), (*cursor)->text(1));
    }
  }

  void add(Index& index, const Attribute& attribute, const Cell& key, std::string_view value) {
    const auto row = by_key_.find(key);
    if (row == by_key_.end()) return;
    append_once(index[collation_key(value, attribute.collation)], row->second);
  }

  LinkMatch match(const Json& record) {
    LinkMatch match;
    const Rows found = find(record, match);
    const std::string external_id = external_id_of(type_, record);
    const auto holders = by_external_id_.find(external_id);
    if (!external_id.empty() && holders != by_external_id_.end()) return match_holders(std::move(match), found, holders->second);
    show(match, found);
    if (found.size() > 1) return ambiguous(std::move(match), found.size());
    if (found.empty()) return match;
    const LinkRow& row = match.rows.front();
    const bool has_other = !external_id.empty() && !row.external_id.empty();
    const bool is_done = row.is_claimed && external_id.empty();
    match.outcome = has_other ? LinkOutcome::conflict : is_done ? LinkOutcome::linked : LinkOutcome::exact;
    if (has_other) match.reason = "is linked to externalId " + quote(row.external_id);
    return match;
  }

  /// Some rows have the externalId already: it says more than a name, which may have changed since.
  LinkMatch match_holders(LinkMatch match, const Rows& found, const Rows& holders) {
    const bool is_found = std::find(found.begin(), found.end(), holders.front()) != found.end();
    if (holders.size() == 1 && !found.empty() && !is_found) {
      is_meant_[holders.front()] = true;
      show(match, found);
      match.outcome = LinkOutcome::conflict;
      match.reason = "externalId belongs to " + quote(rows_[holders.front()].name);
      return match;
    }
    if (holders.size() > 1 || !is_found) match.by = external_id(type_);
    show(match, holders);
    if (holders.size() > 1) return ambiguous(std::move(match), holders.size());
    match.outcome = LinkOutcome::linked;
    return match;
  }

  static LinkMatch ambiguous(LinkMatch match, std::size_t count) {
    match.outcome = LinkOutcome::ambiguous;
    match.reason = std::to_string(count) + " have the same " + match.by->path();
    return match;
  }

  /// Rows by the first attribute that finds some.
  Rows find(const Json& record, LinkMatch& match) const {
    bool has_values = false;
    for (std::size_t i = 0; i < match_.size(); ++i) {
      Rows rows;
      for (const std::string& value : match_values(*match_[i], record)) {
        has_values = true;
        const auto found = indexes_[i].find(collation_key(value, match_[i]->collation));
        if (found == indexes_[i].end()) continue;
        for (const std::size_t row : found->second) append_once(rows, row);
      }
      if (rows.empty()) continue;
      match.by = match_[i];
      return rows;
    }
    if (!has_values) match.reason = "has no " + match_names();
    return {};
  }

  void show(LinkMatch& match, const Rows& rows) {
    for (const std::size_t row : rows) {
      is_meant_[row] = true;
      if (match.rows.size() < kMostNamed) match.rows.push_back(rows_[row]);
    }
  }

  std::string match_names() const {
    std::string text;
    for (const Attribute* attribute : match_) text += (text.empty() ? "" : " or ") + attribute->path();
    return text;
  }

  static void refuse(LinkMatch& match, const std::string& what, const std::vector<std::size_t>& records, std::size_t self) {
    match.outcome = LinkOutcome::conflict;
    match.reason = "record " + std::to_string((records.front() == self ? records[1] : records.front()) + 1) + " " + what;
  }

  void refuse_shared_ids(LinkPlan& plan) const {
    std::map<std::string, std::vector<std::size_t>> records;
    for (std::size_t i = 0; i < records_.size(); ++i) {
      if (const std::string id = external_id_of(type_, records_[i]); !id.empty()) records[id].push_back(i);
    }
    for (const auto& [id, same] : records) {
      if (same.size() < 2) continue;
      for (const std::size_t i : same) refuse(plan.matches[i], "has the same externalId", same, i);
    }
  }

  static void refuse_shared_rows(LinkPlan& plan) {
    std::map<Cell, std::vector<std::size_t>> records;
    for (std::size_t i = 0; i < plan.matches.size(); ++i) {
      if (plan.matches[i].rows.size() == 1) records[plan.matches[i].rows.front().key].push_back(i);
    }
    for (const auto& [key, same] : records) {
      if (same.size() < 2) continue;
      for (const std::size_t i : same) refuse(plan.matches[i], "finds it too", same, i);
    }
  }

  const WriteContext& context_;
  const TypeMapping& type_;
  const std::vector<Json>& records_;
  std::vector<const Attribute*> match_;
  std::vector<LinkRow> rows_;  ///< the living
  std::vector<bool> is_meant_;
  std::map<Cell, std::size_t> by_key_;
  Index by_external_id_;
  std::vector<Index> indexes_;  ///< of match_
};

bool has_doubtful(const LinkPlan& plan) {
  return std::any_of(plan.matches.begin(), plan.matches.end(), [](const LinkMatch& match) {
    return match.outcome == LinkOutcome::conflict || match.outcome == LinkOutcome::ambiguous;
  });
}

/// `row` as it was before it got the externalId of the record, or was claimed without one.
AuditEntry entry_of_link(const LinkRequest& request, const TypeMapping& type, const LinkRow& row, const std::string& external_id_text, Instant now) {
  Resource before{request.type, {{"id", row.id}}};
  for (const char* name : {"userName", "displayName"}) {
    if (request.type->find(name) == nullptr) continue;
    before.body[name] = row.name;
    break;
  }
  Changes changes;
  if (!external_id_text.empty()) changes.push_back({external_id(type), Change::Kind::set, external_id_text});
  AuditEntry entry = entry_of_update(before, changes, {}, request.masked);
  entry.deed = Deed::adopted;
  entry.time = now;
  entry.actor = *request.actor;
  return entry;
}

Result<void> apply(const WriteContext& context, const LinkRequest& request, LinkPlan& plan) {
  const TypeMapping& type = context.mapping.of(*request.type);
  std::vector<AuditEntry> entries;
  for (std::size_t i = 0; i < plan.matches.size(); ++i) {
    if (plan.matches[i].outcome != LinkOutcome::exact) continue;
    LinkRow& row = plan.matches[i].rows.front();
    const std::string external_id_text = external_id_of(type, request.records[i]);
    SCIM_ASSIGN(row.id, claim_row(context, type, row.key, external_id_text));
    if (request.actor) entries.push_back(entry_of_link(request, type, row, external_id_text, context.env.now()));
  }
  SCIM_TRY(append_entries(context.db, entries));
  plan.is_applied = true;
  return {};
}

/// Ends a transaction that nobody has committed.
class Rollback {
 public:
  explicit Rollback(Db& db) : db_(db) {}
  ~Rollback() { db_.rollback(); }
  Rollback(const Rollback&) = delete;
  Rollback& operator=(const Rollback&) = delete;

 private:
  Db& db_;
};

}  // namespace

Result<LinkPlan> SqlStore::link(const LinkRequest& request) {
  if (mapping_.is_embedded) {
    return fail(ErrorKind::bad_request,
                "there is nothing to link: links are for the tables of an application, and all in this database is SCIM's own");
  }
  const auto planned = [&](Db& db) { return Planner({db, mapping_, db.dialect(), options_, env_}, request).plan(); };
  if (request.work == LinkRequest::Work::plan) {
    if (const auto begun = db_.begin(Db::Begin::read); !begun) return fail(to_error(begun.error()));
    const Rollback at_the_end(db_);
    return planned(db_);
  }
  const auto turn = writers_.begin();
  if (!turn) return fail(to_error(turn.error()));
  SCIM_ASSIGN(LinkPlan plan, planned((*turn)->db()));
  if (request.work == LinkRequest::Work::apply && has_doubtful(plan)) return plan;
  SCIM_TRY(apply({(*turn)->db(), mapping_, (*turn)->db().dialect(), options_, env_}, request, plan));
  if (const auto committed = (*turn)->commit(); !committed) return fail(to_error(committed.error()));
  return plan;
}

}  // namespace scim::sql
