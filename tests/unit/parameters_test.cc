// SPDX-License-Identifier: MIT
// What a query asks for, from the URL and from a SearchRequest.
#include "core/parameters.h"

#include <gtest/gtest.h>

#include "core/schema.h"

namespace scim {
namespace {

Result<Parameters> parse_parameters(std::string_view query) {
  Leniency any;
  return scim::parse_parameters(query, any);
}
Result<Parameters> parse_search_request(const Json& body) {
  Leniency any;
  return scim::parse_search_request(body, any);
}

/// The parts that were given, or the error.
std::string shown(const Result<Parameters>& parameters) {
  if (!parameters) return std::to_string(info(parameters.error().kind).status) + ' ' + info(parameters.error().kind).scim_type;
  std::string text;
  const auto add = [&](const std::string& name, const std::string& value) { text += (text.empty() ? "" : " ") + name + '=' + value; };
  if (parameters->filter) add("filter", *parameters->filter);
  if (!parameters->sort_by.empty()) add("sortBy", parameters->sort_by);
  if (parameters->sort_order == SortOrder::descending) add("sortOrder", "descending");
  if (parameters->start_index) add("startIndex", std::to_string(*parameters->start_index));
  if (parameters->count) add("count", std::to_string(*parameters->count));
  if (parameters->cursor) add("cursor", *parameters->cursor);
  if (!parameters->attributes.empty()) add("attributes", parameters->attributes);
  if (!parameters->excluded_attributes.empty()) add("excludedAttributes", parameters->excluded_attributes);
  return text;
}

// Requirements: P-13, F-4, I-1, I-3, I-7, I-10, S-2, K-1, K-5, K-16, A-4, A-5, A-8
TEST(ParametersTest, OfAUrl) {
  const std::pair<const char*, const char*> cases[] = {
      {"", ""},
      {"foo=bar&filter=userName+pr&count=2", "filter=userName pr count=2"},
      {"startIndex=-3&count=-1", "startIndex=1 count=0"},
      {"startIndex=0", "startIndex=1"},
      {"startIndex=99999999999999999999999&count=", "startIndex=9223372036854775807"},
      {"StartIndex=4&COUNT=5", "startIndex=4 count=5"},
      {"count=1.5", "400 invalidValue"},
      {"startIndex=x", "400 invalidValue"},
      {"filter=", "filter="},
      {"filter=userName+pr&filter=title+pr", "400 invalidFilter"},
      {"attributes=userName&excludedAttributes=title", "400 invalidValue"},
      {"attributes=&excludedAttributes=title", "excludedAttributes=title"},
      {"attributes=a&attributes=b", "attributes=a,b"},
      {"attributes=%20&excludedAttributes=++", ""},
      {"sortBy=userName&sortOrder=DESCENDING", "sortBy=userName sortOrder=descending"},
      {"sortOrder=", ""},
      {"sortOrder=up", "400 invalidValue"},
      {"cursor", "cursor="},
      {"cursor=&count=2", "count=2 cursor="},
      {"cursor=abc&startIndex=1", "400 invalidValue"},
      {"cursor=abc&startIndex=", "cursor=abc"},
      {"filter=%zz", "400 "},
  };
  for (const auto& [query, expected] : cases) EXPECT_EQ(shown(parse_parameters(query)), expected) << query;
}

// Requirements: Q-2, Q-3, K-10
TEST(ParametersTest, OfASearchRequest) {
  const std::pair<const char*, const char*> cases[] = {
      {R"({})", ""},
      {R"({"filter": "title pr", "sortBy": "userName", "sortOrder": "descending", "startIndex": 2, "count": 3})",
       "filter=title pr sortBy=userName sortOrder=descending startIndex=2 count=3"},
      {R"({"attributes": ["userName", " name.givenName "]})", "attributes=userName,name.givenName"},
      {R"({"excludedAttributes": ["members"], "cursor": ""})", "cursor= excludedAttributes=members"},
      {R"({"STARTINDEX": -4, "count": -1, "other": []})", "startIndex=1 count=0"},
      {R"({"filter": null, "count": null})", ""},
      {R"({"filter": 1})", "400 invalidSyntax"},
      {R"({"count": "3"})", "400 invalidSyntax"},
      {R"({"startIndex": 1.5})", "400 invalidSyntax"},
      {R"({"attributes": "userName"})", "400 invalidSyntax"},
      {R"({"attributes": [1]})", "400 invalidSyntax"},
      {R"({"cursor": 1})", "400 invalidSyntax"},
      {R"({"sortBy": 1})", "400 invalidSyntax"},
      {R"({"sortOrder": "up"})", "400 invalidValue"},
      {R"({"attributes": ["a"], "excludedAttributes": ["b"]})", "400 invalidValue"},
      {R"({"cursor": "x", "startIndex": 1})", "400 invalidValue"},
  };
  for (const auto& [text, expected] : cases) {
    Json body = parse_json(text).value();
    body["schemas"] = {urn::kSearchRequest};
    EXPECT_EQ(shown(parse_search_request(body)), expected) << text;
  }
  EXPECT_EQ(shown(parse_search_request(Json::object())), "400 invalidSyntax");
  EXPECT_EQ(shown(parse_search_request(Json::array())), "400 invalidSyntax");
  EXPECT_EQ(shown(parse_search_request({{"schemas", {urn::kPatchOp}}})), "400 invalidSyntax");
}

}  // namespace
}  // namespace scim
