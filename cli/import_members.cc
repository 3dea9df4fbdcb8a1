// SPDX-License-Identifier: MIT
#include "cli/import_members.h"

#include <array>

#include "cli/lookup.h"
#include "core/filter.h"
#include "core/text.h"

namespace scim::cli {
namespace {

/// The ids of at most two resources that fit.
Result<std::vector<std::string>> find_ids(Transaction& transaction, const ResourceType& type, std::string_view filter_text) {
  SCIM_ASSIGN(const Filter filter, parse_filter(filter_text));
  SCIM_ASSIGN(const Predicate where, bind(filter, type));
  const Projection projection = Projection::from_parameters(type, "id", "");
  Query query;
  query.type = &type;
  query.where = &where;
  query.projection = &projection;
  query.limit = 2;
  SCIM_ASSIGN(const std::vector<Resource> found, transaction.read(query));
  std::vector<std::string> ids;
  for (const Resource& resource : found) ids.emplace_back(resource.id());
  return ids;
}

Result<std::string> find_member(Transaction& transaction, const Registry& registry, const std::string& argument) {
  for (const char* name : {"User", "Group"}) {
    const ResourceType* type = registry.type_by_name(name);
    if (type == nullptr) continue;
    const auto filter = filter_of_id(argument, *type);
    if (!filter || !*filter) continue;  // an attribute of the other type
    SCIM_ASSIGN(const std::vector<std::string> ids, find_ids(transaction, *type, **filter));
    if (ids.size() > 1) return fail(ErrorKind::invalid_value, quote(argument) + " fits several resources");
    if (!ids.empty()) return ids.front();
  }
  return fail(ErrorKind::invalid_value, "there is no user and no group with " + quote(argument));
}

}  // namespace

Result<void> resolve_members(Transaction& transaction, const Registry& registry, Resource& resource) {
  for (const Attribute& attribute : resource.type->attributes) {
    const auto list = attribute.is_membership() ? resource.body.find(attribute.name) : resource.body.end();
    if (list == resource.body.end()) continue;
    for (Json& member : *list) {
      const std::string value = member_id(member);
      if (value.find('=') == std::string::npos) continue;
      auto id = find_member(transaction, registry, value);
      if (!id) id.error().detail.insert(0, attribute.name + ": ");
      SCIM_ASSIGN(member["value"], std::move(id));
    }
  }
  return {};
}

}  // namespace scim::cli
