// SPDX-License-Identifier: MIT
#include "cli/conformance/conformance_target.h"

#include <algorithm>
#include <array>

#include "cli/conformance/expectation.h"
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

/// What is written there is there when it is read.
constexpr std::pair<std::string_view, std::array<std::string_view, 2>> kKept = {"kept", {{"mutability=readWrite", "returned=default|always"}}};

/// Of the attributes that a sub-attribute is a part of, too: none can be written in one that is readOnly.
bool is_inherited(std::string_view characteristic) { return characteristic == "mutability" || characteristic == "returned"; }

/// "User.name", "User.name.familyName".
std::vector<std::string> lineage(const std::string& path) {
  std::vector<std::string> paths;
  for (std::size_t dot = path.find('.', path.find('.') + 1); dot != std::string::npos; dot = path.find('.', dot + 1)) paths.push_back(path.substr(0, dot));
  paths.push_back(path);
  return paths;
}

bool is_one_of(std::string_view value, std::string_view words) {
  while (!words.empty()) {
    const std::string_view word = words.substr(0, words.find('|'));
    if (equal_ignoring_case(word, value)) return true;
    words.remove_prefix(std::min(word.size() + 1, words.size()));
  }
  return false;
}

bool is_true(const Json* value) { return value != nullptr && *value == Json(true); }

bool is_ours(const Json& attribute) { return text_in(attribute, "mutability") != "readOnly"; }

/// A value that fits the attribute.
Json value_for(const Json& attribute, const std::string& name) {
  const std::string type = ascii_lower(text_in(attribute, "type"));  // which has no case
  const bool is_list = is_true(find(attribute, "/multiValued"));
  const Json* const words = find(attribute, "/canonicalValues");
  Json value = words != nullptr && words->is_array() && !words->empty() && type == "string" ? words->front() : Json(name);
  if (type == "boolean") value = text_in(attribute, "name") != "primary";  // of which a list has one at most
  if (type == "integer" || type == "decimal") value = 1;
  if (type == "datetime") value = "2020-01-01T00:00:00Z";
  if (type == "binary") value = "c2NpbWN0bA==";
  if (type == "reference") value = "https://example.com/" + name;
  if (type == "complex") {
    value = Json::object();
    const Json* const parts = find(attribute, "/subAttributes");
    for (const Json& part : parts == nullptr ? kNothing : *parts) {
      const bool is_wanted = is_true(find(part, "/required")) || text_in(part, "name") == "value";
      if (is_wanted && is_ours(part)) value[text_in(part, "name")] = value_for(part, name);
    }
  }
  return is_list ? Json::array({value}) : value;
}

const Json* find_in(const Json* document, const char* pointer) { return document == nullptr ? nullptr : find(*document, pointer); }

/// The attributes of a schema that a client has to give.
Json required_in(const Json* schema, const std::string& name) {
  Json body = Json::object();
  const Json* const attributes = find_in(schema, "/attributes");
  for (const Json& each : attributes == nullptr ? kNothing : *attributes) {
    if (is_true(find(each, "/required")) && is_ours(each)) body[text_in(each, "name")] = value_for(each, name);
  }
  return body;
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
  if (need.starts_with("enterprise.") && !has_extension(urn::kEnterpriseUser)) return "users have no enterprise extension";
  if (need == "User" || need == "Group") {
    const Json* const all = find(resource_types_, "/Resources");
    return unless(all == nullptr || element(all, "name", need) != nullptr, "the server has no resource type " + need);
  }
  const std::size_t colon = need.find(':');
  if (attribute(need.substr(0, colon)) == nullptr) return "the server's schema has no " + need.substr(0, colon);
  if (colon == std::string::npos) return std::nullopt;
  return unless(is_declared(need.substr(0, colon), need.substr(colon + 1)), "the server's schema declares otherwise than " + need);
}

/// Of users. A server that does not show its resource types may have it.
bool ConformanceTarget::has_extension(std::string_view urn) const {
  const Json* const user = element(find(resource_types_, "/Resources"), "name", "User");
  return user == nullptr || element(find(*user, "/schemaExtensions"), "schema", urn) != nullptr;
}

/// "mutability=readWrite", "returned=default|always", "kept".
bool ConformanceTarget::is_declared(const std::string& path, std::string_view characteristics) const {
  if (characteristics == kKept.first) return std::all_of(kKept.second.begin(), kKept.second.end(), [&](std::string_view each) { return is_declared(path, each); });
  const std::size_t equals = characteristics.find('=');
  const std::string name(characteristics.substr(0, equals));
  const std::string_view values = characteristics.substr(equals + 1);
  for (const std::string& each : is_inherited(name) ? lineage(path) : std::vector{path}) {
    const Json* const declared = attribute(each);
    if (declared == nullptr || !is_one_of(characteristic(*declared, name), values)) return false;
  }
  return true;
}

Json ConformanceTarget::required_of(const std::string& type, const std::string& name) const {
  const bool is_user = type == "User";
  Json body{{"schemas", Json::array({std::string(is_user ? urn::kUser : urn::kGroup)})}};
  const char* const naming = is_user ? "userName" : "displayName";
  const Json required = required_in(attribute(type), name);
  for (const auto& [member, value] : required.items()) {
    if (!equal_ignoring_case(member, naming)) body[member] = value;
  }
  body[naming] = name;
  const Json* const extensions = find_in(element(find(resource_types_, "/Resources"), "name", type), "/schemaExtensions");
  for (const Json& each : extensions == nullptr ? kNothing : *extensions) {
    if (!is_true(find(each, "/required"))) continue;
    const std::string urn = text_in(each, "schema");
    body["schemas"].push_back(urn);
    body[urn] = required_in(element(find(schemas_, "/Resources"), "id", urn), name);
  }
  return body;
}

}  // namespace scim::cli
