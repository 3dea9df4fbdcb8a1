// SPDX-License-Identifier: MIT
#include "sql/compiled_filters.h"

#include <algorithm>
#include <optional>

#include "core/text.h"
#include "sql/mapping.h"

namespace scim::sql {
namespace {

using Kind = Predicate::Kind;

constexpr std::size_t kMostKept = 64;

template <class T>
void append_bytes(std::string& key, const T& value) {
  key.append(reinterpret_cast<const char*>(&value), sizeof value);  // NOLINT(bugprone-sizeof-expression): of a pointer its own bytes
}

/// Everything about a filter but its texts, as bytes that tell any two apart, and its texts in their order.
class Shape {
 public:
  /// Whether the filter is of a kind that is kept.
  bool add(const Predicate& predicate) {
    append_bytes(key, predicate.kind);
    switch (predicate.kind) {
      case Kind::and_:
      case Kind::or_:
      case Kind::not_: return add_children(predicate);
      case Kind::any: append_bytes(key, predicate.attribute); return add_children(predicate);
      case Kind::present: append_bytes(key, predicate.attribute); return true;
      case Kind::compare: append_bytes(key, predicate.attribute); return add_value(predicate);
      case Kind::always:
      case Kind::never: return true;
      case Kind::id: return false;
    }
    return false;
  }

  std::string key;
  std::vector<const std::string*> texts;

 private:
  bool add_children(const Predicate& predicate) {
    append_bytes(key, predicate.children.size());
    return std::all_of(predicate.children.begin(), predicate.children.end(), [&](const Predicate& child) { return add(child); });
  }
  bool add_value(const Predicate& predicate) {
    append_bytes(key, predicate.op);
    append_bytes(key, predicate.value.index());
    if (std::holds_alternative<std::monostate>(predicate.value)) return true;
    if (const bool* truth = std::get_if<bool>(&predicate.value)) {
      append_bytes(key, *truth);
      return true;
    }
    const auto* text = std::get_if<std::string>(&predicate.value);
    if (text == nullptr || predicate.op != Op::eq || text->empty() || !is_ascii(*text)) return false;
    texts.push_back(text);
    return true;
  }
};

bool holds_text(const AttributeMap<Column>& columns, const Predicate& compare) {
  const auto column = columns.find(compare.attribute);
  if (column == columns.end() || column->second.codec != Codec::text) return false;
  return column->second.native == Native::any || column->second.native == Native::text;
}

/// Whether all texts are compared with columns that hold text as it is; `list`: of an element.
bool compares_columns(const Predicate& predicate, const TypeMapping& type, const ListTable* list) {
  if (predicate.kind == Kind::any) {
    const auto found = type.lists.find(predicate.attribute);
    return found != type.lists.end() && found->second.constants.empty() &&
           compares_columns(predicate.children.front(), type, &found->second);
  }
  if (predicate.kind == Kind::compare && std::holds_alternative<std::string>(predicate.value)) {
    return list != nullptr ? holds_text(list->columns, predicate) : holds_text(type.columns, predicate);
  }
  return std::all_of(predicate.children.begin(), predicate.children.end(),
                     [&](const Predicate& child) { return compares_columns(child, type, list); });
}

/// `predicate` with `prefix` and a number in the place of each text.
void replace_texts(Predicate& predicate, std::string_view prefix, std::size_t& count) {
  if (predicate.kind == Kind::compare && std::holds_alternative<std::string>(predicate.value)) {
    predicate.value = std::string(prefix) + std::to_string(count++);
  }
  for (Predicate& child : predicate.children) replace_texts(child, prefix, count);
}

}  // namespace

/// A bind that is a text of the filter has to be one of ours: there are no others in it.
CompiledFilters::Kept CompiledFilters::keep(const Predicate& where, const TypeMapping& type, const Compile& compile) {
  if (!compares_columns(where, type, nullptr)) return {};
  constexpr std::string_view kOne = "text";
  constexpr std::string_view kOther = "grosse";
  Predicate one = where;
  Predicate other = where;
  std::size_t count = 0;
  replace_texts(one, kOne, count);
  count = 0;
  replace_texts(other, kOther, count);
  const Sql sql = compile(one);
  const Sql other_sql = compile(other);
  if (sql.text != other_sql.text || sql.binds.size() != other_sql.binds.size()) return {};
  Kept kept;
  for (std::size_t i = 0; i < sql.binds.size(); ++i) {
    std::optional<std::size_t> place;
    for (std::size_t n = 0; n < count; ++n) {
      const bool is_it = sql.binds[i] == Cell(std::string(kOne) + std::to_string(n)) &&
                         other_sql.binds[i] == Cell(std::string(kOther) + std::to_string(n));
      if (is_it) place = n;
    }
    if (!place && sql.binds[i] != other_sql.binds[i]) return {};
    kept.binds.push_back(place ? Bind(*place) : Bind(sql.binds[i]));
  }
  kept.text = sql.text;
  return kept;
}

Sql CompiledFilters::sql(const Predicate& where, const TypeMapping& type, Visible visible, const std::vector<int>& needs,
                         const Compile& compile) {
  Shape shape;
  append_bytes(shape.key, &type);
  append_bytes(shape.key, visible);
  append_bytes(shape.key, needs.size());
  for (const int table : needs) append_bytes(shape.key, table);
  if (!shape.add(where)) return compile(where);
  auto found = kept_.find(shape.key);
  if (found == kept_.end()) {
    if (kept_.size() >= kMostKept) kept_.clear();
    found = kept_.emplace(std::move(shape.key), keep(where, type, compile)).first;
  }
  const Kept& kept = found->second;
  if (kept.text.empty()) return compile(where);
  Sql sql{kept.text, {}};
  sql.binds.reserve(kept.binds.size() + 2);
  for (const Bind& bind : kept.binds) {
    if (const auto* place = std::get_if<std::size_t>(&bind)) sql.binds.emplace_back(*shape.texts[*place]);
    else sql.binds.push_back(std::get<Cell>(bind));
  }
  return sql;
}

}  // namespace scim::sql
