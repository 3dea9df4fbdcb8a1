// SPDX-License-Identifier: MIT
#include "cli/references.h"

#include <algorithm>

#include "cli/lookup.h"
#include "cli/resource_finder.h"
#include "core/path.h"
#include "core/registry.h"
#include "core/resource.h"
#include "core/text.h"

namespace scim::cli {
namespace {

bool has_address(const Attribute& attribute) {
  const Attribute* const value = attribute.find("value");
  const Attribute* const address = attribute.find("$ref");
  return value != nullptr && value->type == Type::string && address != nullptr && address->type == Type::reference;
}

using Keep = std::function<bool(std::string&)>;

/// False: it goes.
bool visit_object(Json& object, const Keep& keep) {
  const auto value = object.is_object() ? object.find("value") : object.end();
  if (!object.is_object() || value == object.end() || !value->is_string()) return true;
  return keep(value->get_ref<std::string&>());
}

void visit(const Attribute& attribute, Json& owner, const Keep& keep) {
  const auto at = owner.is_object() ? owner.find(attribute.name) : owner.end();
  const bool is_there = owner.is_object() && at != owner.end() && attribute.mutability != Mutability::read_only;
  if (!is_there || attribute.type != Type::complex) return;
  if (attribute.is_extension) {
    for (const Attribute& sub : attribute.sub_attributes) visit(sub, *at, keep);
    if (at->empty()) owner.erase(at);
    return;
  }
  if (!has_address(attribute)) return;
  if (at->is_object() && !visit_object(*at, keep)) owner.erase(at);
  else if (at->is_array()) {
    Json kept = Json::array();
    for (Json& element : *at) {
      if (visit_object(element, keep)) kept.push_back(std::move(element));
    }
    *at = std::move(kept);
  }
}

/// `name=value` of an attribute that many can be looked up by at once.
std::optional<Sought> sought_of(const std::string& text, const ResourceType& type) {
  const std::size_t equals = text.find('=');
  const auto path = parse_path_name(std::string_view(text).substr(0, equals));
  const Attribute* const attribute = path ? resolve(type, *path) : nullptr;
  const bool is_simple = attribute != nullptr && !attribute->multi_valued && attribute->type == Type::string &&
                         (attribute->parent == nullptr || !attribute->parent->multi_valued);
  if (!is_simple) return std::nullopt;
  return Sought{attribute, text.substr(equals + 1)};
}

bool is_lookup(const std::string& text) {
  const std::size_t equals = text.find('=');
  return equals != std::string::npos && equals + 1 < text.size();
}

/// Groups are known by their displayName, users are not.
bool is_display_name(const std::string& text) { return text.starts_with("displayName="); }

std::vector<const ResourceType*> in_order(const std::string& text, std::vector<const ResourceType*> types) {
  if (is_display_name(text)) std::reverse(types.begin(), types.end());
  return types;
}

/// The resources of the files by what references call them.
class Names {
 public:
  explicit Names(const std::vector<DesiredResource>& desired) {
    for (std::size_t i = 0; i < desired.size(); ++i) {
      const DesiredResource& each = desired[i];
      if (!each.id().empty()) ids_.emplace(each.id(), i);
      learn(*each.type->find("id"), each.id(), i);
      if (const Attribute* external_id = each.type->find("externalId")) learn(*external_id, each.external_id(), i);
      learn(each.name_attribute(), each.name(), i);
    }
  }
  std::optional<std::size_t> find(const std::string& text, const std::vector<const ResourceType*>& types) const {
    if (!is_lookup(text)) return at(ids_, text);
    for (const ResourceType* type : in_order(text, types)) {
      const auto sought = sought_of(text, *type);
      const auto found = sought ? at(values_, key(*sought->attribute, sought->value)) : std::nullopt;
      if (found) return found;
    }
    return std::nullopt;
  }

 private:
  using Map = std::unordered_map<std::string, std::size_t>;
  /// The same attribute of two types is two.
  static std::string key(const Attribute& attribute, const std::string& value) {
    return std::to_string(reinterpret_cast<std::uintptr_t>(&attribute)) + ' ' + equality_key(attribute, Json(value));
  }
  static std::optional<std::size_t> at(const Map& map, const std::string& key) {
    const auto found = map.find(key);
    return found == map.end() ? std::nullopt : std::optional(found->second);
  }
  void learn(const Attribute& attribute, const std::string& value, std::size_t index) {
    if (!value.empty()) values_.emplace(key(attribute, value), index);
  }
  Map ids_;
  Map values_;
};

/// Texts that no file explains, and where each is said.
using Unknown = std::vector<std::pair<std::string, std::string>>;

/// Those that `type` has get their id; the others are left in `unknown`.
Try<void> look_up(const ResourceType& type, Backend& backend, Unknown& unknown, std::unordered_map<std::string, References::Target>& targets) {
  std::vector<Sought> sought;
  std::vector<const Attribute*> attributes;
  std::string names = "id";
  for (const auto& [text, place] : unknown) {
    if (auto one = sought_of(text, type)) sought.push_back(*std::move(one));
  }
  if (sought.empty()) return {};
  for (const Sought& each : sought) {
    if (std::find(attributes.begin(), attributes.end(), each.attribute) != attributes.end()) continue;
    attributes.push_back(each.attribute);
    names += ',' + each.attribute->path();
  }
  std::string query;
  append_parameter(query, "attributes", names);
  Found found(type, attributes);
  SCIM_TRY(ResourceFinder(backend, type, query).find(sought, found));
  Unknown left;
  for (auto& [text, place] : unknown) {
    const auto one = sought_of(text, type);
    const auto matches = one ? found.having(*one) : std::vector<std::size_t>();
    if (matches.size() > 1) {
      return fail(Error{ErrorKind::conflict, place + ": " + quote(text) + " fits " + std::to_string(matches.size()) + " resources", ""});
    }
    if (matches.empty()) left.emplace_back(std::move(text), std::move(place));
    else targets[text].id = text_at(found.all()[matches.front()], "id");
  }
  unknown = std::move(left);
  return {};
}

}  // namespace

void for_each_reference(const ResourceType& type, Json& body, const Keep& keep) {
  for (const Attribute& attribute : type.attributes) visit(attribute, body, keep);
}

References::Target References::target(const std::string& text) const {
  const auto at = targets_.find(text);
  return at == targets_.end() ? Target{text, std::nullopt} : at->second;
}

Try<References> References::resolve(const std::vector<DesiredResource>& desired, Backend& backend) {
  References references;
  const Names names(desired);
  std::vector<const ResourceType*> types;
  for (const Kind kind : {Kind::users, Kind::groups}) {
    if (auto type = backend.type(kind)) types.push_back(*type);
  }
  Unknown unknown;
  for (const DesiredResource& each : desired) {
    Json body = each.body;
    for_each_reference(*each.type, body, [&](const std::string& text) {
      const auto [at, is_new] = references.targets_.try_emplace(text);
      if (!is_new) return true;
      at->second.desired = names.find(text, types);
      if (!at->second.desired && is_lookup(text)) unknown.emplace_back(text, each.place);
      else if (!at->second.desired) at->second.id = text;
      return true;
    });
  }
  const auto others = std::stable_partition(unknown.begin(), unknown.end(), [](const auto& each) { return is_display_name(each.first); });
  Unknown display_names(unknown.begin(), others);
  unknown.erase(unknown.begin(), others);
  for (const ResourceType* type : types) SCIM_TRY(look_up(*type, backend, unknown, references.targets_));
  for (const ResourceType* type : in_order("displayName=", types)) SCIM_TRY(look_up(*type, backend, display_names, references.targets_));
  unknown.insert(unknown.end(), display_names.begin(), display_names.end());
  for (const auto& [text, place] : unknown) {
    const auto id = find_member_id(backend, text);
    if (!id) return fail(failure_at(place, id.error()));
    references.targets_[text].id = *id;
  }
  return references;
}

}  // namespace scim::cli
