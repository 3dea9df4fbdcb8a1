// SPDX-License-Identifier: MIT
#include "sql/pg_catalog.h"

#include <algorithm>
#include <array>
#include <set>
#include <utility>

#include "core/json.h"
#include "sql/catalog_rows.h"

namespace scim::sql {
namespace {

/// Tables, partitioned and foreign ones among them, and views.
constexpr std::string_view kNames =
    "SELECT c.relname FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace "
    "WHERE c.relkind IN ('r', 'p', 'f', 'v', 'm') AND pg_catalog.pg_table_is_visible(c.oid) "
    "AND n.nspname <> 'information_schema' AND n.nspname NOT LIKE 'pg~_%' ESCAPE '~'";

// 8: rows may be inserted, 4: updated, 16: deleted; by triggers too.
constexpr std::string_view kTable =
    "SELECT c.oid, c.relkind IN ('v', 'm'), pg_catalog.pg_relation_is_updatable(c.oid, true) & 28 = 28 "
    "FROM pg_catalog.pg_class c WHERE c.relname = ? AND c.relkind IN ('r', 'p', 'f', 'v', 'm') AND pg_catalog.pg_table_is_visible(c.oid)";

/// A domain (t) is what its base (b) is, over however many domains. Collations that are not deterministic are there to take
/// texts for equal.
constexpr std::string_view kColumns =
    "SELECT a.attname, pg_catalog.format_type(a.atttypid, a.atttypmod), t.typcategory, b.typname, "
    "CASE WHEN b.typname IN ('varchar', 'bpchar') THEN greatest(a.atttypmod, b.typmod) - 4 END, "
    "a.attnotnull OR b.typnotnull, a.atthasdef OR a.attidentity <> '' OR t.typdefault IS NOT NULL, "
    "a.attgenerated <> '' OR a.attidentity = 'a', coalesce(NOT l.collisdeterministic, false) "
    "FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_type t ON t.oid = a.atttypid CROSS JOIN LATERAL ("
    "WITH RECURSIVE base (typname, typtype, typbasetype, typmod, typnotnull) AS ("
    "SELECT t.typname, t.typtype, t.typbasetype, t.typtypmod, t.typnotnull "
    "UNION ALL SELECT o.typname, o.typtype, o.typbasetype, greatest(o.typtypmod, base.typmod), o.typnotnull OR base.typnotnull "
    "FROM base JOIN pg_catalog.pg_type o ON o.oid = base.typbasetype) "
    "SELECT * FROM base WHERE typtype <> 'd') b LEFT JOIN pg_catalog.pg_collation l ON l.oid = a.attcollation "
    "WHERE a.attrelid = ? AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum";

/// The kinds that find rows by equality. Where an index has another collation than the column, it serves no comparison of
/// the column as it is: that is as an expression, unless it is for being unique.
constexpr std::string_view kIndexes =
    "SELECT i.indexrelid, CASE WHEN i.indisunique OR i.indcollation[k.n] = a.attcollation THEN a.attname END, i.indisunique, "
    "i.indpred IS NOT NULL, CASE WHEN NOT EXISTS (SELECT 1 FROM pg_catalog.pg_constraint s WHERE s.conindid = i.indexrelid "
    "AND s.conrelid = i.indrelid) THEN pg_catalog.pg_get_indexdef(i.indexrelid) END "
    "FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid JOIN pg_catalog.pg_am m ON m.oid = c.relam "
    "CROSS JOIN LATERAL pg_catalog.generate_series(0, i.indnkeyatts - 1) AS k (n) "
    "LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[k.n] "
    "WHERE i.indrelid = ? AND i.indisvalid AND m.amname NOT IN ('gin', 'gist', 'spgist', 'brin') "
    "ORDER BY i.indisprimary DESC, i.indexrelid, k.n";

constexpr std::string_view kTriggers =
    "SELECT pg_catalog.pg_get_triggerdef(t.oid) FROM pg_catalog.pg_trigger t WHERE t.tgrelid = ? AND NOT t.tgisinternal ORDER BY t.tgname";

/// Not those that partitions have from their table. A table that no name alone finds can keep rows all the same.
constexpr std::string_view kForeignKeys =
    "SELECT CASE WHEN pg_catalog.pg_table_is_visible(c.oid) THEN c.relname::text ELSE n.nspname || '.' || c.relname END, a.attname, "
    "o.relname, k.confdeltype IN ('c', 'n', 'd') "
    "FROM pg_catalog.pg_constraint k JOIN pg_catalog.pg_class c ON c.oid = k.conrelid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace "
    "JOIN pg_catalog.pg_class o ON o.oid = k.confrelid "
    "JOIN pg_catalog.pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = k.conkey[1] "
    "WHERE k.contype = 'f' AND k.conparentid = 0 AND pg_catalog.pg_table_is_visible(o.oid) ORDER BY k.oid";

/// Tables are often empty when they are checked, and a small one is read from end to end whatever indexes it has. So the
/// planner shall do without what reads all of a table wherever there is another way.
constexpr std::string_view kByIndexes =
    "SELECT pg_catalog.set_config(s.name, 'off', true) FROM (VALUES ('enable_seqscan'), ('enable_hashjoin'), ('enable_mergejoin'), "
    "('enable_material')) AS s (name)";

/// -1 until somebody has looked (VACUUM, ANALYZE).
constexpr std::string_view kEstimate =
    "SELECT CAST(c.reltuples AS bigint) FROM pg_catalog.pg_class c WHERE c.relname = ? AND c.relkind IN ('r', 'p', 'm') "
    "AND pg_catalog.pg_table_is_visible(c.oid)";

constexpr std::string_view kRole = "SELECT current_user";

/// Of one table: its name as GRANT takes it in whatever search path, and the rights. Those to all of its columns are as good as
/// those to the table, and those to some of them are not: what else is there comes with the next change of the mapping.
constexpr std::string_view kRights =
    "SELECT c.oid, n.nspname, pg_catalog.pg_has_role(c.relowner, 'USAGE'), pg_catalog.format('%I.%I', n.nspname, c.relname), r.* "
    "FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace CROSS JOIN LATERAL ("
    "SELECT bool_and(pg_catalog.has_column_privilege(c.oid, a.attnum, 'SELECT')), "
    "bool_and(pg_catalog.has_column_privilege(c.oid, a.attnum, 'INSERT')), "
    "bool_and(pg_catalog.has_column_privilege(c.oid, a.attnum, 'UPDATE')), pg_catalog.has_table_privilege(c.oid, 'DELETE') "
    "FROM pg_catalog.pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped) r "
    "WHERE c.relname = ? AND c.relkind IN ('r', 'p', 'f', 'v', 'm') AND pg_catalog.pg_table_is_visible(c.oid)";
constexpr std::array<std::string_view, 4> kRightNames = {"SELECT", "INSERT", "UPDATE", "DELETE"};
constexpr int kFirstRight = 4;

/// Those that defaults take numbers from. That of an identity column goes with its table.
constexpr std::string_view kSequences =
    "SELECT DISTINCT pg_catalog.format('%I.%I', n.nspname, s.relname), pg_catalog.has_sequence_privilege(s.oid, 'USAGE') "
    "OR pg_catalog.has_sequence_privilege(s.oid, 'UPDATE') "
    "FROM pg_catalog.pg_attrdef d JOIN pg_catalog.pg_depend p ON p.classid = CAST('pg_catalog.pg_attrdef' AS pg_catalog.regclass) "
    "AND p.objid = d.oid AND p.refclassid = CAST('pg_catalog.pg_class' AS pg_catalog.regclass) "
    "JOIN pg_catalog.pg_class s ON s.oid = p.refobjid AND s.relkind = 'S' JOIN pg_catalog.pg_namespace n ON n.oid = s.relnamespace WHERE d.adrelid = ? ORDER BY 1";

/// Everybody may run them unless somebody has seen to it that not.
constexpr std::string_view kForbiddenFunctions =
    "SELECT pg_catalog.format('%I.%I(%s)', n.nspname, p.proname, pg_catalog.oidvectortypes(p.proargtypes)) "
    "FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace WHERE p.proname LIKE 'scim~_%' ESCAPE '~' "
    "AND pg_catalog.pg_function_is_visible(p.oid) AND NOT pg_catalog.has_function_privilege(p.oid, 'EXECUTE') ORDER BY 1";

struct TypeRow {
  std::string_view category;  ///< pg_type.typcategory
  std::string_view name;      ///< of the base type; "": any
  Holds holds;
};
constexpr std::array<TypeRow, 11> kTypes = {{
    {"S", "", Holds::text},
    {"B", "", Holds::boolean},
    {"D", "date", Holds::moment},
    {"D", "timestamp", Holds::moment},
    {"D", "timestamptz", Holds::moment},
    {"N", "int2", Holds::integer},
    {"N", "int4", Holds::integer},
    {"N", "int8", Holds::integer},
    {"N", "oid", Holds::integer},
    {"N", "", Holds::decimal},
    {"U", "uuid", Holds::uuid},
}};

Holds holds_of(std::string_view category, std::string_view name) {
  for (const TypeRow& row : kTypes) {
    if (row.category == category && (row.name.empty() || row.name == name)) return row.holds;
  }
  return Holds::anything;
}

bool is_true(const Cursor& row, int column) { return !row.is_null(column) && row.integer(column) != 0; }

TableColumn column_of(const Cursor& row) {
  TableColumn column;
  const std::string base = text_of(row, 3);
  column.name = row.text(0);
  column.type = row.text(1);
  column.holds = holds_of(row.text(2), base);
  if (!row.is_null(4) && row.integer(4) > 0) column.length = static_cast<std::size_t>(row.integer(4));
  column.not_null = is_true(row, 5);
  column.has_default = is_true(row, 6);
  column.is_generated = is_true(row, 7);
  const bool ignores = base == "citext" || is_true(row, 8);
  if (column.holds == Holds::text) column.capitals = ignores ? Capitals::ignored : Capitals::told_apart;
  return column;
}

/// Whether the condition of an index leaves anything out: of a key, that it is not NULL is true of all rows.
bool narrows(std::string_view condition) {
  constexpr std::string_view kNotNull = " IS NOT NULL)";
  const bool is_no_more = condition.ends_with(kNotNull) && condition.find(" AND ") == std::string_view::npos;
  return !condition.empty() && !is_no_more;
}

/// Whether a node of EXPLAIN reads all of its table, or all of an index.
bool reads_all(const Json& node) {
  const std::string kind = node.value("Node Type", "");
  if (kind == "Seq Scan") return true;
  const bool is_index = kind == "Index Scan" || kind == "Index Only Scan" || kind == "Bitmap Index Scan";
  return is_index && !narrows(node.value("Index Cond", ""));
}

/// `alias`: of the node around it, since the scan of a bitmap's index has none.
void collect_scans(const Json& node, const std::string& alias, std::vector<std::string>& aliases) {
  const std::string own = node.value("Alias", alias);
  if (reads_all(node)) aliases.push_back(own);
  if (!node.contains("Plans")) return;
  for (const Json& inner : node["Plans"]) collect_scans(inner, own, aliases);
}

bool is_about_table(const std::string& kind) {
  static constexpr std::array<std::string_view, 4> kKinds = {"Seq Scan", "Index Scan", "Index Only Scan", "Bitmap Index Scan"};
  return std::find(kKinds.begin(), kKinds.end(), kind) != kKinds.end();
}

/// `around`: of the node around it, since the scan of a bitmap's index names no table.
void collect_steps(const Json& node, const PlanStep& around, std::vector<PlanStep>& steps) {
  const std::string kind = node.value("Node Type", "");
  PlanStep step;
  step.alias = node.value("Alias", around.alias);
  step.table = node.value("Relation Name", around.table);
  step.index = node.value("Index Name", "");
  if (!reads_all(node)) step.how = PlanStep::How::search;
  else if (!step.index.empty()) step.how = PlanStep::How::scan_of_index;
  if (is_about_table(kind)) steps.push_back(step);
  if (!node.contains("Plans")) return;
  for (const Json& inner : node["Plans"]) collect_steps(inner, step, steps);
}

/// Settings for one statement: within a transaction of the caller, or in one of its own. Either is undone at the end.
class Trial {
 public:
  explicit Trial(Db& db) : db_(db), is_within_(db.in_transaction()) {}
  Trial(const Trial&) = delete;
  Trial& operator=(const Trial&) = delete;
  ~Trial() {
    if (!has_begun_) return;
    if (is_within_) (void)db_.run_script("ROLLBACK TO SAVEPOINT scim_trial; RELEASE SAVEPOINT scim_trial");
    else db_.rollback();
  }
  DbResult<void> begin() {
    const auto begun = is_within_ ? db_.run_script("SAVEPOINT scim_trial") : db_.begin(Db::Begin::read);
    has_begun_ = begun.has_value();
    return begun;
  }

 private:
  Db& db_;
  const bool is_within_;
  bool has_begun_ = false;
};

class PgCatalog : public Catalog {
 public:
  explicit PgCatalog(Db& db) : db_(db) {}

  DbResult<std::vector<std::string>> table_names() override {
    std::vector<std::string> names;
    const auto done = for_each_catalog_row(db_, {std::string(kNames), {}}, [&](const Cursor& row) { names.emplace_back(row.text(0)); });
    if (!done) return tl::unexpected<DbError>(done.error());
    return names;
  }

  DbResult<std::optional<TableInfo>> find_table(std::string_view name) override {
    TableInfo table;
    Cell oid;
    const auto done = for_each_catalog_row(db_, {std::string(kTable), {std::string(name)}}, [&](const Cursor& row) {
      oid = row.cell(0);
      table.kind = is_true(row, 1) ? TableInfo::Kind::view : TableInfo::Kind::table;
      table.takes_writes = is_true(row, 2);
    });
    if (!done) return tl::unexpected<DbError>(done.error());
    if (oid == Cell()) return std::nullopt;
    table.name = name;
    table.names = Names::as_written;
    for (const auto& read : {read_columns(table, oid), read_indexes(table, oid), read_triggers(table, oid)}) {
      if (!read) return tl::unexpected<DbError>(read.error());
    }
    return table;
  }

  DbResult<std::vector<ForeignKey>> foreign_keys() override {
    std::vector<ForeignKey> keys;
    const auto done = for_each_catalog_row(db_, {std::string(kForeignKeys), {}}, [&](const Cursor& row) {
      keys.push_back({text_of(row, 0), text_of(row, 1), text_of(row, 2), is_true(row, 3)});
    });
    if (!done) return tl::unexpected<DbError>(done.error());
    return keys;
  }

  DbResult<std::vector<std::string>> scans(const Sql& sql) override {
    Trial trial(db_);
    if (const auto begun = trial.begin(); !begun) return tl::unexpected<DbError>(begun.error());
    if (const auto set = db_.run({std::string(kByIndexes), {}}); !set) return tl::unexpected<DbError>(set.error());
    const auto plans = explain(sql);
    if (!plans) return tl::unexpected<DbError>(plans.error());
    std::vector<std::string> aliases;
    for (const Json& plan : *plans) collect_scans(plan.value("Plan", Json::object()), "", aliases);
    return aliases;
  }

  DbResult<std::vector<PlanStep>> plan(const Sql& sql) override {
    Trial trial(db_);
    if (const auto begun = trial.begin(); !begun) return tl::unexpected<DbError>(begun.error());
    const auto plans = explain(sql);
    if (!plans) return tl::unexpected<DbError>(plans.error());
    std::vector<PlanStep> steps;
    for (const Json& plan : *plans) collect_steps(plan.value("Plan", Json::object()), {}, steps);
    return steps;
  }

  DbResult<RowCount> row_count(std::string_view table) override {
    RowCount count{RowCount::Kind::estimated, -1};
    const auto take = [&](const Cursor& row) { count.rows = row.integer(0); };
    auto done = for_each_catalog_row(db_, {std::string(kEstimate), {std::string(table)}}, take);
    // A view, or a table of which nothing is known yet.
    if (done && count.rows < 0) {
      count.kind = RowCount::Kind::counted;
      done = for_each_catalog_row(db_, {"SELECT count(*) FROM " + identifier(table), {}}, take);
    }
    if (!done) return tl::unexpected<DbError>(done.error());
    return count;
  }

  DbResult<Privileges> privileges(const std::vector<TableNeed>& needs) override {
    Privileges privileges;
    std::set<std::string> schemas;
    std::vector<Privilege> sequences;
    DbResult<void> done = for_each_catalog_row(db_, {std::string(kRole), {}}, [&](const Cursor& row) { privileges.role = row.text(0); });
    for (const TableNeed& need : needs) {
      if (done) done = read_rights(need, privileges, schemas, sequences);
    }
    for (const std::string& schema : schemas) privileges.needed.push_back({"USAGE", "SCHEMA " + identifier(schema), true});
    privileges.needed.insert(privileges.needed.end(), sequences.begin(), sequences.end());
    if (done) done = for_each_catalog_row(db_, {std::string(kForbiddenFunctions), {}}, [&](const Cursor& row) {
      privileges.needed.push_back({"EXECUTE", "FUNCTION " + text_of(row, 0), false});
    });
    if (!done) return tl::unexpected<DbError>(done.error());
    return privileges;
  }

  /// Readers and writers never wait for each other.
  DbResult<std::string> setting_for_concurrency() override { return std::string(); }
  DbResult<std::string> damage() override { return std::string(); }

 private:
  /// The statement is planned, and not run.
  DbResult<Json> explain(const Sql& sql) {
    std::string text;
    const auto done = for_each_catalog_row(db_, {"EXPLAIN (FORMAT JSON) " + sql.text, sql.binds},
                                           [&](const Cursor& row) { text += row.text(0); });
    if (!done) return tl::unexpected<DbError>(done.error());
    return Json::parse(text, nullptr, false);
  }

  /// A schema in which a name alone finds the table may be used by the role.
  DbResult<void> read_rights(const TableNeed& need, Privileges& privileges, std::set<std::string>& schemas, std::vector<Privilege>& sequences) {
    Cell oid;
    const auto done = for_each_catalog_row(db_, {std::string(kRights), {need.table}}, [&](const Cursor& row) {
      oid = row.cell(0);
      schemas.insert(text_of(row, 1));
      privileges.is_owner = privileges.is_owner || is_true(row, 2);
      for (const std::string& right : need.rights) {
        const auto at = std::find(kRightNames.begin(), kRightNames.end(), right) - kRightNames.begin();
        privileges.needed.push_back({right, "TABLE " + text_of(row, 3), is_true(row, kFirstRight + static_cast<int>(at))});
      }
    });
    const bool inserts = std::find(need.rights.begin(), need.rights.end(), "INSERT") != need.rights.end();
    if (!done || oid == Cell() || !inserts) return done;
    return for_each_catalog_row(db_, {std::string(kSequences), {oid}}, [&](const Cursor& row) {
      sequences.push_back({"USAGE", "SEQUENCE " + text_of(row, 0), is_true(row, 1)});
    });
  }

  DbResult<void> read_columns(TableInfo& table, const Cell& oid) {
    return for_each_catalog_row(db_, {std::string(kColumns), {oid}}, [&](const Cursor& row) { table.columns.push_back(column_of(row)); });
  }

  DbResult<void> read_indexes(TableInfo& table, const Cell& oid) {
    Cell last;
    return for_each_catalog_row(db_, {std::string(kIndexes), {oid}}, [&](const Cursor& row) {
      if (Cell index = row.cell(0); index != last) {
        last = std::move(index);
        table.indexes.push_back({{}, text_of(row, 4), is_true(row, 2), is_true(row, 3)});
      }
      table.indexes.back().columns.push_back(text_of(row, 1));
    });
  }

  DbResult<void> read_triggers(TableInfo& table, const Cell& oid) {
    return for_each_catalog_row(db_, {std::string(kTriggers), {oid}}, [&](const Cursor& row) { table.triggers.push_back(text_of(row, 0)); });
  }

  Db& db_;
};

}  // namespace

std::unique_ptr<Catalog> pg_catalog(Db& db) { return std::make_unique<PgCatalog>(db); }

}  // namespace scim::sql
