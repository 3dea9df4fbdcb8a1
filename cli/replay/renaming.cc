// SPDX-License-Identifier: MIT
#include "cli/replay/renaming.h"

#include <algorithm>

#include "cli/backend.h"
#include "cli/files/input.h"
#include "core/member.h"
#include "core/path.h"
#include "core/reference_walk.h"
#include "core/text.h"

namespace scim::cli {
namespace {

constexpr std::string_view kMe = "/Me";

Json parsed(const std::string& text) {
  auto value = parse_json(text, kFileLimits);
  return value ? *std::move(value) : Json();
}

/// "" unless it is there, and text.
std::string text_of(const Json& object, std::string_view name) {
  const Json* const value = find_member(object, name);
  return value != nullptr && value->is_string() ? value->get<std::string>() : "";
}

}  // namespace

std::string_view without_slash(std::string_view path) {
  while (path.ends_with('/')) path.remove_suffix(1);
  return path;
}

bool is_bulk(std::string_view path) { return without_slash(path) == "/Bulk"; }

std::string id_of(const Response& response) {
  std::string id = text_at(parsed(response.body), "id");
  const std::string_view location = response.header("Location");
  if (!id.empty() || location.empty()) return id;
  return percent_decode(location.substr(location.rfind('/') + 1), Plus::literal).value_or("");
}

std::string version_of(const Response& response) {
  const std::string_view header = response.header("ETag");
  if (!header.empty()) return std::string(header);
  return version_of(parsed(response.body));
}

/// What a body refers to.
class Renaming::References final : public ReferenceVisitor {
 public:
  explicit References(const Renaming& renaming) : renaming_(renaming) {}

  void id(const Attribute& link, const Json* holder, std::string& id) override { id = renaming_.id(renaming_.endpoints_of(link, holder), id); }
  void uri(std::string& uri) override { uri = renaming_.path(uri); }
  void filter(const Attribute& link, std::string& path) override {
    const auto parsed = parse_path(path);
    if (!parsed || parsed->filter == nullptr) return;
    Filter filter = *parsed->filter;
    if (!renaming_.rename(filter, nullptr, &link)) return;
    path = parsed->name.text() + '[' + to_text(filter) + ']' + (parsed->sub.empty() ? "" : '.' + parsed->sub);
  }

 private:
  const Renaming& renaming_;
};

std::optional<Renaming::Name> Renaming::name_in(std::string_view path) {
  path = without_slash(path);
  const std::size_t last = path.rfind('/');
  if (last == std::string_view::npos || last == 0) return std::nullopt;
  const std::size_t first = path.rfind('/', last - 1);
  const auto id = percent_decode(path.substr(last + 1), Plus::literal);
  if (first == std::string_view::npos || !id) return std::nullopt;
  return Name{path.substr(first, last - first), *id};
}

void Renaming::learn(std::string_view was, std::string_view is) {
  const auto old_name = name_in(was);
  const auto new_name = name_in(is);
  // Also what has kept its id: that of another type is not meant.
  if (old_name && new_name) ids_[*old_name] = new_name->second;
}

void Renaming::learn_version(const std::string& path, const std::string& was, const std::string& is) {
  if (!was.empty() && !is.empty() && was != is) versions_[path + ' ' + was] = is;
}

void Renaming::learn_made(std::string_view path, const Response& was, const Response& is) {
  if (is_bulk(path)) return learn_bulk(parsed(was.body), parsed(is.body));
  const ResourceType* const type = type_at(path);
  const std::string collection = (type != nullptr ? type->endpoint : std::string(without_slash(path))) + '/';
  const std::string old_id = id_of(was);
  const std::string new_id = id_of(is);
  if (old_id.empty() || new_id.empty()) return;
  const std::string now = collection + percent_encode(new_id);
  learn(collection + percent_encode(old_id), now);
  learn_version(now, version_of(was), version_of(is));
}

void Renaming::learn_bulk(const Json& was, const Json& is) {
  const Json* const old_operations = find_member(was, "Operations");
  const Json* const new_operations = find_member(is, "Operations");
  if (old_operations == nullptr || new_operations == nullptr) return;
  for (const Json& operation : *old_operations) {
    const std::string bulk_id = text_of(operation, "bulkId");
    const auto same = std::find_if(new_operations->begin(), new_operations->end(), [&](const Json& other) { return text_of(other, "bulkId") == bulk_id; });
    if (bulk_id.empty() || same == new_operations->end()) continue;
    learn(text_of(operation, "location"), text_of(*same, "location"));
    const auto name = name_in(text_of(*same, "location"));
    if (name) learn_version(name->first + '/' + percent_encode(name->second), text_of(operation, "version"), text_of(*same, "version"));
  }
}

const ResourceType* Renaming::type_at(std::string_view path) const {
  path = path.substr(0, path.find('/', 1));
  return path == kMe ? types_.type_by_name("User") : types_.type_by_endpoint(path);
}

std::string Renaming::id(const std::vector<std::string>& endpoints, const std::string& was) const {
  for (const std::string& endpoint : endpoints) {
    const auto at = ids_.find({endpoint, was});
    if (at != ids_.end()) return at->second;
  }
  return was;
}

std::vector<std::string> Renaming::endpoints_of(const Attribute& link, const Json* holder) const {
  if (holder != nullptr) {
    const auto name = name_in(text_of(*holder, "$ref"));
    if (name) return {name->first};
    const ResourceType* const type = types_.type_by_name(text_of(*holder, "type"));
    if (type != nullptr) return {type->endpoint};
  }
  std::vector<std::string> endpoints;
  const Attribute* const address = link.find("$ref");
  for (const std::string& name : address == nullptr ? std::vector<std::string>() : address->reference_types) {
    const ResourceType* const type = types_.type_by_name(name);
    if (type != nullptr) endpoints.push_back(type->endpoint);
  }
  if (!endpoints.empty()) return endpoints;
  for (const auto& type : types_.types()) endpoints.push_back(type->endpoint);
  return endpoints;
}

std::string Renaming::version(const std::string& path, const std::string& was) const {
  const auto at = versions_.find(path + ' ' + was);
  return at == versions_.end() ? was : at->second;
}

std::string Renaming::path(std::string_view was) const {
  const auto name = name_in(was);
  const auto at = name ? ids_.find(*name) : ids_.end();
  if (at == ids_.end() || at->second == name->second) return std::string(was);
  const std::string_view plain = without_slash(was);
  const std::size_t begin = plain.rfind('/') + 1;
  return std::string(was.substr(0, begin)) + percent_encode(at->second) + std::string(was.substr(plain.size()));
}

std::string Renaming::query(std::string_view was, std::string_view path) const {
  const ResourceType* const type = type_at(path);
  if (type == nullptr) return std::string(was);
  std::string out;
  while (!was.empty()) {
    const std::string_view parameter = was.substr(0, was.find('&'));
    was.remove_prefix(std::min(parameter.size() + 1, was.size()));
    const std::size_t equals = std::min(parameter.find('='), parameter.size());
    const auto name = percent_decode(parameter.substr(0, equals), Plus::space);
    const auto value = percent_decode(parameter.substr(std::min(equals + 1, parameter.size())), Plus::space);
    const bool is_filter = name && value && equal_ignoring_case(*name, "filter");
    const std::string now = is_filter ? filter(*value, *type) : "";
    out += out.empty() ? "" : "&";
    out += !is_filter || now == *value ? std::string(parameter) : std::string(parameter.substr(0, equals)) + '=' + percent_encode(now);
  }
  return out;
}

std::string Renaming::filter(std::string_view was, const ResourceType& type) const {
  auto parsed = parse_filter(was);
  return parsed && rename(*parsed, &type, nullptr) ? to_text(*parsed) : std::string(was);
}

bool Renaming::rename(Filter& filter, const ResourceType* type, const Attribute* within) const {
  const bool names_one = filter.kind == Filter::Kind::compare || filter.kind == Filter::Kind::value_path;
  const Attribute* attribute = within;
  if (names_one && within != nullptr) attribute = within->find(filter.path.name);
  else if (names_one) attribute = resolve(*type, filter.path);
  if (names_one && attribute == nullptr) return false;
  if (filter.kind == Filter::Kind::compare) return rename_literal(filter, within == nullptr ? type : nullptr, *attribute);
  bool any = false;
  for (Filter& child : filter.children) any = rename(child, type, attribute) || any;
  return any;
}

bool Renaming::rename_literal(Filter& filter, const ResourceType* type, const Attribute& attribute) const {
  const bool is_whole = filter.literal.is_string() && (filter.op == Op::eq || filter.op == Op::ne);
  if (!is_whole) return false;
  const std::string was = filter.literal.get<std::string>();
  const Attribute* const link = link_of(attribute);
  const bool is_own_id = type != nullptr && attribute.parent == nullptr && attribute.name == "id";
  std::string is = was;
  if (is_own_id) is = id({type->endpoint}, was);
  else if (link != nullptr) is = id(endpoints_of(*link, nullptr), was);
  else if (holds_uri(attribute) || attribute.name == "location") is = path(was);
  filter.literal = is;
  return is != was;
}

Json Renaming::body(Json was, std::string_view path) const {
  Json* const operations = find_member(was, "Operations");
  if (is_bulk(path)) {
    if (operations != nullptr) rename_bulk(*operations);
    return was;
  }
  const ResourceType* const type = type_at(path);
  if (type == nullptr) return was;
  if (without_slash(path).ends_with("/.search")) {
    Json* const searched = find_member(was, "filter");
    if (searched != nullptr && searched->is_string()) *searched = filter(searched->get<std::string>(), *type);
    return was;
  }
  References references(*this);
  walk_references(*type, operations != nullptr ? Operation::patch : Operation::create, was, references);
  return was;
}

void Renaming::rename_bulk(Json& operations) const {
  for (Json& operation : operations) {
    Json* const target = find_member(operation, "path");
    if (target == nullptr || !target->is_string()) continue;
    const std::string was = target->get<std::string>();
    *target = path(was);
    Json* const data = find_member(operation, "data");
    if (data != nullptr) *data = body(std::move(*data), was);
    Json* const known = find_member(operation, "version");
    if (known != nullptr && known->is_string()) *known = version(target->get<std::string>(), known->get<std::string>());
  }
}

}  // namespace scim::cli
