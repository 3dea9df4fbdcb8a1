// SPDX-License-Identifier: MIT
#include "cli/import_references.h"

#include "cli/lookup.h"
#include "cli/writable.h"
#include "core/filter.h"
#include "core/text.h"

namespace scim::cli {
namespace {

constexpr const char* kReferable[] = {"User", "Group"};

bool is_name(const std::string& value) { return value.find('=') != std::string::npos; }

tl::unexpected<Error> nobody(const std::string& argument) {
  return fail(ErrorKind::invalid_value, "there is no user and no group with " + quote(argument));
}

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

/// A manager and the like: a complex value with `value` and the `$ref` of a resource (RFC 7643 2.3.7).
bool is_single_reference(const Attribute& attribute) {
  const Attribute* const ref = attribute.multi_valued ? nullptr : attribute.find("$ref");
  return ref != nullptr && ref->type == Type::reference && attribute.find("value") != nullptr;
}

void append_single_references(const std::vector<Attribute>& attributes, std::vector<const Attribute*>& out) {
  for (const Attribute& attribute : attributes) {
    if (is_single_reference(attribute)) out.push_back(attribute.find("value"));
    else if (attribute.is_extension) append_single_references(attribute.sub_attributes, out);
  }
}

/// The `value` of each that names somebody in `resource`.
std::vector<const Attribute*> named_references(const Resource& resource) {
  std::vector<const Attribute*> all;
  append_single_references(resource.type->attributes, all);
  std::erase_if(all, [&](const Attribute* attribute) {
    const Json* const value = find_value(resource.body, *attribute);
    return value == nullptr || !value->is_string() || !is_name(value->get_ref<const std::string&>());
  });
  return all;
}

Result<void> resolve_members(const ReferenceFinder& find, Resource& resource) {
  for (const Attribute& attribute : resource.type->attributes) {
    const auto list = attribute.is_membership() ? resource.body.find(attribute.name) : resource.body.end();
    if (list == resource.body.end()) continue;
    for (Json& member : *list) {
      const std::string value = member_id(member);
      if (!is_name(value)) continue;
      auto id = find(value);
      if (id && !*id) id = nobody(value);
      if (!id) id.error().detail.insert(0, attribute.name + ": ");
      SCIM_ASSIGN(const std::optional<std::string> found, std::move(id));
      member["value"] = *found;
    }
  }
  return {};
}

}  // namespace

ReferenceFinder finder_in(Transaction& transaction, const Registry& registry) {
  return [&transaction, &registry](const std::string& argument) -> Result<std::optional<std::string>> {
    for (const char* name : kReferable) {
      const ResourceType* type = registry.type_by_name(name);
      if (type == nullptr) continue;
      const auto filter = filter_of_id(argument, *type);
      if (!filter || !*filter) continue;  // an attribute of the other type
      SCIM_ASSIGN(const std::vector<std::string> ids, find_ids(transaction, *type, **filter));
      if (ids.size() > 1) return fail(ErrorKind::invalid_value, quote(argument) + " fits several resources");
      if (!ids.empty()) return ids.front();
    }
    return std::nullopt;
  };
}

Result<std::optional<std::string>> RemoteFinder::operator()(const std::string& argument) {
  const auto known = known_.find(argument);
  if (known != known_.end()) return known->second;
  auto id = find_member_id(backend_, argument);
  if (id) return known_[argument] = *id;
  if (id.error().code == ExitCode::not_found) return known_[argument] = std::nullopt;
  return fail(ErrorKind::invalid_value, id.error().detail);
}

void RemoteFinder::forget_nobodies() {
  std::erase_if(known_, [](const auto& each) { return !each.second; });
}

bool has_single_references(const Resource& resource) { return !named_references(resource).empty(); }

Result<std::vector<OpenReference>> resolve_references(const ReferenceFinder& find, Resource& resource) {
  SCIM_TRY(resolve_members(find, resource));
  std::vector<OpenReference> open;
  for (const Attribute* attribute : named_references(resource)) {
    const std::string argument = find_value(resource.body, *attribute)->get<std::string>();
    SCIM_ASSIGN(const std::optional<std::string> id, find(argument));
    if (!id) open.push_back({attribute->path(), argument});
    assign_value(resource.body, id ? *attribute : *attribute->parent, id ? Json(*id) : Json());
  }
  return open;
}

Try<void> complete_reference(Backend& backend, const ReferenceFinder& find, const ResourceType& type, const std::string& id,
                             const OpenReference& reference) {
  SCIM_ASSIGN(const std::optional<std::string> target, find(reference.argument));
  if (!target) return nobody(reference.argument);
  Request request = request_for("PATCH", resource_path(type, id), "attributes=id");
  request.body = to_text(patch_message(Json::array({{{"op", "add"}, {"path", reference.path}, {"value", *target}}})));
  SCIM_TRY(backend.send(std::move(request)));
  return {};
}

}  // namespace scim::cli
