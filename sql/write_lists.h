// SPDX-License-Identifier: MIT
// The elements of a multi-valued attribute as rows of its child table.
#pragma once

#include "sql/write_columns.h"

namespace scim::sql {

/// Makes the rows of `owner` in the child table those of `elements` (an array; nullptr: none). A row that does not
/// change is not touched. How many rows were written or deleted. uniqueness.
Result<std::int64_t> write_list(const WriteContext& context, const TypeMapping& type, const Attribute& list,
                                const Cell& owner, const Json* elements);

/// The elements of a resource that has none yet, or of the one that waits last (WriteContext::buffer).
Result<void> insert_list(const WriteContext& context, const TypeMapping& type, const ListTable& table, const Cell& owner,
                         const Json& elements);

/// Deletes all rows of `owner`.
Result<std::int64_t> delete_list(const WriteContext& context, const ListTable& table, const Cell& owner);

}  // namespace scim::sql
