// SPDX-License-Identifier: MIT
#include "sql/dialect.h"

namespace scim::sql {

const Dialect kSqliteDialect = {
    .name = "sqlite",
    .typing = Typing::dynamic,
    .aids = Aids::triggers,
    .distinct = "IS NOT",
    .by_bytes = " COLLATE BINARY",
    .in_order = "",
    .truth_start = "(",
    .truth_end = " <> 0)",  // 2 and -1 are true too
    .number_start = "",
    .number_end = "",
    .fold = "scim_fold",
    .username = "scim_username",
    .instant = "scim_instant",
    .uuid = "scim_uuid",
    .hash = "scim_hash",
    .version = "scim_version",
    .position = "instr",
    .tail = "substr",
    .tail_sign = "-",
    .json_path = JsonPath::dollar,
    .json_text = "json_extract",
    .json_integer = "json_extract",
    .json_decimal = "json_extract",
    .json_boolean = "json_extract",
    .json_valid = "json_valid",
    .json_each = "json_each",
    .ordered_join = "CROSS JOIN",
    .last_key = "SELECT last_insert_rowid()",
    .lock_rows = "",
    .data_version = "PRAGMA data_version",
    .find_table = "SELECT 1 FROM sqlite_master WHERE type IN ('table', 'view') AND name = ?",
    .find_index = "SELECT 1 FROM sqlite_master WHERE type = 'index' AND name = ?",
};

/// Parameters have no type of their own, and take that of what they meet.
const Dialect kPostgresqlDialect = {
    .name = "postgresql",
    .typing = Typing::strict,
    .aids = Aids::none,
    .distinct = "IS DISTINCT FROM",
    .by_bytes = " COLLATE \"C\"",
    .in_order = " COLLATE \"C\"",
    .truth_start = "(CAST(",
    .truth_end = " AS integer) <> 0)",  // of a boolean as of a number
    .number_start = "CAST(",
    .number_end = " AS numeric)",
    .fold = "scim_fold",
    .username = "scim_username",
    .instant = "scim_instant",
    .uuid = "scim_uuid",
    .hash = "scim_hash",
    .version = "scim_version",
    .position = "strpos",
    .tail = "right",
    .tail_sign = "",
    .json_path = JsonPath::array,
    .json_text = "scim_json_text",
    .json_integer = "scim_json_integer",
    .json_decimal = "scim_json_decimal",
    .json_boolean = "scim_json_boolean",
    .json_valid = "scim_json_valid",
    .json_each = "scim_json_each",
    .ordered_join = "JOIN",
    .last_key = "",
    .lock_rows = " FOR NO KEY UPDATE OF ",
    .data_version = "",
    .find_table = "SELECT 1 FROM information_schema.tables WHERE table_schema = current_schema() AND table_name = ?",
    .find_index = "SELECT 1 FROM pg_indexes WHERE schemaname = current_schema() AND indexname = ?",
};

}  // namespace scim::sql
