// SPDX-License-Identifier: MIT
// The groups of checks behind mapping_check.h. Each function looks at one resource type and adds what it finds.
#pragma once

#include "core/filter.h"
#include "sql/mapping_facts.h"

namespace scim::sql {

/// Tables, columns, keys and types: what requests would fail over.
void check_structure(const TypeMapping& type, const Live& live, Findings& findings);
/// Values that new rows need.
void check_new_rows(const TypeMapping& type, const Live& live, Findings& findings);
/// What DELETE and `active` do to who may log in, and to rows that refer to those deleted.
void check_lifecycle(const TypeMapping& type, const Live& live, Findings& findings);
/// Constraints and indexes that are missing.
void check_indexes(const TypeMapping& type, const Live& live, Findings& findings);

/// What the columns hold now, and the mapping does not expect.
DbResult<void> check_contents(const TypeMapping& type, const Live& live, Db& db, Findings& findings);
/// Filters of identity providers that read a whole table. Our own tables exist, if only for this connection.
DbResult<void> check_scans(const TypeMapping& type, const Live& live, Db& db, Findings& findings);
/// The same of filters `path` `op` (eq, sw).
DbResult<void> check_scan(const TypeMapping& type, const Live& live, std::string_view path, Op op, Db& db, Findings& findings);

/// Rights that the connected role lacks, or has and does not need. `mapping`: of all that is served.
DbResult<void> check_grants(const Mapping& mapping, const StoreOptions& options, Catalog& catalog, Findings& findings);

/// CREATE INDEX, or for `kind` = "UNIQUE INDEX" another. `words`: what the name is made of, after the table; `expression`: what
/// stands in the parentheses.
std::string create_index(std::string_view kind, const std::string& table, const std::vector<std::string>& words,
                         const std::string& expression);

}  // namespace scim::sql
