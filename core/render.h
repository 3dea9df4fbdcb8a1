// SPDX-License-Identifier: MIT
// Outcomes and errors -> HTTP responses: the only place that sets status codes and headers.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/json.h"
#include "core/service.h"

namespace scim {

Response render(Outcome outcome);
/// RFC 7644 3.12.
Response render_error(const Error& error);

/// What a ListResponse says of its page.
struct ListPage {
  std::int64_t total = 0;
  std::int64_t returned = 0;
  std::optional<std::int64_t> start_index;  ///< of pages by index
  std::string next_cursor;                  ///< "": none
  std::string previous_cursor;
};
/// A ListResponse (RFC 7644 3.4.2, RFC 9865 2) around the resources, which are written between the two. The numbers come
/// last: they are known when the resources have been written, and those may have been sent by then.
void begin_list(JsonWriter& out);
void end_list(const ListPage& page, JsonWriter& out);
/// The same where the resources are there already, as a JSON array.
std::string list_response(const ListPage& page, const Json& resources);

}  // namespace scim
