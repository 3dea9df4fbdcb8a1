// SPDX-License-Identifier: MIT
#include "core/exchange_record.h"

#include <array>
#include <string_view>

namespace scim {
namespace {

constexpr std::array<std::string_view, 4> kHeaders = {"Content-Type", "ETag", "Location", "Retry-After"};

}  // namespace

Json request_record(const Request& request, const Secrets& secrets, std::vector<std::string>& found) {
  const std::string query = request.query.empty() ? "" : '?' + secrets.removed_from_query(request.query, found);
  Json record = {{"method", request.method}, {"path", request.path + query}};
  if (!request.if_match.empty()) record["ifMatch"] = request.if_match;
  return record;
}

Json response_record(const Response& response) {
  Json record = {{"status", response.status}};
  for (const std::string_view name : kHeaders) {
    const std::string_view value = response.header(name);
    if (!value.empty()) record["headers"][std::string(name)] = value;
  }
  return record;
}

}  // namespace scim
