// SPDX-License-Identifier: MIT
// What a change leaves in the document beside the link (document.h), and lists that are one column and a rest.
#pragma once

#include "core/resource.h"
#include "sql/document.h"

namespace scim::sql {

/// What is there of `body`, attribute by attribute and without common and read-only ones: sets, and adds for memberships.
Changes changes_of(const TypeMapping& type, const Json& body);

/// A list of TypeMapping::elements, divided. null: nothing.
struct ListShare {
  Json in_column;
  Json in_document;
};
/// The column takes the element that has the constants of the mapping, else the primary one, else the first.
ListShare split_list(const TypeMapping& type, const Attribute& list, const Json* elements);

/// What of a list's elements its table has no column for (document.h); null: nothing.
Json beside_rows(const TypeMapping& type, const Attribute& list, const Json* elements);

/// The document after the changes, of which it keeps what has no column.
Json change_document(const TypeMapping& type, Json document, const Changes& changes);

/// The document of a resource that is new.
Json new_document(const TypeMapping& type, const Json& body);

/// NULL for a document that says nothing.
Cell document_cell(const Json& document);

}  // namespace scim::sql
