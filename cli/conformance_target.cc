// SPDX-License-Identifier: MIT
#include "cli/conformance_target.h"

#include <algorithm>
#include <array>

#include "cli/expectation.h"
#include "core/registry.h"
#include "core/text.h"

namespace scim::cli {
namespace {

const Json kNothing = Json();

Try<Json> document(Backend& backend, const char* path) {
  SCIM_ASSIGN(const Response response, backend.exchange(request_for("GET", path, "")));
  if (response.status == 401) return fail(Failure(response));
  if (response.status != 200) return Json();
  Json body = Json::parse(response.body, nullptr, false);
  return body.is_discarded() ? Json() : body;
}

std::string text_in(const Json& object, const char* name) {
  const auto at = object.is_object() ? object.find(name) : object.end();
  return object.is_object() && at != object.end() && at->is_string() ? at->get<std::string>() : std::string();
}

/// The element of an array whose member has this text, whatever the case.
const Json* element(const Json* array, const char* member, std::string_view text) {
  if (array == nullptr || !array->is_array()) return nullptr;
  const auto at = std::find_if(array->begin(), array->end(), [&](const Json& e) { return equal_ignoring_case(text_in(e, member), text); });
  return at == array->end() ? nullptr : &*at;
}

Json standard_documents() {
  Json documents = Json::array();
  for (const Schema& schema : standard_schemas()) documents.push_back(schema_to_json(schema, ""));
  return Json{{"Resources", std::move(documents)}};
}

struct SchemaRow {
  std::string_view word;
  std::string_view urn;
};
constexpr std::array<SchemaRow, 3> kSchemas = {{{"User", urn::kUser}, {"Group", urn::kGroup}, {"enterprise", urn::kEnterpriseUser}}};

constexpr std::array<std::string_view, 6> kFeatures = {"filter", "patch", "sort", "bulk", "etag", "changePassword"};

/// What a characteristic is that a schema does not mention (RFC 7643 2.2).
constexpr std::array<std::pair<std::string_view, std::string_view>, 6> kDefaults = {{
    {"required", "false"}, {"caseExact", "false"}, {"mutability", "readWrite"}, {"returned", "default"}, {"uniqueness", "none"}, {"multiValued", "false"}}};

std::string characteristic(const Json& attribute, const std::string& name) {
  const Json* const said = find(attribute, "/" + name);
  if (said != nullptr) return said->is_string() ? said->get<std::string>() : to_text(*said);
  const auto at = std::find_if(kDefaults.begin(), kDefaults.end(), [&](const auto& row) { return row.first == name; });
  return at == kDefaults.end() ? std::string() : std::string(at->second);
}

bool is_true(const Json* value) { return value != nullptr && *value == Json(true); }

/// A value that fits the attribute.
Json value_for(const Json& attribute, const std::string& name) {
  const std::string type = text_in(attribute, "type");
  const bool is_list = is_true(find(attribute, "/multiValued"));
  Json value = name;
  if (type == "boolean") value = true;
  if (type == "integer" || type == "decimal") value = 1;
  if (type == "dateTime") value = "2020-01-01T00:00:00Z";
  if (type == "binary") value = "c2NpbWN0bA==";
  if (type == "reference") value = "https://example.com/" + name;
  if (type == "complex") {
    value = Json::object();
    const Json* const parts = find(attribute, "/subAttributes");
    for (const Json& part : parts == nullptr ? kNothing : *parts) {
      const bool is_wanted = is_true(find(part, "/required")) || text_in(part, "name") == "value";
      if (is_wanted) value[text_in(part, "name")] = value_for(part, name);
    }
  }
  return is_list ? Json::array({value}) : value;
}

}  // namespace

ConformanceTarget::ConformanceTarget(Json config, Json resource_types, Json schemas)
    : config_(std::move(config)), resource_types_(std::move(resource_types)), schemas_(std::move(schemas)) {
  if (element(find(schemas_, "/Resources"), "id", urn::kUser) == nullptr) schemas_ = standard_documents();
}

Try<ConformanceTarget> ConformanceTarget::discover(Backend& backend) {
  SCIM_ASSIGN(Json config, document(backend, "/ServiceProviderConfig"));
  SCIM_ASSIGN(Json resource_types, document(backend, "/ResourceTypes"));
  SCIM_ASSIGN(Json schemas, document(backend, "/Schemas"));
  return ConformanceTarget(std::move(config), std::move(resource_types), std::move(schemas));
}

const Json* ConformanceTarget::attribute(const std::string& path) const {
  std::size_t dot = path.find('.');
  const auto row = std::find_if(kSchemas.begin(), kSchemas.end(), [&](const SchemaRow& r) { return r.word == path.substr(0, dot); });
  const Json* at = row == kSchemas.end() ? nullptr : element(find(schemas_, "/Resources"), "id", row->urn);
  for (const char* list = "/attributes"; at != nullptr && dot != std::string::npos; list = "/subAttributes") {
    const std::size_t next = path.find('.', dot + 1);
    at = element(find(*at, list), "name", path.substr(dot + 1, next == std::string::npos ? next : next - dot - 1));
    dot = next;
  }
  return at;
}

std::optional<std::string> ConformanceTarget::lacks(const std::string& need) const {
  const auto unless = [](bool is_met, std::string reason) { return is_met ? std::nullopt : std::optional(std::move(reason)); };
  const auto supports = [&](std::string_view feature) { return is_true(find(config_, "/" + std::string(feature) + "/supported")); };
  if (std::find(kFeatures.begin(), kFeatures.end(), need) != kFeatures.end()) {
    return unless(supports(need), "ServiceProviderConfig does not offer " + need);
  }
  if (need.starts_with("no ")) return unless(!supports(need.substr(3)), "ServiceProviderConfig offers " + need.substr(3));
  if (need == "cursor") return unless(is_true(find(config_, "/pagination/cursor")), "ServiceProviderConfig does not offer cursors");
  if (need == "pagination") return unless(find(config_, "/pagination") != nullptr, "ServiceProviderConfig has no pagination");
  if (need == "index") {
    const Json* const index = find(config_, "/pagination/index");
    return unless(index == nullptr || *index != Json(false), "ServiceProviderConfig does not offer paging by index");
  }
  if (need == "User" || need == "Group") {
    const Json* const all = find(resource_types_, "/Resources");
    return unless(all == nullptr || element(all, "name", need) != nullptr, "the server has no resource type " + need);
  }
  const std::size_t colon = need.find(':');
  const Json* const declared = attribute(need.substr(0, colon));
  if (declared == nullptr) return "the server's schema has no " + need.substr(0, colon);
  if (colon == std::string::npos) return std::nullopt;
  const std::size_t equals = need.find('=', colon);
  const std::string value = characteristic(*declared, need.substr(colon + 1, equals - colon - 1));
  return unless(value == need.substr(equals + 1), "the server's schema declares otherwise than " + need);
}

Json ConformanceTarget::required_of(const std::string& type, const std::string& name) const {
  const bool is_user = type == "User";
  Json body{{"schemas", Json::array({std::string(is_user ? urn::kUser : urn::kGroup)})}};
  const Json* const schema = attribute(type);
  const Json* const attributes = schema == nullptr ? nullptr : find(*schema, "/attributes");
  for (const Json& each : attributes == nullptr ? kNothing : *attributes) {
    const bool is_ours = is_true(find(each, "/required")) && text_in(each, "mutability") != "readOnly";
    if (is_ours) body[text_in(each, "name")] = value_for(each, name);
  }
  body[is_user ? "userName" : "displayName"] = name;
  return body;
}

}  // namespace scim::cli
