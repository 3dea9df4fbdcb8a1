// SPDX-License-Identifier: MIT
// The part of a URL behind the question mark: it reads the same however it is encoded, a .search says the same as a GET, and no list
// of attributes shows what is never returned or hides what always is.
#include "core/http.h"
#include "core/parameters.h"
#include "core/project.h"
#include "core/registry.h"
#include "core/text.h"
#include "tests/fuzz/property.h"
#include "tests/unit/case_file.h"

namespace scim::fuzz {
namespace {

std::string encoded(const std::vector<std::pair<std::string, std::string>>& pairs) {
  std::string query;
  for (const auto& [name, value] : pairs) {
    if (!query.empty()) query += '&';
    query.append(percent_encode(name)).append("=").append(percent_encode(value));
  }
  return query;
}

std::string said_by(const Parameters& parameters) {
  Json said = {{"sortBy", parameters.sort_by}, {"attributes", parameters.attributes}, {"excluded", parameters.excluded_attributes}};
  said["descending"] = parameters.sort_order == SortOrder::descending;
  if (parameters.filter) said["filter"] = *parameters.filter;
  if (parameters.start_index) said["startIndex"] = *parameters.start_index;
  if (parameters.count) said["count"] = *parameters.count;
  if (parameters.cursor) said["cursor"] = *parameters.cursor;
  return to_text(said);
}

/// Names without what separates them.
Json names_of(std::string_view list) {
  Json names = Json::array();
  while (!list.empty()) {
    const std::string_view name = list.substr(0, list.find(','));
    list.remove_prefix(std::min(list.size(), name.size() + 1));
    names.push_back(name);
  }
  return names;
}

Json search_request(const Parameters& parameters) {
  Json body = {{"schemas", {"urn:ietf:params:scim:api:messages:2.0:SearchRequest"}}};
  if (parameters.filter) body["filter"] = *parameters.filter;
  if (!parameters.sort_by.empty()) body["sortBy"] = parameters.sort_by;
  body["sortOrder"] = parameters.sort_order == SortOrder::descending ? "descending" : "ascending";
  if (parameters.start_index) body["startIndex"] = *parameters.start_index;
  if (parameters.count) body["count"] = *parameters.count;
  if (parameters.cursor) body["cursor"] = *parameters.cursor;
  if (!parameters.attributes.empty()) body["attributes"] = names_of(parameters.attributes);
  if (!parameters.excluded_attributes.empty()) body["excludedAttributes"] = names_of(parameters.excluded_attributes);
  return body;
}

void check_projected(const Projection& projection, const Attribute& attribute, const std::string& query) {
  if (attribute.returned == Returned::never) expect(!projection.wants(attribute), "what is never returned is never wanted", query);
  const bool is_top = attribute.parent == nullptr;
  if (is_top && attribute.returned == Returned::always) expect(projection.wants(attribute), "what is always returned is wanted", query);
  bool wants_part = attribute.sub_attributes.empty() && projection.wants(attribute);
  for (const Attribute& sub : attribute.sub_attributes) {
    check_projected(projection, sub, query);
    wants_part = wants_part || projection.wants(sub);
  }
  expect(projection.wants(attribute) == wants_part, "an attribute is wanted exactly if a part of it is", query + "\n" + attribute.path());
}

void check_parameters(const Parameters& parameters, const std::string& query, const Registry& registry) {
  expect(parameters.count.value_or(0) >= 0 && parameters.start_index.value_or(1) >= 1, "counts are from 0, places from 1", query);
  expect(parameters.attributes.empty() || parameters.excluded_attributes.empty(), "attributes are asked for or left out", query);
  Leniency leniency;
  const auto searched = parse_search_request(search_request(parameters), leniency);
  expect(searched.has_value(), "a .search can say it", query + (searched ? "" : "\n" + searched.error().detail));
  for (const auto& type : registry.types()) {
    const Projection projection = Projection::from_parameters(*type, parameters.attributes, parameters.excluded_attributes);
    for (const Attribute& attribute : type->attributes) check_projected(projection, attribute, query);
    expect(projection == Projection::from_parameters(*type, searched->attributes, searched->excluded_attributes), "a .search shows the same", query);
  }
  Parameters same = parameters;
  same.attributes = searched->attributes;
  same.excluded_attributes = searched->excluded_attributes;
  expect_equal(said_by(*searched), said_by(same), "a .search says the same");
}

}  // namespace
}  // namespace scim::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace scim;
  static const Registry registry = test::registry_with_widget();  // there is no other place between two inputs
  const std::string query = fuzz::text_of(data, size);
  const auto pairs = parse_query(query);
  Leniency leniency;
  const auto parameters = parse_parameters(query, leniency);
  fuzz::expect(pairs.has_value() || !parameters.has_value(), "parameters are parts of a query", query);
  if (!pairs) return 0;
  const auto again = parse_query(fuzz::encoded(*pairs));
  fuzz::expect(again.has_value() && *again == *pairs, "what is encoded anew reads the same", query);
  Leniency other;
  const auto same = parse_parameters(fuzz::encoded(*pairs), other);
  fuzz::expect(same.has_value() == parameters.has_value(), "encoding changes nothing", query);
  if (parameters) fuzz::check_parameters(*parameters, query, registry);
  return 0;
}
