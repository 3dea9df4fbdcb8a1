// SPDX-License-Identifier: MIT
#include "cli/apply/desired_references.h"

#include <algorithm>
#include <map>

#include "cli/names/reference_finder.h"
#include "cli/names/reference_hints.h"
#include "core/resource.h"
#include "core/text.h"

namespace scim::cli {
namespace {

using Types = ReferenceFinder::Types;
using Indices = std::vector<std::size_t>;

std::string key_of(const Reference& reference) { return reference.attribute.path() + ' ' + reference.text; }

/// The resources of the files by what references call them.
class Names {
 public:
  explicit Names(const std::vector<DesiredResource>& desired) {
    for (std::size_t i = 0; i < desired.size(); ++i) {
      const DesiredResource& each = desired[i];
      learn(*each.type->find("id"), each.id(), i);
      if (const Attribute* external_id = each.type->find("externalId")) learn(*external_id, each.external_id(), i);
      learn(each.name_attribute(), each.name(), i);
    }
  }
  Indices find(const std::string& text, const Types& types) const {
    const Indices by_id = having_id(text, types);
    if (!by_id.empty()) return by_id;
    const Indices groups = named(text, groups_first(text, types));
    return groups.empty() ? named(text, types) : groups;
  }
  /// The text that means it alone.
  std::string label(const DesiredResource& resource) const {
    const Attribute& name = resource.name_attribute();
    if (at(name, resource.name()).size() == 1) return name.name + '=' + resource.name();
    return resource.external_id().empty() ? "id=" + resource.id() : "externalId=" + resource.external_id();
  }

 private:
  Indices having_id(const std::string& text, const Types& types) const {
    Indices all;
    for (const ResourceType* type : types) append(at(*type->find("id"), text), all);
    return all;
  }
  Indices named(const std::string& text, const Types& types) const {
    Indices all;
    for (const ResourceType* type : types) {
      const auto lookup = lookup_of(text, *type);
      if (lookup) append(at(*lookup->attribute, std::string(lookup->value)), all);
    }
    return all;
  }
  static void append(const Indices& some, Indices& all) { all.insert(all.end(), some.begin(), some.end()); }
  /// The same attribute of two types is two.
  static std::string key(const Attribute& attribute, const std::string& value) {
    return std::to_string(reinterpret_cast<std::uintptr_t>(&attribute)) + ' ' + equality_key(attribute, Json(value));
  }
  Indices at(const Attribute& attribute, const std::string& value) const {
    const auto found = values_.find(key(attribute, value));
    return found == values_.end() ? Indices() : found->second;
  }
  void learn(const Attribute& attribute, const std::string& value, std::size_t index) {
    if (!value.empty()) values_[key(attribute, value)].push_back(index);
  }
  std::unordered_map<std::string, Indices> values_;
};

}  // namespace

class DesiredResolver {
 public:
  DesiredResolver(const std::vector<DesiredResource>& desired, Backend& backend) : desired_(desired), names_(desired), finder_(backend), references_(desired) {}

  Try<DesiredReferences> resolve() {
    for (const DesiredResource& each : desired_) references_.labels_.push_back(names_.label(each));
    for (std::size_t i = 0; i < desired_.size(); ++i) SCIM_TRY(read(i));
    SCIM_TRY(look_up());
    return std::move(references_);
  }

 private:
  /// Whom no file has.
  struct Unknown {
    std::size_t index = 0;
    std::string key;
    std::string text;
    Types types;
  };

  Try<void> read(std::size_t index) {
    const DesiredResource& resource = desired_[index];
    std::optional<ReferenceHints> hints;
    Json body = resource.body;
    Try<void> done;
    for_each_reference(*resource.type, body, [&](const Reference& reference) {
      if (!hints) hints.emplace(*resource.type, resource.said);
      if (done) done = read(index, reference, *hints);
      return true;
    });
    if (!done) return fail(failure_at(resource.place, done.error()));
    return {};
  }

  Try<void> read(std::size_t index, const Reference& reference, const ReferenceHints& hints) {
    SCIM_ASSIGN(Types types, finder_.types_of(reference.attribute));
    types = hints.narrowed(reference, std::move(types));
    const Indices found = names_.find(reference.text, types);
    if (found.size() > 1) return fail(several(reference.text, found));
    DesiredReferences::Target& target = references_.targets_[index][key_of(reference)];
    if (!found.empty()) target.desired = found.front();
    else if (has_equals(reference.text)) unknown_.push_back({index, key_of(reference), reference.text, std::move(types)});
    else target.id = reference.text;
    return {};
  }

  Error several(const std::string& text, const Indices& found) const {
    std::string detail = quote(text) + " fits several of the files:";
    for (const std::size_t index : found) detail += "\n  " + desired_[index].type->name + ' ' + printable(desired_[index].name()) + ", at " + printable(desired_[index].place);
    return {ErrorKind::conflict, std::move(detail), ""};
  }

  Try<void> look_up() {
    std::map<std::pair<std::string, Types>, const Unknown*> once;
    for (const Unknown& each : unknown_) once.try_emplace({each.text, each.types}, &each);
    std::vector<std::pair<std::string, Types>> texts;
    for (const auto& [text, each] : once) texts.push_back(text);
    SCIM_TRY(finder_.ask_for(texts));
    for (const Unknown& each : unknown_) {
      const auto id = finder_.id_of(each.text, each.types);
      if (!id) return fail(failure_at(desired_[each.index].place, id.error()));
      references_.targets_[each.index][each.key].id = *id;
    }
    return {};
  }

  const std::vector<DesiredResource>& desired_;
  const Names names_;
  BackendFinder finder_;
  DesiredReferences references_;
  std::vector<Unknown> unknown_;
};

Try<DesiredReferences> DesiredReferences::resolve(const std::vector<DesiredResource>& desired, Backend& backend) {
  return DesiredResolver(desired, backend).resolve();
}

Json DesiredReferences::settled(std::size_t index, const Ids& ids, const Keep& keep) const {
  const DesiredResource& resource = (*desired_)[index];
  Json body = resource.body;
  for_each_reference(*resource.type, body, [&](const Reference& reference) {
    const Target& target = targets_[index].at(key_of(reference));
    reference.text = target.desired ? ids[*target.desired] : target.id;
    if (!reference.text.empty()) return true;
    reference.text = labels_[*target.desired];
    return keep(reference.text);
  });
  return body;
}

std::unordered_map<std::string, std::size_t> DesiredReferences::outside() const {
  std::unordered_map<std::string, std::size_t> all;
  for (std::size_t i = 0; i < targets_.size(); ++i) {
    for (const auto& [key, target] : targets_[i]) {
      if (!target.desired) all.emplace(target.id, i);
    }
  }
  return all;
}

std::unordered_map<std::string, std::string> DesiredReferences::names(std::size_t index, const Ids& ids) const {
  std::unordered_map<std::string, std::string> names;
  const DesiredResource& resource = (*desired_)[index];
  Json body = resource.body;
  for_each_reference(*resource.type, body, [&](const Reference& reference) {
    const Target& target = targets_[index].at(key_of(reference));
    if (target.desired) names[ids[*target.desired]] = (*desired_)[*target.desired].name();
    else if (reference.text != target.id) names[target.id] = reference.text;
    return true;
  });
  names.erase("");
  return names;
}

}  // namespace scim::cli
