// SPDX-License-Identifier: MIT
// What the lists of a page's rows have: elements of tables, members, groups.
#include <algorithm>
#include <cmath>

#include "core/text.h"
#include "sql/document.h"
#include "sql/row_search.h"

namespace scim::sql {
namespace {

/// Keys that a database may find equal and C++ does not: 1 and 1.0, "Bob" and "BOB" in a column without case.
bool is_alike(const Cell& a, const Cell& b) {
  const auto* a_text = std::get_if<std::string>(&a);
  const auto* b_text = std::get_if<std::string>(&b);
  if (a_text != nullptr && b_text != nullptr) return equal_ignoring_case(*a_text, *b_text);
  const auto number = [](const Cell& cell) {
    const auto* integer = std::get_if<std::int64_t>(&cell);
    const auto* decimal = std::get_if<double>(&cell);
    return integer != nullptr ? static_cast<double>(*integer) : decimal != nullptr ? *decimal : std::nan("");
  };
  return number(a) == number(b);
}

}  // namespace

Result<void> RowSearch::read_lists(std::vector<Node>& nodes) {
  for (Node& node : nodes) {
    if (is_streamed(node)) continue;
    switch (node.kind) {
      case Node::Kind::object: SCIM_TRY(read_lists(node.children)); break;
      case Node::Kind::list:
      case Node::Kind::members:
      case Node::Kind::groups:
        if (has_rows_[node.list] || node.first_key_column >= 0) SCIM_TRY(read_list(node));
        break;
      case Node::Kind::leaf:
      case Node::Kind::constant:
      case Node::Kind::document:
      case Node::Kind::element:
      case Node::Kind::gap: break;
    }
  }
  return {};
}

Result<void> RowSearch::read_list(Node& node) {
  Elements& elements = lists_[node.list];
  const ElementSink sink = [&](const Cell& owner) -> JsonWriter& {
    if (elements.empty()) elements.resize(page_.size());
    if (const auto row = row_of(owner)) return elements[*row];
    if (is_run_) return nobodys();
    for (std::size_t i = 0; i < keys_.size(); ++i) {
      if (is_alike(keys_[i], owner)) return elements[i];
    }
    has_stray_owner_ = true;
    return nobodys();
  };
  if (node.kind == Node::Kind::members) return read_members(node, sink);
  if (node.kind == Node::Kind::groups) return read_groups(node, sink);
  return read_elements(node, sink);
}

/// One element as an object; nothing if all its parts are NULL.
void RowSearch::write_parts(const std::vector<Node>& parts, const Cursor& row, const Json* beside, JsonWriter& out) const {
  const auto in_document = [&](const Node& part) {
    const bool is_there = part.kind == Node::Kind::document && beside != nullptr && beside->contains(part.attribute->name);
    return is_there ? &beside->at(part.attribute->name) : nullptr;
  };
  const auto has_value = [&](const Node& part) {
    return part.column >= 0 ? !row.is_null(part.column) : part.constant == nullptr && in_document(part) != nullptr;
  };
  if (std::none_of(parts.begin(), parts.end(), has_value)) return;
  out.begin_object();
  for (const Node& part : parts) {
    if (part.constant == nullptr && !has_value(part)) continue;
    out.quoted_key(part.key);
    if (part.constant != nullptr) out.value(*part.constant);
    else if (part.column >= 0) write_value(out, part.shown, row, part.column);
    else out.value(*in_document(part));
  }
  out.end_object();
}

const Json* RowSearch::beside_row(const Node& node, const Cursor& row, std::set<const Json*>& used) {
  const ListTable& list = type_.lists.at(node.attribute);
  const auto owner = row_of(row.cell(kOwner));
  const Json* elements = owner ? find_value(documents_[*owner], *node.attribute) : nullptr;
  if (elements == nullptr || !elements->is_array()) return nullptr;
  const std::vector<const Attribute*> keys = document_key(list);
  const auto is_of_row = [&](const Json& element) {
    for (std::size_t i = 0; i < keys.size(); ++i) {
      JsonWriter shown;
      const int column = node.first_key_column + static_cast<int>(i);
      if (row.is_null(column)) shown.null();
      else write_value(shown, shown_as(list.columns.at(keys[i]).codec), row, column);
      if (!element.is_object() || to_text(element.value(keys[i]->name, Json())) != shown.text()) return false;
    }
    return true;
  };
  const auto found = std::find_if(elements->begin(), elements->end(), [&](const Json& element) {
    return !used.contains(&element) && is_of_row(element);
  });
  if (found == elements->end()) return nullptr;
  used.insert(&*found);
  return &*found;
}

/// Elements that have no part with a column stand in the document alone.
void RowSearch::write_without_row(const Node& node, const ElementSink& sink) const {
  const ListTable& list = type_.lists.at(node.attribute);
  const auto has_row = [&](const Json& element) {
    return std::any_of(list.columns.begin(), list.columns.end(), [&](const auto& part) { return element.contains(part.first->name); });
  };
  for (std::size_t i = 0; i < page_.size(); ++i) {
    const Json* elements = in_document(node, i);
    if (elements == nullptr || !elements->is_array()) continue;
    for (const Json& element : *elements) {
      if (element.is_object() && !has_row(element)) write_document_element(node, element, sink(keys_[i]));
    }
  }
}

void RowSearch::write_element(const Node& node, const Cursor& row, const Json* beside, JsonWriter& out) const {
  if (node.attribute->type == Type::complex) return write_parts(node.children, row, beside, out);
  const Node& part = node.children.front();
  if (!row.is_null(part.column)) write_value(out, part.shown, row, part.column);
}

Result<void> RowSearch::read_elements(Node& node, const ElementSink& sink) {
  const bool has_document_parts = node.first_key_column >= 0;
  std::set<const Json*> used;
  SCIM_TRY(for_each_row(db_, of_page(node.statements.front()), [&](const Cursor& cursor) {
    JsonWriter& out = sink(cursor.cell(kOwner));
    write_element(node, cursor, has_document_parts ? beside_row(node, cursor, used) : nullptr, out);
  }));
  if (has_document_parts) write_without_row(node, sink);
  return {};
}

void RowSearch::write_member(const Node& node, const Cursor& row, const ResourceType& shown, std::string_view type_text,
                          JsonWriter& out) {
  out.begin_object();
  for (const Node& part : node.children) {
    switch (part.member_part) {
      case MemberPart::value:
        out.quoted_key(part.key);
        out.string(row.text(kId));
        break;
      case MemberPart::ref:
        out.quoted_key(part.key);
        out.string(location(shown, row.text(kId)));
        break;
      case MemberPart::type:
        out.quoted_key(part.key);
        out.string(type_text);
        break;
      case MemberPart::display:
        if (row.is_null(kDisplay)) break;
        out.quoted_key(part.key);
        out.string(row.text(kDisplay));
        break;
      case MemberPart::other: break;
    }
  }
  out.end_object();
}

Result<void> RowSearch::read_members(Node& node, const ElementSink& sink) {
  const std::vector<MemberTable>& tables = type_.members.at(node.attribute);
  for (std::size_t i = 0; i < tables.size(); ++i) {
    const TypeMapping& member = context_.mapping.of(*tables[i].member_type);
    // Not of_page(): a group that is no row of the page may have very many.
    SCIM_TRY(for_each_row(db_, node.statements[i].with(keys_), [&](const Cursor& cursor) {
      if (cursor.is_null(kId)) unseen_[&member].insert(cursor.cell(kKey));
      write_member(node, cursor, *member.type, member.type->name, sink(cursor.cell(kOwner)));
    }));
  }
  return {};
}

/// Most users of a page share their groups: each is read and written once.
Result<void> RowSearch::read_direct_groups(Node& node, const ElementSink& sink) {
  std::vector<std::pair<Cell, std::int64_t>> memberships;
  SCIM_TRY(for_each_row(db_, of_page(node.shortcut->memberships), [&](const Cursor& cursor) {
    memberships.emplace_back(cursor.cell(0), cursor.integer(1));
  }));
  std::map<std::int64_t, std::string> groups;
  for (const auto& [user, group] : memberships) groups.try_emplace(group);
  if (groups.empty()) return {};
  std::vector<Cell> keys;
  for (const auto& [key, element] : groups) keys.emplace_back(key);
  SCIM_TRY(for_each_row(db_, node.shortcut->groups.with(keys), [&](const Cursor& cursor) {
    JsonWriter element;
    write_member(node, cursor, group_type(node), "direct", element);
    groups[cursor.integer(kOwner)] = element.take();
  }));
  for (const auto& [user, group] : memberships) {
    if (const std::string& element = groups.at(group); !element.empty()) sink(user).raw(element);
  }
  return {};
}

Result<void> RowSearch::read_groups(Node& node, const ElementSink& sink) {
  const TypeMapping& group = context_.mapping.of(*type_.reverse.at(node.attribute).group_type);
  if (node.shortcut && !is_nested_) {
    const auto see = [&](const Cursor& cursor) { is_nested_ = cursor.integer(0) != 0; };
    SCIM_TRY(for_each_row(db_, of_page(node.shortcut->is_nested), see));
  }
  if (node.shortcut && !*is_nested_) return read_direct_groups(node, sink);
  return for_each_row(db_, of_page(node.statements.front()), [&](const Cursor& cursor) {
    if (cursor.is_null(kId)) unseen_[&group].insert(cursor.cell(kKey));
    const std::string_view type_text = cursor.integer(kIsDirect) != 0 ? "direct" : "indirect";
    write_member(node, cursor, *group.type, type_text, sink(cursor.cell(kOwner)));
  });
}

}  // namespace scim::sql
