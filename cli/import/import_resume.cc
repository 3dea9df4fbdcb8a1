// SPDX-License-Identifier: MIT
#include "cli/import/import_resume.h"

#include "cli/names/existing.h"
#include "cli/names/lookup.h"
#include "cli/names/references.h"
#include "cli/set_path.h"
#include "core/resource.h"

namespace scim::cli {
namespace {

/// The text that the record has there, "" if none.
std::string text_of(const Json& body, const Attribute* attribute) {
  const Json* const value = attribute != nullptr ? find_value(body, *attribute) : nullptr;
  return value != nullptr && value->is_string() ? value->get<std::string>() : std::string();
}

/// What tells a record of the type from others.
std::optional<Sought> name_of(const ResourceType& type, const Json& body) {
  for (const char* name : {"userName", "externalId", "displayName"}) {
    const Attribute* const attribute = type.find(name);
    std::string text = text_of(body, attribute);
    if (!text.empty()) return Sought{attribute, std::move(text)};
  }
  return std::nullopt;
}

std::optional<Sought> name_of(const ResourceType& type, const ImportEntry& entry) {
  return entry.resource ? name_of(type, entry.resource->body) : std::nullopt;
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

ResumeFilter::Key ResumeFilter::key_of(const Sought& sought) { return {sought.attribute, cli::key_of(*sought.attribute, sought.value)}; }

Try<void> ResumeFilter::look_up(const std::vector<ImportEntry>& entries) {
  Unknown unknown;
  for (const ImportEntry& entry : entries) {
    const auto name = name_of(type_, entry);
    if (name && named_.try_emplace(key_of(*name)).second) unknown[name->attribute].push_back(*name);
  }
  return find(unknown);
}

Try<void> ResumeFilter::find(const Unknown& unknown) {
  for (const auto& [attribute, sought] : unknown) {
    Found found(type_, {attribute});
    std::string query;
    append_parameter(query, "attributes", "id," + attribute->path());
    SCIM_TRY(ResourceFinder(backend_, type_, query).find(sought, found));
    for (const Json& resource : found.all()) {
      const std::string value = text_of(resource, attribute);
      const auto wanted = value.empty() ? named_.end() : named_.find(key_of({attribute, value}));
      if (wanted != named_.end()) wanted->second.ids.push_back(text_at(resource, "id"));
    }
  }
  return {};
}

Try<void> ResumeFilter::take_out(std::vector<ImportEntry>& entries) {
  SCIM_TRY(look_up(entries));
  std::erase_if(entries, [&](ImportEntry& entry) {
    const auto name = name_of(type_, entry);
    if (!name) return false;
    Named& named = named_[key_of(*name)];
    if (named.ids.empty()) {
      ++named.let_through;
      return false;
    }
    pass_over(entry.line, named, late_references(*entry.resource));
    return true;
  });
  return {};
}

Try<bool> ResumeFilter::take_out_late(const Line& line, const Json& body, std::vector<OpenReference>& open) {
  const auto name = name_of(type_, body);
  if (!name) return false;
  Named& named = named_[key_of(*name)];
  if (named.let_through != 1) return false;  // the other record of this name may be the one that exists
  SCIM_TRY(find({{name->attribute, {*name}}}));
  if (named.ids.empty()) return false;
  pass_over(line, named, std::move(open));
  return true;
}

void ResumeFilter::pass_over(const Line& line, Named& named, std::vector<OpenReference> references) {
  if (!references.empty()) passed_over_.push_back({line.number, named.ids.back(), std::move(references)});
  named.ids.pop_back();
  report_.add_skipped(line);
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
