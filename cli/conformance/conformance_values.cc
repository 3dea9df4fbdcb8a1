// SPDX-License-Identifier: MIT
#include "cli/conformance/conformance_values.h"

#include <algorithm>

#include "cli/conformance/expectation.h"
#include "core/text.h"

namespace scim::cli {
namespace {

constexpr std::string_view kOpen = "{{";
constexpr std::string_view kClose = "}}";
constexpr const char* kRequired = "+required";
constexpr const char* kBeyond = "+beyond";
constexpr const char* kSchemas = "schemas";
/// Behind the name of an answer.
constexpr const char* kHeaders = ":";
/// What claims to take more than this is not tried.
constexpr std::int64_t kMostElements = 20000;
/// Names of users are addresses of e-mail, because some servers want them to be. The domain is nobody's (RFC 2606).
constexpr const char* kDomain = "@example.com";

std::string as_text(const Json& value) { return value.is_string() ? value.get<std::string>() : to_text(value); }

/// What both have. Null: nothing.
Json united(const Json& a, const Json& b) {
  if (!a.is_array() || !b.is_array()) return b;
  Json out = a;
  for (const Json& each : b) {
    if (std::find(a.begin(), a.end(), each) == a.end()) out.push_back(each);
  }
  return out;
}

Json merged(const Json& required, const Json& wanted);

/// Names of attributes have no case.
Json merged_members(Json required, const Json& wanted) {
  for (const auto& [member, value] : wanted.items()) {
    Json under;
    for (auto at = required.begin(); at != required.end();) {
      if (!equal_ignoring_case(at.key(), member)) {
        ++at;
        continue;
      }
      under = at.value();
      at = required.erase(at);
    }
    required[member] = member == kSchemas ? united(under, value) : merged(under, value);
  }
  return required;
}

/// `wanted` over what the server requires. Each element of a list is a value of its own.
Json merged(const Json& required, const Json& wanted) {
  if (required.is_object() && wanted.is_object()) return merged_members(required, wanted);
  if (!required.is_array() || required.empty() || !wanted.is_array()) return wanted;
  Json out = Json::array();
  for (const Json& each : wanted) out.push_back(merged(required.front(), each));
  return out;
}

Result<Json> beyond(const Json& object) {
  const Json& most = object.at(kBeyond);
  const bool is_feasible = most.is_number_integer() && most >= 0 && most <= kMostElements;
  if (!is_feasible) return fail(ErrorKind::bad_request, "cannot go beyond " + to_text(most));
  return Json(Json::array_t(most.get<std::size_t>() + 1, object.at("each")));
}

/// Values are segments, but for those that are paths themselves.
std::string as_segment(const Json& value) {
  const std::string segment = as_text(value);
  return segment.starts_with('/') ? segment : encoded_segment(segment);
}

}  // namespace

Json json_of(const std::string& body) {
  Json json = Json::parse(body, nullptr, false);
  return json.is_discarded() ? Json() : json;
}

/// A colon needs no escape there (RFC 3986 3.3), and URNs are full of them.
std::string encoded_segment(std::string_view text) {
  std::string out;
  for (std::size_t at = 0; at <= text.size();) {
    const std::size_t colon = std::min(text.find(':', at), text.size());
    out += (at == 0 ? "" : ":") + percent_encode(text.substr(at, colon - at));
    at = colon + 1;
  }
  return out;
}

std::string text_found(const Json& json, const std::string& pointer) {
  const Json* const value = find(json, pointer);
  return value != nullptr && value->is_string() ? value->get<std::string>() : std::string();
}

ConformanceValues::ConformanceValues(const ConformanceTarget& target, std::string run)
    : target_(&target), run_(std::move(run)), values_(Json{{"run", run_}, {"answer", nullptr}}) {}

void ConformanceValues::keep_answer(const std::string& name, const Response& response) {
  for (const std::string& each : {std::string("answer"), name}) {
    if (each.empty()) continue;
    values_[each] = json_of(response.body);
    values_[each + ".status"] = std::to_string(response.status);
    Json& headers = values_[each + kHeaders] = Json::object();
    for (const auto& [header, value] : response.headers) headers[ascii_lower(header)] = value;
  }
}

void ConformanceValues::keep_path(const std::string& name, std::string path) { values_[name + ".path"] = std::move(path); }

void ConformanceValues::keep_item(Json item) { values_["item"] = std::move(item); }

std::string ConformanceValues::id_of(const std::string& name) const { return text_found(values_.value(name, Json()), "/id"); }

Result<Json> ConformanceValues::expanded(const Json& json) {
  if (json.is_string()) return expanded_text(json.get_ref<const std::string&>());
  if (!json.is_structured()) return json;
  Json out = json.is_array() ? Json::array() : Json::object();
  for (const auto& [name, value] : json.items()) {
    SCIM_ASSIGN(Json inner, expanded(value));
    SCIM_ASSIGN(const Json key, expanded_text(name));
    if (json.is_array()) out.push_back(std::move(inner));
    else out[key.get<std::string>()] = std::move(inner);
  }
  if (out.is_object() && out.contains(kBeyond)) return beyond(out);
  return out.is_object() && out.contains(kRequired) ? with_required(out) : out;
}

Result<Json> ConformanceValues::referred(const std::string& reference) const {
  const auto value = value_of(reference);
  if (!value) return fail(ErrorKind::bad_request, "no answer had " + reference);
  return *value;
}

/// A text that is one placeholder is the value itself.
Result<Json> ConformanceValues::expanded_text(const std::string& text) const {
  const bool is_one = text.starts_with(kOpen) && text.find(kClose) + kClose.size() == text.size();
  if (is_one) return referred(text.substr(kOpen.size(), text.size() - kOpen.size() - kClose.size()));
  SCIM_ASSIGN(std::string out, replaced(text, as_text));
  return Json(std::move(out));
}

/// Each placeholder by what `written` makes of its value.
Result<std::string> ConformanceValues::replaced(const std::string& text, std::string (*written)(const Json&)) const {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t open = std::min(text.find(kOpen, at), text.size());
    out += text.substr(at, open - at);
    if (open == text.size()) break;
    const std::size_t close = text.find(kClose, open);
    SCIM_ASSIGN(const Json value, referred(text.substr(open + kOpen.size(), close - open - kOpen.size())));
    out += written(value);
    at = close + kClose.size();
  }
  return out;
}

/// `object` over what the server wants.
Json ConformanceValues::with_required(Json object) {
  const std::string type = object.at(kRequired).get<std::string>();
  const std::string name = run_ + '-' + std::to_string(++names_);
  object.erase(kRequired);
  return merged(target_->required_of(type, type == "User" ? name + kDomain : name), object);
}

Result<std::string> ConformanceValues::expanded_path(const std::string& text) const { return replaced(text, as_segment); }

/// "ada/meta/version", "ada:ETag": names of headers have no case.
const Json* ConformanceValues::one_value(std::string_view reference) const {
  const std::size_t slash = std::min(reference.find('/'), reference.size());
  const std::size_t colon = reference.substr(0, slash).find(kHeaders);
  if (colon == std::string_view::npos) {
    const auto at = values_.find(std::string(reference.substr(0, slash)));
    return at == values_.end() ? nullptr : find(*at, std::string(reference.substr(slash)));
  }
  const auto headers = values_.find(std::string(reference.substr(0, colon + 1)));
  return headers == values_.end() ? nullptr : find(*headers, '/' + ascii_lower(reference.substr(colon + 1)));
}

std::optional<Json> ConformanceValues::value_of(std::string_view alternatives) const {
  while (!alternatives.empty()) {
    const std::string_view reference = alternatives.substr(0, alternatives.find('|'));
    alternatives.remove_prefix(std::min(reference.size() + 1, alternatives.size()));
    const Json* const value = one_value(reference);
    if (value != nullptr && !value->is_null()) return *value;
  }
  return std::nullopt;
}

std::vector<Json> ConformanceValues::elements_of(const std::string& list) const {
  std::vector<Json> at = {values_};
  for (std::size_t begin = 0; begin <= list.size();) {
    const std::size_t end = std::min(list.find('/', begin), list.size());
    const std::string name = list.substr(begin, end - begin);
    std::vector<Json> next;
    for (const Json& each : at) {
      if (name == "*" && each.is_array()) next.insert(next.end(), each.begin(), each.end());
      if (name != "*" && each.is_object() && each.contains(name)) next.push_back(each.at(name));
    }
    at = std::move(next);
    begin = end + 1;
  }
  return at;
}

}  // namespace scim::cli
