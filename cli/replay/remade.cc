// SPDX-License-Identifier: MIT
#include "cli/replay/remade.h"

#include <algorithm>
#include <array>

#include "cli/backend.h"
#include "cli/names/resource_finder.h"
#include "cli/replay/renaming.h"
#include "cli/writable.h"
#include "core/resource.h"
#include "core/text.h"

namespace scim::cli {
namespace {

/// Names of resources, the surest first.
constexpr std::array<std::string_view, 3> kNames = {"externalId", "userName", "displayName"};

std::optional<Sought> name_of(const ResourceType& type, const Json& resource) {
  for (const std::string_view name : kNames) {
    const Attribute* const attribute = type.find(name);
    const Json* const value = attribute == nullptr ? nullptr : find_value(resource, *attribute);
    if (value != nullptr && value->is_string() && !value->get_ref<const std::string&>().empty()) return Sought{attribute, value->get<std::string>()};
  }
  return std::nullopt;
}

std::optional<Instant> moment(const Json& resource, const char* name) {
  const Json::json_pointer pointer(std::string("/meta/") + name);
  const bool is_there = resource.contains(pointer) && resource.at(pointer).is_string();
  return is_there ? parse_instant(resource.at(pointer).get_ref<const std::string&>()) : std::nullopt;
}

/// Both by the clock of the server. Where it tells no time, it may have been.
bool was_made_after(const Json& candidate, const Json& deleted) {
  const auto made = moment(candidate, "created");
  const auto changed = moment(deleted, "lastModified");
  return !made || !changed || *made > *changed;
}

/// The same, but for members that `wanted` does not have: who is made again later is put into it.
Json without_other_members(const ResourceType& type, Json resource, const Json& wanted) {
  for (const Attribute& attribute : type.attributes) {
    const Json* const members = attribute.is_membership() ? find_value(resource, attribute) : nullptr;
    if (members == nullptr || !members->is_array()) continue;
    const Json* const known = find_value(wanted, attribute);
    Json kept = Json::array();
    for (const Json& member : *members) {
      const auto is_same = [&](const Json& other) { return member_id(other) == member_id(member); };
      if (known != nullptr && known->is_array() && std::any_of(known->begin(), known->end(), is_same)) kept.push_back(member);
    }
    assign_value(resource, attribute, kept.empty() ? Json() : std::move(kept));
  }
  return resource;
}

bool is_alike(const ResourceType& type, const Json& candidate, const Json& deleted) {
  const Json plain = without_secrets(type.attributes, without_other_members(type, candidate, deleted));
  return operations_between(type, plain, without_secrets(type.attributes, deleted)).empty();
}

}  // namespace

std::optional<Json> find_remade(Backend& backend, const ResourceType& type, const Json& deleted) {
  const auto name = name_of(type, deleted);
  if (!name) return std::nullopt;
  Found found(type, {});
  if (!ResourceFinder(backend, type, "").find({*name}, found)) return std::nullopt;
  for (const Json& candidate : found.all()) {
    const bool is_new = text_at(candidate, "id") == text_at(deleted, "id") || was_made_after(candidate, deleted);
    if (is_new && is_alike(type, candidate, deleted)) return candidate;
  }
  return std::nullopt;
}

Json without_secrets(const std::vector<Attribute>& attributes, Json body) {
  for (const Attribute& attribute : attributes) {
    const bool is_secret = attribute.mutability == Mutability::write_only || attribute.returned == Returned::never;
    if (is_secret && find_value(body, attribute) != nullptr) assign_value(body, attribute, nullptr);
    if (attribute.is_extension) body = without_secrets(attribute.sub_attributes, std::move(body));
  }
  return body;
}

}  // namespace scim::cli
