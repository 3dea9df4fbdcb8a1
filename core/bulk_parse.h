// SPDX-License-Identifier: MIT
// RFC 7644 3.7: BulkRequest -> operations that know where they go, or what is wrong with them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/config.h"
#include "core/http.h"
#include "core/json.h"
#include "core/registry.h"
#include "core/router.h"

namespace scim {

namespace urn {
inline constexpr std::string_view kBulkRequest = "urn:ietf:params:scim:api:messages:2.0:BulkRequest";
inline constexpr std::string_view kBulkResponse = "urn:ietf:params:scim:api:messages:2.0:BulkResponse";
}  // namespace urn

struct BulkOperation {
  Json method;                           ///< as sent, for the response; null: none
  Json bulk_id;
  std::string version;                   ///< as If-Match
  Json data;
  Route route;                           ///< of a create, replace, patch or remove; without a type if that is not known
  std::optional<std::string> target;     ///< the bulkId that the path names instead of an id
  std::vector<std::string> references;   ///< the bulkIds that `data` names
  std::vector<std::string> required;     ///< those of them without which the resource cannot be created
  std::optional<Error> error;            ///< it cannot be carried out
};

enum class Atomicity { each_operation, whole_job };

struct BulkJob {
  std::vector<BulkOperation> operations;
  std::optional<std::int64_t> fail_on_errors;
  Atomicity atomicity = Atomicity::each_operation;
};

/// What is wrong with the message refuses it: invalidSyntax; payloadTooLarge for more operations than `config` allows. What
/// is wrong with one operation is its own error. `base_url`: paths may begin with its path.
Result<BulkJob> parse_bulk(Json body, std::string_view base_url, const Registry& registry, const BulkConfig& config);

}  // namespace scim
