// SPDX-License-Identifier: MIT
// Changes -> SQL: the three writes of core/store.h, in a transaction that the caller has begun and ends.
#pragma once

#include <string>
#include <string_view>

#include "core/resource.h"
#include "core/store.h"
#include "sql/write_columns.h"

namespace scim::sql {

// After an error the transaction may hold half of a change: it must be rolled back.
Result<std::string> insert_resource(const WriteContext& context, const Resource& resource);
Result<Effect> update_resource(const WriteContext& context, const ResourceType& type, std::string_view id,
                               const Changes& changes);
Result<void> remove_resource(const WriteContext& context, const ResourceType& type, std::string_view id);

}  // namespace scim::sql
