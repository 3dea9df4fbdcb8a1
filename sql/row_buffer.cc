// SPDX-License-Identifier: MIT
#include "sql/row_buffer.h"

#include <algorithm>

#include "sql/dialect.h"

namespace scim::sql {
namespace {

/// The text that a column must hold of a resource that `where` finds; nullptr: it is not known.
const std::string* sought_text(const TypeMapping& type, const Predicate& where) {
  const auto* text = std::get_if<std::string>(&where.value);
  if (where.kind != Predicate::Kind::compare || where.op != Op::eq || text == nullptr) return nullptr;
  const auto found = type.columns.find(where.attribute);
  const Column* column = found != type.columns.end() ? &found->second : where.attribute == external_id(type) ? &type.link.external_id : nullptr;
  if (column == nullptr || column->read_only) return nullptr;
  if (!column->folded.empty()) return text;
  const bool is_kept_as_it_is = column->codec == Codec::text && column->words.empty() && where.attribute->collation == Collation::exact;
  return is_kept_as_it_is ? text : nullptr;
}

bool asks_for_membership(const TypeMapping& type, const Predicate& where) {
  for (const Attribute* at = where.attribute; at != nullptr; at = at->parent) {
    if (type.members.contains(at) || type.reverse.contains(at)) return true;
  }
  return std::any_of(where.children.begin(), where.children.end(), [&](const Predicate& each) { return asks_for_membership(type, each); });
}

}  // namespace

bool RowBuffer::takes(const Mapping& mapping, const TypeMapping& type, const Dialect& dialect) {
  return mapping.is_embedded && !dialect.new_keys.empty() && dialect.aids == Aids::none && type.adopt == Adopt::no &&
         type.tables.size() == 1 && type.make_key == DefaultValue::Kind::constant;
}

void RowBuffer::begin(const TypeMapping& type, RowStatement row) {
  type_ = &type;
  Rows& rows = rows_of(type.tables.front().name, type.key, row);
  rows.is_of_resources = true;
  append(rows, keys_.size(), std::move(row));
  keys_.emplace_back();
}

void RowBuffer::add(std::string_view table, std::string_view owner, RowStatement row) {
  Rows& rows = rows_of(table, owner, row);
  append(rows, keys_.size() - 1, std::move(row));
}

RowBuffer::Rows& RowBuffer::rows_of(std::string_view table, std::string_view key, const RowStatement& row) {
  const auto fits = [&](const Rows& rows) {
    return rows.table == table && rows.columns.front() == key && row.has_columns(std::span(rows.columns).subspan(1));
  };
  const auto found = std::find_if(rows_.begin(), rows_.end(), fits);
  if (found != rows_.end()) return *found;
  Rows& rows = rows_.emplace_back();
  rows.table = table;
  rows.columns = row.columns();
  rows.columns.emplace(rows.columns.begin(), key);
  return rows;
}

void RowBuffer::append(Rows& rows, std::size_t owner, RowStatement row) {
  rows.owners.push_back(owner);
  rows.cells.emplace_back();
  for (Cell& cell : std::move(row).cells()) rows.cells.push_back(std::move(cell));
}

void RowBuffer::keep_first(std::size_t count) {
  if (count >= keys_.size()) return;
  keys_.resize(count);
  for (Rows& rows : rows_) {
    const auto first = std::lower_bound(rows.owners.begin(), rows.owners.end(), count);
    rows.owners.erase(first, rows.owners.end());
    rows.cells.resize(rows.owners.size() * rows.columns.size());
    rows.looked_at = std::min(rows.looked_at, rows.cells.size());
  }
}

bool RowBuffer::may_find(const TypeMapping& type, const Predicate& where) {
  if (keys_.empty() || where.kind == Predicate::Kind::id) return false;
  const bool are_of_type = std::any_of(rows_.begin(), rows_.end(), [&](const Rows& rows) {
    return rows.is_of_resources && !rows.owners.empty() && rows.table == type.tables.front().name;
  });
  // Others are found by what hangs on them alone: users by the groups that they are in.
  if (!are_of_type && !asks_for_membership(type, where)) return false;
  const std::string* text = sought_text(type, where);
  if (text == nullptr) return true;
  return std::any_of(rows_.begin(), rows_.end(), [&](Rows& rows) { return rows.table == type.tables.front().name && has_text(rows, *text); });
}

/// Most imports look for nothing: texts are gathered when somebody does.
bool RowBuffer::has_text(Rows& rows, const std::string& text) {
  for (; rows.looked_at < rows.cells.size(); ++rows.looked_at) {
    if (const auto* held = std::get_if<std::string>(&rows.cells[rows.looked_at])) rows.texts.insert(*held);
  }
  return rows.texts.contains(text);
}

Result<void> RowBuffer::write(const WriteContext& context) {
  const auto write_all = [&]() -> Result<void> {
    for (const Rows& rows : rows_) {
      if (rows.is_of_resources) SCIM_TRY(take_keys(context, rows));
    }
    for (Rows& rows : rows_) {
      for (std::size_t i = 0; i < rows.owners.size(); ++i) rows.cells[i * rows.columns.size()] = keys_[rows.owners[i]];
      const auto written = context.db.insert_rows(rows.table, rows.columns, rows.cells);
      if (!written) return fail(refuse(*type_, Json::object(), written.error()));
    }
    return {};
  };
  const Result<void> written = write_all();
  clear();
  return written;
}

/// As the database would have given them to rows that come one by one.
Result<void> RowBuffer::take_keys(const WriteContext& context, const Rows& rows) {
  if (rows.owners.empty()) return {};
  const auto count = static_cast<std::int64_t>(rows.owners.size());
  const auto cursor = context.db.query({std::string(context.dialect.new_keys), {count, identifier(rows.table), rows.columns.front()}});
  if (!cursor) return fail(to_error(cursor.error()));
  for (const std::size_t owner : rows.owners) {
    const auto found = (*cursor)->next();
    if (!found) return fail(to_error(found.error()));
    if (!*found || (*cursor)->is_null(0)) return fail(ErrorKind::internal, "the keys of the table " + rows.table + " are not ours to take");
    keys_[owner] = (*cursor)->cell(0);
  }
  return {};
}

/// The tables stay, and what has been learned of their columns.
void RowBuffer::clear() {
  keys_.clear();
  for (Rows& rows : rows_) {
    rows.cells.clear();
    rows.owners.clear();
    rows.texts.clear();
    rows.looked_at = 0;
  }
}

}  // namespace scim::sql
