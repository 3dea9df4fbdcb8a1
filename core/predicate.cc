// SPDX-License-Identifier: MIT
#include "core/predicate.h"

#include <algorithm>

#include "core/text.h"

namespace scim {
namespace {

using Kind = Predicate::Kind;

/// Only what is one id or a choice of ids, for merging in an or.
void merge_ids(std::vector<Predicate>& children) {
  const auto is_id = [](const Predicate& p) { return p.kind == Kind::id; };
  const auto first = std::find_if(children.begin(), children.end(), is_id);
  if (first == children.end()) return;
  for (auto at = first + 1; at != children.end();) {
    if (!is_id(*at)) {
      ++at;
      continue;
    }
    for (std::string& id : at->ids) {
      if (std::find(first->ids.begin(), first->ids.end(), id) == first->ids.end()) first->ids.push_back(std::move(id));
    }
    at = children.erase(at);
  }
}

/// and/or: children of the same kind join in, the neutral constant goes, the other one decides.
Predicate simplify_chain(Predicate predicate) {
  const Kind kind = predicate.kind;
  const Kind neutral = kind == Kind::and_ ? Kind::always : Kind::never;
  const Kind deciding = kind == Kind::and_ ? Kind::never : Kind::always;
  std::vector<Predicate> children;
  for (Predicate& child : predicate.children) {
    Predicate simple = simplify(std::move(child));
    if (simple.kind == deciding) return simple;
    if (simple.kind == neutral) continue;
    if (simple.kind != kind) {
      children.push_back(std::move(simple));
      continue;
    }
    for (Predicate& grandchild : simple.children) children.push_back(std::move(grandchild));
  }
  if (kind == Kind::or_) merge_ids(children);
  if (children.empty()) return constant(kind == Kind::and_);
  if (children.size() == 1) return std::move(children.front());
  predicate.children = std::move(children);
  return predicate;
}

Predicate simplify_not(Predicate predicate) {
  Predicate inner = simplify(std::move(predicate.children.front()));
  if (inner.kind == Kind::always || inner.kind == Kind::never) return constant(inner.kind == Kind::never);
  if (inner.kind == Kind::not_) {
    Predicate twice = std::move(inner.children.front());
    return twice;
  }
  predicate.children.front() = std::move(inner);
  return predicate;
}

std::string literal_text(const Value& value) {
  struct Printer {
    std::string operator()(std::monostate) const { return "null"; }
    std::string operator()(bool v) const { return v ? "true" : "false"; }
    std::string operator()(std::int64_t v) const { return std::to_string(v); }
    std::string operator()(double v) const { return to_text(Json(v)); }
    std::string operator()(const std::string& v) const { return to_text(Json(v)); }
    std::string operator()(Instant v) const { return '"' + format_instant(v) + '"'; }
  };
  return std::visit(Printer{}, value);
}

/// Names within an Any are relative to its list.
std::string print(const Predicate& p, const Attribute* list);

std::string name_of(const Attribute& attribute, const Attribute* list) {
  if (list == nullptr) return attribute.path();
  return &attribute == list ? "value" : attribute.name;
}

std::string print_chain(const Predicate& p, std::string_view word, const Attribute* list) {
  std::string out;
  for (const Predicate& child : p.children) {
    if (!out.empty()) out.append(" ").append(word).append(" ");
    const bool needs_parentheses = child.kind == Kind::or_ && p.kind == Kind::and_;
    out += needs_parentheses ? '(' + print(child, list) + ')' : print(child, list);
  }
  return out;
}

std::string print_ids(const Predicate& p) {
  std::string out;
  for (const std::string& id : p.ids) {
    if (!out.empty()) out += " or ";
    out += "id eq " + to_text(Json(id));
  }
  return p.ids.size() > 1 ? '(' + out + ')' : out;
}

std::string print(const Predicate& p, const Attribute* list) {
  switch (p.kind) {
    case Kind::always: return "true";
    case Kind::never: return "false";
    case Kind::and_: return print_chain(p, "and", list);
    case Kind::or_: return print_chain(p, "or", list);
    case Kind::not_: return "not (" + print(p.children.front(), list) + ')';
    case Kind::compare:
      return name_of(*p.attribute, list) + ' ' + std::string(to_string(p.op)) + ' ' + literal_text(p.value);
    case Kind::present: return name_of(*p.attribute, list) + " pr";
    case Kind::any:
      if (p.children.front().kind == Kind::always) return p.attribute->path() + " ne null";
      return p.attribute->path() + '[' + print(p.children.front(), p.attribute) + ']';
    case Kind::id: return print_ids(p);
  }
  return {};
}

}  // namespace

Predicate simplify(Predicate predicate) {
  switch (predicate.kind) {
    case Kind::and_:
    case Kind::or_: return simplify_chain(std::move(predicate));
    case Kind::not_: return simplify_not(std::move(predicate));
    case Kind::any:
      predicate.children.front() = simplify(std::move(predicate.children.front()));
      return predicate.children.front().kind == Kind::never ? constant(false) : predicate;
    case Kind::always:
    case Kind::never:
    case Kind::compare:
    case Kind::present:
    case Kind::id: return predicate;
  }
  return predicate;
}

Predicate constant(bool value) {
  Predicate p;
  p.kind = value ? Kind::always : Kind::never;
  return p;
}

Predicate id_is(std::string id) {
  Predicate p;
  p.kind = Kind::id;
  p.ids.push_back(std::move(id));
  return p;
}

Predicate both(Predicate a, Predicate b) {
  Predicate p;
  p.kind = Kind::and_;
  p.children.push_back(std::move(a));
  p.children.push_back(std::move(b));
  return simplify(std::move(p));
}

std::string to_text(const Predicate& predicate) { return print(predicate, nullptr); }

}  // namespace scim
