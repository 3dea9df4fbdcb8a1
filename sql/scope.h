// SPDX-License-Identifier: MIT
// What the attributes of a resource stand for in SQL: of its row, of an element of a list, of a member. One entry of the
// mapping serves filter and sort.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sql/condition.h"
#include "sql/expression.h"
#include "sql/mapping.h"

namespace scim::sql {

/// One row of a list: alias c.
class ElementScope : public Scope {
 public:
  /// `document`: SQL of the resource's document, "" if there is none.
  ElementScope(const TypeMapping& type, const Attribute& attribute, std::string document, const Dialect& dialect)
      : type_(type), list_(type.lists.at(&attribute)), document_(std::move(document)), dialect_(dialect) {}
  std::optional<Operand> operand(const Attribute& attribute) override;
  /// Whether something was named that is not in the table.
  bool uses_document() const { return uses_document_; }

 private:
  const TypeMapping& type_;
  const ListTable& list_;
  const std::string document_;
  const Dialect& dialect_;
  bool uses_document_ = false;
};

/// The element that a column is (TypeMapping::elements): constants, and the rest from the document.
class ColumnElementScope : public Scope {
 public:
  /// `alias`, `key`: of the column's table; `document`: SQL of the document, "" if there is none.
  ColumnElementScope(const ElementColumn& element, const Attribute& list, std::string alias, std::string key,
                     std::string document, const Dialect& dialect)
      : element_(element),
        list_(list),
        alias_(std::move(alias)),
        key_(std::move(key)),
        document_(std::move(document)),
        dialect_(dialect) {}
  std::optional<Operand> operand(const Attribute& attribute) override;

 private:
  const ElementColumn& element_;
  const Attribute& list_;
  const std::string alias_;
  const std::string key_;
  const std::string document_;
  const Dialect& dialect_;
};

/// One element of a list in the document: alias e.
class DocumentElementScope : public Scope {
 public:
  /// `table`: the elements that have no row in it, nothing of which has a column; nullptr: all.
  DocumentElementScope(const ListTable* table, const Dialect& dialect) : table_(table), dialect_(dialect) {}
  std::optional<Operand> operand(const Attribute& attribute) override;

 private:
  const ListTable* table_;
  const Dialect& dialect_;
};

/// The resource at the other end of a membership, its tables under alias_of(prefix, index). Not for its `type`.
class MemberScope : public Scope {
 public:
  MemberScope(const TypeMapping& type, std::string_view prefix, const CompileContext& context)
      : type_(type), prefix_(prefix), context_(context) {}
  std::optional<Operand> operand(const Attribute& attribute) override;

 private:
  std::optional<Operand> display(Collation collation) const;

  const TypeMapping& type_;
  std::string_view prefix_;
  const CompileContext& context_;
};

/// A row of the resource: tables t0, t1, ... What is singular; lists are for who derives from it.
class RowScope : public Scope {
 public:
  RowScope(const TypeMapping& type, const CompileContext& context) : type_(type), context_(context) {}
  std::optional<Operand> operand(const Attribute& attribute) override;
  std::optional<Operand> id() override;
  /// SQL of the resource's document, "" if there is none.
  std::string document();
  /// The alias of a table that is named.
  std::string use(int table);
  /// Tables that are named.
  const std::vector<int>& used() const { return used_; }

 protected:
  const TypeMapping& type_;
  const CompileContext& context_;

 private:
  std::optional<Operand> link_operand(LinkPart part);
  Operand lookup_operand(const Attribute& attribute, const TypeMapping::Lookup& lookup) const;

  std::vector<int> used_;
};

/// What manager.displayName and the like show, of the row of `type` whose tables are t0, t1 ...: a subquery. The table of
/// Lookup::by must take part.
Sql lookup_expression(const TypeMapping::Lookup& lookup, const TypeMapping& type, const CompileContext& context);

/// SQL expression of `display` of a resource whose own table is alias_of(prefix, 0): the first of TypeMapping::display
/// that is not NULL; NULL if there is none.
std::string display_expression(const TypeMapping& type, std::string_view prefix, const Dialect& dialect);

}  // namespace scim::sql
