// SPDX-License-Identifier: MIT
#include "sql/row_plan.h"

#include <optional>

#include "sql/document.h"
#include "sql/membership.h"
#include "sql/scope.h"

namespace scim::sql {
namespace {

/// Some part of an extension has a value, whether it is wanted or not: `schemas` says so.
Predicate has_data(const Attribute& attribute, const TypeMapping& type) {
  Predicate predicate;
  predicate.attribute = &attribute;
  if (attribute.multi_valued) {
    predicate.kind = Predicate::Kind::any;
    predicate.children.emplace_back();
  } else if (attribute.type != Type::complex) {
    // What is looked up elsewhere has a value only if what it is looked up by has one.
    predicate.kind = type.lookups.contains(&attribute) ? Predicate::Kind::never : Predicate::Kind::compare;
    predicate.op = Op::ne;
  } else {
    predicate.kind = Predicate::Kind::or_;
    for (const Attribute& sub : attribute.sub_attributes) predicate.children.push_back(has_data(sub, type));
  }
  return predicate;
}

class Planner {
 public:
  Planner(const TypeMapping& type, const Projection& projection, const CompileContext& context, EntityTag tag)
      : type_(type), projection_(projection), context_(context), tag_(tag) {}
  RowPlan run() {
    plan();
    return std::move(plan_);
  }

 private:
  void plan();
  std::optional<Node> plan_node(const Attribute& attribute);
  std::vector<Node> plan_parts(const Attribute& list);
  Node plan_column(const Attribute& attribute, const Column& column);
  Node plan_document(const Attribute& attribute);
  Node plan_element(const Attribute& list, const ElementColumn& element);
  int add_link_column(const Column& column);
  void use_document();
  bool shows_version() const;

  const TypeMapping& type_;
  const Projection& projection_;
  const CompileContext& context_;
  const EntityTag tag_;
  RowPlan plan_;
};

int Planner::add_link_column(const Column& column) {
  if (!column.is_mapped()) return -1;
  if (column.table != 0) plan_.needs.push_back(column.table);
  return plan_.columns.add(shown_expression(alias_of("t", column.table), column, context_.dialect));
}

void Planner::use_document() {
  if (plan_.document < 0) plan_.document = add_link_column(type_.link.document);
}

bool Planner::shows_version() const {
  const Attribute* meta = type_.type->find("meta");
  const Attribute* version = meta == nullptr ? nullptr : meta->find("version");
  return version != nullptr && projection_.wants(*version);
}

void Planner::plan() {
  const ResourceType& type = *type_.type;
  const Projection& projection = projection_;
  const auto wants = [&](const char* name) {
    const Attribute* attribute = type.find(name);
    return attribute != nullptr && projection.wants(*attribute);
  };
  plan_.key = plan_.columns.add(key_of(type_, "t"));
  plan_.id = add_link_column(type_.link.id);
  if (tag_ == EntityTag::always || shows_version()) plan_.version = plan_.columns.add(version_expression(type_, context_, plan_.needs));
  if (wants("externalId")) plan_.external_id = add_link_column(type_.link.external_id);
  if (wants("meta")) {
    plan_.created = add_link_column(type_.link.created);
    plan_.last_modified = add_link_column(type_.link.last_modified);
  }
  for (const Attribute& attribute : type.attributes) {
    if (attribute.is_extension) {
      plan_.extensions.push_back({&attribute, plan_.columns.add(compile_value(has_data(attribute, type_), type_, context_, plan_.needs))});
    }
    if (auto node = plan_node(attribute)) plan_.nodes.push_back(*std::move(node));
  }
}

std::optional<Node> Planner::plan_node(const Attribute& attribute) {
  if (!projection_.wants(attribute) || link_part(attribute) != LinkPart::none) return std::nullopt;
  Node node;
  node.attribute = &attribute;
  if (const auto column = type_.columns.find(&attribute); column != type_.columns.end()) {
    if (column->second.codec == Codec::password) return std::nullopt;
    return plan_column(attribute, column->second);
  }
  if (const auto constant = type_.constants.find(&attribute); constant != type_.constants.end()) {
    node.kind = Node::Kind::constant;
    node.constant = &constant->second;
    return node;
  }
  if (const auto element = type_.elements.find(&attribute); element != type_.elements.end()) {
    return plan_element(attribute, element->second);
  }
  if (const auto lookup = type_.lookups.find(&attribute); lookup != type_.lookups.end()) {
    if (const int table = type_.columns.at(lookup->second.by).table; table != 0) plan_.needs.push_back(table);
    node.column = plan_.columns.add(lookup_expression(lookup->second, type_, context_));
    return node;
  }
  const bool is_list = type_.lists.contains(&attribute);
  const bool is_members = type_.members.contains(&attribute);
  if (is_list || is_members || type_.reverse.contains(&attribute)) {
    node.kind = is_list ? Node::Kind::list : is_members ? Node::Kind::members : Node::Kind::groups;
    node.children = plan_parts(attribute);
    node.list = plan_.list_count;
    if (node.children.empty()) return std::nullopt;
    ++plan_.list_count;
    return node;
  }
  if (attribute.type != Type::complex || attribute.multi_valued) {
    if (!is_in_document(type_, attribute)) return std::nullopt;
    return plan_document(attribute);
  }
  node.kind = Node::Kind::object;
  for (const Attribute& sub : attribute.sub_attributes) {
    if (auto child = plan_node(sub)) node.children.push_back(*std::move(child));
  }
  if (node.children.empty()) return std::nullopt;
  return node;
}

Node Planner::plan_column(const Attribute& attribute, const Column& column) {
  Node node;
  node.attribute = &attribute;
  node.shown = shown_as(column.codec);
  const std::string alias = alias_of("t", column.table);
  if (column.table != 0) plan_.needs.push_back(column.table);
  if (column.codec != Codec::reference) {
    node.column = plan_.columns.add(shown_expression(alias, column, context_.dialect));
    return node;
  }
  node.column = plan_.columns.add(reference_id(column, alias, context_));
  // A deactivated resource has an id, and is not shown.
  const TypeMapping& other = context_.mapping.of(*column.refers);
  if (!other.has_link_table()) return node;
  Sql seen;
  seen << "(SELECT " << column_of(alias_of("s", other.link.id.table), other.link.id.name) << " IS NULL FROM "
       << from_resource(other, "s") << " WHERE " << key_of(other, "s") << " = " << column_of(alias, column.name) << ")";
  const int key = plan_.columns.add(column_of(alias, column.name));
  plan_.references.push_back({&other, key, plan_.columns.add(seen)});
  return node;
}

/// A part of a list that is kept in the document.
std::vector<Node> plan_document_parts(const Attribute& list, const Projection& projection) {
  std::vector<Node> parts;
  for (const Attribute& sub : list.sub_attributes) {
    if (!projection.wants(sub)) continue;
    parts.emplace_back();
    parts.back().attribute = &sub;
  }
  return parts;
}

Node Planner::plan_document(const Attribute& attribute) {
  use_document();
  Node node;
  node.kind = Node::Kind::document;
  node.attribute = &attribute;
  node.children = plan_document_parts(attribute, projection_);
  return node;
}

Node Planner::plan_element(const Attribute& list, const ElementColumn& element) {
  Node node;
  node.kind = Node::Kind::element;
  node.attribute = &list;
  node.shown = shown_as(element.value.codec);
  if (element.value.table != 0) plan_.needs.push_back(element.value.table);
  node.column = plan_.columns.add(shown_expression(alias_of("t", element.value.table), element.value, context_.dialect));
  if (type_.has_document()) use_document();
  node.children = plan_document_parts(list, projection_);
  for (Node& part : node.children) {
    if (part.attribute == element.part) part.column = node.column;
    const auto constant = element.constants.find(part.attribute);
    if (constant != element.constants.end()) part.constant = &constant->second;
  }
  return node;
}

/// A list's parts are the columns of its statement after kOwner.
std::vector<Node> Planner::plan_parts(const Attribute& list) {
  std::vector<Node> parts;
  const auto table = type_.lists.find(&list);
  int next_column = kOwner + 1;
  const auto consider = [&](const Attribute& part) {
    if (!projection_.wants(part)) return;
    Node node;
    node.attribute = &part;
    if (table != type_.lists.end()) {
      const auto column = table->second.columns.find(&part);
      const auto constant = table->second.constants.find(&part);
      if (constant != table->second.constants.end()) {
        node.constant = &constant->second;
      } else if (column != table->second.columns.end()) {
        node.shown = shown_as(column->second.codec);
        node.column = next_column++;
      } else if (is_in_document(type_, part)) {
        use_document();
        node.kind = Node::Kind::document;
      } else {
        return;
      }
    }
    parts.push_back(std::move(node));
  };
  if (list.type != Type::complex) consider(list);
  for (const Attribute& sub : list.sub_attributes) consider(sub);
  return parts;
}

}  // namespace

RowPlan plan_rows(const TypeMapping& type, const Projection& projection, const CompileContext& context, EntityTag tag) {
  return Planner(type, projection, context, tag).run();
}

}  // namespace scim::sql
