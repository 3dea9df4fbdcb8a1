// SPDX-License-Identifier: MIT
#include "cli/writable.h"

#include <algorithm>
#include <string>
#include <vector>

#include "core/resource.h"

namespace scim::cli {
namespace {

const Json* member_of(const Json& object, const std::string& name) {
  const auto at = object.is_object() ? object.find(name) : object.end();
  return object.is_object() && at != object.end() && !at->is_null() ? &*at : nullptr;
}

/// Beside a `value` it only says where that is, in the words of a server.
bool is_address(const Attribute& sub) {
  return sub.name == "$ref" && sub.parent != nullptr && sub.parent->find("value") != nullptr;
}

/// Null: there is nothing to write.
Json writable_value(const Attribute& attribute, const Json& value);

Json writable_members(const std::vector<Attribute>& attributes, const Json& object) {
  Json members = Json::object();
  for (const Attribute& attribute : attributes) {
    const Json* const value = member_of(object, attribute.name);
    Json written = value == nullptr ? Json() : writable_value(attribute, *value);
    if (!written.is_null()) members[attribute.name] = std::move(written);
  }
  return members.empty() ? Json() : members;
}

Json writable_value(const Attribute& attribute, const Json& value) {
  if (!is_written(attribute)) return nullptr;
  if (!attribute.multi_valued) return attribute.type == Type::complex ? writable_members(attribute.sub_attributes, value) : value;
  Json list = Json::array();
  for (const Json& element : value.is_array() ? value : Json::array({value})) {
    Json written = writable_element(attribute, element);
    if (!written.is_null() && !(written.is_object() && written.empty())) list.push_back(std::move(written));
  }
  return list.empty() ? Json() : list;
}

std::vector<std::string> sorted_texts(const Json& list) {
  std::vector<std::string> texts;
  for (const Json& element : list) texts.push_back(to_text(element));
  std::sort(texts.begin(), texts.end());
  return texts;
}

/// Whose `value` is not in `others`.
Json missing_members(const Json& members, const Json& others) {
  const std::vector<std::string> known = sorted_texts(others);
  Json missing = Json::array();
  for (const Json& member : members) {
    if (!std::binary_search(known.begin(), known.end(), to_text(member))) missing.push_back(member);
  }
  return missing;
}

class Operations {
 public:
  void compare(const Attribute& attribute, const Json& before, const Json& after) {
    if (!is_written(attribute) || is_schemas(attribute)) return;
    const Json* const old_value = find_value(before, attribute);
    const Json* const new_value = find_value(after, attribute);
    const Json was = old_value == nullptr ? Json() : writable_value(attribute, *old_value);
    const Json is = new_value == nullptr ? Json() : writable_value(attribute, *new_value);
    if (attribute.is_membership()) return compare_members(attribute, was, is);
    const bool is_whole = attribute.multi_valued || attribute.type != Type::complex || (is.is_null() && !attribute.is_extension);
    if (is_whole) return compare_values(attribute, was, is);
    for (const Attribute& sub : attribute.sub_attributes) compare(sub, before, after);
  }
  Json take() { return std::move(all_); }

 private:
  void compare_values(const Attribute& attribute, const Json& was, const Json& is) {
    const bool is_hidden = attribute.returned == Returned::never;
    if (was.is_null() == is.is_null() && (is.is_null() || looks_same(attribute, was, is))) return;
    if (is_hidden && is.is_null()) return;
    append(attribute, is);
  }
  void compare_members(const Attribute& attribute, const Json& was, const Json& is) {
    const Json added = missing_members(is, was);
    if (!added.empty()) all_.push_back({{"op", "add"}, {"path", attribute.path()}, {"value", added}});
    for (const Json& member : missing_members(was, is)) {
      all_.push_back({{"op", "remove"}, {"path", attribute.path() + "[value eq " + to_text(member.at("value")) + "]"}});
    }
  }
  void append(const Attribute& attribute, const Json& value) {
    if (value.is_null()) all_.push_back({{"op", "remove"}, {"path", attribute.path()}});
    else all_.push_back({{"op", "replace"}, {"path", attribute.path()}, {"value", value}});
  }

  Json all_ = Json::array();
};

}  // namespace

bool is_written(const Attribute& attribute) { return attribute.mutability != Mutability::read_only && !is_address(attribute); }

Json writable_element(const Attribute& list, const Json& element) {
  if (list.is_membership()) return {{"value", member_id(element)}};
  if (!element.is_object()) return element;
  Json parts = Json::object();
  for (const Attribute& sub : list.sub_attributes) {
    if (is_written(sub) && element.contains(sub.name)) parts[sub.name] = element.at(sub.name);
  }
  return parts;
}

Json writable_resource(const ResourceType& type, const Json& resource) {
  Json body = writable_members(type.attributes, resource);
  return body.is_null() ? Json::object() : body;
}

Json operations_between(const ResourceType& type, const Json& before, const Json& after) {
  Operations operations;
  for (const Attribute& attribute : type.attributes) operations.compare(attribute, before, after);
  return operations.take();
}

std::string paths_not_taken(const ResourceType& type, const Json& wanted, const Json& answer) {
  std::string paths;
  for (const Json& operation : operations_between(type, answer, wanted)) {
    const std::string path = operation.at("path");
    const Attribute* const attribute = type.find(path);
    const bool is_hidden = attribute != nullptr && attribute->returned != Returned::by_default && attribute->returned != Returned::always;
    if (!is_hidden) paths += (paths.empty() ? "" : ", ") + path;
  }
  return paths;
}

Json patch_message(Json operations) {
  return Json{{"schemas", Json::array({std::string(urn::kPatchOp)})}, {"Operations", std::move(operations)}};
}

}  // namespace scim::cli
