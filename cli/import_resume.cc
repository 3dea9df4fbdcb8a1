// SPDX-License-Identifier: MIT
#include "cli/import_resume.h"

#include "cli/existing.h"
#include "cli/lookup.h"
#include "cli/references.h"
#include "cli/resource_finder.h"
#include "cli/set_path.h"
#include "core/resource.h"

namespace scim::cli {
namespace {

/// The text that the record has there, "" if none.
std::string text_of(const ImportEntry& entry, const Attribute* attribute) {
  const Json* const value = attribute != nullptr && entry.resource ? find_value(entry.resource->body, *attribute) : nullptr;
  return value != nullptr && value->is_string() ? value->get<std::string>() : std::string();
}

/// What tells a record of the type from others.
const Attribute* key_attribute(const ResourceType& type, const ImportEntry& entry) {
  for (const char* name : {"userName", "externalId", "displayName"}) {
    const Attribute* const attribute = type.find(name);
    if (!text_of(entry, attribute).empty()) return attribute;
  }
  return nullptr;
}

/// What an import completes only in the end, when whoever is named has come: an import that was broken off had not come to it.
std::vector<OpenReference> late_references(Resource& resource) {
  const ResourceType& type = *resource.type;
  std::vector<OpenReference> all;
  for_each_reference(type, resource.body, [&](const Reference& reference) {
    // Users are there before a group has them as members.
    const bool may_be_late = reference.attribute.multi_valued ? lookup_of(reference.text, type).has_value() : has_equals(reference.text);
    if (may_be_late) all.push_back({reference.path(), reference.text, &reference.attribute});
    return true;
  });
  return all;
}

}  // namespace

Try<void> ResumeFilter::look_up(const std::vector<ImportEntry>& entries) {
  std::map<const Attribute*, std::vector<Sought>> unknown;
  for (const ImportEntry& entry : entries) {
    const Attribute* const attribute = key_attribute(type_, entry);
    if (attribute == nullptr) continue;
    const std::string value = text_of(entry, attribute);
    if (ids_.try_emplace(Key(attribute, key_of(*attribute, value))).second) unknown[attribute].push_back({attribute, value});
  }
  for (const auto& [attribute, sought] : unknown) {
    Found found(type_, {attribute});
    std::string query;
    append_parameter(query, "attributes", "id," + attribute->path());
    SCIM_TRY(ResourceFinder(backend_, type_, query).find(sought, found));
    for (const Json& resource : found.all()) {
      const Json* const value = find_value(resource, *attribute);
      if (value == nullptr || !value->is_string()) continue;
      const auto wanted = ids_.find(Key(attribute, key_of(*attribute, value->get<std::string>())));
      if (wanted != ids_.end()) wanted->second.push_back(text_at(resource, "id"));
    }
  }
  return {};
}

Try<void> ResumeFilter::take_out(std::vector<ImportEntry>& entries) {
  SCIM_TRY(look_up(entries));
  std::erase_if(entries, [&](ImportEntry& entry) {
    const Attribute* const attribute = key_attribute(type_, entry);
    if (attribute == nullptr) return false;
    std::vector<std::string>& ids = ids_[Key(attribute, key_of(*attribute, text_of(entry, attribute)))];
    if (ids.empty()) return false;
    std::vector<OpenReference> references = late_references(*entry.resource);
    if (!references.empty()) passed_over_.push_back({entry.line.number, ids.back(), std::move(references)});
    ids.pop_back();
    report_.add_skipped(entry.line);
    return true;
  });
  return {};
}

Try<void> ResumeFilter::finish() {
  ReferenceCompleter completer(backend_, type_);
  for (const PassedOver& each : passed_over_) {
    SCIM_ASSIGN(const Json now, backend_.send(request_for("GET", resource_path(type_, each.id), "")));
    for (const OpenReference& reference : each.references) {
      const auto target = resolve_target(reference.path, type_);
      const bool is_set = !reference.attribute->multi_valued && target && !target->read(now).is_null();
      if (is_set) continue;  // a group that is a member already is added once more, which changes nothing
      const auto done = completer.complete(each.id, reference);
      if (!done) report_.complain(each.number, {ErrorKind::invalid_value, reference.path + ": " + done.error().detail, "", {}});
    }
  }
  return {};
}

}  // namespace scim::cli
