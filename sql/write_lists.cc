// SPDX-License-Identifier: MIT
// The elements of a multi-valued attribute, row by row.
#include "sql/write_lists.h"

#include <algorithm>
#include <map>

#include "sql/row_buffer.h"

namespace scim::sql {
namespace {

/// What one row holds, in the order of the columns.
using Cells = std::vector<Cell>;

struct StoredElement {
  Cell key;
  Cells cells;
};

/// The columns of the table, folded ones included, filled from one element; nullptr: just the columns.
std::vector<ColumnValue> columns_of(const ListTable& table, const Json* element) {
  std::vector<ColumnValue> out;
  out.reserve(2 * table.columns.size());
  for (const auto& [attribute, column] : table.columns) {
    const Json* value = element;
    if (element != nullptr && element->is_object()) {
      const auto member = element->find(attribute->name);
      value = member == element->end() ? nullptr : &*member;
    }
    const std::size_t first = out.size();
    append_values(*attribute, column, value, out);
    // What stands for no value is none: an element of nothing else has no row.
    const bool is_absent = out.size() > first && out.back().value == column.absent;
    for (std::size_t i = first; is_absent && i < out.size(); ++i) out[i].value = Cell();
  }
  return out;
}

class ListWriter {
 public:
  ListWriter(const WriteContext& context, const TypeMapping& type, const ListTable& table, const Cell& owner)
      : context_(context), type_(type), table_(table), owner_(owner), columns_(columns_of(table, nullptr)) {}

  Result<std::int64_t> write(const Json* elements) {
    std::vector<Cells> wanted = cells_of(elements);
    SCIM_ASSIGN(std::vector<StoredElement> stored, read());
    drop_common(wanted, stored);
    std::vector<Pair> pairs = take_pairs(wanted, stored);
    for (const StoredElement& element : stored) SCIM_TRY(run_row(delete_row(element.key)));
    // The application may allow one primary: who ceases to be it comes first.
    std::stable_partition(pairs.begin(), pairs.end(), [&](const Pair& pair) { return !is_primary_in(pair.cells); });
    for (const Pair& pair : pairs) {
      SCIM_ASSIGN(const RowStatement statement, row(pair.cells));
      SCIM_TRY(run_row(statement.update(table_.name, table_.key, pair.key)));
    }
    for (const Cells& cells : wanted) {
      SCIM_ASSIGN(RowStatement statement, row(cells));
      statement.set(table_.owner, owner_);
      SCIM_TRY(set_defaults(context_, table_.defaults, "", statement));
      SCIM_TRY(run_row(std::move(statement).insert(table_.name)));
    }
    return changed_;
  }

 private:
  std::vector<Cells> cells_of(const Json* elements) const {
    std::vector<Cells> out;
    if (elements == nullptr || !elements->is_array()) return out;
    for (const Json& element : *elements) {
      Cells cells;
      for (ColumnValue& column : columns_of(table_, &element)) cells.push_back(std::move(column.value));
      const bool nothing = std::all_of(cells.begin(), cells.end(), [](const Cell& c) { return c == Cell(); });
      if (!nothing) out.push_back(std::move(cells));
    }
    return out;
  }

  Result<std::vector<StoredElement>> read() {
    std::string text = "SELECT " + column_of("c", table_.key);
    for (const ColumnValue& column : columns_) text += ", " + stored_expression("c", column, context_.dialect);
    text += " FROM " + identifier(table_.name) + " c WHERE " + column_of("c", table_.owner) + " = ? ORDER BY " +
            column_of("c", table_.key);
    const auto cursor = context_.db.query({std::move(text), {owner_}});
    if (!cursor) return fail(to_error(cursor.error()));
    std::vector<StoredElement> out;
    while (true) {
      const auto found = (*cursor)->next();
      if (!found) return fail(to_error(found.error()));
      if (!*found) return out;
      StoredElement element{(*cursor)->cell(0), {}};
      for (std::size_t i = 0; i < columns_.size(); ++i)
        element.cells.push_back(read_shown(**cursor, static_cast<int>(i) + 1, columns_[i]));
      out.push_back(std::move(element));
    }
  }

  /// A row and what it is to hold.
  struct Pair {
    Cell key;
    Cells cells;
  };

  /// The columns that tell which element a row is: `value`, else `type`, else none.
  std::vector<std::size_t> identity() const {
    for (const char* name : {"value", "type"}) {
      for (std::size_t i = 0; i < columns_.size(); ++i) {
        if (columns_[i].attribute->name == name && !columns_[i].is_folded()) return {i};
      }
    }
    return {};
  }

  /// Takes rows that stay the same element out of both. What the application keeps beside an element, as that an address
  /// is verified, must not pass to another one: the rest is deleted and made anew.
  std::vector<Pair> take_pairs(std::vector<Cells>& wanted, std::vector<StoredElement>& stored) const {
    std::vector<Pair> pairs;
    const std::vector<std::size_t> columns = identity();
    std::erase_if(wanted, [&](Cells& cells) {
      const auto same = std::find_if(stored.begin(), stored.end(), [&](const StoredElement& element) {
        return std::all_of(columns.begin(), columns.end(), [&](std::size_t i) { return element.cells[i] == cells[i]; });
      });
      if (columns.empty() || same == stored.end()) return false;
      pairs.push_back({same->key, cells});
      stored.erase(same);
      return true;
    });
    return pairs;
  }

  bool is_primary_in(const Cells& cells) const {
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      if (columns_[i].attribute->name == "primary" && cells[i] == Cell(std::int64_t{1})) return true;
    }
    return false;
  }

  /// Takes what is in both out of both; the rest keeps its order.
  static void drop_common(std::vector<Cells>& wanted, std::vector<StoredElement>& stored) {
    std::map<Cells, std::size_t> missing;
    for (const Cells& cells : wanted) ++missing[cells];
    std::map<Cells, std::size_t> kept;
    std::erase_if(stored, [&](const StoredElement& element) {
      const auto found = missing.find(element.cells);
      if (found == missing.end() || found->second == 0) return false;
      --found->second;
      ++kept[element.cells];
      return true;
    });
    std::erase_if(wanted, [&](const Cells& cells) {
      const auto found = kept.find(cells);
      if (found == kept.end() || found->second == 0) return false;
      --found->second;
      return true;
    });
  }

  Result<RowStatement> row(const Cells& cells) const {
    RowStatement statement;
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      ColumnValue column = columns_[i];
      column.value = cells[i];
      SCIM_ASSIGN(Cell cell, kept(context_, column, table_.defaults));
      statement.set(column.name, std::move(cell));
    }
    return statement;
  }

  Sql delete_row(const Cell& key) const {
    return {"DELETE FROM " + identifier(table_.name) + " WHERE " + identifier(table_.key) + " = ?", {key}};
  }

  Result<void> run_row(const Sql& sql) {
    const DbResult<std::int64_t> result = context_.db.run(sql);
    if (!result) return fail(refuse(type_, Json::object(), result.error()));
    changed_ += *result;
    return {};
  }

  const WriteContext& context_;
  const TypeMapping& type_;
  const ListTable& table_;
  const Cell& owner_;
  const std::vector<ColumnValue> columns_;
  std::int64_t changed_ = 0;
};

bool says_nothing(const std::vector<ColumnValue>& columns) {
  return std::all_of(columns.begin(), columns.end(), [](const ColumnValue& c) { return c.value == Cell(); });
}

}  // namespace

Result<void> insert_list(const WriteContext& context, const TypeMapping& type, const ListTable& table, const Cell& owner,
                         const Json& elements) {
  for (const Json& element : elements) {
    std::vector<ColumnValue> columns = columns_of(table, &element);
    if (says_nothing(columns)) continue;
    RowStatement row;
    row.reserve(columns.size() + 1);
    if (context.buffer == nullptr) row.set(table.owner, owner);
    for (ColumnValue& column : columns) {
      const std::string_view name = column.name;
      SCIM_ASSIGN(Cell cell, kept(context, std::move(column), table.defaults));
      row.set(name, std::move(cell));
    }
    SCIM_TRY(set_defaults(context, table.defaults, "", row));
    if (context.buffer != nullptr) {
      context.buffer->add(table.name, table.owner, std::move(row));
      continue;
    }
    const DbResult<std::int64_t> result = context.db.run(std::move(row).insert(table.name));
    if (!result) return fail(refuse(type, Json::object(), result.error()));
  }
  return {};
}

Result<std::int64_t> write_list(const WriteContext& context, const TypeMapping& type, const Attribute& list,
                                const Cell& owner, const Json* elements) {
  const auto table = type.lists.find(&list);
  if (table == type.lists.end()) return 0;
  return ListWriter(context, type, table->second, owner).write(elements);
}

Result<std::int64_t> delete_list(const WriteContext& context, const ListTable& table, const Cell& owner) {
  return run(context, {"DELETE FROM " + identifier(table.name) + " WHERE " + identifier(table.owner) + " = ?", {owner}});
}

}  // namespace scim::sql
