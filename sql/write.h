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
Result<Inserted> insert_resource(const WriteContext& context, const Resource& resource);
Result<Update> update_resource(const WriteContext& context, const ResourceType& type, std::string_view id,
                               const Changes& changes);
/// Notes that the application's row with `key` is a SCIM client's, under this externalId ("": none), in the columns of the
/// link alone. The id that the row has from now on.
Result<std::string> claim_row(const WriteContext& context, const TypeMapping& type, const Cell& key,
                              const std::string& external_id_text);
Result<Removed> remove_resource(const WriteContext& context, const ResourceType& type, std::string_view id);

}  // namespace scim::sql
