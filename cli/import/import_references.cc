// SPDX-License-Identifier: MIT
#include "cli/import/import_references.h"

#include <algorithm>
#include <map>
#include <set>

#include "cli/writable.h"
#include "core/resource.h"
#include "core/text.h"

namespace scim::cli {
namespace {

/// There is nobody whom the name means.
Error nobody(const std::string& argument) {
  return {ErrorKind::invalid_value, "there is no user and no group with " + quote(argument), ""};
}

/// Records come in the order of the file: others of their type may follow.
bool may_come(const ResourceType& type, const std::string& text, const ReferenceFinder::Types& types) {
  return std::find(types.begin(), types.end(), &type) != types.end() && lookup_of(text, type).has_value();
}

/// What is wrong with the reference is wrong with the record; that nobody could be looked up is not about it.
Error error_of(const Reference& reference, Error error) {
  // Those that are written together with the record have other ids when they are written again.
  if (error.kind == ErrorKind::conflict) error.detail = quote(reference.text) + " fits several resources";
  const int status = info(error.kind).status;
  const bool is_of_record = status == 400 || status == 404 || status == 409;
  if (status < 500) error.kind = is_of_record ? ErrorKind::invalid_value : ErrorKind::unavailable;
  error.detail.insert(0, reference.path() + ": ");
  return error;
}

using Ids = std::map<const Attribute*, std::vector<std::string>>;
using Nobodies = std::map<const Attribute*, std::set<std::string>>;

/// How many references there are, names included.
std::size_t append_ids(Resource& resource, ReferenceFinder& finder, Ids& ids) {
  std::size_t count = 0;
  for_each_reference(*resource.type, resource.body, [&](const Reference& reference) {
    const auto types = finder.types_of(reference.attribute);
    auto id = types ? id_in(reference.text, *types) : std::nullopt;
    if (id) ids[&reference.attribute].push_back(*std::move(id));
    ++count;
    return true;
  });
  return count;
}

Result<Nobodies> nobodies_of(ReferenceFinder& finder, const Ids& ids) {
  Nobodies nobodies;
  for (const auto& [attribute, some] : ids) {
    SCIM_ASSIGN(const auto types, finder.types_of(*attribute));
    SCIM_ASSIGN(nobodies[attribute], finder.nobodies(some, types));
  }
  return nobodies;
}

/// nullopt: nobody yet.
Result<std::optional<std::string>> id_of(ReferenceFinder& finder, const ResourceType& type, const Reference& reference, const Nobodies& nobodies) {
  SCIM_ASSIGN(const auto types, finder.types_of(reference.attribute));
  if (const auto id = id_in(reference.text, types)) {
    if (!nobodies.at(&reference.attribute).contains(*id)) return id;
    if (!reference.attribute.multi_valued) return std::nullopt;
    return fail(error_of(reference, no_such_id(*id, types)));
  }
  auto id = finder.find_before(type, reference.text, types);
  if (!id) return fail(error_of(reference, std::move(id).error()));
  if (!*id && !may_come(type, reference.text, types)) return fail(error_of(reference, nobody(reference.text)));
  return id;
}

}  // namespace

void look_for_ids(ReferenceFinder& finder, std::vector<ImportEntry>& entries) {
  Ids ids;
  for (ImportEntry& entry : entries) {
    if (entry.resource) append_ids(*entry.resource, finder, ids);
  }
  static_cast<void>(nobodies_of(finder, ids));  // what is in the way is in the way of the record, too
}

Result<std::string> target_of(ReferenceFinder& finder, const OpenReference& reference) {
  SCIM_ASSIGN(const auto types, finder.types_of(*reference.attribute));
  if (const auto id = id_in(reference.argument, types)) {
    SCIM_ASSIGN(const auto nobodies, finder.nobodies({*id}, types));
    if (nobodies.empty()) return *id;
    return fail(ErrorKind::invalid_value, no_such_id(*id, types).detail);
  }
  SCIM_ASSIGN(auto id, finder.find(reference.argument, types));
  if (!id) return fail(nobody(reference.argument));
  return *std::move(id);
}

std::vector<OpenReference> single_references(const Resource& resource) {
  std::vector<OpenReference> all;
  for (const Attribute* attribute : reference_attributes(*resource.type)) {
    const Attribute& value = *attribute->find("value");
    const Json* const text = attribute->multi_valued ? nullptr : find_value(resource.body, value);
    if (text != nullptr && text->is_string()) all.push_back({value.path(), text->get<std::string>(), attribute});
  }
  return all;
}

Result<std::vector<OpenReference>> resolve_references(ReferenceFinder& finder, Resource& resource) {
  Ids ids;
  if (append_ids(resource, finder, ids) == 0) return std::vector<OpenReference>();
  SCIM_ASSIGN(const Nobodies nobodies, nobodies_of(finder, ids));
  std::vector<OpenReference> open;
  std::optional<Error> error;
  for_each_reference(*resource.type, resource.body, [&](const Reference& reference) {
    if (error) return true;
    auto id = id_of(finder, *resource.type, reference, nobodies);
    if (!id) {
      error = std::move(id).error();
      return true;
    }
    if (*id) reference.text = **id;
    else open.push_back({reference.path(), reference.text, &reference.attribute});
    return id->has_value();
  });
  if (error) return fail(*std::move(error));
  return open;
}

Try<void> ReferenceCompleter::complete(const std::string& id, const OpenReference& reference) {
  SCIM_ASSIGN(const std::string target, target_of(finder_, reference));
  Request request = request_for("PATCH", resource_path(type_, id), "attributes=id");
  const Json value = reference.attribute->multi_valued ? Json::array({{{"value", target}}}) : Json(target);
  request.body = to_text(patch_message(Json::array({{{"op", "add"}, {"path", reference.path}, {"value", value}}})));
  SCIM_TRY(backend_.send(std::move(request)));
  return {};
}

}  // namespace scim::cli
