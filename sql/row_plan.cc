// SPDX-License-Identifier: MIT
#include "sql/row_plan.h"

#include <algorithm>
#include <optional>

#include "sql/document.h"
#include "sql/membership.h"
#include "sql/rendering.h"
#include "sql/scope.h"

namespace scim::sql {
namespace {

/// Some part of an extension has a value, whether it is wanted or not: `schemas` says so. What is hidden is not there.
Predicate has_data(const Attribute& attribute, const TypeMapping& type, const Projection& projection) {
  Predicate predicate;
  predicate.attribute = &attribute;
  if (projection.hides(attribute)) {
    predicate.kind = Predicate::Kind::never;
  } else if (attribute.multi_valued) {
    predicate.kind = Predicate::Kind::any;
    predicate.children.emplace_back();
  } else if (attribute.type != Type::complex) {
    // What is looked up elsewhere has a value only if what it is looked up by has one.
    predicate.kind = type.lookups.contains(&attribute) ? Predicate::Kind::never : Predicate::Kind::compare;
    predicate.op = Op::ne;
  } else {
    predicate.kind = Predicate::Kind::or_;
    for (const Attribute& sub : attribute.sub_attributes) predicate.children.push_back(has_data(sub, type, projection));
  }
  return predicate;
}

bool wants_part(const Node& node, MemberPart part) {
  return std::any_of(node.children.begin(), node.children.end(),
                     [&](const Node& child) { return member_part(*child.attribute) == part; });
}

/// Whether Node::list counts.
bool has_list(const Node& node) {
  return node.kind == Node::Kind::list || node.kind == Node::Kind::members || node.kind == Node::Kind::groups;
}

class Planner {
 public:
  Planner(const TypeMapping& type, const Projection& projection, const CompileContext& context, EntityTag tag, Purpose purpose)
      : type_(type), projection_(projection), context_(context), tag_(tag), open_(open_attributes(type)) {
    plan_.purpose = purpose == Purpose::show_kept ? purpose_of(type, projection) : purpose;
  }
  RowPlan run() {
    if (plan_.purpose == Purpose::show_kept) plan_kept();
    else plan();
    if (plan_.purpose == Purpose::keep) plan_.shape = shape_of(plan_);
    return std::move(plan_);
  }

 private:
  void plan();
  void plan_kept();
  char gap_of(const Attribute& attribute) const;
  std::optional<Node> plan_node(const Attribute& attribute);
  std::vector<Node> plan_parts(const Attribute& list);
  Node plan_column(const Attribute& attribute, const Column& column);
  Node plan_document(const Attribute& attribute);
  Node plan_element(const Attribute& list, const ElementColumn& element);
  void plan_elements(Node& node) const;
  void plan_members(Node& node) const;
  void plan_groups(Node& node) const;
  void plan_shortcut(Node& node, const TypeMapping& group, const std::vector<MemberTable>& tables) const;
  void name(std::vector<Node>& nodes) const;
  void plan_probe();
  void plan_together();
  void add_probe(const std::vector<Node>& nodes, Columns& columns) const;
  int add_link_column(const Column& column);
  void use_document();
  bool shows_version() const;

  const TypeMapping& type_;
  const Projection& projection_;
  const CompileContext& context_;
  const EntityTag tag_;
  const AttributeSet open_;
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
      plan_.extensions.push_back({&attribute, plan_.columns.add(compile_value(has_data(attribute, type_, projection), type_, context_, plan_.needs))});
    }
    if (auto node = plan_node(attribute)) plan_.nodes.push_back(*std::move(node));
  }
  name(plan_.nodes);
  plan_probe();
  plan_together();
}

/// A rendering and what it leaves open.
void Planner::plan_kept() {
  plan_.key = plan_.columns.add(key_of(type_, "t"));
  plan_.id = add_link_column(type_.link.id);
  if (tag_ == EntityTag::always || shows_version()) plan_.version = plan_.columns.add(version_expression(type_, context_, plan_.needs));
  const Projection defaults = Projection::defaults(*type_.type);
  const RowPlan keep = plan_rows(type_, defaults, context_, EntityTag::always, Purpose::keep);
  plan_.rendering = plan_.columns.add(rendering_expression(type_, keep.shape));
  for (const Attribute* attribute : open_) {
    if (auto node = plan_node(*attribute)) plan_.nodes.push_back(*std::move(node));
  }
  name(plan_.nodes);
  plan_together();
}

/// 0: a rendering has it.
char Planner::gap_of(const Attribute& attribute) const {
  const auto open = std::find(open_.begin(), open_.end(), &attribute);
  return open == open_.end() ? '\0' : static_cast<char>(kFirstOpen + (open - open_.begin()));
}

void Planner::name(std::vector<Node>& nodes) const {
  for (Node& node : nodes) {
    node.key = to_text(Json(node.attribute->name));
    node.member_part = sql::member_part(*node.attribute);
    if (plan_.purpose != Purpose::show) node.gap = gap_of(*node.attribute);
    name(node.children);
  }
}

/// Only in tables of our own: there all keys are integers, and "between" means what it says.
void Planner::plan_probe() {
  if (!context_.mapping.is_embedded || plan_.list_count < 2) return;
  Columns columns;
  add_probe(plan_.nodes, columns);
  plan_.probe << "SELECT " << columns.list;
}

void collect_lists(const std::vector<Node>& nodes, std::vector<const Node*>& lists) {
  for (const Node& node : nodes) {
    if (node.kind == Node::Kind::object) collect_lists(node.children, lists);
    if (has_list(node)) lists.push_back(&node);
  }
}

/// A statement costs more than to see that a list is empty.
void Planner::plan_together() {
  const bool may_mix = context_.dialect.typing == Typing::dynamic;
  if (!context_.mapping.is_embedded || !may_mix || plan_.list_count == 0) return;
  std::vector<const Node*> lists;
  collect_lists(plan_.nodes, lists);
  int width = 0;
  for (const Node* node : lists) {
    const bool can_be_joined = node->shortcut || (node->kind == Node::Kind::list && node->first_key_column < 0);
    if (!can_be_joined) return;
    width = std::max(width, node->column_count);
  }
  std::string text;
  const auto add = [&](std::size_t list, const std::string& columns, int count, const std::string& from) {
    text += (text.empty() ? "SELECT " : " UNION ALL SELECT ") + std::to_string(list) + ", " + columns;
    for (int i = count; i < width; ++i) text += ", NULL";
    text += ' ' + from;
  };
  for (const Node* node : lists) {
    if (node->shortcut) {
      std::string nested = "SELECT " + std::to_string(kIsNested) + ", " + node->shortcut->is_nested_of_one;
      for (int i = 1; i < width; ++i) nested += ", NULL";
      text = nested + (text.empty() ? "" : " UNION ALL ") + text;
      add(node->list, node->columns, node->column_count, node->shortcut->direct_of_one);
    } else {
      add(node->list, node->columns, node->column_count, node->from_of_one);
    }
  }
  plan_.together.text = text;
}

std::string has_rows_between(const std::string& table, const std::string& owner) {
  return "EXISTS (SELECT 1 FROM " + identifier(table) + " WHERE " + identifier(owner) + " BETWEEN ?1 AND ?2)";
}

/// In the order of Node::list.
void Planner::add_probe(const std::vector<Node>& nodes, Columns& columns) const {
  for (const Node& node : nodes) {
    std::string has_rows;
    const auto add = [&](const std::string& test) { has_rows += (has_rows.empty() ? "" : " OR ") + test; };
    switch (node.kind) {
      case Node::Kind::object: add_probe(node.children, columns); break;
      case Node::Kind::list: {
        const ListTable& list = type_.lists.at(node.attribute);
        add(has_rows_between(list.name, list.owner));
        break;
      }
      case Node::Kind::members:
        for (const MemberTable& table : type_.members.at(node.attribute)) add(has_rows_between(table.name, table.owner));
        break;
      case Node::Kind::groups: {
        const TypeMapping::Reverse& reverse = type_.reverse.at(node.attribute);
        for (const MemberTable& table : context_.mapping.of(*reverse.group_type).members.at(reverse.members)) {
          if (table.member_type == type_.type) add(has_rows_between(table.name, table.value));
        }
        break;
      }
      case Node::Kind::leaf:
      case Node::Kind::constant:
      case Node::Kind::document:
      case Node::Kind::element:
      case Node::Kind::gap: break;
    }
    if (has_list(node)) columns.add(has_rows.empty() ? "false" : has_rows);
  }
}

std::optional<Node> Planner::plan_node(const Attribute& attribute) {
  if (!projection_.wants(attribute) || link_part(attribute) != LinkPart::none) return std::nullopt;
  Node node;
  node.attribute = &attribute;
  if (plan_.purpose == Purpose::keep && gap_of(attribute) != '\0') {
    node.kind = Node::Kind::gap;
    return node;
  }
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
    if (is_list) plan_elements(node);
    else if (is_members) plan_members(node);
    else plan_groups(node);
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

void Planner::plan_elements(Node& node) const {
  const ListTable& list = type_.lists.at(node.attribute);
  Columns columns;
  columns.add(column_of("c", list.owner));
  for (const Node& part : node.children) {
    if (part.column >= 0) columns.add(shown_expression("c", list.columns.at(part.attribute), context_.dialect));
  }
  const bool has_document_parts = std::any_of(node.children.begin(), node.children.end(),
                                              [](const Node& part) { return part.kind == Node::Kind::document; });
  if (has_document_parts) {
    node.first_key_column = columns.count;
    for (const Attribute* key : document_key(list)) columns.add(shown_expression("c", list.columns.at(key), context_.dialect));
  }
  // The key comes last, to see that the rows are in their order.
  const std::string owner = column_of("c", list.owner);
  node.columns = columns.list.text.substr(owner.size() + std::string_view(", ").size() * (columns.count > 1 ? 1 : 0));
  node.columns += (node.columns.empty() ? "" : ", ") + column_of("c", list.key);
  node.column_count = columns.count;
  node.from_of_one = "FROM " + identifier(list.name) + " c WHERE " + owner + " = ?1";
  Sql sql;
  sql << "SELECT " << columns.list << " FROM " << identifier(list.name) << " c WHERE " << column_of("c", list.owner)
      << KeyedSql::keys() << " ORDER BY " << column_of("c", list.owner) << ", " << column_of("c", list.key);
  node.statements.emplace_back(sql);
}

std::string wanted_display(const Node& node, const TypeMapping& shown, std::string_view prefix, const Dialect& dialect) {
  return wants_part(node, MemberPart::display) ? display_expression(shown, prefix, dialect) : "NULL";
}

void Planner::plan_members(Node& node) const {
  for (const MemberTable& table : type_.members.at(node.attribute)) {
    const TypeMapping& member = context_.mapping.of(*table.member_type);
    const std::string owner = column_of("j", table.owner);
    const std::string value = column_of("j", table.value);
    Sql sql;
    sql << "SELECT " << owner << ", " << id_of(member, "m", context_.dialect) << ", "
        << wanted_display(node, member, "m", context_.dialect) << ", NULL, " << value << " FROM " << identifier(table.name) << " j"
        << join_resource(member, "m", value) << " WHERE " << owner << KeyedSql::keys() << and_living(member, "m", context_.dialect)
        << " ORDER BY " << owner << ", " << value;
    node.statements.emplace_back(sql);
    if (!member.has_link_table()) continue;
    Sql without_id;
    without_id << "SELECT " << value << " FROM " << identifier(table.name) << " j" << join_resource(member, "m", value) << " WHERE "
               << owner << KeyedSql::keys() << and_living(member, "m", context_.dialect) << " AND "
               << id_of(member, "m", context_.dialect) << " IS NULL";
    node.without_id.push_back({&member, KeyedSql(without_id)});
  }
}

void Planner::plan_groups(Node& node) const {
  const TypeMapping::Reverse& reverse = type_.reverse.at(node.attribute);
  const TypeMapping& group = context_.mapping.of(*reverse.group_type);
  const std::vector<MemberTable>& tables = group.members.at(reverse.members);
  Sql sql;
  sql << "WITH " << groups_upward(*type_.type, *group.type, tables, KeyedSql::keys()) << " SELECT up.u, "
      << id_of(group, "g", context_.dialect) << ", " << wanted_display(node, group, "g", context_.dialect) << ", "
      << (wants_part(node, MemberPart::type) ? is_direct_member(*type_.type, tables) : "NULL") << ", up.k FROM up"
      << join_resource(group, "g", "up.k");
  if (context_.visible == Visible::all) sql << join_resource(type_, "m", "up.u");
  sql << " WHERE true" << and_living(group, "g", context_.dialect);
  if (context_.visible == Visible::all) sql << and_living(type_, "m", context_.dialect);
  sql << " ORDER BY up.u, up.k";
  node.statements.emplace_back(sql);
  plan_shortcut(node, group, tables);
}

/// To follow groups upwards costs more than to see that there is nothing to follow. In tables of our own only, where no
/// membership is there twice.
void Planner::plan_shortcut(Node& node, const TypeMapping& group, const std::vector<MemberTable>& tables) const {
  const auto table_of = [&](const ResourceType* member) {
    return std::find_if(tables.begin(), tables.end(), [&](const MemberTable& table) { return table.member_type == member; });
  };
  const auto own = table_of(type_.type);
  const auto nested = table_of(group.type);
  const bool has_one_each = tables.size() == 2 && own != tables.end() && nested != tables.end() && own != nested;
  if (!context_.mapping.is_embedded || context_.visible != Visible::living || !has_one_each) return;
  const std::string user = column_of("j", own->value);
  const std::string key = column_of("j", own->owner);
  const std::string in_another = "EXISTS (SELECT 1 FROM " + identifier(own->name) + " j " + std::string(context_.dialect.ordered_join) + ' ' + identifier(nested->name) + " n ON " +
                                 column_of("n", nested->value) + " = " + key + " WHERE " + user;
  Sql is_nested;
  is_nested << "SELECT " << in_another << KeyedSql::keys() << ")";
  node.columns = id_of(group, "g", context_.dialect) + ", " + wanted_display(node, group, "g", context_.dialect) + ", true, " + key;
  node.column_count = kKey;
  const std::string from = "FROM " + identifier(own->name) + " j" + join_resource(group, "g", key) + " WHERE " + user;
  const std::string living_groups = and_living(group, "g", context_.dialect);
  Sql memberships;
  memberships << "SELECT " << user << ", " << key << " FROM " << identifier(own->name) << " j WHERE " << user << KeyedSql::keys()
              << " ORDER BY " << user << ", " << key;
  Sql groups;
  groups << "SELECT " << key_of(group, "g") << ", " << id_of(group, "g", context_.dialect) << ", "
         << wanted_display(node, group, "g", context_.dialect) << " FROM " << from_resource(group, "g") << " WHERE " << key_of(group, "g")
         << KeyedSql::keys() << living_groups;
  node.shortcut = Node::Shortcut{KeyedSql(is_nested), in_another + " = ?1)", KeyedSql(memberships), KeyedSql(groups),
                                 from + " = ?1" + living_groups};
}

/// What clients choose with attributes= has no bound, memory has.
constexpr std::size_t kMostPlans = 32;

}  // namespace

std::shared_ptr<RowPlan> RowPlans::plan(const TypeMapping& type, const Projection& projection, const CompileContext& context,
                                        EntityTag tag, Purpose purpose) {
  const auto found = std::find_if(entries_.begin(), entries_.end(), [&](const Entry& entry) {
    return entry.type == &type && entry.visible == context.visible && entry.tag == tag && entry.purpose == purpose &&
           entry.projection == projection;
  });
  if (found != entries_.end()) {
    entries_.splice(entries_.begin(), entries_, found);
    return found->plan;
  }
  if (entries_.size() >= kMostPlans) entries_.pop_back();
  auto plan = std::make_shared<RowPlan>(plan_rows(type, projection, context, tag, purpose));
  return entries_.emplace_front(Entry{&type, projection, context.visible, tag, purpose, std::move(plan)}).plan;
}

RowPlan plan_rows(const TypeMapping& type, const Projection& projection, const CompileContext& context, EntityTag tag,
                  Purpose purpose) {
  return Planner(type, projection, context, tag, purpose).run();
}

}  // namespace scim::sql
