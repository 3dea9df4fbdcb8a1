// SPDX-License-Identifier: MIT
// Paths -> targets -> edits of bodies and PATCH operations.
#include "cli/set_path.h"

#include <algorithm>

#include "core/match.h"
#include "core/patch_elements.h"
#include "core/registry.h"
#include "core/text.h"

namespace scim::cli {
namespace {

bool is_text(const Attribute& attribute) {
  switch (attribute.type) {
    case Type::string:
    case Type::date_time:
    case Type::binary:
    case Type::reference: return true;
    case Type::boolean:
    case Type::decimal:
    case Type::integer:
    case Type::complex: return false;
  }
  return false;
}

/// The first `=` that is not part of a filter in brackets.
std::size_t find_equals(std::string_view text) {
  bool in_string = false;
  int brackets = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (in_string && text[i] == '\\') ++i;
    else if (text[i] == '"' && brackets > 0) in_string = !in_string;
    else if (in_string) continue;
    else if (text[i] == '[') ++brackets;
    else if (text[i] == ']') --brackets;
    else if (text[i] == '=' && brackets == 0) return i;
  }
  return std::string_view::npos;
}

/// What VALUE means for one value of `leaf`.
Json one_value(const Attribute& leaf, std::string_view text) {
  if (is_text(leaf)) return Json(std::string(text));
  auto parsed = parse_json(text);
  if (leaf.type != Type::complex) return parsed ? *std::move(parsed) : Json(std::string(text));
  if (parsed && parsed->is_structured()) return *std::move(parsed);
  // manager=26118915: the value that the complex attribute is about.
  if (leaf.find("value") != nullptr) return Json{{"value", std::string(text)}};
  return parsed ? *std::move(parsed) : Json(std::string(text));
}

Json list_of(Json value) { return value.is_array() ? value : Json::array({std::move(value)}); }

/// Sets what the edit is about in one element: a part of it, or some of its parts.
void set_in_element(const Edit& edit, Json& element) {
  if (edit.target.sub != nullptr) {
    element[edit.target.sub->name] = edit.value;
  } else if (edit.value.is_object() && element.is_object()) {
    element.update(edit.value);
  } else {
    element = edit.value;
  }
}

Json stored_list(const Target& target, const Json& body) {
  const Json* stored = find_value(body, *target.attribute);
  return stored == nullptr ? Json::array() : list_of(*stored);
}

bool selects(const Target& target, const Json& element) {
  return target.selected == nullptr || match_element(*target.selected, element);
}

Result<void> set_in_list(const Edit& edit, Json& body) {
  const Target& target = edit.target;
  Json list = stored_list(target, body);
  bool found = false;
  for (Json& element : list) {
    if (!selects(target, element)) continue;
    set_in_element(edit, element);
    found = true;
  }
  if (!found) {
    Json element = Json::object();
    if (target.filter != nullptr) {
      Leniency any;
      SCIM_ASSIGN(element, seed_from(*target.filter, *target.attribute, any));
    }
    if (element.is_null()) {
      return fail(ErrorKind::no_target, edit.path + ": no element matches, and only a filter of `eq` and `and` makes a new one");
    }
    set_in_element(edit, element);
    list.push_back(std::move(element));
  }
  assign_value(body, *target.attribute, std::move(list));
  return {};
}

void unset_in_list(const Target& target, Json& body) {
  Json kept = Json::array();
  for (Json& element : stored_list(target, body)) {
    const bool selected = selects(target, element);
    if (selected && target.sub == nullptr) continue;
    if (selected && element.is_object()) element.erase(target.sub->name);
    kept.push_back(std::move(element));
  }
  assign_value(body, *target.attribute, std::move(kept));
}

bool has_value(const Json& list, const Json& value) {
  return std::any_of(list.begin(), list.end(), [&](const Json& element) {
    return element.is_object() && element.contains("value") && element.at("value") == value;
  });
}

void add_elements(const Edit& edit, Json& body) {
  Json list = stored_list(edit.target, body);
  for (const Json& element : edit.value) {
    if (!has_value(list, element.at("value"))) list.push_back(element);
  }
  assign_value(body, *edit.target.attribute, std::move(list));
}

void remove_elements(const Edit& edit, Json& body) {
  Json kept = Json::array();
  for (const Json& element : stored_list(edit.target, body)) {
    const bool removed = element.is_object() && element.contains("value") && has_value(edit.value, element.at("value"));
    if (!removed) kept.push_back(element);
  }
  assign_value(body, *edit.target.attribute, std::move(kept));
}

const Attribute* find_attribute(const std::vector<Attribute>& attributes, std::string_view name) {
  const auto at = std::find_if(attributes.begin(), attributes.end(),
                               [&](const Attribute& a) { return equal_ignoring_case(a.name, name); });
  return at == attributes.end() ? nullptr : &*at;
}

Json with_names_of(const std::vector<Attribute>& attributes, const Json& value) {
  if (value.is_array()) {
    Json list = Json::array();
    for (const Json& element : value) list.push_back(with_names_of(attributes, element));
    return list;
  }
  if (!value.is_object()) return value;
  Json object = Json::object();
  for (const auto& [name, member] : value.items()) {
    const Attribute* attribute = find_attribute(attributes, name);
    if (attribute == nullptr) {
      object[name] = member;
    } else {
      object[attribute->name] = with_names_of(attribute->sub_attributes, member);
    }
  }
  return object;
}

/// People head columns with words: "First Name" is no path.
Error with_hint(Error error, std::string_view path, const ResourceType& type) {
  std::string name(path);
  std::erase(name, ' ');
  const auto parsed = parse_path_name(name);
  const std::string near = parsed ? nearest_name(type, *parsed) : "";
  if (!near.empty()) error.detail += ", did you mean " + near + "?";
  return error;
}

}  // namespace

bool Target::is_whole_list() const { return attribute->multi_valued && sub == nullptr && selected == nullptr; }

Json Target::read(const Json& body) const {
  const Json* value = find_value(body, *attribute);
  if (value == nullptr) return nullptr;
  if (!value->is_array()) return *value;
  Json parts = Json::array();
  for (const Json& element : *value) {
    if (selected != nullptr && !match_element(*selected, element)) continue;
    if (sub == nullptr) {
      parts.push_back(element);
    } else if (element.is_object() && element.contains(sub->name)) {
      parts.push_back(element.at(sub->name));
    }
  }
  return parts;
}

Result<Target> resolve_target(std::string_view path, const ResourceType& type) {
  const auto read = parse_path(path);
  if (!read) return fail(with_hint(read.error(), path, type));
  const Path& parsed = *read;
  const Attribute* attribute = resolve(type, parsed.name);
  if (attribute == nullptr) {
    const std::string near = nearest_name(type, parsed.name);
    return fail(ErrorKind::invalid_path, "unknown attribute " + quote(parsed.name.text()) + " of " + type.name +
                                             (near.empty() ? "" : ", did you mean " + near + "?"));
  }
  Target target;
  target.attribute = attribute;
  if (attribute->parent != nullptr && attribute->parent->multi_valued) {
    target.attribute = attribute->parent;
    target.sub = attribute;
  }
  if (parsed.filter == nullptr) return target;

  if (target.sub != nullptr) return fail(ErrorKind::invalid_path, quote(path) + ": the brackets belong before the last dot");
  if (!attribute->multi_valued) return fail(ErrorKind::invalid_path, attribute->path() + " is no list, brackets select nothing");
  SCIM_ASSIGN(Predicate selected, bind_element(*parsed.filter, *attribute));
  target.filter = parsed.filter;
  target.selected = std::make_shared<const Predicate>(std::move(selected));
  if (parsed.sub.empty()) return target;
  target.sub = attribute->find(parsed.sub);
  if (target.sub == nullptr) return fail(ErrorKind::invalid_path, attribute->path() + " has no " + quote(parsed.sub));
  return target;
}

Json value_of(const Target& target, std::string_view text) {
  const Attribute& leaf = target.leaf();
  if (!target.is_whole_list()) return one_value(leaf, text);
  if (!is_text(leaf)) return list_of(one_value(leaf, text));
  const auto parsed = parse_json(text);
  return list_of(parsed && parsed->is_array() ? *parsed : Json(std::string(text)));
}

Result<Edit> parse_set(std::string_view text, const ResourceType& type) {
  const std::size_t equals = find_equals(text);
  if (equals == std::string_view::npos) {
    return fail(ErrorKind::invalid_value, "--set wants PATH=VALUE, not " + quote(text));
  }
  Edit edit;
  edit.kind = Edit::Kind::set;
  edit.path = trim(text.substr(0, equals));
  SCIM_ASSIGN(edit.target, resolve_target(edit.path, type));
  edit.value = value_of(edit.target, text.substr(equals + 1));
  return edit;
}

Result<Edit> parse_unset(std::string_view path, const ResourceType& type) {
  return make_edit(Edit::Kind::unset, path, nullptr, type);
}

Result<Edit> make_edit(Edit::Kind kind, std::string_view path, Json value, const ResourceType& type) {
  Edit edit;
  edit.kind = kind;
  edit.path = path;
  SCIM_ASSIGN(edit.target, resolve_target(path, type));
  edit.value = std::move(value);
  return edit;
}

Result<void> apply_edit(const Edit& edit, Json& body) {
  const bool in_list = edit.target.attribute->multi_valued && !edit.target.is_whole_list();
  switch (edit.kind) {
    case Edit::Kind::set:
      if (in_list) return set_in_list(edit, body);
      assign_value(body, *edit.target.attribute, edit.value);
      break;
    case Edit::Kind::unset:
      if (in_list) {
        unset_in_list(edit.target, body);
      } else {
        assign_value(body, *edit.target.attribute, nullptr);
      }
      break;
    case Edit::Kind::add: add_elements(edit, body); break;
    case Edit::Kind::remove: remove_elements(edit, body); break;
  }
  return {};
}

void append_operations(const Edit& edit, Json& operations) {
  switch (edit.kind) {
    case Edit::Kind::set: {
      // `add` makes the element if no one matches; `replace` would be refused (RFC 7644 3.5.2.3).
      const char* op = edit.target.selected != nullptr ? "add" : "replace";
      operations.push_back({{"op", op}, {"path", edit.path}, {"value", edit.value}});
      break;
    }
    case Edit::Kind::unset: operations.push_back({{"op", "remove"}, {"path", edit.path}}); break;
    case Edit::Kind::add: operations.push_back({{"op", "add"}, {"path", edit.path}, {"value", edit.value}}); break;
    case Edit::Kind::remove:
      for (const Json& element : edit.value) {
        const std::string path = edit.path + "[value eq " + to_text(element.at("value")) + "]";
        operations.push_back({{"op", "remove"}, {"path", path}});
      }
      break;
  }
}

Json with_canonical_names(const Json& body, const ResourceType& type) { return with_names_of(type.attributes, body); }

}  // namespace scim::cli
