// SPDX-License-Identifier: MIT
#include "sql/database_copy.h"

#include <algorithm>
#include <deque>

#include "core/text.h"
#include "sql/dialect.h"
#include "sql/migrations.h"
#include "sql/table_rows.h"
#include "sql/trigram_tails.h"
#include "sql/type_tables.h"
#include "sql/whole_load.h"

namespace scim::sql {
namespace {

/// Who copies is told more than a client is.
Error told(const std::string& doing, const DbError& error) {
  Error out = to_error(error);
  if (error.kind != DbErrorKind::busy) out.detail = doing + ": " + error.detail;
  return out;
}

template <class T>
Result<T> checked(DbResult<T> done, const std::string& doing) {
  if (!done) return fail(told(doing, done.error()));
  if constexpr (std::is_void_v<T>) return {};
  else return std::move(*done);
}

/// The first column of all rows.
Result<std::vector<std::string>> texts_of(Db& db, const Sql& sql, const std::string& doing) {
  SCIM_ASSIGN(const auto cursor, checked(db.query(sql), doing));
  std::vector<std::string> texts;
  while (true) {
    SCIM_ASSIGN(const bool has_row, checked(cursor->next(), doing));
    if (!has_row) return texts;
    texts.emplace_back(cursor->text(0));
  }
}

Result<std::vector<std::string>> columns_of(Db& db, const std::string& table) {
  return texts_of(db, {std::string(db.dialect().find_columns), {table}}, "looking at the table " + table + " failed");
}

Result<void> check_version(Db& db, std::string_view which) {
  SCIM_ASSIGN(const TableVersion version, version_of_tables(db));
  if (version.is_current()) return {};
  return fail(ErrorKind::invalid_value, std::string(which) + " has version " + std::to_string(version.seen) + " of " +
                                            std::to_string(version.known) + " of its tables: bring it up to date by scimctl db migrate");
}

/// Types that the source was made with and this configuration does not have would be left behind.
Result<void> check_types(Db& from, const Mapping& mapping) {
  SCIM_ASSIGN(const auto columns, columns_of(from, "scim_types"));
  if (columns.empty()) return {};
  SCIM_ASSIGN(const auto names, texts_of(from, {"SELECT name FROM scim_types", {}}, "reading the table scim_types failed"));
  for (const std::string& name : names) {
    const bool is_known = std::any_of(mapping.own.begin(), mapping.own.end(), [&](const OwnType& own) { return own.type->type->name == name; });
    if (!is_known) {
      return fail(ErrorKind::invalid_value, "the source has definitions of the resource type " + quote(name) +
                                                ", which the configuration does not have: use the one that it was made with");
    }
  }
  return {};
}

Result<PlannedTable> plan_table(Db& from, Db& to, const OwnTable& table) {
  SCIM_ASSIGN(const auto there, columns_of(from, table.name));
  SCIM_ASSIGN(auto columns, columns_of(to, table.name));
  if (!columns.empty() && std::is_permutation(there.begin(), there.end(), columns.begin(), columns.end())) {
    return PlannedTable{table, std::move(columns)};
  }
  return fail(ErrorKind::invalid_value, "the table " + quote(table.name) + " has not the same columns in both databases: bring both up to "
                                            "date by scimctl db migrate, with the configuration that the source was made with");
}

std::string text_of(const Cell& cell) {
  if (const auto* integer = std::get_if<std::int64_t>(&cell)) return std::to_string(*integer);
  const auto* text = std::get_if<std::string>(&cell);
  return text == nullptr ? "?" : quote(*text);
}

/// "group_key 1, user_key 5".
std::string key_text(const OwnTable& table, const std::vector<Cell>& key) {
  std::string out;
  for (std::size_t i = 0; i < key.size(); ++i) {
    out.append(i == 0 ? "" : ", ").append(table.key[i]).append(" ").append(text_of(key[i]));
  }
  return out;
}

// --- Copying -------------------------------------------------------------------------------------------------------

/// The last key that the source has given out: its row may be gone, and cursors, or who remembers the key, still around. Where
/// the source does not say it, that of the last row.
Result<Cell> last_given(Db& from, const OwnTable& table, const Cell& last_key) {
  if (from.dialect().counted.empty()) return last_key;
  const Sql sql{std::string(from.dialect().counted), {identifier(table.name), table.key.front()}};
  const std::string doing = "reading where the table " + table.name + " counts failed";
  SCIM_ASSIGN(const auto cursor, checked(from.query(sql), doing));
  SCIM_ASSIGN(const bool has_row, checked(cursor->next(), doing));
  return std::max(last_key, has_row ? cursor->cell(0) : Cell());
}

/// Rows that came with keys of their own have not been counted.
Result<void> count_on(Db& from, Db& to, const OwnTable& table, const Cell& last_key) {
  const std::string_view statement = to.dialect().count_on;
  if (statement.empty() || !table.is_counted()) return {};
  SCIM_ASSIGN(const Cell last, last_given(from, table, last_key));
  if (last == Cell()) return {};
  const Sql sql{std::string(statement), {identifier(table.name), table.key.front(), last}};
  SCIM_TRY(checked(to.query(sql), "counting on in the table " + table.name + " failed"));
  return {};
}

bool is_holdable(const Cell& cell) {
  const auto* text = std::get_if<std::string>(&cell);
  return text == nullptr || (is_utf8(*text) && text->find('\0') == std::string::npos);
}

/// Copies the rows of one table.
class TableCopy {
 public:
  TableCopy(Db& from, Db& to, const PlannedTable& planned)
      : from_(from), to_(to), table_(planned.table), columns_(planned.columns), rows_(from, planned.table, planned.columns) {}

  Result<std::int64_t> run(const CopyProgress& progress) {
    std::int64_t count = 0;
    Cell last_key;
    while (true) {
      SCIM_ASSIGN(const std::vector<Cell> cells, checked(rows_.next(), "reading the table " + table_.name + " failed"));
      if (cells.empty()) break;
      SCIM_TRY(refuse_texts(cells));
      SCIM_TRY(checked(to_.insert_rows(table_.name, columns_, cells), "writing the table " + table_.name + ", " + range_of(cells) + ", failed"));
      last_key = rows_.key_of(row_at(cells, row_count(cells) - 1)).front();
      count += static_cast<std::int64_t>(row_count(cells));
      progress(count);
    }
    SCIM_TRY(count_on(from_, to_, table_, last_key));
    return count;
  }

 private:
  std::size_t row_count(std::span<const Cell> cells) const { return cells.size() / columns_.size(); }
  std::span<const Cell> row_at(std::span<const Cell> cells, std::size_t row) const { return cells.subspan(row * columns_.size(), columns_.size()); }

  /// The target would name none of them.
  Result<void> refuse_texts(std::span<const Cell> cells) const {
    if (to_.dialect().texts == Texts::any) return {};
    const auto at = static_cast<std::size_t>(std::find_if_not(cells.begin(), cells.end(), is_holdable) - cells.begin());
    if (at == cells.size()) return {};
    const std::string key = key_text(table_, rows_.key_of(row_at(cells, at / columns_.size())));
    return fail(ErrorKind::invalid_value, "the target cannot hold a text with U+0000 or bytes that are not UTF-8, as the table " + table_.name +
                                              " has it in " + key + ": " + columns_[at % columns_.size()]);
  }

  /// "key 1 to key 1000".
  std::string range_of(std::span<const Cell> cells) const {
    const std::string first = key_text(table_, rows_.key_of(row_at(cells, 0)));
    const std::string last = key_text(table_, rows_.key_of(row_at(cells, row_count(cells) - 1)));
    return first == last ? first : first + " to " + last;
  }

  Db& from_;
  Db& to_;
  const OwnTable& table_;
  const std::vector<std::string>& columns_;
  TableRows rows_;
};

/// What a database keeps beside its rows, made at the end for all of them (whole_load.h).
class AidsOfTarget {
 public:
  AidsOfTarget(Db& to, const Mapping& mapping) : to_(to) {
    if (to.dialect().aids == Aids::none) return;
    for (const auto& type : mapping.types) loads_.emplace_back(to, *type);
  }
  Result<void> take_away() {
    for (WholeLoad& load : loads_) SCIM_TRY(checked(load.begin(), "preparing the target failed"));
    return {};
  }
  Result<void> make_again() {
    for (WholeLoad& load : loads_) SCIM_TRY(checked(load.end(), "making the indexes of the target failed"));
    if (loads_.empty()) return {};
    return checked(TailWatch().index_long_tails(to_), "making the indexes of the target failed");
  }

 private:
  Db& to_;
  std::deque<WholeLoad> loads_;
};

/// In READ COMMITTED a row that somebody else adds meanwhile would be among those that are copied.
Result<void> lock_tables(Db& to, const CopyPlan& plan) {
  const Dialect& dialect = to.dialect();
  if (dialect.lock_all_start.empty()) return {};
  std::string names;
  for (const PlannedTable& planned : plan) names.append(names.empty() ? "" : ", ").append(identifier(planned.table.name));
  const std::string statement = std::string(dialect.lock_all_start) + names + std::string(dialect.lock_all_end);
  return checked(to.run_script(statement), "locking the tables of the target failed");
}

// --- Comparing -----------------------------------------------------------------------------------------------------

/// Walks through one table of both databases at once.
class Comparison {
 public:
  Comparison(Db& from, Db& to, const PlannedTable& planned)
      : planned_(planned), from_(from, planned.table, planned.columns), to_(to, planned.table, planned.columns) {
    out_.name = planned.table.name;
  }

  Result<ComparedTable> run(const CopyProgress& progress) {
    SCIM_ASSIGN(bool is_left, step(from_, out_.rows_from));
    SCIM_ASSIGN(bool is_right, step(to_, out_.rows_to));
    while (is_left || is_right) {
      const std::strong_ordering order = !is_right  ? std::strong_ordering::less
                                         : !is_left ? std::strong_ordering::greater
                                                    : compare_keys(from_.key(), to_.key());
      if (order < 0) note(from_, " is missing in the target");
      if (order > 0) note(to_, " is missing in the source");
      if (order == 0) compare_rows();
      if (order <= 0) SCIM_TRY(advance(from_, out_.rows_from, is_left));
      if (order >= 0) SCIM_TRY(advance(to_, out_.rows_to, is_right));
      progress(out_.rows_from);
    }
    return std::move(out_);
  }

 private:
  Result<bool> step(RowStream& rows, std::int64_t& count) {
    SCIM_ASSIGN(const bool has_row, checked(rows.next(), "reading the table " + out_.name + " failed"));
    if (has_row) ++count;
    return has_row;
  }
  Result<void> advance(RowStream& rows, std::int64_t& count, bool& has_row) {
    SCIM_ASSIGN(has_row, step(rows, count));
    return {};
  }

  void compare_rows() {
    std::string columns;
    for (std::size_t i = 0; i < planned_.columns.size(); ++i) {
      if (!is_same_value(from_.row()[i], to_.row()[i])) columns.append(columns.empty() ? ": " : ", ").append(planned_.columns[i]);
    }
    if (!columns.empty()) note(from_, columns);
  }

  void note(const RowStream& rows, std::string_view what) {
    if (++out_.differences > 1) return;
    out_.first = key_text(planned_.table, rows.key()).append(what);
  }

  const PlannedTable& planned_;
  RowStream from_;
  RowStream to_;
  ComparedTable out_;
};

}  // namespace

Result<void> begin_whole(Db& db, Db::Begin mode, const std::string& doing) {
  SCIM_TRY(checked(db.begin(mode), doing));
  if (db.dialect().take_all.empty()) return {};
  return checked(db.run_script(db.dialect().take_all), doing);
}

Result<CopyPlan> plan_copy(Db& from, Db& to, const Mapping& mapping) {
  SCIM_TRY(check_version(from, "the source"));
  SCIM_TRY(check_version(to, "the target"));
  SCIM_TRY(check_types(from, mapping));
  CopyPlan plan;
  for (const OwnTable& table : own_tables(mapping)) {
    SCIM_ASSIGN(PlannedTable planned, plan_table(from, to, table));
    plan.push_back(std::move(planned));
  }
  return plan;
}

Result<void> claim_tables(Db& to, const CopyPlan& plan) {
  SCIM_TRY(lock_tables(to, plan));
  for (const auto& [table, columns] : plan) {
    if (table.rows == OwnTable::Rows::migration) continue;
    const Sql sql{"SELECT 1 FROM " + identifier(table.name) + " LIMIT 1", {}};
    SCIM_ASSIGN(const auto rows, texts_of(to, sql, "reading the table " + table.name + " failed"));
    if (!rows.empty()) return fail(ErrorKind::uniqueness, "the target has rows already, in the table " + table.name + ": only an empty one is copied into");
  }
  return {};
}

Result<std::vector<CopiedTable>> copy_tables(Db& from, Db& to, const CopyPlan& plan, const Mapping& mapping, const CopyProgress& progress) {
  AidsOfTarget aids(to, mapping);
  SCIM_TRY(aids.take_away());
  std::vector<CopiedTable> copied;
  std::int64_t before = 0;
  for (const PlannedTable& planned : plan) {
    const std::string& name = planned.table.name;
    if (planned.table.rows == OwnTable::Rows::migration) {
      SCIM_TRY(checked(to.run({"DELETE FROM " + identifier(name), {}}), "writing the table " + name + " failed"));
    }
    SCIM_ASSIGN(const std::int64_t count, TableCopy(from, to, planned).run([&](std::int64_t rows) { progress(before + rows); }));
    before += count;
    copied.push_back({name, count});
  }
  SCIM_TRY(aids.make_again());
  return copied;
}

Result<std::vector<ComparedTable>> compare_tables(Db& from, Db& to, const CopyPlan& plan, const CopyProgress& progress) {
  std::vector<ComparedTable> compared;
  std::int64_t before = 0;
  for (const PlannedTable& planned : plan) {
    Comparison comparison(from, to, planned);
    SCIM_ASSIGN(ComparedTable table, comparison.run([&](std::int64_t rows) { progress(before + rows); }));
    before += table.rows_from;
    compared.push_back(std::move(table));
  }
  return compared;
}

}  // namespace scim::sql
