// SPDX-License-Identifier: MIT
// The order of the checks: what is missing makes the rest meaningless, so later groups look only at what is there.
#include "sql/mapping_check.h"

#include <algorithm>

#include "core/predicate.h"
#include "core/registry.h"
#include "sql/links.h"
#include "sql/mapping_check_parts.h"
#include "sql/pg_functions.h"

namespace scim::sql {
namespace {

using Severity = Finding::Severity;

using Check = void (*)(const TypeMapping&, const Live&, Findings&);
constexpr Check kChecks[] = {check_new_rows, check_lifecycle, check_indexes};

using Inquiry = DbResult<void> (*)(const TypeMapping&, const Live&, Db&, Findings&);
constexpr Inquiry kInquiries[] = {check_contents, check_scans};

tl::unexpected<Error> cannot_ask(const DbError& error) {
  Error out = to_error(error);
  if (error.kind != DbErrorKind::busy) out.detail = "the database cannot be examined: " + error.detail;
  return fail(std::move(out));
}

bool has_errors(const Findings& findings) {
  return std::any_of(findings.begin(), findings.end(), [](const Finding& f) { return f.severity == Severity::error; });
}

/// A table of our name that is not ours would be written into.
template <class Columns>
void check_own(const std::string& name, const Columns& columns, const Live& live, Findings& findings) {
  const TableInfo* table = live.table(name);
  if (table == nullptr) return;  // made at the first start
  for (const std::string_view column : columns) {
    if (table->find(column) != nullptr) continue;
    findings.push_back({Severity::error, name,
                        "is not a table that scimctl has made: it has no column " + std::string(column) +
                            "; rename it, or let own_table name another one", ""});
    return;
  }
}

void check_own_tables(const Live& live, Findings& findings) {
  check_own(std::string(kTokenTable), kTokenColumns, live, findings);
  for (const auto& type : live.mapping.types) {
    if (type->own_table >= 0) check_own(table_of(*type, type->own_table).name, kOwnColumns, live, findings);
  }
}

/// Queries are to be planned as they will be once the server has made its tables, and its functions where the database has
/// them: stand-ins for those that are missing, which this connection alone sees, as long as this lives.
class StandIns {
 public:
  StandIns(const Live& live, Db& db) : live_(live), db_(db), has_one_writer_(db.dialect().lock_rows.empty()) {}
  StandIns(const StandIns&) = delete;
  StandIns& operator=(const StandIns&) = delete;
  ~StandIns() {
    if (!has_one_writer_) db_.rollback();
    for (const std::string& name : made_) (void)db_.run_script("DROP TABLE IF EXISTS temp." + identifier(name));
  }

  DbResult<void> make() {
    if (const auto begun = begin(); !begun) return begun;
    for (const auto& type : live_.mapping.types) {
      if (type->own_table < 0) continue;
      const std::string& name = table_of(*type, type->own_table).name;
      const TableColumn* key = live_.column(type->tables.front().name, type->key);
      if (live_.table(name) != nullptr || key == nullptr) continue;
      if (has_one_writer_) made_.push_back(name);
      if (const auto made = db_.run_script(own_table_script(name, key->type, db_.dialect(), Lifetime::connection)); !made) return made;
    }
    return {};
  }

 private:
  /// Where a transaction that makes tables keeps nobody waiting, all of it is undone at the end.
  DbResult<void> begin() {
    if (has_one_writer_) return {};
    if (auto begun = db_.begin(Db::Begin::write); !begun) return begun;
    if (auto set = db_.run_script(db_.dialect().take_time); !set) return set;
    const auto cursor = db_.query({std::string(db_.dialect().find_function), {std::string(db_.dialect().fold)}});
    if (!cursor) return tl::unexpected<DbError>(cursor.error());
    const auto found = (*cursor)->next();
    if (!found) return tl::unexpected<DbError>(found.error());
    return *found ? DbResult<void>() : db_.run_script(pg_functions_script());
  }

  const Live& live_;
  Db& db_;
  const bool has_one_writer_;
  std::vector<std::string> made_;
};

DbResult<void> inquire(const Live& live, Db& db, Findings& findings) {
  StandIns tables(live, db);
  if (const auto made = tables.make(); !made) {
    if (made.error().kind != DbErrorKind::other) return made;
    findings.push_back({Severity::hint, "database",
                        "filters and contents were not looked at, since our own tables and functions are not there yet: " + made.error().detail, ""});
    return {};
  }
  for (const auto& type : live.mapping.types) {
    for (const Inquiry inquiry : kInquiries) {
      if (const auto done = inquiry(*type, live, db, findings); !done) return done;
    }
  }
  const auto setting = db.catalog()->setting_for_concurrency();
  if (!setting) return tl::unexpected<DbError>(setting.error());
  if (setting->empty()) return {};
  findings.push_back({Severity::hint, "database",
                      "readers and writers wait for each other, of the application and of scim-fcgi alike",
                      *setting + ';'});
  return {};
}

/// A term of a filter, by the whole path of what it compares.
struct Term {
  std::string path;
  Op op = Op::eq;
  bool operator==(const Term&) const = default;
};

/// `owner`: whose brackets `filter` stands in, nullptr: none.
void collect_terms(const Filter& filter, const ResourceType& type, const Attribute* owner, std::vector<Term>& terms) {
  const bool is_value_path = filter.kind == Filter::Kind::value_path;
  if (is_value_path) owner = resolve(type, filter.path);
  for (const Filter& child : filter.children) collect_terms(child, type, owner, terms);
  const bool may_have_index = filter.kind == Filter::Kind::compare && (filter.op == Op::eq || filter.op == Op::sw);
  if (!may_have_index) return;
  const Attribute* attribute = owner == nullptr ? resolve(type, filter.path) : owner->find(filter.path.name);
  if (attribute != nullptr && attribute->type == Type::complex) attribute = compared_part(*attribute);
  if (attribute == nullptr) return;
  Term term{attribute->path(), filter.op};
  if (std::find(terms.begin(), terms.end(), term) == terms.end()) terms.push_back(std::move(term));
}

}  // namespace

Result<Findings> check_filter(Db& db, const Mapping& mapping, const StoreOptions& options, const ResourceType& type, const Filter& filter) {
  const auto live = load_live(*db.catalog(), mapping, options);
  if (!live) return cannot_ask(live.error());
  std::vector<Term> terms;
  collect_terms(filter, type, nullptr, terms);
  Findings findings;
  for (const Term& term : terms) {
    const auto done = check_scan(mapping.of(type), *live, term.path, term.op, db, findings);
    if (!done) return cannot_ask(done.error());
  }
  return findings;
}

std::string_view to_string(Finding::Severity severity) {
  switch (severity) {
    case Severity::error: return "error";
    case Severity::warning: return "warning";
    case Severity::hint: return "hint";
  }
  return {};
}

void sort_by_severity(Findings& findings) {
  const auto is_before = [](const Finding& a, const Finding& b) { return a.severity < b.severity; };
  std::stable_sort(findings.begin(), findings.end(), is_before);
}

Result<Findings> check_mapping(Db& db, const Mapping& mapping, const StoreOptions& options, Depth depth) {
  const auto live = load_live(*db.catalog(), mapping, options);
  if (!live) return cannot_ask(live.error());
  Findings findings;
  check_own_tables(*live, findings);
  for (const auto& type : mapping.types) check_structure(*type, *live, findings);
  // Statements over tables that are missing, or other than they should be, prove nothing.
  const bool may_inquire = depth == Depth::everything && !has_errors(findings);
  for (const auto& type : mapping.types) {
    for (const Check check : kChecks) check(*type, *live, findings);
  }
  if (may_inquire) {
    if (const auto done = inquire(*live, db, findings); !done) return cannot_ask(done.error());
  }
  if (depth == Depth::errors) {
    std::erase_if(findings, [](const Finding& finding) { return finding.severity != Severity::error; });
  }
  sort_by_severity(findings);
  return findings;
}

}  // namespace scim::sql
