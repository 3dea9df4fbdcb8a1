// SPDX-License-Identifier: MIT
// "bulkId:x" where the schema has references to resources (RFC 7644 3.7.2): members.value, manager.value, $ref and what
// extensions declare. Anywhere else it is text.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/json.h"
#include "core/router.h"

namespace scim {

/// What a bulkId stands for, once it has been created.
struct BulkTarget {
  std::string id;
  std::string location;
};

/// The x of "bulkId:x", the keyword in any case.
std::optional<std::string> bulk_id_of(std::string_view text);

/// Called for each reference with its bulkId; what it returns takes the reference's place, nullptr leaves it.
using BulkLookup = std::function<const BulkTarget*(const std::string& bulk_id)>;

/// All references in the body of a POST, PUT or PATCH of `type`, each as often as it stands there.
void resolve_bulk_ids(const ResourceType& type, Operation operation, Json& data, const BulkLookup& lookup);

/// One attribute, or some elements of it, that cannot be written yet.
struct Postponed {
  const Attribute* attribute = nullptr;
  Json value;
};

/// Takes out of the body of a POST what cannot be without a reference for which `is_pending` holds: an element of a list,
/// or a singular attribute as a whole.
using BulkPending = std::function<bool(const std::string& bulk_id)>;
std::vector<Postponed> postpone(const ResourceType& type, Json& data, const BulkPending& is_pending);

/// The bulkIds in required attributes of the body of a POST: it cannot do without them.
std::vector<std::string> required_bulk_ids(const ResourceType& type, Json data);

}  // namespace scim
