// SPDX-License-Identifier: MIT
#include "cli/import_references.h"

#include <algorithm>

#include "cli/writable.h"
#include "core/resource.h"
#include "core/text.h"

namespace scim::cli {
namespace {

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

/// nullopt: nobody yet.
Result<std::optional<std::string>> id_of(ReferenceFinder& finder, const ResourceType& type, const Reference& reference) {
  SCIM_ASSIGN(const auto types, finder.types_of(reference.attribute));
  auto id = finder.find_before(type, reference.text, types);
  if (!id) return fail(error_of(reference, std::move(id).error()));
  if (!*id && !may_come(type, reference.text, types)) return fail(error_of(reference, nobody(reference.text)));
  return id;
}

}  // namespace

Error nobody(const std::string& argument) {
  return {ErrorKind::invalid_value, "there is no user and no group with " + quote(argument), ""};
}

std::vector<OpenReference> single_references(const Resource& resource) {
  std::vector<OpenReference> all;
  for (const Attribute* attribute : reference_attributes(*resource.type)) {
    const Attribute& value = *attribute->find("value");
    const Json* const text = attribute->multi_valued ? nullptr : find_value(resource.body, value);
    const bool is_name = text != nullptr && text->is_string() && has_equals(text->get_ref<const std::string&>());
    if (is_name) all.push_back({value.path(), text->get<std::string>(), attribute});
  }
  return all;
}

Result<std::vector<OpenReference>> resolve_references(ReferenceFinder& finder, Resource& resource) {
  std::vector<OpenReference> open;
  std::optional<Error> error;
  for_each_reference(*resource.type, resource.body, [&](const Reference& reference) {
    if (error || !has_equals(reference.text)) return true;
    auto id = id_of(finder, *resource.type, reference);
    if (!id) error = std::move(id).error();
    else if (*id) reference.text = **id;
    else open.push_back({reference.path(), reference.text, &reference.attribute});
    return !id || id->has_value();
  });
  if (error) return fail(*std::move(error));
  return open;
}

Try<void> ReferenceCompleter::complete(const std::string& id, const OpenReference& reference) {
  SCIM_ASSIGN(const auto types, finder_.types_of(*reference.attribute));
  SCIM_ASSIGN(const auto target, finder_.find(reference.argument, types));
  if (!target) return fail(nobody(reference.argument));
  Request request = request_for("PATCH", resource_path(type_, id), "attributes=id");
  const Json value = reference.attribute->multi_valued ? Json::array({{{"value", *target}}}) : Json(*target);
  request.body = to_text(patch_message(Json::array({{{"op", "add"}, {"path", reference.path}, {"value", value}}})));
  SCIM_TRY(backend_.send(std::move(request)));
  return {};
}

}  // namespace scim::cli
