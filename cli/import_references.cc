// SPDX-License-Identifier: MIT
#include "cli/import_references.h"

#include "cli/lookup.h"
#include "cli/writable.h"
#include "core/filter.h"
#include "core/text.h"

namespace scim::cli {
namespace {

bool is_display_name(std::string_view argument) { return argument.starts_with("displayName="); }

/// Where a member is looked for at once.
std::vector<const char*> types_for(std::string_view argument) {
  if (is_display_name(argument)) return {"Group"};
  return {"User", "Group"};
}

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

Result<void> resolve_members(const ReferenceFinder& find, Resource& resource, std::vector<OpenReference>& open) {
  for (const Attribute& attribute : resource.type->attributes) {
    const auto list = attribute.is_membership() ? resource.body.find(attribute.name) : resource.body.end();
    if (list == resource.body.end()) continue;
    Json members = Json::array();
    for (Json& member : *list) {
      const std::string value = member_id(member);
      if (is_name(value)) {
        // A group within a group may stand further down; a user who is nobody is a mistake.
        auto id = find(value);
        if (id && !*id && !is_display_name(value)) id = nobody(value);
        if (!id) id.error().detail.insert(0, attribute.name + ": ");
        SCIM_ASSIGN(const std::optional<std::string> found, std::move(id));
        if (!found) open.push_back({attribute.path(), value});
        if (!found) continue;
        member["value"] = *found;
      }
      members.push_back(std::move(member));
    }
    assign_value(resource.body, attribute, members.empty() ? Json() : std::move(members));
  }
  return {};
}

}  // namespace

ReferenceFinder finder_in(Transaction& transaction, const Registry& registry) {
  return [&transaction, &registry](const std::string& argument) -> Result<std::optional<std::string>> {
    for (const char* name : types_for(argument)) {
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

Try<std::string> RemoteFinder::ask(const std::string& argument) {
  if (!is_display_name(argument)) return find_member_id(backend_, argument);
  SCIM_ASSIGN(const ResourceType* const groups, backend_.type(Kind::groups));
  return find_id(backend_, *groups, argument);
}

Result<std::optional<std::string>> RemoteFinder::operator()(const std::string& argument) {
  const auto known = known_.find(argument);
  if (known != known_.end()) return known->second;
  if (nobodies_.contains(argument)) return std::nullopt;
  const auto id = ask(argument);
  if (id) return known_[argument] = *id;
  switch (id.error().code) {
    case ExitCode::not_found: nobodies_.insert(argument); return std::nullopt;
    case ExitCode::conflict:
    case ExitCode::usage: return fail(ErrorKind::invalid_value, id.error().detail);
    case ExitCode::ok:
    case ExitCode::error:
    case ExitCode::access_denied:
    case ExitCode::precondition_failed:
    case ExitCode::some_failed:
    case ExitCode::different: break;
  }
  return fail(ErrorKind::unavailable, id.error().detail);  // it is not about the record
}

std::vector<OpenReference> single_references(const Resource& resource) {
  std::vector<OpenReference> all;
  for (const Attribute* attribute : named_references(resource)) {
    all.push_back({attribute->path(), find_value(resource.body, *attribute)->get<std::string>()});
  }
  return all;
}

Result<std::vector<OpenReference>> resolve_references(const ReferenceFinder& find, Resource& resource) {
  std::vector<OpenReference> open;
  SCIM_TRY(resolve_members(find, resource, open));
  for (const Attribute* attribute : named_references(resource)) {
    const std::string argument = find_value(resource.body, *attribute)->get<std::string>();
    std::optional<std::string> id;
    if (!is_display_name(argument)) {
      SCIM_ASSIGN(id, find(argument));
    }
    if (!id) open.push_back({attribute->path(), argument});
    assign_value(resource.body, id ? *attribute : *attribute->parent, id ? Json(*id) : Json());
  }
  return open;
}

Try<std::string> ReferenceCompleter::find(const std::string& argument, bool is_member) {
  if (is_member) return find_member_id(backend_, argument);
  const auto known = managers_.find(argument);
  if (known != managers_.end()) return known->second;
  SCIM_ASSIGN(const ResourceType* const users, backend_.type(Kind::users));
  SCIM_ASSIGN(const std::string id, find_id(backend_, *users, argument));
  return managers_[argument] = id;
}

Try<void> ReferenceCompleter::complete(const std::string& id, const OpenReference& reference) {
  const Attribute* const attribute = type_.find(reference.path);
  const bool is_member = attribute != nullptr && attribute->is_membership();
  const auto target = find(reference.argument, is_member);
  if (!target && target.error().code == ExitCode::not_found) return nobody(reference.argument);
  if (!target) return fail(target.error());
  Request request = request_for("PATCH", resource_path(type_, id), "attributes=id");
  const Json value = is_member ? Json::array({{{"value", *target}}}) : Json(*target);
  request.body = to_text(patch_message(Json::array({{{"op", "add"}, {"path", reference.path}, {"value", value}}})));
  SCIM_TRY(backend_.send(std::move(request)));
  return {};
}

}  // namespace scim::cli
