// SPDX-License-Identifier: MIT
#include "sql/rendering.h"

#include <algorithm>
#include <string_view>

#include "sql/membership.h"

namespace scim::sql {
namespace {

/// To be increased when the same plan writes other bytes.
constexpr std::string_view kFormat = "1";

constexpr std::size_t kMostOpen = 'z' - kFirstOpen + 1;

bool is_open(const TypeMapping& type, const Attribute& attribute) {
  return type.reverse.contains(&attribute) || type.lookups.contains(&attribute);
}

void collect_open(const TypeMapping& type, const std::vector<Attribute>& attributes, AttributeSet& open) {
  for (const Attribute& attribute : attributes) {
    if (is_open(type, attribute)) open.push_back(&attribute);
    else collect_open(type, attribute.sub_attributes, open);
  }
}

/// Whether both want the same of everything that is not open.
bool want_the_same(const TypeMapping& type, const std::vector<Attribute>& attributes, const Projection& a, const Projection& b) {
  return std::all_of(attributes.begin(), attributes.end(), [&](const Attribute& attribute) {
    if (is_open(type, attribute)) return true;
    if (attribute.sub_attributes.empty()) return a.wants(attribute) == b.wants(attribute);
    return want_the_same(type, attribute.sub_attributes, a, b);
  });
}

/// FNV-1a: the same in every process.
class Fingerprint {
 public:
  void add(std::string_view text) {
    for (const char c : text) add_byte(static_cast<unsigned char>(c));
    add_byte(0xFF);  // in no UTF-8: where one text ends and the next begins is part of it
  }
  void add(std::int64_t number) { add(std::to_string(number)); }
  std::int64_t value() const { return static_cast<std::int64_t>(hash_); }

 private:
  void add_byte(unsigned char byte) { hash_ = (hash_ ^ byte) * 0x100000001b3ULL; }
  std::uint64_t hash_ = 0xcbf29ce484222325ULL;
};

void add_nodes(const std::vector<Node>& nodes, Fingerprint& print) {
  print.add(std::ssize(nodes));
  for (const Node& node : nodes) {
    print.add(static_cast<std::int64_t>(node.kind));
    print.add(node.key);
    print.add(static_cast<std::int64_t>(node.attribute->type));
    print.add(node.attribute->multi_valued ? "list" : "one");
    print.add(static_cast<std::int64_t>(node.shown));
    print.add(node.column);
    print.add(node.constant == nullptr ? "" : to_text(*node.constant));
    print.add(node.columns);
    print.add(node.from_of_one);
    print.add(node.first_key_column);
    print.add(std::string_view(&node.gap, 1));
    add_nodes(node.children, print);
  }
}

}  // namespace

AttributeSet open_attributes(const TypeMapping& type) {
  AttributeSet open;
  collect_open(type, type.type->attributes, open);
  return open;
}

bool can_be_kept(const TypeMapping& type) {
  if (type.renderings.empty() || open_attributes(type).size() > kMostOpen) return false;
  return std::all_of(type.lookups.begin(), type.lookups.end(),
                     [](const auto& lookup) { return lookup.second.by->parent == lookup.first->parent; });
}

Purpose purpose_of(const TypeMapping& type, const Projection& projection) {
  // `schemas` in a rendering says what hidden attributes have, too.
  if (!can_be_kept(type) || projection.hides_anything()) return Purpose::show;
  const bool is_kept = want_the_same(type, type.type->attributes, projection, Projection::defaults(*type.type));
  return is_kept ? Purpose::show_kept : Purpose::show;
}

std::int64_t shape_of(const RowPlan& keep) {
  Fingerprint print;
  print.add(kFormat);
  print.add(keep.columns.list.text);
  for (const RowPlan::Extension& extension : keep.extensions) print.add(extension.attribute->name);
  add_nodes(keep.nodes, print);
  return print.value();
}

std::string rendering_expression(const TypeMapping& type, std::int64_t shape) {
  return "(SELECT r.text FROM " + identifier(type.renderings) + " r WHERE r.key = " + key_of(type, "t") + " AND r.shape = " +
         std::to_string(shape) + ")";
}

}  // namespace scim::sql
