// SPDX-License-Identifier: MIT
#include "cli/import/import_preview.h"

#include <algorithm>
#include <array>
#include <map>

#include "cli/import/import_references.h"
#include "cli/names/existing.h"
#include "cli/set_path.h"
#include "core/text.h"

namespace scim::cli {
namespace {

/// The text that the resource has there, "" if none.
std::string text_of(const ImportEntry& entry, const Attribute& attribute) {
  const Json* const value = entry.resource ? find_value(entry.resource->body, attribute) : nullptr;
  return value != nullptr && value->is_string() ? value->get<std::string>() : std::string();
}

/// Texts that no two resources may have, as far as many can be looked up by them at once: those of lists cannot.
void append_unique(const std::vector<Attribute>& attributes, std::vector<const Attribute*>& out) {
  for (const Attribute& attribute : attributes) {
    if (attribute.multi_valued || attribute.mutability == Mutability::read_only) continue;
    if (attribute.type == Type::complex) append_unique(attribute.sub_attributes, out);
    const bool is_unique = attribute.uniqueness != Uniqueness::none && attribute.type == Type::string;
    if (is_unique) out.push_back(&attribute);
  }
}

std::vector<const Attribute*> unique_attributes(const ResourceType& type) {
  std::vector<const Attribute*> all;
  append_unique(type.attributes, all);
  return all;
}

/// What references name resources by.
constexpr std::array kNames = {"userName", "displayName", "externalId", "emails.value"};

std::vector<Target> names_of(const ResourceType& type) {
  std::vector<Target> names;
  for (const char* path : kNames) {
    if (auto target = resolve_target(path, type)) names.push_back(*std::move(target));
  }
  return names;
}

Try<std::set<std::string>> taken_among(Backend& backend, const ResourceType& type, const Attribute& attribute, const std::vector<ImportEntry>& entries) {
  std::vector<std::string> values;
  for (const ImportEntry& entry : entries) {
    std::string value = text_of(entry, attribute);
    if (!value.empty()) values.push_back(std::move(value));
  }
  return taken_values(backend, type, attribute, values);
}

/// Also finds those whom the file would make.
class PreviewFinder final : public BackendFinder {
 public:
  explicit PreviewFinder(Backend& backend) : BackendFinder(backend) {}
  void add(const Attribute& attribute, const std::string& value) { importable_.insert(key(attribute, value)); }

 private:
  Result<std::vector<std::string>> ids_having(const ResourceType& type, const Lookup& lookup) override {
    SCIM_ASSIGN(auto ids, BackendFinder::ids_having(type, lookup));
    const std::string value(lookup.value);
    if (ids.empty() && importable_.contains(key(*lookup.attribute, value))) ids.push_back(value);
    return ids;
  }
  /// The same attribute of two types is two.
  static std::pair<const Attribute*, std::string> key(const Attribute& attribute, const std::string& value) {
    return {&attribute, key_of(attribute, value)};
  }

  std::set<std::pair<const Attribute*, std::string>> importable_;
};

class ImportPreview final : public ImportSink {
 public:
  ImportPreview(Backend& backend, const ResourceType& type, ImportReport& report)
      : backend_(backend), type_(type), report_(report), finder_(backend), unique_(unique_attributes(type)), names_(names_of(type)) {}

  Try<bool> write(std::vector<ImportEntry>& entries) override {
    for (const Attribute* attribute : unique_) {
      SCIM_ASSIGN(auto taken, taken_among(backend_, type_, *attribute, entries));
      seen_[attribute].merge(taken);
    }
    look_for_ids(finder_, entries);
    for (ImportEntry& entry : entries) {
      const Result<void> checked = check(entry);
      if (checked) {
        report_.add_imported(1, entry.line.size);
        continue;
      }
      SCIM_TRY(report_.refuse(entry.line, checked.error()));
      if (!report_.goes_on_after_refusal()) return false;
    }
    return true;
  }
  Try<bool> settle() override { return true; }
  Try<void> finish() override {
    for (const auto& [number, reference] : open_) {
      const auto target = target_of(finder_, reference);
      if (!target) report_.complain(number, {ErrorKind::invalid_value, reference.path + ": " + target.error().detail, "", {}});
    }
    return {};
  }

 private:
  Result<void> check(ImportEntry& entry) {
    if (!entry.resource) return fail(entry.resource.error());
    for (const Attribute* attribute : unique_) {
      const std::string value = text_of(entry, *attribute);
      if (value.empty() || !seen_[attribute].contains(key_of(*attribute, value))) continue;
      return fail(ErrorKind::uniqueness, attribute->path() + " " + quote(value) + " is already in use");
    }
    SCIM_ASSIGN(const auto references, resolve_references(finder_, *entry.resource));
    for (const OpenReference& reference : references) open_.emplace_back(entry.line.number, reference);
    for (const Attribute* attribute : unique_) {
      const std::string value = text_of(entry, *attribute);
      if (!value.empty()) seen_[attribute].insert(key_of(*attribute, value));
    }
    for (const Target& name : names_) learn(name.leaf(), name.read(entry.resource->body));
    return {};
  }

  /// That the file has somebody with this name, or with each of them.
  void learn(const Attribute& attribute, const Json& value) {
    if (value.is_string()) finder_.add(attribute, value.get_ref<const std::string&>());
    if (!value.is_array()) return;
    for (const Json& element : value) learn(attribute, element);
  }

  Backend& backend_;
  const ResourceType& type_;
  ImportReport& report_;
  PreviewFinder finder_;
  const std::vector<const Attribute*> unique_;
  const std::vector<Target> names_;
  std::map<const Attribute*, std::set<std::string>> seen_;  // taken there, or in the file
  std::vector<std::pair<std::size_t, OpenReference>> open_;  // by the number of the line
};

}  // namespace

std::unique_ptr<ImportSink> import_into_nothing(Backend& backend, const ResourceType& type, ImportReport& report) {
  return std::make_unique<ImportPreview>(backend, type, report);
}

}  // namespace scim::cli
