// SPDX-License-Identifier: MIT
#include "core/render.h"

#include "core/json.h"

namespace scim {
namespace {

constexpr std::string_view kMediaType = "application/scim+json";

Response empty_response(int status) {
  Response response;
  response.status = status;
  constexpr std::size_t kUsualHeaders = 6;
  response.headers.reserve(kUsualHeaders);
  // Identity data belongs in no cache (RFC 9111 5.2).
  response.headers.emplace_back("Cache-Control", "no-store");
  return response;
}

}  // namespace

void begin_list(JsonWriter& out) {
  out.begin_object();
  out.key("schemas");
  out.begin_array();
  out.string(urn::kListResponse);
  out.end_array();
  out.key("Resources");
  out.begin_array();
}

void end_list(const ListPage& page, JsonWriter& out) {
  const auto text = [&](std::string_view key, std::string_view value) {
    if (value.empty()) return;
    out.key(key);
    out.string(value);
  };
  out.end_array();
  out.key("totalResults");
  out.integer(page.total);
  if (page.start_index) {
    out.key("startIndex");
    out.integer(*page.start_index);
  }
  out.key("itemsPerPage");
  out.integer(page.returned);
  text("nextCursor", page.next_cursor);
  text("previousCursor", page.previous_cursor);
  out.end_object();
}

std::string list_response(const ListPage& page, const Json& resources) {
  JsonWriter out;
  begin_list(out);
  for (const Json& resource : resources) out.value(resource);
  end_list(page, out);
  return out.take();
}

Response render(Outcome outcome) {
  Response response = empty_response(outcome.status);
  if (!outcome.location.empty()) {
    response.headers.emplace_back("Location", outcome.location);
    response.headers.emplace_back("Content-Location", std::move(outcome.location));
  }
  if (!outcome.version.empty()) response.headers.emplace_back("ETag", std::move(outcome.version));
  if (outcome.body.empty() && outcome.holds == Response::Body::whole) return response;
  response.headers.emplace_back("Content-Type", kMediaType);
  response.body = std::move(outcome.body);
  response.holds = outcome.holds;
  return response;
}

Response render_error(const Error& error) {
  const ErrorKindInfo& kind = info(error.kind);
  Response response = empty_response(kind.status);
  response.headers.emplace_back("Content-Type", kMediaType);
  if (kind.header[0] != '\0' && !error.header.empty()) response.headers.emplace_back(kind.header, error.header);

  JsonWriter out;
  out.begin_object();
  out.key("schemas");
  out.begin_array();
  out.string(urn::kError);
  out.end_array();
  if (kind.scim_type[0] != '\0') {
    out.key("scimType");
    out.string(kind.scim_type);
  }
  out.key("detail");
  out.string(error.detail);
  out.key("status");
  out.string(std::to_string(kind.status));
  out.end_object();
  response.body = out.take();
  return response;
}

}  // namespace scim
