// SPDX-License-Identifier: MIT
// meta.version: what a resource holds, as SQL. An application that changes its own rows counts no versions.
#include "sql/compile.h"
#include "sql/condition.h"
#include "sql/membership.h"

namespace scim::sql {
namespace {

/// Arguments of Dialect::hash and version.
class Values {
 public:
  explicit Values(const Dialect& dialect) : dialect_(dialect) {}
  void add(std::string_view value) {
    text_.append(text_.empty() ? "" : ", ").append(dialect_.value_start).append(value).append(dialect_.value_end);
  }
  std::string call(std::string_view function) const {
    return std::string(function).append("(").append(dialect_.values_start).append(text_).append(dialect_.values_end).append(")");
  }

 private:
  const Dialect& dialect_;
  std::string text_;
};

}  // namespace

Sql version_expression(const TypeMapping& type, const CompileContext& context, std::vector<int>& needs) {
  const Link& link = type.link;
  Sql sql;
  const auto use = [&](int table) {
    if (table != 0) needs.push_back(table);
    return alias_of("t", table);
  };
  if (link.version.is_mapped()) {
    sql << column_of(use(link.version.table), link.version.name);
    return sql;
  }
  Values values(context.dialect);
  const auto add = [&](const std::string& value) { values.add(value); };
  // Of the password only that SCIM has changed it: a hash of a hash could be tried out by who sees versions.
  for (const Column* part : {&link.external_id, &link.document, &link.deactivated, &link.last_modified, &link.claimed}) {
    if (part->is_mapped()) add(column_of(use(part->table), part->name));
  }
  for (const auto& [attribute, column] : type.columns) {
    if (column.codec != Codec::password) add(column_of(use(column.table), column.name));
  }
  for (const auto& [attribute, element] : type.elements) add(column_of(use(element.value.table), element.value.name));
  // Rows of another table: how many, and the sum of their hashes, whatever their order.
  const auto add_rows = [&](const std::string& table, const std::string& owner, const Values& columns) {
    add("(SELECT count(*) || ' ' || coalesce(sum(" + columns.call(context.dialect.hash) + "), 0) FROM " +
        identifier(table) + " v WHERE " + column_of("v", owner) + " = " + key_of(type, "t") + ")");
  };
  for (const auto& [attribute, list] : type.lists) {
    Values columns(context.dialect);
    for (const auto& [part, column] : list.columns) columns.add(column_of("v", column.name));
    add_rows(list.name, list.owner, columns);
  }
  for (const auto& [attribute, tables] : type.members) {
    for (const MemberTable& table : tables) {
      Values member(context.dialect);
      member.add(column_of("v", table.value));
      add_rows(table.name, table.owner, member);
    }
  }
  sql << values.call(context.dialect.version);
  return sql;
}

}  // namespace scim::sql
