// SPDX-License-Identifier: MIT
#include "sql/dialect.h"

namespace scim::sql {

const Dialect kSqliteDialect = {
    .name = "sqlite",
    .distinct = "IS NOT",
    .by_bytes = " COLLATE BINARY",
    .fold = "scim_fold",
    .username = "scim_username",
    .instant = "scim_instant",
    .uuid = "scim_uuid",
    .hash = "scim_hash",
    .version = "scim_version",
    .position = "instr",
    .tail = "substr",
    .tail_sign = "-",
    .json_value = "json_extract",
    .json_valid = "json_valid",
    .json_each = "json_each",
};

}  // namespace scim::sql
