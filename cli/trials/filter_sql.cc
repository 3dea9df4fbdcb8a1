// SPDX-License-Identifier: MIT
#include "cli/trials/filter_sql.h"

#include <algorithm>
#include <ostream>

#include "cli/backend.h"
#include "cli/console_env.h"
#include "cli/local.h"
#include "core/text.h"
#include "sql/compile.h"
#include "sql/database_url.h"
#include "sql/native.h"
#include "sql/pg_db.h"

namespace scim::cli {
namespace {

using How = sql::PlanStep::How;

constexpr std::string_view kIndent = "  ";

struct CellToJson {
  Json operator()(std::monostate) const { return nullptr; }
  template <class T>
  Json operator()(const T& value) const {
    return value;
  }
};

sql::CompileContext context_of(const Config& config, const sql::Mapping& mapping, const sql::Dialect& dialect, const std::string& base) {
  return {mapping, dialect, base, config.deleted_visible ? sql::Visible::all : sql::Visible::living};
}

/// `sql` with its text.
Result<FilterSql> compiled(const Filter& filter, std::string_view type_name, const sql::Served& served, const Config& config,
                           const sql::Dialect& dialect, FilterSql sql) {
  const ResourceType* type = served.registry->type_by_name(type_name);
  if (type == nullptr) return fail(ErrorKind::not_found, "the mapping has no such table there");
  SCIM_ASSIGN(const Predicate predicate, bind(filter, *type));
  const std::string base = base_url(config);
  const sql::Sql text = sql::compile_select_ids(predicate, served.mapping.of(*type), context_of(config, served.mapping, dialect, base));
  sql.text = text.text;
  sql.sign = dialect.parameter_sign;
  for (const sql::Cell& cell : text.binds) sql.parameters.push_back(std::visit(CellToJson{}, cell));
  return sql;
}

/// 12345 -> "12,345".
std::string grouped(std::int64_t number) {
  std::string text = std::to_string(number);
  for (std::size_t at = text.size(); at > 3; at -= 3) text.insert(at - 3, ",");
  return text;
}

std::string rows_text(const sql::RowCount& count) {
  const char* kind = count.kind == sql::RowCount::Kind::counted ? "counted" : "estimated";
  return grouped(count.rows) + (count.rows == 1 ? " row, " : " rows, ") + kind;
}

std::string use_text(const TableUse& use) {
  const std::string table = printable(use.step.table);
  const std::string rows = use.count ? " (" + rows_text(*use.count) + ')' : "";
  switch (use.step.how) {
    case How::search:
      if (use.step.index == use.step.table) return "searches " + table + ", which is an index itself";
      return "searches " + table + (use.step.index.empty() ? " by its key" : " by index " + printable(use.step.index));
    case How::scan_of_index: return "reads all of " + table + " in the order of index " + printable(use.step.index) + rows;
    case How::scan: break;
  }
  return "reads all of " + table + rows + (use.small == TableUse::Small::yes ? ": an index is there, and the table too small for it" : "");
}

bool is_whole(const TableUse& use) { return use.step.how != How::search && use.small == TableUse::Small::no; }

bool is_same(const sql::PlanStep& a, const sql::PlanStep& b) { return a.table == b.table && a.index == b.index && a.how == b.how; }

Error said(const sql::DbError& error) { return {ErrorKind::unavailable, "the database refuses to plan it: " + error.detail, ""}; }

}  // namespace

FilterAdvisor::FilterAdvisor(const Config& config, sql::Served& served)
    : config_(config), served_(served), env_(silent_env()) {  // what an older database lacks is said once, and not logged
  connect();
}

void FilterAdvisor::connect() {
  if (database_exists(config_)) {
    place_ = sql::without_password(config_.database_url);
    auto db = sql::open_database(config_, sql::Open::existing, sql::Journal::as_it_is, *env_);
    const auto learned = db ? sql::learn_columns(**db, served_.mapping) : Result<void>(fail(db.error()));
    if (learned) live_ = *std::move(db);
    else unknown_ = learned.error().detail;
    db_ = live_.get();
    return;
  }
  if (!served_.mapping.is_embedded) {
    unknown_ = "the indexes of an application are known to its database only, and there is no " + config_.database_url;
    return;
  }
  Config empty = config_;
  empty.database_url = "sqlite::memory:";
  auto store = sql::open_store(empty, served_.mapping, *env_);
  if (!store) {
    unknown_ = store.error().detail;
    return;
  }
  place_ = "an empty database as scimctl makes it";
  schema_ = *std::move(store);
  db_ = &schema_->db();
}

FilterSql FilterAdvisor::of_other(const Filter& filter, std::string_view type, const char* url, FilterSql sql) const {
  Config other = config_;
  other.database_url = url;
  const auto served = sql::load_served(other);
  const sql::Dialect& dialect = sql::is_postgresql(url) ? sql::kPostgresqlDialect : sql::kSqliteDialect;
  const auto found = served.and_then([&](const sql::Served& there) { return compiled(filter, type, there, config_, dialect, sql); });
  if (found) return *found;
  sql.assumption = found.error().detail;
  return sql;
}

FilterSql FilterAdvisor::sqlite(const Filter& filter, std::string_view type) const {
  return of_other(filter, type, "sqlite::memory:", FilterSql{"SQLite"});
}

FilterSql FilterAdvisor::postgresql(const Filter& filter, std::string_view type) const {
  FilterSql sql{"PostgreSQL"};
  const bool is_known = live_ != nullptr && &live_->dialect() == &sql::kPostgresqlDialect;
  if (is_known) {
    auto found = compiled(filter, type, served_, config_, sql::kPostgresqlDialect, sql);
    if (found) return *found;
  }
  if (!served_.mapping.is_embedded) {
    sql.assumption = "columns are taken to have the types that SCIM's values need: only a database in PostgreSQL knows theirs, and "
                     "comparisons of other types look different";
  }
  return of_other(filter, type, "postgresql:///", std::move(sql));
}

Result<void> FilterAdvisor::explain(const Filter& filter, const ResourceType& type, FilterPlan& plan) const {
  SCIM_ASSIGN(const Predicate predicate, bind(filter, type));
  const std::string base = base_url(config_);
  sql::Sql sql = sql::compile_from_where(predicate, served_.mapping.of(type), context_of(config_, served_.mapping, db_->dialect(), base));
  sql.text = "SELECT 1 " + sql.text;
  const auto catalog = db_->catalog();
  const auto steps = catalog->plan(sql);
  if (!steps) return fail(said(steps.error()));
  const auto needed = catalog->scans(sql);
  if (!needed) return fail(said(needed.error()));
  for (const sql::PlanStep& step : *steps) {
    const auto is_there = [&](const TableUse& use) { return is_same(use.step, step); };
    if (std::any_of(plan.uses.begin(), plan.uses.end(), is_there)) continue;
    TableUse use{step, std::nullopt};
    if (step.how != How::search) {
      if (const auto count = catalog->row_count(step.table); count && schema_ == nullptr) use.count = *count;
      const bool is_needed = std::find(needed->begin(), needed->end(), step.alias) != needed->end();
      use.small = is_needed ? TableUse::Small::no : TableUse::Small::yes;
    }
    plan.uses.push_back(std::move(use));
  }
  const bool reads_all = std::any_of(plan.uses.begin(), plan.uses.end(), is_whole);
  if (!reads_all || served_.mapping.is_embedded) return {};
  SCIM_ASSIGN(plan.findings, sql::check_filter(*db_, served_.mapping, sql::store_options(config_), type, filter));
  return {};
}

FilterPlan FilterAdvisor::plan(const Filter& filter, const ResourceType& type) const {
  FilterPlan plan{place_, unknown_, {}, {}};
  if (db_ == nullptr) return plan;
  if (const auto done = explain(filter, type, plan); !done) plan.unknown = done.error().detail;
  return plan;
}

void print(const FilterSql& sql, std::ostream& out) {
  out << "SQL for " << sql.database << '\n';
  if (!sql.assumption.empty()) out << kIndent << "-- " << printable(sql.assumption) << '\n';
  if (sql.text.empty()) return;
  out << kIndent << sql.text << '\n';
  for (std::size_t i = 0; i < sql.parameters.size(); ++i) {
    out << kIndent << sql.sign << i + 1 << " = " << printable(to_text(sql.parameters[i])) << '\n';
  }
}

void print(const FilterPlan& plan, std::ostream& out) {
  out << "Plan" << (plan.of.empty() ? "" : " of " + printable(plan.of)) << '\n';
  if (!plan.unknown.empty()) out << kIndent << "not known: " << printable(plan.unknown) << '\n';
  else if (plan.uses.empty()) out << kIndent << "reads no table\n";
  for (const TableUse& use : plan.uses) out << kIndent << use_text(use) << '\n';
  for (const TableUse& use : plan.uses) {
    if (is_whole(use)) out << kIndent << "warning: this filter reads the whole table " << printable(use.step.table) << '\n';
  }
  for (const sql::Finding& finding : plan.findings) {
    out << kIndent << "hint: " << printable(finding.text) << '\n';
    for (std::size_t at = 0; at < finding.fix.size();) {
      const std::size_t end = std::min(finding.fix.find('\n', at), finding.fix.size());
      out << kIndent << kIndent << printable(finding.fix.substr(at, end - at)) << '\n';
      at = end + 1;
    }
  }
}

Json to_json(const FilterSql& sql) {
  Json json = {{"text", sql.text}, {"parameters", sql.parameters}};
  if (!sql.assumption.empty()) json["assumption"] = sql.assumption;
  return json;
}

Json to_json(const FilterPlan& plan) {
  Json json = Json::object();
  json["database"] = plan.of;
  if (!plan.unknown.empty()) json["unknown"] = plan.unknown;
  Json steps = Json::array();
  Json whole = Json::array();
  for (const TableUse& use : plan.uses) {
    const bool is_search = use.step.how == How::search;
    Json step = {{"action", is_search ? "search" : "scan"}, {"table", use.step.table}};
    if (!use.step.index.empty()) step["index"] = use.step.index;
    if (use.count) {
      step["rows"] = use.count->rows;
      step["rowsAre"] = use.count->kind == sql::RowCount::Kind::counted ? "counted" : "estimated";
    }
    step["text"] = use_text(use);
    steps.push_back(std::move(step));
    if (is_whole(use)) whole.push_back(use.step.table);
  }
  json["steps"] = std::move(steps);
  json["readsWholeTables"] = std::move(whole);
  Json& hints = json["hints"] = Json::array();
  for (const sql::Finding& finding : plan.findings) hints.push_back({{"text", finding.text}, {"fix", finding.fix}});
  return json;
}

}  // namespace scim::cli
