// SPDX-License-Identifier: MIT
// A row of a page with its lists -> the bytes of a resource.
#include <algorithm>

#include "core/text.h"
#include "sql/document.h"
#include "sql/rendering.h"
#include "sql/row_search.h"

namespace scim::sql {
namespace {

/// Whether what stands in a list of the document can be an element of it.
bool is_element(const Attribute& list, const Json& element) { return (list.type == Type::complex) == element.is_object(); }

}  // namespace

const std::string& RowSearch::location(const ResourceType& type, std::string_view id) {
  if (located_type_ != &type) {
    location_ = location_prefix(type, context_.base_url);
    located_type_ = &type;
    prefix_size_ = location_.size();
  }
  location_.resize(prefix_size_);
  return location_ += percent_encode(id);
}

void RowSearch::write_schemas(const PageRow& row, JsonWriter& out) const {
  out.key("schemas");
  out.begin_array();
  out.string(type_.type->schema);
  for (const RowPlan::Extension& extension : plan_.extensions) {
    if (row.integer(extension.column) != 0) out.string(extension.attribute->name);
  }
  out.end_array();
}

void RowSearch::write_meta(const PageRow& row, JsonWriter& out) {
  const Attribute* meta = type_.type->find("meta");
  if (meta == nullptr || !query_.projection->wants(*meta)) return;
  out.key("meta");
  out.begin_object();
  for (const Attribute& part : meta->sub_attributes) {
    if (!query_.projection->wants(part)) continue;
    const auto instant = [&](int column) {
      if (column < 0 || row.is_null(column)) return;
      out.key(part.name);
      write_value(out, Shown::instant, row, column);
    };
    const auto text = [&](std::string_view value) {
      out.key(part.name);
      out.string(value);
    };
    switch (link_part(part)) {
      case LinkPart::resource_type: text(type_.type->name); break;
      case LinkPart::created: instant(plan_.created); break;
      case LinkPart::last_modified: instant(plan_.last_modified); break;
      case LinkPart::location:
        if (plan_.purpose != Purpose::keep) text(location(*type_.type, row.text(plan_.id)));
        else write_open_location(row.text(plan_.id), out);
        break;
      case LinkPart::version:
        text(entity_tag(row));
        break;
      case LinkPart::none:
      case LinkPart::id:
      case LinkPart::external_id: break;
    }
  }
  out.end_object();
}

void RowSearch::write_open_location(std::string_view id, JsonWriter& out) const {
  out.key("location");
  out.raw(std::string{'"', kGap, kLocationGap});
  out.append(percent_encode(id));
  out.append("\"");
}

const Json* RowSearch::in_document(const Node& node, std::size_t index) const {
  return plan_.document < 0 ? nullptr : find_value(documents_[index], *node.attribute);
}

void RowSearch::write_document_element(const Node& node, const Json& element, JsonWriter& out) const {
  if (node.children.empty() || !element.is_object()) return out.value(element);
  out.begin_object();
  for (const Node& part : node.children) {
    const auto value = element.find(part.attribute->name);
    if (value == element.end()) continue;
    out.quoted_key(part.key);
    out.value(*value);
  }
  out.end_object();
}

void RowSearch::write_document(const Node& node, std::size_t index, JsonWriter& out) const {
  const Json& value = *in_document(node, index);
  if (!node.attribute->multi_valued || !value.is_array()) return out.value(value);
  out.begin_array();
  for (const Json& element : value) {
    if (is_element(*node.attribute, element)) write_document_element(node, element, out);
  }
  out.end_array();
}

/// The element that is a column with what the mapping and the document add to it, then the others of the document.
void RowSearch::write_column_element(const Node& node, std::size_t index, JsonWriter& out) const {
  const PageRow row = page_[index];
  const Json* list = in_document(node, index);
  const bool has_list = list != nullptr && list->is_array() && !list->empty();
  out.begin_array();
  if (!row.is_null(node.column) && node.attribute->type != Type::complex) {
    write_value(out, node.shown, row, node.column);
  } else if (!row.is_null(node.column)) {
    out.begin_object();
    for (const Node& part : node.children) {
      const Json* more = has_list && list->front().contains(part.attribute->name) ? &list->front()[part.attribute->name] : nullptr;
      if (part.column < 0 && part.constant == nullptr && more == nullptr) continue;
      out.quoted_key(part.key);
      if (part.column >= 0) write_value(out, node.shown, row, part.column);
      else out.value(more != nullptr ? *more : *part.constant);
    }
    out.end_object();
  }
  for (std::size_t i = 1; has_list && i < list->size(); ++i) {
    if (is_element(*node.attribute, (*list)[i])) write_document_element(node, (*list)[i], out);
  }
  out.end_array();
}

/// meta.version: a counter or a hash.
std::string RowSearch::entity_tag(const PageRow& row) const {
  if (plan_.version < 0) return {};
  const std::string version = type_.link.version.is_mapped() ? std::to_string(row.integer(plan_.version)) : std::string(row.text(plan_.version));
  return std::string(kVersionPrefix) + version + std::string(kVersionSuffix);
}

std::string_view RowSearch::elements_of(const Node& node, std::size_t index) const {
  const Elements& elements = lists_[node.list];
  return elements.empty() ? std::string_view() : elements[index].text();
}

bool RowSearch::has_value(const Node& node, std::size_t index) const {
  switch (node.kind) {
    case Node::Kind::leaf: return !page_[index].is_null(node.column);
    case Node::Kind::object:
      return std::any_of(node.children.begin(), node.children.end(),
                         [&](const Node& child) { return has_value(child, index); });
    case Node::Kind::list:
    case Node::Kind::groups: return !elements_of(node, index).empty();
    case Node::Kind::members:  // an empty group shows that it is empty
    case Node::Kind::constant: return true;
    case Node::Kind::gap: return false;  // its object is there because of something else
    case Node::Kind::document: return in_document(node, index) != nullptr;
    case Node::Kind::element: {
      const Json* rest = in_document(node, index);
      return !page_[index].is_null(node.column) || (rest != nullptr && rest->size() > 1);
    }
  }
  return false;
}

Result<void> RowSearch::write_node(Node& node, std::size_t index, JsonWriter& out) {
  if (node.kind == Node::Kind::gap) out.append(std::string{kGap, node.gap});
  if (!has_value(node, index)) return {};
  out.quoted_key(node.key);
  switch (node.kind) {
    case Node::Kind::leaf: write_value(out, node.shown, page_[index], node.column); return {};
    case Node::Kind::constant: out.value(*node.constant); return {};
    case Node::Kind::document: write_document(node, index, out); return {};
    case Node::Kind::element: write_column_element(node, index, out); return {};
    case Node::Kind::object:
      out.begin_object();
      for (Node& child : node.children) SCIM_TRY(write_node(child, index, out));
      out.end_object();
      return {};
    case Node::Kind::list:
    case Node::Kind::groups:
    case Node::Kind::members:
    case Node::Kind::gap: break;
  }
  out.begin_array();
  if (is_streamed(node)) {
    SCIM_TRY(read_members(node, [&](const Cell&) -> JsonWriter& { return out; }));
  } else if (const std::string_view elements = elements_of(node, index); !elements.empty()) {
    out.raw(elements);
  }
  out.end_array();
  return {};
}

Result<void> RowSearch::fill_gap(char gap, std::size_t index, JsonWriter& out) {
  if (gap == kLocationGap) {
    if (location_text_.empty()) {
      JsonWriter text;
      text.string(location_prefix(*type_.type, context_.base_url));
      location_text_ = text.take();
    }
    out.append(std::string_view(location_text_).substr(1, location_text_.size() - 2));
    return {};
  }
  const auto node = std::find_if(plan_.nodes.begin(), plan_.nodes.end(), [&](const Node& each) { return each.gap == gap; });
  return node == plan_.nodes.end() ? Result<void>() : write_node(*node, index, out);
}

Result<void> RowSearch::write_kept(std::size_t index, JsonWriter& out) {
  const PageRow row = page_[index];
  std::string_view rest = row.text(plan_.rendering);
  out.raw("");
  while (true) {
    const std::size_t gap = rest.find(kGap);
    out.append(rest.substr(0, gap));
    if (gap == std::string_view::npos || gap + 1 == rest.size()) break;
    SCIM_TRY(fill_gap(rest[gap + 1], index, out));
    rest.remove_prefix(gap + 2);
  }
  version_ = entity_tag(row);
  return {};
}

Result<void> RowSearch::write(std::size_t index, JsonWriter& out) {
  const PageRow row = page_[index];
  if (plan_.rendering >= 0 && !row.is_null(plan_.rendering)) return write_kept(index, out);
  if (plan_.rendering >= 0) {
    SCIM_TRY(unkept_->write(keys_[index], out));
    version_ = unkept_->version();
    return {};
  }
  out.begin_object();
  write_schemas(row, out);
  out.key("id");
  out.string(row.text(plan_.id));
  if (plan_.external_id >= 0 && !row.is_null(plan_.external_id)) {
    out.key("externalId");
    out.string(row.text(plan_.external_id));
  }
  for (Node& node : plan_.nodes) SCIM_TRY(write_node(node, index, out));
  write_meta(row, out);
  out.end_object();
  version_ = entity_tag(row);
  return {};
}

Result<void> RowSearch::write(const Cell& key, JsonWriter& out) {
  const std::optional<std::size_t> row = row_of(key);
  if (!row) return fail(ErrorKind::internal, "a row has gone within a transaction");
  return write(*row, out);
}

}  // namespace scim::sql
