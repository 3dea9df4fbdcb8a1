// SPDX-License-Identifier: MIT
#include "sql/dialect.h"

namespace scim::sql {

const Dialect kSqliteDialect = {
    .name = "sqlite",
    .distinct = "IS NOT",
    .fold = "scim_fold",
    .username = "scim_username",
    .instant = "scim_instant",
    .position = "instr",
    .tail = "substr",
    .tail_sign = "-",
};

}  // namespace scim::sql
