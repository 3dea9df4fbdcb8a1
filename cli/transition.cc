// SPDX-License-Identifier: MIT
#include "cli/transition.h"

#include <algorithm>

#include "cli/preview.h"
#include "core/resource.h"

namespace scim::cli {
namespace {

bool is_a_clients(const Attribute& attribute) {
  return attribute.mutability != Mutability::read_only && attribute.mutability != Mutability::write_only && attribute.returned != Returned::never &&
         !is_schemas(attribute);
}

/// A value as a client writes it, null for none.
Json written(const Attribute& attribute, const Json& resource) {
  const Json* const value = find_value(resource, attribute);
  if (value == nullptr || value->is_null()) return nullptr;
  if (!attribute.multi_valued) return attribute.type == Type::complex ? writable(attribute, *value) : *value;
  Json elements = Json::array();
  for (const Json& element : value->is_array() ? *value : Json::array()) elements.push_back(writable(attribute, element));
  return elements.empty() ? Json() : elements;
}

class Operations {
 public:
  void compare(const Attribute& attribute, const Json& from, const Json& to) {
    if (!is_a_clients(attribute)) return;
    if (attribute.is_extension) {
      for (const Attribute& sub : attribute.sub_attributes) compare(sub, from, to);
      return;
    }
    const Json old_value = written(attribute, from);
    const Json new_value = written(attribute, to);
    if (old_value == new_value) return;
    if (attribute.is_membership()) return compare_members(attribute, old_value, new_value);
    if (attribute.multi_valued && is_permutation(old_value, new_value)) return;
    const bool has_both = !old_value.is_null() && !new_value.is_null();
    // A replace of a complex attribute keeps the parts that it does not name (RFC 7644 3.5.2.3).
    if (has_both && !attribute.multi_valued && attribute.type == Type::complex) {
      for (const Attribute& sub : attribute.sub_attributes) compare(sub, from, to);
      return;
    }
    if (new_value.is_null()) append("remove", attribute.path());
    else append(old_value.is_null() ? "add" : "replace", attribute.path(), new_value);
  }

  Json take() { return std::move(operations_); }

 private:
  static bool is_permutation(const Json& one, const Json& other) {
    return one.is_array() && other.is_array() && one.size() == other.size() && std::is_permutation(one.begin(), one.end(), other.begin());
  }

  /// One by one: a group may be large, and what stays is not to be sent.
  void compare_members(const Attribute& attribute, const Json& old_value, const Json& new_value) {
    for (const Json& gone : missing(old_value, new_value)) append("remove", attribute.path() + "[value eq " + to_text(gone.value("value", Json(""))) + ']');
    Json added = missing(new_value, old_value);
    if (!added.empty()) append("add", attribute.path(), std::move(added));
  }

  /// What `all` has and `others` has not.
  static Json missing(const Json& all, const Json& others) {
    std::vector<std::string> known;
    for (const Json& other : others) known.push_back(to_text(other));
    std::sort(known.begin(), known.end());
    Json found = Json::array();
    for (const Json& each : all) {
      if (!std::binary_search(known.begin(), known.end(), to_text(each))) found.push_back(each);
    }
    return found;
  }

  void append(const char* op, std::string path) { operations_.push_back({{"op", op}, {"path", std::move(path)}}); }
  void append(const char* op, std::string path, Json value) {
    operations_.push_back({{"op", op}, {"path", std::move(path)}, {"value", std::move(value)}});
  }

  Json operations_ = Json::array();
};

}  // namespace

Json transition(const ResourceType& type, const Json& from, const Json& to) {
  Operations operations;
  for (const Attribute& attribute : type.attributes) operations.compare(attribute, from, to);
  return Json{{"schemas", Json::array({std::string(urn::kPatchOp)})}, {"Operations", operations.take()}};
}

Json writable_parts(const ResourceType& type, const Json& resource) {
  Json parts = Json::object();
  if (resource.contains("schemas")) parts["schemas"] = resource.at("schemas");
  for (const Attribute& attribute : type.attributes) {
    if (!is_a_clients(attribute)) continue;
    if (!attribute.is_extension) {
      Json value = written(attribute, resource);
      if (!value.is_null()) parts[attribute.name] = std::move(value);
      continue;
    }
    for (const Attribute& sub : attribute.sub_attributes) {
      Json value = is_a_clients(sub) ? written(sub, resource) : Json();
      if (!value.is_null()) parts[attribute.name][sub.name] = std::move(value);
    }
  }
  return parts;
}

}  // namespace scim::cli
