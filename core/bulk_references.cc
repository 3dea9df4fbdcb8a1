// SPDX-License-Identifier: MIT
#include "core/bulk_references.h"

#include <algorithm>

#include "core/path.h"
#include "core/registry.h"
#include "core/text.h"

namespace scim {
namespace {

constexpr std::string_view kKeyword = "bulkId:";

/// {value, $ref}: the way SCIM refers to a resource (RFC 7643 2.4).
bool is_link(const Attribute& attribute) {
  return attribute.type == Type::complex && attribute.find("value") != nullptr && attribute.find("$ref") != nullptr;
}

/// Holds the id of a resource: the `value` of a link, or the link itself for clients that send a string instead.
bool holds_id(const Attribute& attribute) {
  return is_link(attribute) || (attribute.name == "value" && attribute.parent != nullptr && is_link(*attribute.parent));
}

/// Holds the URI of a resource (RFC 7643 2.3.7).
bool holds_uri(const Attribute& attribute) {
  if (attribute.type != Type::reference) return false;
  const auto& types = attribute.reference_types;
  return attribute.name == "$ref" ||
         std::any_of(types.begin(), types.end(), [](const std::string& type) { return type != "external" && type != "uri"; });
}

class Walk {
 public:
  explicit Walk(const BulkLookup& lookup) : lookup_(lookup) {}

  /// An object whose members are named as RFC 7644 3.10 names attributes.
  void resource(const ResourceType& type, Json& object) const {
    if (!object.is_object()) return;
    for (auto& [name, member] : object.items()) {
      const auto parsed = parse_path_name(name);
      const Attribute* attribute = parsed ? resolve(type, *parsed) : nullptr;
      if (attribute != nullptr) value(*attribute, member);
      else if (equal_ignoring_case(name, type.schema)) resource(type, member);
    }
  }

  void value(const Attribute& attribute, Json& json) const {
    if (json.is_array()) {
      for (Json& element : json) value(attribute, element);
    } else if (json.is_object()) {
      for (auto& [name, member] : json.items()) {
        const Attribute* sub = attribute.find(name);
        if (sub != nullptr) value(*sub, member);
      }
    } else if (json.is_string()) {
      text(attribute, json);
    }
  }

  void patch(const ResourceType& type, Json& message) const {
    Json* operations = member(message, "Operations");
    if (operations == nullptr || !operations->is_array()) return;
    for (Json& operation : *operations) patch_operation(type, operation);
  }

 private:
  static Json* member(Json& object, std::string_view wanted) {
    if (!object.is_object()) return nullptr;
    for (auto& [name, value] : object.items()) {
      if (equal_ignoring_case(name, wanted)) return &value;
    }
    return nullptr;
  }

  void patch_operation(const ResourceType& type, Json& operation) const {
    Json* path = member(operation, "path");
    Json* json = member(operation, "value");
    if (path == nullptr || !path->is_string()) {
      if (json != nullptr) resource(type, *json);
      return;
    }
    const auto parsed = parse_path(path->get_ref<const std::string&>());
    const Attribute* attribute = parsed ? resolve(type, parsed->name) : nullptr;
    if (attribute == nullptr) {
      if (json != nullptr && equal_ignoring_case(path->get_ref<const std::string&>(), type.schema)) resource(type, *json);
      return;
    }
    if (parsed->filter != nullptr && is_link(*attribute)) filter(path->get_ref<std::string&>());
    const Attribute* target = parsed->sub.empty() ? attribute : attribute->find(parsed->sub);
    if (json != nullptr && target != nullptr) value(*target, *json);
  }

  /// `members[value eq "bulkId:x"]`: the strings of a filter on links.
  void filter(std::string& path) const {
    std::string out;
    std::size_t done = 0;
    while (true) {
      const std::size_t open = path.find('"', done);
      const std::size_t close = open == std::string::npos ? open : path.find('"', open + 1);
      if (close == std::string::npos) break;
      const std::string literal = path.substr(open + 1, close - open - 1);
      const auto bulk_id = bulk_id_of(literal);
      const BulkTarget* target = bulk_id ? lookup_(*bulk_id) : nullptr;
      out += path.substr(done, open - done) + '"' + (target == nullptr ? literal : target->id) + '"';
      done = close + 1;
    }
    path = out + path.substr(done);
  }

  void text(const Attribute& attribute, Json& json) const {
    if (holds_id(attribute)) id(json);
    else if (holds_uri(attribute)) uri(json);
  }

  void id(Json& json) const {
    const auto bulk_id = bulk_id_of(json.get_ref<const std::string&>());
    const BulkTarget* target = bulk_id ? lookup_(*bulk_id) : nullptr;
    if (target != nullptr) json = target->id;
  }

  /// "bulkId:x" alone, or as the last segment of a path.
  void uri(Json& json) const {
    const std::string& text = json.get_ref<const std::string&>();
    const std::size_t slash = text.rfind('/');
    const std::size_t begin = slash == std::string::npos ? 0 : slash + 1;
    const auto segment = percent_decode(std::string_view(text).substr(begin), Plus::literal);
    const auto bulk_id = segment ? bulk_id_of(*segment) : std::nullopt;
    const BulkTarget* target = bulk_id ? lookup_(*bulk_id) : nullptr;
    if (target != nullptr) json = target->location;
  }

  const BulkLookup& lookup_;
};

/// Whether a value of `attribute` cannot be without a pending reference.
bool has_pending(const Attribute& attribute, Json& value, const BulkPending& is_pending) {
  bool found = false;
  const BulkLookup look = [&](const std::string& bulk_id) -> const BulkTarget* {
    found = found || is_pending(bulk_id);
    return nullptr;
  };
  Walk(look).value(attribute, value);
  return found;
}

/// Leaves in `value` what can be written now, null if that is nothing.
void split(const Attribute& attribute, Json& value, const BulkPending& is_pending, std::vector<Postponed>& postponed) {
  if (!value.is_array()) {
    if (!has_pending(attribute, value, is_pending)) return;
    postponed.push_back({&attribute, std::move(value)});
    value = nullptr;
    return;
  }
  Json now = Json::array();
  Json later = Json::array();
  for (Json& element : value) (has_pending(attribute, element, is_pending) ? later : now).push_back(std::move(element));
  value = now.empty() ? Json() : std::move(now);
  if (!later.empty()) postponed.push_back({&attribute, std::move(later)});
}

}  // namespace

std::optional<std::string> bulk_id_of(std::string_view text) {
  if (text.size() <= kKeyword.size() || !equal_ignoring_case(text.substr(0, kKeyword.size()), kKeyword)) return std::nullopt;
  return std::string(text.substr(kKeyword.size()));
}

void resolve_bulk_ids(const ResourceType& type, Operation operation, Json& data, const BulkLookup& lookup) {
  const Walk walk(lookup);
  if (operation == Operation::patch) walk.patch(type, data);
  else walk.resource(type, data);
}

std::vector<Postponed> postpone(const ResourceType& type, Json& data, const BulkPending& is_pending) {
  std::vector<Postponed> postponed;
  if (!data.is_object()) return postponed;
  for (auto& [name, value] : data.items()) {
    const Attribute* attribute = type.find(name);
    if (attribute == nullptr) continue;
    if (!attribute->is_extension || !value.is_object()) {
      split(*attribute, value, is_pending, postponed);
      continue;
    }
    for (auto& [sub_name, sub_value] : value.items()) {
      const Attribute* sub = attribute->find(sub_name);
      if (sub != nullptr) split(*sub, sub_value, is_pending, postponed);
    }
  }
  return postponed;
}

std::vector<std::string> required_bulk_ids(const ResourceType& type, Json data) {
  std::vector<std::string> required;
  const BulkLookup note = [&](const std::string& bulk_id) -> const BulkTarget* {
    required.push_back(bulk_id);
    return nullptr;
  };
  for (Postponed& part : postpone(type, data, [](const std::string&) { return true; })) {
    if (part.attribute->required) Walk(note).value(*part.attribute, part.value);
  }
  return required;
}

}  // namespace scim
