// SPDX-License-Identifier: MIT
// Attributes without a column: the document beside the link, JSON laid out as the resource is. A list whose first
// element is a column (TypeMapping::elements) has at position 0 what that element has beyond the column, and after it
// the other elements. A list with a table (TypeMapping::lists) has elements with parts that the table has no column for:
// those parts beside all that have one, by which the row is found; of several rows that are alike, in their order. What
// has no part with a column has no row, and is here alone.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/json.h"
#include "sql/expression.h"

namespace scim::sql {

/// SQL of the document in a column; NULL for what is no JSON: anybody may have written to it.
std::string valid_document(const std::string& column, const Dialect& dialect);

/// Where an attribute lies in the document: `$."urn:...:User"."manager"`, as SQL's functions for JSON write it.
std::string document_path(const Attribute& attribute);

/// SQL of a singular attribute in the document that the expression `document` holds.
std::string document_value(std::string_view document, const Attribute& attribute, const Dialect& dialect);

/// SQL of a part of the element that a column holds.
std::string document_element_value(std::string_view document, const Attribute& list, const Attribute& part,
                                   const Dialect& dialect);

/// The elements of a list as a table, for FROM: columns `key` (0, 1, ...) and `value`.
std::string document_elements(std::string_view document, const Attribute& list, const Dialect& dialect);
/// SQL of a part of one of those elements, of the list itself for a list of simple values.
std::string document_part(std::string_view alias, const Attribute& part, const Dialect& dialect);

/// The parts that tell which row of a list's table an element of the document belongs to: all that have a column,
/// flags aside.
std::vector<const Attribute*> document_key(const ListTable& table);
/// That a row of a list's table shows something: one that does not is no element.
std::string shows_something(std::string_view alias, const ListTable& table, const Dialect& dialect);
/// ` LEFT JOIN ... x ON ...`: the elements of the document beside the rows `alias` of a list's table; their parts are
/// document_part("x", ...). The first element of those that are alike is of the first row, and so on.
std::string join_beside_rows(std::string_view document, const Attribute& list, const ListTable& table,
                             std::string_view alias, const Dialect& dialect);
/// That the element `alias` of the document has no row.
std::string has_no_row(std::string_view alias, const ListTable& table, const Dialect& dialect);

/// The stored text as JSON: an empty object for "" and for what is no object.
Json parse_document(std::string_view text);

/// What of `value`, a client's value of `attribute`, belongs into the document: without the parts that have a column.
Json document_share(const TypeMapping& type, const Attribute& attribute, const Json& value);

}  // namespace scim::sql
