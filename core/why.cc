// SPDX-License-Identifier: MIT
#include "core/why.h"

#include <algorithm>

#include "core/match.h"
#include "core/registry.h"
#include "core/resource.h"
#include "core/text.h"

namespace scim {
namespace {

using Kind = Filter::Kind;

/// Values and elements that are shown of one node: a membership has any number.
constexpr std::size_t kShown = 5;

bool is_term(Kind kind) {
  switch (kind) {
    case Kind::compare:
    case Kind::present: return true;
    case Kind::and_:
    case Kind::or_:
    case Kind::not_:
    case Kind::value_path: break;
  }
  return false;
}

void note_value(const Json& value, Why& why) {
  if (value.is_null()) return;
  if (value.is_array()) {
    for (const Json& element : value) note_value(element, why);
  } else if (why.values.size() < kShown) {
    why.values.push_back(value);
  } else {
    ++why.more;
  }
}

/// The values of a part of each element of a list.
void note_parts(const Json& list, const std::string& name, Why& why) {
  if (!list.is_array()) return;
  for (const Json& element : list) {
    const auto at = element.is_object() ? element.find(name) : element.end();
    if (element.is_object() && at != element.end()) note_value(*at, why);
  }
}

Why leaf(const std::string& text, std::string path) {
  Why why;
  why.text = text;
  why.path = std::move(path);
  return why;
}

bool all_hold(const std::vector<Why>& children) {
  return std::all_of(children.begin(), children.end(), [](const Why& child) { return child.holds; });
}
bool some_holds(const std::vector<Why>& children) {
  return std::any_of(children.begin(), children.end(), [](const Why& child) { return child.holds; });
}

/// Of a node whose children say all.
bool holds_by(Kind kind, const std::vector<Why>& children) {
  switch (kind) {
    case Kind::or_: return some_holds(children);
    case Kind::not_: return !children.front().holds;
    case Kind::and_:
    case Kind::value_path:
    case Kind::compare:
    case Kind::present: break;
  }
  return all_hold(children);
}

}  // namespace

std::string node_text(const Filter& filter) {
  switch (filter.kind) {
    case Kind::and_: return "and";
    case Kind::or_: return "or";
    case Kind::not_: return "not";
    case Kind::compare:
    case Kind::present: return to_text(filter);
    case Kind::value_path: break;
  }
  return "one of " + filter.path.text() + " with";
}

Result<Reasons> Reasons::of(const Filter& filter, const ResourceType& type) {
  SCIM_TRY(bind(filter, type));
  Reasons reasons(type);
  SCIM_ASSIGN(reasons.root_, reasons.make_node(filter));
  return reasons;
}

Result<Reasons::Node> Reasons::make_node(const Filter& filter) const {
  Node node;
  node.text = node_text(filter);
  node.kind = filter.kind;
  if (filter.kind == Kind::value_path || is_term(filter.kind)) node.attribute = resolve(*type_, filter.path);
  if (filter.kind == Kind::value_path) {
    for (const Filter& child : filter.children) {
      SCIM_ASSIGN(Node inner, make_inner(child, *node.attribute));
      node.children.push_back(std::move(inner));
    }
    return node;
  }
  for (const Filter& child : filter.children) {
    SCIM_ASSIGN(Node inner, make_node(child));
    node.children.push_back(std::move(inner));
  }
  if (!is_term(filter.kind)) return node;
  SCIM_ASSIGN(node.predicate, bind(filter, *type_));
  const bool is_whole = filter.kind == Kind::present || filter.literal.is_null() || node.attribute->type != Type::complex;
  if (!is_whole) node.attribute = compared_part(*node.attribute);
  return node;
}

Result<Reasons::Node> Reasons::make_inner(const Filter& filter, const Attribute& owner) {
  Node node;
  node.text = node_text(filter);
  node.kind = filter.kind;
  for (const Filter& child : filter.children) {
    SCIM_ASSIGN(Node inner, make_inner(child, owner));
    node.children.push_back(std::move(inner));
  }
  if (!is_term(filter.kind)) return node;
  SCIM_ASSIGN(node.predicate, bind_element(filter, owner));
  node.attribute = owner.type == Type::complex ? owner.find(filter.path.name) : &owner;
  return node;
}

Why Reasons::explain(const Json& body) const { return explain(root_, body); }

Why Reasons::explain(const Node& node, const Json& body) const {
  if (node.kind == Kind::value_path) return explain_brackets(node, body);
  if (!is_term(node.kind)) {
    Why why = leaf(node.text, "");
    for (const Node& child : node.children) why.children.push_back(explain(child, body));
    why.holds = holds_by(node.kind, why.children);
    return why;
  }
  Why why = leaf(node.text, node.attribute->path());
  why.holds = match(node.predicate, body);
  note_values(*node.attribute, body, why);
  return why;
}

void Reasons::note_values(const Attribute& attribute, const Json& body, Why& why) const {
  const std::string path = attribute.path();
  if (path == "schemas") return note_value(schemas_of(*type_, body), why);
  if (path == "meta.resourceType") return note_value(type_->name, why);
  if (attribute.parent != nullptr && attribute.parent->multi_valued) {
    if (const Json* list = find_value(body, *attribute.parent)) note_parts(*list, attribute.name, why);
    return;
  }
  if (const Json* value = find_value(body, attribute)) note_value(*value, why);
}

std::vector<Why> Reasons::explain_children(const Node& node, const Json& element) {
  std::vector<Why> children;
  for (const Node& child : node.children) children.push_back(explain_element(child, element));
  return children;
}

Why Reasons::explain_element(const Node& node, const Json& element) {
  if (!is_term(node.kind)) {
    Why why = leaf(node.text, "");
    why.children = explain_children(node, element);
    why.holds = holds_by(node.kind, why.children);
    return why;
  }
  Why why = leaf(node.text, node.attribute->parent == nullptr || !element.is_object() ? "value" : node.attribute->name);
  why.holds = match_element(node.predicate, element);
  if (!element.is_object()) note_value(element, why);
  else if (const auto at = element.find(node.attribute->name); at != element.end()) note_value(*at, why);
  return why;
}

Why Reasons::explain_brackets(const Node& node, const Json& body) const {
  Why why = leaf(node.text, "");
  const Json* value = find_value(body, *node.attribute);
  if (value == nullptr || value->is_null() || (value->is_array() && value->empty())) {
    why.path = node.attribute->path();
    return why;
  }
  if (!node.attribute->multi_valued) {
    why.children = explain_children(node, *value);
    why.holds = all_hold(why.children);
    return why;
  }
  if (!value->is_array()) return why;
  for (std::size_t i = 0; i < value->size(); ++i) {
    Why element = leaf("element " + std::to_string(i + 1) + " of " + std::to_string(value->size()), "");
    element.children = explain_children(node, (*value)[i]);
    element.holds = all_hold(element.children);
    if (element.holds) {
      why.holds = true;
      why.more = 0;
      why.children.clear();
      why.children.push_back(std::move(element));
      return why;
    }
    if (why.children.size() < kShown) why.children.push_back(std::move(element));
    else ++why.more;
  }
  return why;
}

Json to_json(const Why& why) {
  Json json = {{"node", why.text}, {"holds", why.holds}};
  if (!why.path.empty()) {
    json["path"] = why.path;
    json["values"] = why.values;
  }
  if (why.more > 0) json["more"] = why.more;
  if (!why.children.empty()) {
    Json& children = json["children"] = Json::array();
    for (const Why& child : why.children) children.push_back(to_json(child));
  }
  return json;
}

}  // namespace scim
