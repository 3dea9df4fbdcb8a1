// SPDX-License-Identifier: MIT
#include "cli/renaming.h"

#include <algorithm>

#include "cli/input.h"
#include "core/text.h"

namespace scim::cli {
namespace {

bool refers(const Json& object, std::string_view name) {
  if (equal_ignoring_case(name, "$ref")) return true;
  if (!equal_ignoring_case(name, "value")) return false;
  // Of an operation it is an id if that is what stands at its path.
  if (!object.contains("op")) return true;
  const std::string path = ascii_lower(object.contains("path") && object.at("path").is_string() ? object.at("path").get<std::string>() : "");
  return path.ends_with("manager") || path.ends_with("manager.value") || path.ends_with("members") || path.ends_with("members.value");
}

Json parsed(const std::string& text) {
  auto value = parse_json(text, kFileLimits);
  return value ? *std::move(value) : Json();
}

}  // namespace

std::string id_in(const Json& resource) {
  if (!resource.is_object() || !resource.contains("id") || !resource.at("id").is_string()) return {};
  return resource.at("id").get<std::string>();
}

std::string id_of(const Response& response) {
  std::string id = id_in(parsed(response.body));
  const std::string_view location = response.header("Location");
  if (!id.empty() || location.empty()) return id;
  return percent_decode(location.substr(location.rfind('/') + 1), Plus::literal).value_or("");
}

std::string version_of(const Response& response) {
  const std::string_view header = response.header("ETag");
  if (!header.empty()) return std::string(header);
  static const Json::json_pointer kVersion("/meta/version");
  const Json body = parsed(response.body);
  if (!body.is_object() || !body.contains(kVersion) || !body.at(kVersion).is_string()) return {};
  return body.at(kVersion).get<std::string>();
}

void Renaming::learn_id(const std::string& was, const std::string& is) {
  if (!was.empty() && !is.empty() && was != is) ids_[was] = is;
}

void Renaming::learn_version(const std::string& path, const std::string& was, const std::string& is) {
  if (!was.empty() && !is.empty() && was != is) versions_[path + ' ' + was] = is;
}

std::string Renaming::id(const std::string& was) const {
  const auto at = ids_.find(was);
  return at == ids_.end() ? was : at->second;
}

std::string Renaming::version(const std::string& path, const std::string& was) const {
  const auto at = versions_.find(path + ' ' + was);
  return at == versions_.end() ? was : at->second;
}

std::string Renaming::path(std::string_view was) const {
  std::string out;
  while (!was.empty()) {
    const std::size_t end = std::min(was.find('/'), was.size());
    const std::string segment(was.substr(0, end));
    const std::string known = percent_decode(segment, Plus::literal).value_or(segment);
    const std::string now = id(known);
    out += now == known ? segment : percent_encode(now);
    if (end < was.size()) out += '/';
    was.remove_prefix(std::min(end + 1, was.size()));
  }
  return out;
}

std::string Renaming::query(std::string_view was) const {
  std::string out;
  while (!was.empty()) {
    const std::string_view parameter = was.substr(0, was.find('&'));
    was.remove_prefix(std::min(parameter.size() + 1, was.size()));
    const std::size_t equals = std::min(parameter.find('='), parameter.size());
    const auto value = percent_decode(parameter.substr(std::min(equals + 1, parameter.size())), Plus::space);
    const std::string now = value ? in_quotes(*value) : "";
    out += out.empty() ? "" : "&";
    out += !value || now == *value ? std::string(parameter) : std::string(parameter.substr(0, equals)) + '=' + percent_encode(now);
  }
  return out;
}

Json Renaming::body(Json was) const {
  if (was.is_object()) rename(was);
  if (!was.is_structured()) return was;
  for (Json& part : was) {
    if (part.is_structured()) part = body(std::move(part));
  }
  return was;
}

std::string Renaming::in_quotes(std::string text) const {
  for (std::size_t open = text.find('"'); open != std::string::npos; open = text.find('"', open + 1)) {
    const std::size_t close = text.find('"', open + 1);
    if (close == std::string::npos) break;
    const std::string now = id(text.substr(open + 1, close - open - 1));
    text.replace(open + 1, close - open - 1, now);
    open += now.size() + 1;
  }
  return text;
}

void Renaming::rename(Json& object) const {
  for (auto& [name, value] : object.items()) {
    if (!value.is_string()) continue;
    auto& text = value.get_ref<std::string&>();
    if (equal_ignoring_case(name, "path")) text = text.starts_with('/') ? path(text) : in_quotes(text);
    else if (equal_ignoring_case(name, "filter")) text = in_quotes(text);
    else if (refers(object, name)) text = text.find('/') == std::string::npos ? id(text) : path(text);
  }
}

}  // namespace scim::cli
